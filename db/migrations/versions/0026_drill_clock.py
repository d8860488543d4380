"""The clock of a drill is moved forward, and no other one.

Revision ID: 0026
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0026")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

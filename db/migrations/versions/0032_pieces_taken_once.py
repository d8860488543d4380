"""A piece or a package is picked for one order at a time, also by two who scan it at the same moment.

Revision ID: 0032
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0032")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

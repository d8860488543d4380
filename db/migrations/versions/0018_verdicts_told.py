"""A verdict is told with the commit that makes it.

Revision ID: 0018
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0018")


def downgrade() -> None:
    msg = "a guard is not taken off: restore a backup instead"
    raise RuntimeError(msg)

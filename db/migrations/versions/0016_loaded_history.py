"""Documents and holds that were loaded as history, at instants of their own.

Revision ID: 0016
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0016")


def downgrade() -> None:
    msg = "loaded history would look like any other: restore a backup instead"
    raise RuntimeError(msg)

"""What is promised to an order is not promised twice: reservations beside balances.

Revision ID: 0007
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0007")


def downgrade() -> None:
    msg = "what is promised to orders has no way back: restore a backup instead"
    raise RuntimeError(msg)

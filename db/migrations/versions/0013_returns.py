"""No more comes back from a customer than it was sold, and each serial from the customer that it was sold to.

Revision ID: 0013
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0013")


def downgrade() -> None:
    msg = "a guard is not taken off: restore a backup instead"
    raise RuntimeError(msg)

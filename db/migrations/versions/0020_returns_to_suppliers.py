"""No more goes back to a supplier than it delivered; what is on hold neither goes back nor to another site.

Revision ID: 0020
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0020")


def downgrade() -> None:
    msg = "a guard is not taken off: restore a backup instead"
    raise RuntimeError(msg)

"""That a version was read and understood is signed by who has read it; a message leads to what it is about.

Revision ID: 0023
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0023")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

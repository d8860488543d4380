"""A serial comes in once and is packed once, also by two at the same moment.

Revision ID: 0034
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0034")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

"""A draft has revisions: what it said after each change, who made it, and who therefore may not approve it.

Revision ID: 0021
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0021")


def downgrade() -> None:
    msg = "a guard is not taken off: restore a backup instead"
    raise RuntimeError(msg)

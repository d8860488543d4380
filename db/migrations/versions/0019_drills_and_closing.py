"""A drill is balanced on the ledger of its beginning; closing a recall waits for evidence under way.

Revision ID: 0019
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0019")


def downgrade() -> None:
    """Nothing to take back: the functions before were wrong about drills and about what came at the same time."""

"""Many serials in one posting cost as many times one, not the square of it.

Revision ID: 0017
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0017")


def downgrade() -> None:
    """Nothing to take back: the function before does the same, slower."""

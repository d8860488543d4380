"""Decision tables are versions in the database: written by one, approved by another, never changed after that.

Revision ID: 0024
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0024")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

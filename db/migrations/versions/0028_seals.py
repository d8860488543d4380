"""Evidence is sealed: blocks of rows by their transaction, chained and signed.

Revision ID: 0028
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0028")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

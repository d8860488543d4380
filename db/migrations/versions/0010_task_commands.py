"""What people do with tasks besides completing them: delegate, hand over, add a signer, withdraw, remind.

Revision ID: 0010
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0010")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

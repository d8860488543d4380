"""The record of a drill is taken over into the live house, as evidence of validation and training.

Revision ID: 0027
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0027")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

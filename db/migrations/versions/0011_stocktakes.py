"""Counts: what a unit is worth, how often goods are counted, and what was found beside the sheet.

Revision ID: 0011
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0011")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

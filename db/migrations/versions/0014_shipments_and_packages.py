"""Packages with what is in them, and shipments.

Revision ID: 0014
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0014")


def downgrade() -> None:
    msg = "what has left in a package has no way back: restore a backup instead"
    raise RuntimeError(msg)

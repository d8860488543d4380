"""Runs that other runs have called: who called whom, and from which path.

Revision ID: 0008
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0008")


def downgrade() -> None:
    msg = "who called a run has no way back: restore a backup instead"
    raise RuntimeError(msg)

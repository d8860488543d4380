"""Reviewers comment, and what is in force is decided by signatures alone: begun, ended and called off, never in the past.

Revision ID: 0022
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0022")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

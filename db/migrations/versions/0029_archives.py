"""Runs that ended are archived: their histories and records outlive the engine.

Revision ID: 0029
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0029")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

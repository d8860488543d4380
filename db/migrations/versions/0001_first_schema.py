"""The first schema: organisation, stock ledger, documents, procedures, runs, evidence, and their guards.

Revision ID: 0001
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_guard_sql(op.get_bind(), "0001")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

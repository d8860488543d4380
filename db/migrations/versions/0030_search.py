"""A text is looked for in numbers and names of runs, documents and batches.

Revision ID: 0030
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0030")


def downgrade() -> None:
    op.execute("DROP INDEX ix_run_text, ix_document_text, ix_batch_text")

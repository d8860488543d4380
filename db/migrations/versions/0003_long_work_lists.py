"""Indexes for scanning: a code finds its line, and the totals are counted, as fast on ten thousand lines as on ten.

Revision ID: 0003
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0003")


def downgrade() -> None:
    for name in ("line_batch_number", "line_material", "line_serials", "line_result_first"):
        op.drop_index(f"ix_{name}")
    for name in ("scan_matched", "scan_undo", "scan_serial"):
        op.drop_index(f"ix_{name}")

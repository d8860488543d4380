"""Digests are hexadecimal, whoever writes them. Evidence rows are not touched: they are checked to be so already.

Revision ID: 0004
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0004")


def downgrade() -> None:
    for table, column in (
        ("attachment", "sha256"),
        ("line_set", "root"),
        ("run", "sha256"),
        ("signature", "content_sha256"),
        ("sop_version", "sha256"),
        ("submission", "content_hash"),
        ("task", "content_sha256"),
    ):
        op.drop_constraint(f"ck_{table}_{column}", table)

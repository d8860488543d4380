"""Bytes of attachments go with the contents of the runs that use them; rules of retention grow, and are looked up.

Revision ID: 0033
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0033")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

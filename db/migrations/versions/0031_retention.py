"""Contents of archives are deleted when their retention is over, before a witness, and leave a tombstone.

Revision ID: 0031
"""

from alembic import op

from db.migrations import run_guard_sql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    run_guard_sql(op.get_bind(), "0031")


def downgrade() -> None:
    msg = "evidence has no way back: restore a backup instead"
    raise RuntimeError(msg)

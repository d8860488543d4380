"""A run's row knows when the engine was seen to have closed it, so that one it owes is found at any later time.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.add_column("run", sa.Column("engine_closed_at", sa.TIMESTAMP(timezone=True), nullable=True))
    # What ended long ago has been compared often enough; its history may be past the engine's retention.
    op.execute(
        "UPDATE run SET engine_closed_at = ended_at WHERE ended_at < clock_timestamp() - interval '1 day'"
    )
    op.create_index("ix_run_not_closed", "run", ["id"], postgresql_where=sa.text("engine_closed_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_run_not_closed", "run")
    op.drop_column("run", "engine_closed_at")

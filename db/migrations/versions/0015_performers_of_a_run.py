"""Whether a person has performed something in a run is looked up by run and person, not by all they ever did.

Revision ID: 0015
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_index("ix_task_performer_run", "task_performer", ["run_id", "person_id", "step_id"])
    op.drop_index("ix_task_performer_step", "task_performer")


def downgrade() -> None:
    op.create_index("ix_task_performer_step", "task_performer", ["run_id", "step_id"])
    op.drop_index("ix_task_performer_run", "task_performer")

"""A zone can be the locked one for special-control drugs (GSP 83); zones that exist are not, until a site says so.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    column = sa.Column("special_control", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("zone", column)


def downgrade() -> None:
    op.drop_column("zone", "special_control")

"""What is promised to an order is not promised twice: reservations beside balances.

Revision ID: 0007
"""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""

"""Documents of outbound, returns, counts, recalls and destruction.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BEFORE = ("purchase_order", "dispatch_advice", "receipt", "acceptance_record", "put_away")
MORE = (
    "sales_order",
    "shipment",
    "invoice",
    "credit_note",
    "sales_return",
    "purchase_return",
    "transfer",
    "stocktake",
    "recall",
    "destruction",
)


def upgrade() -> None:
    _allow((*BEFORE, *MORE))


def downgrade() -> None:
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.drop_constraint("ck_document_kind", "document")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_document_kind"), "document", f"kind IN ({listed})")

"""Services: the action `receiving.record_acceptance` (GSP 80; 药品管理法 56, 57). Knows no engine.

The record is written from what stands in master data and in the acceptors' line results; nothing is typed
anew. Names of people come from the log-in: the record holds the ids of the acceptors and of their
signatures, the door shows their names.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.queries import documents, references
from db.queries.acceptance_signatures import signatures_over
from db.queries.references import MaterialRef, PartyRef
from domain.canonical import instant
from domain.receiving import QuantitiesDoNotAddUp, accepted_and_rejected
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines, day_of

RESULT_FIELDS = (
    "outcome",
    "accepted_quantity",
    "rejected_quantity",
    "reason",
    "handling",
    "inspection_report",
    "actor",
    "packaging",
    "sample_cartons",
    "further_cartons",
    "seed",
)


async def record_acceptance(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write the acceptance record of the delivery, one line per batch."""
    lines = await all_lines(ctx, inputs["lines"])
    receipt = await documents.of_run(ctx.tx, ctx.run.id, "receipt")
    assert receipt is not None
    supplier = await references.party(ctx.tx, receipt.party_id) if receipt.party_id else None
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    rows = [_record_line(line, materials[line["material"]], supplier, ctx) for line in lines]
    number = await documents.next_number(ctx.tx, "acceptance_record", receipt, "YS")
    record = await documents.open_document(
        ctx.tx,
        kind="acceptance_record",
        number=number,
        source=receipt,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        occurred_at=ctx.now,
        header={
            "arrived_at": instant(receipt.occurred_at),
            **receipt.header,
            "receipt": receipt.number,
            "signatures": await signatures_over(ctx.tx, inputs["lines"]["id"]),
        },
    )
    await documents.add_lines(ctx.tx, record, rows)
    await documents.change_state(ctx.tx, record, "closed")
    await ctx.tx.audit(
        "record.acceptance",
        "document",
        str(record),
        run_id=ctx.run.id,
        after={"number": number, "lines": len(rows)},
    )
    return ActionOutcome({"record": str(record)})


def quantities(line: Mapping[str, Any]) -> tuple[int, int]:
    """Accepted and rejected of a line result, or the refusal `quantity_mismatch`."""
    try:
        return accepted_and_rejected(
            line.get("acceptance_outcome", line.get("outcome", "accepted")),
            line["quantity"],
            line.get("accepted_quantity"),
            line.get("rejected_quantity"),
            line["batch_number"],
        )
    except QuantitiesDoNotAddUp as wrong:
        words = f"{wrong.message('zh')} / {wrong.message('en')}"
        raise ActionRefused("quantity_mismatch", words) from wrong


def _record_line(
    line: Mapping[str, Any], material: MaterialRef, supplier: PartyRef | None, ctx: ActionContext
) -> dict[str, Any]:
    accepted, rejected = quantities(line)
    return {
        "line_no": line["number"],
        "material_id": material.id,
        "batch_number": line["batch_number"],
        "produced_on": day_of(line.get("produced_on")),
        "expires_on": day_of(line.get("expires_on")),
        "quantity": line["quantity"],
        "entered_unit": material.base_unit,
        "order_line_no": line.get("order_line"),
        "batch_id": UUID(line["batch_id"]),
        "data": {
            **{name: line[name] for name in RESULT_FIELDS if name in line},
            **material.facts,
            "supplier": supplier.name if supplier else None,
            "accepted_quantity": accepted,
            "rejected_quantity": rejected,
            "accepted_at": instant(ctx.now),
        },
    }

"""Services: the actions `sales_return.open` and `sales_return.request` - the original sale (GSP 113).

A return calls the shipment that it belongs to; nothing of the original is written to. Knows no engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from db.queries import documents, references, sales_returns
from db.queries.documents import DocumentRef, LineRef
from db.session import Reader
from domain.returns import QuantityNotReturnable, SoldLine, returned
from services import line_sets
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines, day
from services.run_batches import note_batches

KIND = "sales_return"
ROW = ("outcome", "actor", "result_id", "line", "reason", "returned_quantity", "received_quantity")
"""What a work list adds to its lines and the next step does not take over."""


async def open_return(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Open the return of a shipment, with what of each line may still come back."""
    shipment = await documents.locked(ctx.tx, UUID(inputs["shipment"]["id"]), "shipment")
    if shipment is None or shipment.state != "closed":
        raise ActionRefused("not_shipped", inputs["shipment"]["number"])
    lines = await documents.lines_of(ctx.tx, shipment.id)
    sale = await sold(ctx.tx, shipment, lines)
    open_lines = [line for line in lines if sale[line.line_no].returnable > 0]
    if not open_lines:
        raise ActionRefused("nothing_returnable", shipment.number)
    number = await documents.next_number(ctx.tx, KIND, shipment, "XT")
    made = await documents.open_document(
        ctx.tx,
        kind=KIND,
        number=number,
        source=shipment,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        occurred_at=ctx.now,
        header={"shipment": shipment.number, "shipment_id": str(shipment.id)},
    )
    await ctx.tx.audit(
        "open.sales_return", "document", str(made), run_id=ctx.run.id, after={"number": number}
    )
    await note_batches(ctx, {line.batch_id for line in open_lines if line.batch_id})
    found = await _line_set(ctx, await _offered(ctx, open_lines, sale))
    customer = await references.party(ctx.tx, shipment.party_id) if shipment.party_id else None
    return ActionOutcome({"lines": found, "number": number, "customer": customer.code if customer else ""})


async def cancel(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo of `sales_return.open`: the return is cancelled; the sale may be returned by another."""
    del inputs
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    if document is not None:
        await documents.change_state(ctx.tx, document.id, "cancelled")
        after = {"number": outputs["number"]}
        await ctx.tx.audit(
            "cancel.sales_return", "document", str(document.id), run_id=ctx.run.id, after=after
        )


async def request(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The lines that are to come back, each with its quantity."""
    chosen = [line for line in await all_lines(ctx, inputs["lines"]) if line["outcome"] == "return"]
    _, sale = await sale_of_run(ctx)
    wanted = []
    for line in chosen:
        of = sale[line["number"]]
        given = line.get("returned_quantity")
        try:
            quantity = returned(
                SoldLine(of.line_no, of.batch_number, of.shipped, of.returned),
                of.returnable if given is None else given,
            )
        except QuantityNotReturnable as wrong:
            raise ActionRefused(wrong.code, f"{wrong.message('zh')} / {wrong.message('en')}") from wrong
        if quantity:
            why = {"return_reason": line["reason"]} if line.get("reason") else {}
            wanted.append({**handed_on(line), "quantity": quantity, **why})
    if not wanted:
        raise ActionRefused("nothing_returned")
    return ActionOutcome({"lines": await _line_set(ctx, wanted)})


async def sale_of_run(ctx: ActionContext) -> tuple[DocumentRef, Mapping[int, SoldLine]]:
    """The run's return and the lines of its sale; the sale is locked, so that two returns take turns."""
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    assert document is not None
    assert document.source_document_id is not None
    shipment = await documents.locked(ctx.tx, document.source_document_id, "shipment")
    assert shipment is not None
    return document, await sold(ctx.tx, shipment, await documents.lines_of(ctx.tx, shipment.id))


async def sold(tx: Reader, shipment: DocumentRef, lines: Sequence[LineRef]) -> Mapping[int, SoldLine]:
    """Each line of a shipment with what came back already; its serials are those still out."""
    before = await sales_returns.returned_so_far(tx, shipment.id)
    found = {}
    for line in lines:
        quantity, serials = before.get(line.line_no, (0, frozenset()))
        out = frozenset(line.data.get("serials") or ()) - serials
        found[line.line_no] = SoldLine(line.line_no, line.batch_number or "", line.quantity, quantity, out)
    return found


def handed_on(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line for the next step, without what a work list added to it."""
    return {name: value for name, value in line.items() if name not in ROW}


def aggregates(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What an expression may ask of such lines."""
    return {
        "any_special_control": any(line["special_control"] for line in lines),
        "any_cold_chain": any(line["cold_chain"] for line in lines),
        "sum_quantity": sum(line["quantity"] for line in lines),
    }


async def _offered(
    ctx: ActionContext, lines: Sequence[LineRef], sale: Mapping[int, SoldLine]
) -> list[dict[str, Any]]:
    materials = await references.materials_by_id(ctx.tx, {line.material_id for line in lines})
    offered = []
    for line in lines:
        material = materials[line.material_id]
        offered.append(
            {
                "number": line.line_no,
                "material": material.code,
                "material_name": material.name_zh,
                "specification": material.specification,
                "unit": material.base_unit,
                "storage_class": material.storage_class,
                "batch_id": str(line.batch_id),
                "batch_number": line.batch_number,
                "expires_on_given": line.expires_on is not None,
                "quantity": sale[line.line_no].returnable,
                "shipped": line.quantity,
                "special_control": material.special_control,
                "cold_chain": material.cold_chain,
                **({"expires_on": day(line.expires_on)} if line.expires_on else {}),
            }
        )
    return offered


async def _line_set(ctx: ActionContext, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    keyed = [(f"{line['material']}:{line['batch_number']}:{line['number']}", line) for line in lines]
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "returns", keyed, aggregates(lines))
    return made.model_dump(mode="json")

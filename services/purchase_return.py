"""Services: the actions of returns to suppliers - `purchase_return.propose`, `prepare`, `book`. No engine.

Only stock that came from the supplier goes back to it, at most what it delivered; what is reserved for orders
stays. What is qualified may go back as well as what was rejected or recalled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents, positions, purchase_returns, references, site_documents
from db.queries import reservations as reservation_queries
from db.queries.acceptance_signatures import signatures_of_run
from db.queries.documents import DocumentRef
from db.queries.positions import HeldPosition
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.returns import ReturnExceedsDelivery, SerialNotDelivered
from domain.stock import InsufficientStock, Move, Position, Posting
from services import gone_packages, line_sets, recalled_goods, whole_positions
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.purchase_return_pick import KIND, cancelled, missing_of, picked_lines
from services.receiving_lines import all_lines
from services.run_batches import note_batches
from services.shipping_lines import Scans, scans_of, serial_ids, serialised

DECIDED = (Status.REJECTED, Status.RECALLED)
RETURNABLE = (Status.QUARANTINE, Status.QUALIFIED, Status.REJECTED, Status.RECALLED)
ROW = ("outcome", "actor", "result_id", "line", "reason", "return_quantity")
Line = Mapping[str, Any]
Serials = Mapping[int, Mapping[str, UUID]]


async def propose(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The site's free positions of what the supplier delivered, each with what of it can go back.

    What is on hold is quality's until it has decided: rejected goods and recalled ones are decided on.
    """
    supplier = await references.party(ctx.tx, inputs["supplier"])
    if supplier is None:
        raise ActionRefused("supplier_unknown", inputs["supplier"])
    left = await purchase_returns.not_yet_back(ctx.tx, supplier.id)
    chosen = {UUID(inputs["batch"])} if inputs.get("batch") else set(left)
    found = await positions.held(
        ctx.tx, batch_ids=chosen & set(left), site_id=ctx.run.site_id, statuses=RETURNABLE
    )
    stopped = await reservation_queries.held(ctx.tx, ctx.run.site_id, chosen)
    found = [one for one in found if one.batch_id not in stopped or one.status in DECIDED]
    offered: list[HeldPosition] = []
    for held in found:
        free = min(held.quantity - held.reserved, left[held.batch_id])
        if free > 0:
            left[held.batch_id] -= free
            offered.append(replace(held, quantity=free))
    if not offered:
        raise ActionRefused("nothing_to_return", supplier.code)
    await note_batches(ctx, {held.batch_id for held in offered})
    lines = [whole_positions.line_of(number, held) for number, held in enumerate(offered, 1)]
    return ActionOutcome({"lines": await _line_set(ctx, lines)})


async def prepare(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The return of the chosen lines, as a document in process."""
    chosen = []
    for line in await all_lines(ctx, inputs["lines"]):
        if line["outcome"] != "return":
            continue
        quantity = line.get("return_quantity", line["quantity"])
        if not 0 < quantity <= line["quantity"]:
            batch, most = line["batch_number"], line["quantity"]
            words = f"批号 {batch}：{quantity}，至多 {most} / batch {batch}: {quantity}, at most {most}"
            raise ActionRefused("over_quantity", words)
        kept = {name: value for name, value in line.items() if name not in ROW}
        why = {"return_reason": line["reason"]} if line.get("reason") else {}
        chosen.append({**kept, "quantity": quantity, **why})
    if not chosen:
        raise ActionRefused("nothing_chosen")
    supplier = await references.party(ctx.tx, inputs["supplier"])
    assert supplier is not None
    document_id, number = await site_documents.open_at_site(
        ctx.tx,
        kind=KIND,
        prefix=f"GT-{ctx.run.site}-{ctx.now:%y%m%d}",
        site_id=ctx.run.site_id,
        owner_id=ctx.run.legal_entity_id,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        at=ctx.now,
        party_id=supplier.id,
    )
    await ctx.tx.audit(
        "open.purchase_return", "document", str(document_id), run_id=ctx.run.id, after={"number": number}
    )
    lines = [(f"{one['location']}/{one['batch_number']}/{one['status']}", one) for one in chosen]
    return ActionOutcome({"lines": await _line_set(ctx, lines), "number": number})


async def cancel(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo of `prepare`: the return is cancelled."""
    del inputs
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    if document is not None:
        await cancelled(ctx, document.id, {"number": outputs["number"]})


async def book(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Take what was picked off the books, in one posting, and close the return.

    What was not found stays in the books until it is counted. What a recall has sealed since it was chosen
    stays here and is left to the recall; a return of which nothing is left is cancelled.
    """
    chosen = await all_lines(ctx, inputs["lines"])
    every, missing = picked_lines(chosen), missing_of(chosen)
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    assert document is not None
    lines = await _not_sealed(ctx, every)
    kept = sum(line["quantity"] for line in every) - sum(line["quantity"] for line in lines)
    outputs = {"record": str(document.id), "recalled": kept, "any_recalled": kept > 0, "missing": missing}
    if not lines:
        await cancelled(ctx, document.id, {"recalled": kept})
        return ActionOutcome({"quantity": 0, **outputs})
    serials = await _serials(ctx, inputs["lines"], lines)
    await _post(ctx, document, lines, serials)
    gone = [serial for of_line in serials.values() for serial in of_line.values()]
    await gone_packages.ship(ctx, document.id, inputs["lines"], [line["line"] for line in lines], gone)
    quantity = sum(line["quantity"] for line in lines)
    header = {
        "carrier": inputs["carrier"],
        "vehicle": inputs["vehicle"],
        "shipped_at": instant(ctx.now),
        "signatures": await signatures_of_run(ctx.tx, ctx.run.id),
        **({"not_found": missing} if missing else {}),
    }
    await documents.change_state(ctx.tx, document.id, "closed", header=header)
    after = {"quantity": quantity, "recalled": kept, "missing": missing}
    await ctx.tx.audit("book.purchase_return", "document", str(document.id), run_id=ctx.run.id, after=after)
    return ActionOutcome({"quantity": quantity, **outputs})


async def _not_sealed(ctx: ActionContext, lines: Sequence[Line]) -> list[Line]:
    """The lines without those that a recall has sealed since; what was recalled when it was chosen may go."""
    chosen = {UUID(line["batch_id"]) for line in lines if line["status"] != Status.RECALLED}
    sealed = await recalled_goods.sealed(ctx, chosen)
    return [
        line for line in lines if line["status"] == Status.RECALLED or UUID(line["batch_id"]) not in sealed
    ]


async def _post(
    ctx: ActionContext,
    document: DocumentRef,
    lines: Sequence[Line],
    serials: Mapping[int, Mapping[str, UUID]],
) -> None:
    await documents.add_lines(ctx.tx, document.id, await _rows(ctx, lines, serials))
    numbers = [line["line"] for line in lines]
    ids = await documents.line_ids(ctx.tx, document.id, (min(numbers), max(numbers)))
    moves = [
        Move(
            UUID(line["batch_id"]),
            line["quantity"],
            Position(
                ctx.run.site_id,
                UUID(line["location_id"]),
                Status(line["status"]),
                UUID(line["owner_id"]),
            ),
            PlaceKind.SUPPLIER,
            party_id=document.party_id,
            document_line_id=ids[line["line"]],
            serial_ids=tuple(serials[line["line"]].values()),
        )
        for line in lines
    ]
    posting = Posting(
        PostingKind.SUPPLIER_RETURN,
        ctx.actor_id,
        moves,
        run_id=ctx.run.id,
        path=ctx.path,
        document_id=document.id,
    )
    try:
        await ledger.post(ctx.tx, posting)
    except InsufficientStock as short:
        raise ActionRefused("stock_changed", short.message("zh")) from short
    except (ReturnExceedsDelivery, SerialNotDelivered) as other:
        raise ActionRefused(other.code, f"{other.message('zh')} / {other.message('en')}") from other
    except BatchNotIssuable as sealed:
        raise ActionRefused("batch_on_hold", f"{sealed.message('zh')} / {sealed.message('en')}") from sealed


async def _serials(
    ctx: ActionContext, reference: Mapping[str, Any], lines: Sequence[Line]
) -> dict[int, dict[str, UUID]]:
    """Line -> number and id of the serials that were scanned; as many as go back where the batch has any."""
    scans = await scans_of(ctx.tx, ctx.run.id, reference)
    tracked = await serialised(ctx.tx, (UUID(line["batch_id"]) for line in lines))
    found: dict[int, dict[str, UUID]] = {}
    for line in lines:
        batch_id = UUID(line["batch_id"])
        numbers = scans.get(line["line"], Scans()).serials if batch_id in tracked else []
        found[line["line"]] = await serial_ids(ctx.tx, batch_id, numbers)
        if batch_id in tracked and len(found[line["line"]]) != line["quantity"]:
            words = f"{line['batch_number']}: {len(found[line['line']])} / {line['quantity']}"
            raise ActionRefused("serials_incomplete", words)
    return found


async def _rows(ctx: ActionContext, lines: Sequence[Line], serials: Serials) -> list[dict[str, Any]]:
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    return [
        {
            "line_no": line["line"],
            "material_id": materials[line["material"]].id,
            "batch_number": line["batch_number"],
            "expires_on": date.fromisoformat(line["expires_on"]) if line.get("expires_on") else None,
            "quantity": line["quantity"],
            "entered_unit": line["unit"],
            "batch_id": UUID(line["batch_id"]),
            "data": {
                "location": line["location"],
                "status": line["status"],
                "picker": line.get("actor"),
                "return_reason": line.get("return_reason"),
                "approved": line["approved"],
                **materials[line["material"]].facts,
                **({"serials": sorted(serials[line["line"]])} if serials[line["line"]] else {}),
            },
        }
        for line in lines
    ]


async def _line_set(ctx: ActionContext, lines: Sequence[tuple[str, Line]]) -> dict[str, Any]:
    totals = {
        "any_special_control": any(line["special_control"] for _, line in lines),
        "sum_quantity": sum(line["quantity"] for _, line in lines),
    }
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "positions", lines, totals)
    return made.model_dump(mode="json")

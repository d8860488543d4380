"""Services: the actions of destruction - `destruction.propose`, `prepare`, `book` (GSP 87). Knows no engine.

Only rejected and recalled stock may be destroyed: the movement table of the database has no other row.
What is booked is exactly what was approved; if the stock is not that any more, nothing is booked.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents, positions, recall_moves, references, run_answers, site_documents
from db.queries.acceptance_signatures import signatures_of_run, signatures_over
from db.queries.positions import HeldPosition
from db.queries.recall_moves import CarriedAway
from domain.batches import PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.stock import Move
from services import gone_packages, line_sets, whole_positions
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines
from services.run_batches import note_batches

KIND = "destruction"
AUTHORITY = "authority_reference"
"""The field of the approval that names the authority's paper: for special-control drugs it must be there."""
DESTROYABLE = (Status.REJECTED, Status.RECALLED)
SAID = ("method", "place", "photos", "authority_witness", "remark", "reason")
Line = Mapping[str, Any]


async def propose(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The site's rejected and recalled positions."""
    chosen = None
    if inputs.get("batch"):
        chosen = [UUID(inputs["batch"])]
        if await ctx.tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.id == chosen[0])) is None:
            raise ActionRefused("batch_unknown", inputs["batch"])
    found = await positions.held(ctx.tx, batch_ids=chosen, site_id=ctx.run.site_id, statuses=DESTROYABLE)
    if not found:
        raise ActionRefused("nothing_to_destroy", ctx.run.site)
    await note_batches(ctx, {held.batch_id for held in found})
    lines = [whole_positions.line_of(number, held) for number, held in enumerate(found, 1)]
    totals = whole_positions.aggregates(found)
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "positions", lines, totals)
    return ActionOutcome({"lines": made.model_dump(mode="json")})


async def prepare(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The order for the chosen lines, as a document in process."""
    chosen = [line for line in await all_lines(ctx, inputs["lines"]) if line["outcome"] == "destroy"]
    if not chosen:
        raise ActionRefused("nothing_chosen")
    number = await _open(ctx)
    kept = [{name: value for name, value in line.items() if name != "line"} for line in chosen]
    lines = [(f"{line['location']}/{line['batch_number']}/{line['status']}", line) for line in kept]
    totals = {
        "any_special_control": any(line["special_control"] for line in kept),
        "sum_quantity": sum(line["quantity"] for line in kept),
    }
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "positions", lines, totals)
    return ActionOutcome({"lines": made.model_dump(mode="json"), "number": number})


async def cancel(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo of `prepare`: the order is cancelled."""
    del inputs
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    if document is None:
        return
    await documents.change_state(ctx.tx, document.id, "cancelled")
    await ctx.tx.audit(
        "cancel.destruction",
        "document",
        str(document.id),
        run_id=ctx.run.id,
        after={"number": outputs["number"]},
    )


async def book(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Take the lines off the books, in one posting, and close the record.

    Rejected goods that a recall has carried to its zone since they were ordered are taken off there: what was
    destroyed before a witness does not stand anywhere any more.
    """
    lines = await all_lines(ctx, inputs["lines"])
    document = await documents.of_run(ctx.tx, ctx.run.id, KIND)
    assert document is not None
    there, recalled = await _there(ctx, document.id, lines)
    await documents.add_lines(ctx.tx, document.id, await _rows(ctx, lines))
    ids = await documents.line_ids(ctx.tx, document.id, (1, len(lines)))
    row_of = {_key(line): ids[line["line"]] for line in lines}
    reason = f"销毁 {document.number} / destruction {document.number}"
    moves = await whole_positions.moves_of(
        ctx,
        there,
        lambda _held: PlaceKind.DESTROYED,
        reason=reason,
        document_lines=lambda held: row_of[_key_of(held)],
    )
    moves += [
        Move(
            one.batch_id,
            one.quantity,
            one.target,
            PlaceKind.DESTROYED,
            document_line_id=row_of[_key(line)],
            reason=reason,
            serial_ids=one.serial_ids,
        )
        for line, one in recalled
    ]
    await whole_positions.post(ctx, PostingKind.DESTRUCTION, moves, reason=reason, document_id=document.id)
    gone = [serial for move in moves for serial in move.serial_ids]
    await gone_packages.destroy(ctx, inputs["lines"], [line["line"] for line in lines], gone)
    quantity = sum(move.quantity for move in moves)
    header = {
        "destroyed_at": instant(ctx.now),
        "quantity": quantity,
        "signatures": await signatures_of_run(ctx.tx, ctx.run.id),
        **({"reason": given} if (given := ctx.run.inputs.get("reason")) else {}),
        **await _witness(ctx, inputs["lines"]["id"], lines),
    }
    await documents.change_state(ctx.tx, document.id, "closed", header=header)
    kept = sum(one.quantity for _, one in recalled)
    after = {"quantity": quantity, "recalled": kept}
    await ctx.tx.audit("book.destruction", "document", str(document.id), run_id=ctx.run.id, after=after)
    return ActionOutcome({**after, "record": str(document.id), "any_recalled": kept > 0})


async def _witness(ctx: ActionContext, line_set: str, lines: Sequence[Line]) -> dict[str, str]:
    """Who signed beside those who destroyed (the person's id), and the paper of the authority."""
    executors = {str(line.get("actor")) for line in lines}
    signed = [str(one["person"]) for one in await signatures_over(ctx.tx, line_set)]
    beside = [person for person in signed if person not in executors]
    approved = await run_answers.last_with(ctx.tx, ctx.run.id, AUTHORITY)
    return {
        **({"witness": beside[-1]} if beside else {}),
        **({AUTHORITY: approved.data[AUTHORITY]} if approved is not None else {}),
    }


async def _open(ctx: ActionContext) -> str:
    document_id, number = await site_documents.open_at_site(
        ctx.tx,
        kind=KIND,
        prefix=f"XH-{ctx.run.site}-{ctx.now:%y%m%d}",
        site_id=ctx.run.site_id,
        owner_id=ctx.run.legal_entity_id,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        at=ctx.now,
    )
    await ctx.tx.audit(
        "open.destruction", "document", str(document_id), run_id=ctx.run.id, after={"number": number}
    )
    return number


async def _there(
    ctx: ActionContext, document_id: UUID, lines: Sequence[Line]
) -> tuple[list[HeldPosition], list[tuple[Line, CarriedAway]]]:
    """The positions of the lines, locked, with just what was approved; and what recalls have carried away."""
    batches = {UUID(line["batch_id"]) for line in lines}
    held = await whole_positions.locked(ctx, batch_ids=batches, statuses=DESTROYABLE, site_id=ctx.run.site_id)
    by_key = {_key_of(one): one for one in held}
    carried = await recall_moves.carried_away(ctx.tx, batches, since=document_id)
    there, recalled = [], []
    for line in lines:
        one = by_key.get(_key(line))
        away = carried.get(_key(line), []) if one is None else []
        quantity = one.quantity if one else sum(part.quantity for part in away)
        if quantity != line["quantity"]:
            place, batch, ordered = line["location"], line["batch_number"], line["quantity"]
            zh = f"{place} 批号 {batch}：现有 {quantity}，销毁单上 {ordered}"
            en = f"batch {batch} at {place}: {quantity} there, {ordered} ordered"
            raise ActionRefused("stock_changed", f"{zh} / {en}")
        there += [one] if one else []
        recalled += [(line, part) for part in away]
    return there, recalled


def _key(line: Line) -> tuple[str, str, str]:
    return line["location_id"], line["batch_id"], line["status"]


def _key_of(held: HeldPosition) -> tuple[str, str, str]:
    return str(held.location_id), str(held.batch_id), held.status


async def _rows(ctx: ActionContext, lines: Sequence[Line]) -> list[dict[str, Any]]:
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
                "special_control": line["special_control"],
                "executor": line.get("actor"),
                **materials[line["material"]].facts,
                **{name: line[name] for name in SAID if line.get(name)},
            },
        }
        for line in lines
    ]

"""Services: the actions `sales_return.receive` and `sales_return.settle` - the goods of a return (GSP 113).

What comes back stands apart until it is inspected; a recalled batch goes to the recall zone at once. The
database refuses what was not sold to this customer, whoever posts it. Knows no engine.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents, references
from db.queries.acceptance_signatures import signatures_of_run
from domain.batches import PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.errors import Refusal
from domain.places import Goods, Place, apart_place, rejected_place, unsuitable, waiting_place
from domain.returns import returned
from domain.stock import Move, Posting
from services import line_sets, recalled_goods
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.credit_notes import credit_return, withdraw_credit
from services.recalled_goods import Caught
from services.receiving_lines import all_lines
from services.receiving_reversal import reverse
from services.sales_return import aggregates, handed_on, sale_of_run
from services.shipping_lines import Ground, Scans, ground, scans_of, serial_ids

Line = Mapping[str, Any]
RESULT = ("outcome", "finding", "inspector", "settled_status", "settled_location", "photos")
"""What a line says once it was decided on."""
SAID = ("serials", "return_reason", "arrival_remark", "temperature_record")
"""What a line of the record takes over from the request and the arrival."""
TO = {"qualified": Status.QUALIFIED, "rejected": Status.REJECTED, "undecided": Status.QUARANTINE}


async def receive(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Book what arrived from the customer into the returns zone, serial by serial where they were scanned."""
    document, sale = await sale_of_run(ctx)
    site = await ground(ctx)
    lines = [line for line in await all_lines(ctx, inputs["lines"]) if line["outcome"] == "received"]
    scans = await scans_of(ctx.tx, ctx.run.id, inputs["lines"])
    held = await recalled_goods.sealed(ctx, (UUID(line["batch_id"]) for line in lines))
    arrived: list[dict[str, Any]] = []
    for line in lines:
        serials = scans.get(line["line"], Scans()).serials if sale[line["number"]].serials else []
        try:
            quantity = returned(
                sale[line["number"]], line.get("received_quantity", line["quantity"]), serials
            )
        except Refusal as wrong:
            raise ActionRefused(wrong.code, f"{wrong.message('zh')} / {wrong.message('en')}") from wrong
        if quantity:
            status = Status.RECALLED if UUID(line["batch_id"]) in held else Status.RETURNED
            where = _apart(site, line, status)
            more: dict[str, Any] = {
                "quantity": quantity,
                "location": where,
                "status": status.value,
                "serials": serials,
            }
            more["recalled"] = status is Status.RECALLED
            more |= {"arrival_remark": line["reason"]} if line.get("reason") else {}
            arrived.append({**handed_on(line), **more})
    if not arrived:
        raise ActionRefused("nothing_arrived")
    rows = await _write(ctx, document.id, arrived)
    moves = [await _back(ctx, site, line, rows, document.party_id) for line in arrived]
    await _post(ctx, PostingKind.CUSTOMER_RETURN, moves, document.id)
    totals = {**aggregates(arrived), "any_recalled": any(line["recalled"] for line in arrived)}
    keyed = [(f"{line['material']}:{line['batch_number']}:{line['number']}", line) for line in arrived]
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "received", keyed, totals)
    quantity = sum(line["quantity"] for line in arrived)
    await ctx.tx.audit(
        "receive.sales_return", "document", str(document.id), run_id=ctx.run.id, after={"quantity": quantity}
    )
    return ActionOutcome({"lines": made.model_dump(mode="json"), "quantity": quantity})


async def settle(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move each line to where the inspection sends it, credit what was invoiced, and close the return.

    What a recall has sealed since it arrived is left to the recall, and what quality has rejected stands in
    the red zone, whatever the inspection said.
    """
    document = await documents.of_run(ctx.tx, ctx.run.id, "sales_return")
    assert document is not None
    site = await ground(ctx)
    lines = await _left_to_recalls(ctx, await all_lines(ctx, inputs["lines"]))
    caught = [await _caught(ctx, site, line) for line in lines if line["status"] == Status.REJECTED]
    moves = [await _settled(ctx, site, line) for line in lines if line["status"] == Status.RETURNED]
    await _write_results(ctx, document.id, site, lines)
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=document.id, beside=moves)
    if moves:
        await _post(ctx, PostingKind.STATUS_CHANGE, moves, document.id)
    counted = {
        outcome: sum(line["quantity"] for line in lines if line["outcome"] == outcome) for outcome in TO
    }
    signatures = await signatures_of_run(ctx.tx, ctx.run.id)
    credit_note = await credit_return(ctx)
    header = {**counted, "settled_at": instant(ctx.now), "signatures": signatures}
    if credit_note:
        header["credit_note"] = credit_note
    await documents.change_state(ctx.tx, document.id, "closed", header=header)
    await ctx.tx.audit("settle.sales_return", "document", str(document.id), run_id=ctx.run.id, after=counted)
    return ActionOutcome({**counted, "document": str(document.id)})


async def _left_to_recalls(ctx: ActionContext, lines: Sequence[Line]) -> list[Line]:
    """The lines; those of batches that a recall holds by now are open and recalled.

    Those of a batch that quality has rejected meanwhile are rejected, and so is what they say of the goods.
    """
    stopped = await recalled_goods.stopped(ctx, (UUID(line["batch_id"]) for line in lines))
    settled: list[Line] = []
    for line in lines:
        status = stopped.get(UUID(line["batch_id"])) if line["status"] == Status.RETURNED else None
        outcome = "undecided" if status is Status.RECALLED else "rejected"
        settled.append({**line, "outcome": outcome, "status": status.value} if status else line)
    return settled


async def _caught(ctx: ActionContext, site: Ground, line: Line) -> Caught:
    batch_id = UUID(line["batch_id"])
    serials = await serial_ids(ctx.tx, batch_id, line.get("serials") or [])
    source = site.position(line["location"], Status.RETURNED)
    return Caught(batch_id, line["quantity"], source, tuple(serials.values()), Status.REJECTED)


async def undo_settlement(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo of `settle`: the goods go back to the returns zone, the return is in process again, uncredited."""
    del inputs
    await withdraw_credit(ctx)
    postings = await documents.postings_of(ctx.tx, UUID(outputs["document"]), PostingKind.STATUS_CHANGE.value)
    await reverse(ctx, postings)
    await documents.change_state(ctx.tx, UUID(outputs["document"]), "in_process")
    rows = await documents.lines_of(ctx.tx, UUID(outputs["document"]))
    await documents.note_on_lines(
        ctx.tx, UUID(outputs["document"]), {row.line_no: dict.fromkeys(RESULT) for row in rows}
    )


def _apart(site: Ground, line: Line, status: Status) -> str:
    kind = "recalled" if status is Status.RECALLED else "returned"
    place = apart_place(site.places, kind, Goods(line["storage_class"], line["special_control"]))
    if place is None:
        raise ActionRefused("no_returned_zone", f"{kind}: {line['storage_class']}")
    return place.code


async def _write(ctx: ActionContext, document_id: UUID, lines: Sequence[Line]) -> dict[int, UUID]:
    """The return's lines, numbered from 1; shipment line number -> id."""
    materials = await references.materials(ctx.tx, {line["material"] for line in lines})
    rows = [
        {
            "line_no": number,
            "material_id": materials[line["material"]].id,
            "batch_number": line["batch_number"],
            "expires_on": date.fromisoformat(line["expires_on"]) if line.get("expires_on") else None,
            "quantity": line["quantity"],
            "entered_unit": line["unit"],
            "order_line_no": line["number"],
            "batch_id": UUID(line["batch_id"]),
            "data": {
                "location": line["location"],
                "status": line["status"],
                **{name: line[name] for name in SAID if line.get(name)},
                **materials[line["material"]].facts,
            },
        }
        for number, line in enumerate(lines, 1)
    ]
    await documents.add_lines(ctx.tx, document_id, rows)
    ids = await documents.line_ids(ctx.tx, document_id, (1, len(rows)))
    return {line["number"]: ids[number] for number, line in enumerate(lines, 1)}


async def _back(
    ctx: ActionContext, site: Ground, line: Line, rows: Mapping[int, UUID], party_id: UUID | None
) -> Move:
    batch_id = UUID(line["batch_id"])
    serials = await serial_ids(ctx.tx, batch_id, line["serials"])
    return Move(
        batch_id,
        line["quantity"],
        PlaceKind.CUSTOMER,
        site.position(line["location"], Status(line["status"])),
        party_id=party_id,
        document_line_id=rows[line["number"]],
        serial_ids=tuple(serials.values()),
    )


async def _write_results(ctx: ActionContext, document_id: UUID, site: Ground, lines: Sequence[Line]) -> None:
    """What was found of each line, who found it, and where the goods went (GSP 113).

    Where a recall or quality has carried them since they arrived is theirs to say.
    """
    rows = {row.order_line_no: row.line_no for row in await documents.lines_of(ctx.tx, document_id)}
    said: dict[int, dict[str, Any]] = {}
    for line in lines:
        decided = line["status"] == Status.RETURNED
        place = _place_of(site, line) if decided else None
        known = {"location": line["location"]} if line.get("recalled") else {}
        said[rows[line["number"]]] = {
            "outcome": line["outcome"],
            "finding": line.get("reason"),
            "inspector": line.get("actor"),
            "photos": line.get("photos"),
            "settled_status": TO[line["outcome"]].value if decided else line["status"],
            "settled_location": place.code if place else known.get("location"),
        }
    await documents.note_on_lines(ctx.tx, document_id, said)


def _place_of(site: Ground, line: Line) -> Place | None:
    """Where a decided line goes: the scanned place, the red zone, or quarantine."""
    target = TO[line["outcome"]]
    goods = Goods(line["storage_class"], line["special_control"], target is Status.REJECTED)
    if target is Status.REJECTED:
        return rejected_place(site.places, goods)
    if target is Status.QUARANTINE:
        return waiting_place(site.places, goods)
    return next((one for one in site.places if one.code == line.get("to")), None)


async def _settled(ctx: ActionContext, site: Ground, line: Line) -> Move:
    target = TO[line["outcome"]]
    goods = Goods(line["storage_class"], line["special_control"], target is Status.REJECTED)
    place = _place_of(site, line)
    if place is None:
        raise ActionRefused("location_unknown", str(line.get("to") or target.value))
    wrong = unsuitable(place, goods) if target is Status.QUALIFIED else None
    if wrong:
        raise ActionRefused("location_unsuitable", " / ".join(wrong))
    serials = await serial_ids(ctx.tx, UUID(line["batch_id"]), line.get("serials") or [])
    return Move(
        UUID(line["batch_id"]),
        line["quantity"],
        site.position(line["location"], Status.RETURNED),
        site.position(place.code, target),
        reason=line.get("reason"),
        serial_ids=tuple(serials.values()),
    )


async def _post(ctx: ActionContext, kind: PostingKind, moves: Sequence[Move], document_id: UUID) -> None:
    posting = Posting(
        kind=kind,
        actor_id=ctx.actor_id,
        moves=moves,
        run_id=ctx.run.id,
        path=ctx.path,
        document_id=document_id,
    )
    await ledger.post(ctx.tx, posting)

"""Services: the actions by which consignees are told, confirm, answer and send back (GSP 117).

What a consignee says is evidence and only ever added; the newest answer counts. What comes back goes straight
to the recall zone. Knows no engine.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import recalls
from db.queries.recalls import RecallRow
from domain.batches import PlaceKind, PostingKind, Status
from domain.places import Goods, apart_place
from domain.recall_reconciliation import RecallAnswerWrong
from domain.returns import ReturnExceedsSale
from domain.stock import Move, Posting
from services import line_sets
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recall_lines import consigned_set, party_id, recall_of, same_mode
from services.receiving_lines import all_lines
from services.shipping_lines import Ground, Scans, ground, scans_of, serial_ids

QUANTITIES = ("on_hand", "consumed", "destroyed")
AUDITED = {"notified": "notify.recall", "acknowledged": "acknowledge.recall", "answered": "answer.recall"}


async def list_consignees(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """One line for each partner that still has, by the books, something of a recalled batch."""
    recall = await recall_of(ctx, inputs)
    found: dict[str, dict[str, Any]] = {}
    for row in await recalls.consigned(ctx.tx, recall.document_id):
        line = found.setdefault(
            row.party, {"party": row.party, "party_name": row.party_name, "batches": 0, "quantity": 0}
        )
        line["batches"] += 1
        line["quantity"] += row.shipped
    lines = [(line["party"], line) for _, line in sorted(found.items())]
    total = {"sum_quantity": sum(line["quantity"] for line in found.values())}
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "consignees", lines, total)
    return ActionOutcome({"lines": made.model_dump(mode="json")})


async def notify(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write down that the notice went out, and list what the consignee got."""
    recall = same_mode(ctx, inputs, await recall_of(ctx, inputs))
    party = await party_id(ctx, inputs)
    rows = await recalls.consigned(ctx.tx, recall.document_id, party_id=party)
    await _record(ctx, recall, "notified", party, [{"data": {"sent_outside": not recall.drill}}])
    name = rows[0].party_name if rows else inputs["party"]
    return ActionOutcome({"lines": await consigned_set(ctx, rows, "consigned"), "party_name": name})


async def acknowledge(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write down who at the consignee's confirmed the notice."""
    recall, party = await recall_of(ctx, inputs), await party_id(ctx, inputs)
    said = {"by": str(inputs["by"]), "channel": str(inputs["channel"])}
    await _record(ctx, recall, "acknowledged", party, [{"data": said}])
    return ActionOutcome({})


async def record_answer(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Write down the answer for each batch; gives what is still there, as lines that are to come back."""
    recall, party = await recall_of(ctx, inputs), await party_id(ctx, inputs)
    lines = await all_lines(ctx, inputs["lines"])
    answers = [{"batch_id": UUID(line["batch_id"]), **_quantities(line)} for line in lines]
    await _record(ctx, recall, "answered", party, answers)
    on_hand = {answer["batch_id"]: answer["on_hand"] for answer in answers}
    rows = await recalls.consigned(ctx.tx, recall.document_id, party_id=party)
    there = [row for row in rows if on_hand.get(row.batch_id)]
    return ActionOutcome(
        {"on_hand": sum(on_hand.values()), "lines": await consigned_set(ctx, there, "to_come_back", on_hand)}
    )


def _quantities(line: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: line.get(name, 0) for name in QUANTITIES}
    if any(not isinstance(value, int) or isinstance(value, bool) or value < 0 for value in given.values()):
        raise RecallAnswerWrong
    return {**given, "data": {"reason": line["reason"]} if line.get("reason") else {}}


async def take_back(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Book what came back from the consignee into the recall zone of the run's site; a drill notes it."""
    recall, party = await recall_of(ctx, inputs), await party_id(ctx, inputs)
    lines = [line for line in await all_lines(ctx, inputs["lines"]) if line.get("returned_quantity")]
    quantity = sum(line["returned_quantity"] for line in lines)
    if not lines:
        return ActionOutcome({"quantity": 0})
    if recall.drill:
        await _record(ctx, recall, "answered", party, await _drilled(ctx, recall, party, lines))
        return ActionOutcome({"quantity": quantity})
    site, scans = await ground(ctx), await scans_of(ctx.tx, ctx.run.id, inputs["lines"])
    moves = [await _back(ctx, site, line, party, scans.get(line["line"], Scans())) for line in lines]
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.CUSTOMER_RETURN,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=ctx.path,
            document_id=recall.document_id,
            reason=f"召回 {recall.number} / recall {recall.number}",
        ),
    )
    await ctx.tx.audit(
        "take_back.recall",
        "document",
        str(recall.document_id),
        run_id=ctx.run.id,
        after={"party": inputs["party"], "quantity": quantity},
    )
    return ActionOutcome({"quantity": quantity})


async def _drilled(
    ctx: ActionContext, recall: RecallRow, party: UUID, lines: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What came back in the play of a drill, as the newest answer: nothing of it is in the ledger."""
    said = {row.batch_id: row for row in await recalls.consigned(ctx.tx, recall.document_id, party_id=party)}
    found = []
    for line in lines:
        batch_id, back = UUID(line["batch_id"]), line["returned_quantity"]
        before = said[batch_id]
        if back > before.shipped:
            raise ReturnExceedsSale(sold=before.shipped, returned=back)
        left = max((before.on_hand or 0) - back, 0)
        kept = {"on_hand": left, "consumed": before.consumed, "destroyed": before.destroyed}
        found.append({"batch_id": batch_id, **kept, "data": {"drilled": back}})
    return found


async def _back(ctx: ActionContext, site: Ground, line: Mapping[str, Any], party: UUID, scans: Scans) -> Move:
    batch_id, quantity = UUID(line["batch_id"]), line["returned_quantity"]
    place = apart_place(site.places, "recalled", Goods(line["storage_class"], line["special_control"]))
    if place is None:
        raise ActionRefused("no_recall_zone", site.site.code)
    serials = await serial_ids(ctx.tx, batch_id, scans.serials) if scans.serials else {}
    return Move(
        batch_id,
        quantity,
        PlaceKind.CUSTOMER,
        site.position(place.code, Status.RECALLED),
        party_id=party,
        serial_ids=tuple(serials.values()),
    )


async def _record(
    ctx: ActionContext, recall: RecallRow, kind: str, party: UUID, entries: Sequence[Mapping[str, Any]]
) -> None:
    """Append records of a kind, and audit them."""
    if not entries:
        return
    rows = [
        {
            "document_id": recall.document_id,
            "kind": kind,
            "party_id": party,
            "run_id": ctx.run.id,
            "path": ctx.path,
            "actor_id": ctx.actor_id,
            "occurred_at": ctx.now,
            **entry,
        }
        for entry in entries
    ]
    await ctx.tx.execute(sa.insert(t.recall_record), rows)
    await ctx.tx.audit(
        AUDITED[kind],
        "document",
        str(recall.document_id),
        run_id=ctx.run.id,
        after={"party": str(party), "records": len(rows)},
    )

"""Services: transfers where they arrive - actions `transfer.receive`, `transfer.book_in` and their undo.

What arrived waits in quarantine and is inspected again (GSP 81). What did not arrive, when that was
confirmed, is taken over by this site and written off at once, so that nothing stays on the way for ever and
the loss stands in the ledger with its reason. Knows tables, no engine.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents, references
from db.queries.documents import DocumentRef
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, Posting
from domain.transfers import Arrival, ArrivalNotPossible, arrived, checked
from services import arrival_facts, line_sets, recalled_goods, transfer_places, turned_round
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.outbound_orders import document_id_of
from services.recalled_goods import Caught
from services.receiving_lines import all_lines
from services.receiving_reversal import reverse
from services.shipping_lines import Ground, Scans, aggregates, handed_on, keyed, scans_of, serial_ids
from services.transfers import check_serials, postings_of

NOT_ARRIVED: Mapping[str, Any] = dict.fromkeys(("result", "reason", "missing", "surplus"))
"""What the head says of an arrival before there is one, and after it was undone."""


@dataclass(frozen=True)
class _Came:
    """One sent line as it was found: how much, and which serials came and which did not."""

    line: Mapping[str, Any]
    arrival: Arrival
    here: Mapping[str, UUID]
    lost: Mapping[str, UUID]


async def receive(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Post what arrived into the waiting zone, and what is confirmed as missing in and out again."""
    transfer, site = await _ground(ctx, inputs)
    came = await _came(ctx, inputs["lines"])
    missing = sum(one.arrival.missing for one in came)
    surplus = sum(one.arrival.surplus for one in came)
    if (missing or surplus) and inputs.get("confirmed") is not True:
        zh = "；".join(one.arrival.words("zh") for one in came if one.arrival.differs)
        en = "; ".join(one.arrival.words("en") for one in came if one.arrival.differs)
        raise ActionRefused("quantity_differs", f"{zh} / {en}")
    reason = inputs.get("reason") or "收发差异 / another quantity arrived"
    order_lines = {line.line_no: line.id for line in await documents.lines_of(ctx.tx, transfer.id)}
    await _post_arrival(ctx, transfer, site, came, order_lines)
    await _write_off(ctx, transfer, site, came, order_lines, reason)
    lines = [
        handed_on(one.line, number=number, quantity=one.arrival.arrived, serials=sorted(one.here))
        for number, one in enumerate((one for one in came if one.arrival.arrived), 1)
    ]
    lines = [{k: v for k, v in line.items() if k != "received_quantity"} for line in lines]
    made = await line_sets.create(
        ctx.tx, ctx.run.id, ctx.path, "arrived_lines", keyed(lines), aggregates(lines)
    )
    head: dict[str, Any] = {**NOT_ARRIVED, "result": "received"}
    if missing or surplus:
        head = {"result": "difference", "reason": reason, "missing": missing, "surplus": surplus}
    head |= await arrival_facts.of_run(ctx.tx, ctx.run.id)
    await documents.change_state(ctx.tx, transfer.id, transfer.state, header=head)
    await documents.add_to_lines(ctx.tx, transfer.id, "received", arrived_by_line(lines))
    received = sum(one.arrival.arrived for one in came)
    await ctx.tx.audit(
        "receive.transfer",
        "document",
        str(transfer.id),
        run_id=ctx.run.id,
        reason=head.get("reason"),
        after={"received": received, "missing": missing, "surplus": surplus},
    )
    counted = {"received": received, "missing": missing, "surplus": surplus}
    return ActionOutcome({"lines": made.model_dump(mode="json"), **counted})


async def return_receipt(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the goods are on the way again, what was written off among them.

    A run that is cancelled sends nothing on the road: what has arrived stays in quarantine, quality decides.
    """
    if ctx.why == "cancelled":
        raise ActionRefused("arrived", turned_round.ARRIVED)
    transfer, _ = await _ground(ctx, inputs)
    arrivals = await postings_of(ctx, transfer.id, PostingKind.TRANSFER_IN)
    losses = await postings_of(ctx, transfer.id, PostingKind.COUNT_ADJUSTMENT)
    await reverse(ctx, [*arrivals, *losses])
    came = arrived_by_line(await all_lines(ctx, outputs["lines"]))
    counted = [one for one in await documents.lines_of(ctx.tx, transfer.id) if "received" in one.data]
    back = {one.line_no: -came[one.line_no] for one in counted if one.line_no in came}
    await documents.add_to_lines(ctx.tx, transfer.id, "received", back)
    await documents.change_state(ctx.tx, transfer.id, transfer.state, header=NOT_ARRIVED)


def arrived_by_line(lines: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """Line of the transfer -> what arrived of it."""
    found: dict[int, int] = {}
    for line in lines:
        found[line["order_line"]] = found.get(line["order_line"], 0) + line["quantity"]
    return found


async def book_in(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move goods to their places, the red zone or (sealed meanwhile) the recall zone; close the transfer.

    What quality has rejected since it left goes to the red zone, whatever the inspection said.
    """
    return await _book(ctx, inputs, await all_lines(ctx, inputs["lines"]))


async def reject_all(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Move everything that arrived to the red zone, with one reason; close the transfer."""
    how = {"outcome": "rejected", "reason": inputs.get("reason")}
    return await _book(ctx, inputs, [{**line, **how} for line in await all_lines(ctx, inputs["lines"])])


async def _book(
    ctx: ActionContext, inputs: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> ActionOutcome:
    transfer, site = await _ground(ctx, inputs)
    scans = await scans_of(ctx.tx, ctx.run.id, inputs["lines"])
    stopped = await recalled_goods.stopped(ctx, (UUID(line["batch_id"]) for line in lines))
    moves: list[Move] = []
    caught: list[Caught] = []
    accepted = rejected = 0
    for line in lines:
        good, bad = _checked(line)
        batch_id = UUID(line["batch_id"])
        if batch_id in stopped:  # since it left: nothing of it is good any more
            every = tuple((await serial_ids(ctx.tx, batch_id, line["serials"])).values())
            caught.append(
                Caught(batch_id, good + bad, transfer_places.waiting(site, line), every, stopped[batch_id])
            )
            continue
        serials = await _split(ctx, line, (good, bad), scans.get(line["line"], Scans()))
        accepted, rejected = accepted + good, rejected + bad
        moves += _moves(site, line, (good, bad), serials)
    recalled = sum(one.quantity for one in caught if one.apart is Status.RECALLED)
    rejected += sum(one.quantity for one in caught if one.apart is Status.REJECTED)
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=transfer.id, beside=moves)
    if moves:
        await ledger.post(
            ctx.tx,
            Posting(
                kind=PostingKind.PUT_AWAY,
                actor_id=ctx.actor_id,
                moves=moves,
                run_id=ctx.run.id,
                path=ctx.path,
                document_id=transfer.id,
            ),
        )
    await documents.change_state(ctx.tx, transfer.id, "closed")
    counted = {"accepted": accepted, "rejected": rejected, "recalled": recalled}
    await ctx.tx.audit("close.transfer", "document", str(transfer.id), run_id=ctx.run.id, after=counted)
    told = {"any_recalled": recalled > 0, "any_rejected_since": Status.REJECTED in stopped.values()}
    return ActionOutcome({**counted, **told})


async def reverse_booking(ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Undo: the goods wait in quarantine again, the transfer is in process."""
    del outputs
    transfer, _ = await _ground(ctx, inputs)
    await reverse(ctx, await postings_of(ctx, transfer.id, PostingKind.PUT_AWAY))
    await documents.change_state(ctx.tx, transfer.id, "in_process")


async def _ground(ctx: ActionContext, inputs: Mapping[str, Any]) -> tuple[DocumentRef, Ground]:
    """The transfer, locked, and the site that it goes to with its places."""
    transfer = await documents.locked(ctx.tx, document_id_of(inputs.get("transfer")), "transfer")
    assert transfer is not None, "the run's own transfer"
    site = await references.site(ctx.tx, UUID(str(transfer.header["to_site_id"])))
    assert site is not None
    return transfer, Ground(site, await references.places(ctx.tx, site.id))


async def _came(ctx: ActionContext, reference: Mapping[str, Any]) -> list[_Came]:
    scans = await scans_of(ctx.tx, ctx.run.id, reference)
    found = []
    for line in await all_lines(ctx, reference):
        try:
            arrival = arrived(line)
        except ArrivalNotPossible as wrong:
            words = f"{wrong.message('zh')} / {wrong.message('en')}"
            raise ActionRefused("not_in_transit", words) from wrong
        ids = await serial_ids(ctx.tx, UUID(line["batch_id"]), line["serials"])
        scanned = scans.get(line["line"], Scans()).serials
        here = {
            number: ids[number] for number in scanned if number in ids
        }  # also when all is said to be here
        check_serials(line, arrival.arrived, len(here), tracked=bool(ids))
        lost = {number: ids[number] for number in ids if number not in here}
        found.append(_Came(line, arrival, here, lost))
    return found


async def _post_arrival(
    ctx: ActionContext,
    transfer: DocumentRef,
    site: Ground,
    came: Sequence[_Came],
    order_lines: Mapping[int, UUID],
) -> None:
    moves = [
        Move(
            UUID(one.line["batch_id"]),
            one.arrival.sent,
            PlaceKind.TRANSIT,
            transfer_places.waiting(site, one.line),
            document_line_id=order_lines.get(one.line["order_line"]),
            serial_ids=(*one.here.values(), *one.lost.values()),
        )
        for one in came
    ]
    await ledger.post(
        ctx.tx,
        Posting(
            kind=PostingKind.TRANSFER_IN,
            actor_id=ctx.actor_id,
            moves=moves,
            run_id=ctx.run.id,
            path=ctx.path,
            document_id=transfer.id,
        ),
    )


async def _write_off(
    ctx: ActionContext,
    transfer: DocumentRef,
    site: Ground,
    came: Sequence[_Came],
    order_lines: Mapping[int, UUID],
    reason: str,
) -> None:
    """What did not come is counted out where it should stand, with the reason that was signed."""
    moves = [
        Move(
            UUID(one.line["batch_id"]),
            one.arrival.missing,
            transfer_places.waiting(site, one.line),
            PlaceKind.COUNT,
            document_line_id=order_lines.get(one.line["order_line"]),
            reason=reason,
            serial_ids=tuple(one.lost.values()),
        )
        for one in came
        if one.arrival.missing
    ]
    if moves:
        await ledger.post(
            ctx.tx,
            Posting(
                kind=PostingKind.COUNT_ADJUSTMENT,
                actor_id=ctx.actor_id,
                moves=moves,
                run_id=ctx.run.id,
                path=f"{ctx.path}/lost",
                document_id=transfer.id,
                reason=reason,
            ),
        )


def _checked(line: Mapping[str, Any]) -> tuple[int, int]:
    try:
        return checked(line)
    except ArrivalNotPossible as wrong:
        words = f"批号 {line['batch_number']} 合格数与不合格数之和不等于到货数 / they do not add up"
        raise ActionRefused("quantity_mismatch", words) from wrong


async def _split(
    ctx: ActionContext, line: Mapping[str, Any], parts: tuple[int, int], scanned: Scans
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The serials of the accepted and of the rejected part; in between, the accepted ones are scanned."""
    ids = await serial_ids(ctx.tx, UUID(line["batch_id"]), line["serials"])
    good, bad = parts
    if not ids or not (good and bad):
        return (tuple(ids.values()), ()) if good else ((), tuple(ids.values()))
    taken = {number: ids[number] for number in scanned.serials if number in ids}
    check_serials(line, good, len(taken), tracked=True)
    return tuple(taken.values()), tuple(ids[number] for number in ids if number not in taken)


def _moves(
    site: Ground,
    line: Mapping[str, Any],
    parts: tuple[int, int],
    serials: tuple[tuple[UUID, ...], tuple[UUID, ...]],
) -> Iterator[Move]:
    source, batch_id = transfer_places.waiting(site, line), UUID(line["batch_id"])
    good, bad = parts
    if good:
        target = site.position(transfer_places.storage(site, line), Status.QUALIFIED)
        yield Move(batch_id, good, source, target, serial_ids=serials[0])
    if bad:
        target = site.position(transfer_places.red(site, line).code, Status.REJECTED)
        yield Move(batch_id, bad, source, target, reason=line.get("reason"), serial_ids=serials[1])

"""Services: transfers after their arrival - actions `transfer.book_in`, `transfer.reject_all` and their undo.

Knows tables, no engine.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from db import ledger
from db.queries import documents
from domain.batches import PostingKind, Status
from domain.stock import Move, Posting
from domain.transfers import ArrivalNotPossible, checked
from services import recalled_goods, transfer_places
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.recalled_goods import Caught
from services.receiving_lines import all_lines
from services.receiving_reversal import reverse
from services.shipping_lines import Ground, Scans, scans_of, serial_ids
from services.transfer_places import ground
from services.transfers import check_serials, postings_of


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
    transfer, site = await ground(ctx, inputs)
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
    transfer, _ = await ground(ctx, inputs)
    await reverse(ctx, await postings_of(ctx, transfer.id, PostingKind.PUT_AWAY))
    await documents.change_state(ctx.tx, transfer.id, "in_process")


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

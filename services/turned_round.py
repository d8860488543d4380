"""Services: goods of a transfer that was given up on the road - they come back unchecked, quality decides.

They were on a vehicle, so they are booked where unchecked goods wait, in quarantine, on the transfer and with
the reason: nothing of it can be reserved, picked or sent. A decision of quality on the batch lets them go
(`quality.release_batch`) or rejects them (`quality.reject_batch`) (GSP 81, 87). Knows tables, no engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from db import ledger, reservations
from db.queries import coming_back, positions, references
from domain.batches import PlaceKind, PostingKind, Status
from domain.places import Goods, unsuitable
from domain.stock import Move, Position, Posting
from domain.transfers import NotInTransit
from services import recalled_goods, transfer_places
from services.action_context import ActionRefused, Told
from services.recalled_goods import Caught
from services.shipping_lines import ground, serial_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.queries.coming_back import Waiting
    from db.queries.documents import DocumentRef
    from db.queries.positions import HeldPosition
    from services.action_context import ActionContext
    from services.sales_return_goods import Line

REASON = "调拨中途撤回 / the transfer was turned round"
BATCHES_NAMED = 10
ARRIVED = (
    "货物已到达调入仓库，不再算作在途；在待验区等候质量部门判定"
    " / the goods have arrived at the other site; they wait in quarantine for quality's decision"
)


async def take_back(
    ctx: ActionContext, transfer: DocumentRef, sent: Sequence[Line], of_order: dict[int, UUID]
) -> Told:
    """Book what was sent from transit into the waiting zone of its site; refused once it has arrived."""
    site = await ground(ctx)
    stopped = await recalled_goods.stopped(ctx, (UUID(line["batch_id"]) for line in sent))
    moves, caught = [], []
    for line in sent:
        batch_id, target = UUID(line["batch_id"]), transfer_places.waiting(site, line)
        serials = tuple((await serial_ids(ctx.tx, batch_id, line["serials"])).values())
        moves.append(
            Move(
                batch_id,
                line["quantity"],
                PlaceKind.TRANSIT,
                target,
                document_line_id=of_order.get(line["order_line"]),
                serial_ids=serials,
            )
        )
        if batch_id in stopped:
            caught.append(Caught(batch_id, line["quantity"], target, serials, stopped[batch_id]))
    reason = ctx.reason or REASON
    try:
        await _post(ctx, PostingKind.TRANSFER_IN, moves, transfer.id, reason, ctx.path)
    except NotInTransit as arrived:
        raise ActionRefused("arrived", ARRIVED) from arrived
    await recalled_goods.set_apart(ctx, caught, site.places, document_id=transfer.id)
    return await _told(ctx, transfer.number, sent, reason)


async def _told(ctx: ActionContext, number: str, sent: Sequence[Line], reason: str) -> Told:
    """What the owner of the procedure is told, and where the next step begins."""
    site, first = ctx.run.site, quote(f"{sent[0]['material']}:{sent[0]['batch_number']}", safe=":")
    zh, en = await _goods(ctx, sent)
    return Told(
        template="transfer.turned_round",
        title_zh=f"调拨中途撤回，货物待验：{number}",
        title_en=f"Transfer turned round, goods in quarantine: {number}",
        body_zh=f"{zh}由途中退回（{reason}），记入调出仓库待验区，"
        "不得分配、拣货、发出。请对批号发起“质量锁定与放行”：放行后记回合格品货位，不合格的转入红色区。",
        body_en=f"{en} came back from the road ({reason}) into quarantine at "
        "the site that sent them. Nobody can reserve, pick or send them. Start a quality hold on the batch: "
        "released, they are stock again; rejected, they go to the red zone.",
        link=f"/runs/new?sop=quality_hold&batch={first}&site={quote(site)}",
    )


async def _goods(ctx: ActionContext, sent: Sequence[Line]) -> tuple[str, str]:
    """The goods batch by batch, in both languages; the first ones where there are many."""
    materials = await references.materials(ctx.tx, {line["material"] for line in sent})
    quantities: dict[tuple[str, str], int] = {}
    for line in sent:
        key = (line["material"], line["batch_number"])
        quantities[key] = quantities.get(key, 0) + line["quantity"]
    zh, en = [], []
    for (code, batch), quantity in sorted(quantities.items())[:BATCHES_NAMED]:
        of = materials[code]
        zh.append(f"{of.name_zh} 批号 {batch} {quantity} {of.base_unit}")
        en.append(f"{quantity} {of.base_unit} of {of.name_en or of.name_zh}, batch {batch}")
    more = len(quantities) - BATCHES_NAMED
    if more > 0:
        zh.append(f"另有 {more} 个批号")
        en.append(f"{more} more batches")
    return "；".join(zh) + " ", "; ".join(en)


async def put_back(ctx: ActionContext, batch_id: UUID, reason: str) -> tuple[int, str]:
    """Turn what waits of a batch, of transfers that were given up, into stock; how much, and where it stands.

    Nothing while a recall holds the batch or quality has rejected it.
    """
    if await recalled_goods.stopped(ctx, [batch_id]):
        return 0, ""
    wanted = {one.position for one in await coming_back.waiting(ctx.tx, batch_id)}
    found = await positions.held(ctx.tx, batch_ids=[batch_id], statuses=[Status.QUARANTINE])
    targets = {held.position: await _storage(ctx, held) for held in found if held.position in wanted}
    both = {(batch_id, at) for source, (target, _) in targets.items() for at in (source, target)}
    await reservations.lock_positions(ctx.tx, both)
    waiting = [one for one in await coming_back.waiting(ctx.tx, batch_id) if one.position in targets]
    for number, one in enumerate(waiting, 1):
        target, _ = targets[one.position]
        move = Move(batch_id, one.quantity, one.position, target, reason=reason, serial_ids=one.serials)
        path = f"{ctx.path}/back{number}"
        await _post(ctx, PostingKind.STATUS_CHANGE, [move], one.document_id, reason, path)
    quantity = sum(one.quantity for one in waiting)
    if quantity:
        await _audit(ctx, batch_id, waiting, reason)
    return quantity, "、".join(sorted({targets[one.position][1] for one in waiting}))


async def _storage(ctx: ActionContext, held: HeldPosition) -> tuple[Position, str]:
    """Where goods are kept once they are good: beside the same batch, or the first place that suits."""
    places = await references.places(ctx.tx, held.site_id)
    goods = Goods(held.storage_class, held.special_control)
    suits = {place.code: place for place in places if unsuitable(place, goods) is None}
    if not suits:
        raise ActionRefused("no_storage_place", f"{held.site}: {held.storage_class}")
    beside = await positions.held(
        ctx.tx, batch_ids=[held.batch_id], site_id=held.site_id, statuses=[Status.QUALIFIED]
    )
    code = min([one.location for one in beside if one.location in suits] or suits)
    at = Position(held.site_id, suits[code].location_id, Status.QUALIFIED, held.owner_id)
    return at, f"{held.site} {code}"


async def _post(
    ctx: ActionContext,
    kind: PostingKind,
    moves: Sequence[Move],
    document_id: UUID,
    reason: str,
    path: str,
) -> None:
    posting = Posting(
        kind=kind,
        actor_id=ctx.actor_id,
        moves=moves,
        run_id=ctx.run.id,
        path=path,
        document_id=document_id,
        reason=reason,
    )
    await ledger.post(ctx.tx, posting)


async def _audit(ctx: ActionContext, batch_id: UUID, waiting: Sequence[Waiting], reason: str) -> None:
    after: dict[str, Any] = {one.number: one.quantity for one in waiting}
    await ctx.tx.audit(
        "put_back.transfer", "batch", str(batch_id), run_id=ctx.run.id, reason=reason, after=after
    )

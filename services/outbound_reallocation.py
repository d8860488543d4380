"""Services: the action `outbound.reallocate` and its undo - goods not found, and other batches by choice.

First expiry first is the rule; who sends another batch says why, signs for it in the procedure, and the
reason stays with the reservation. Knows tables, no engine.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from db.queries import references
from db.queries import reservations as queries
from db.queries.documents import LineRef
from db.reservations import OpenReservation
from domain.allocation import Allocated, Available, Demand, allocate, fresh_enough
from domain.batches import Status
from domain.places import Place
from domain.reservations import Reserved
from domain.stock import Position
from services import reservations
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.other_batches import number_of
from services.outbound_allocation import (
    Line,
    Stock,
    allocated_columns,
    allocated_lines,
    free_stock,
    least_days,
    lock_stock,
    refuse_short,
    reserve_allocated,
    write_lines,
)
from services.outbound_orders import OutboundOrder, outbound_order
from services.receiving_lines import all_lines

SHORT, REPLACED = "short", "replaced"
NOT_FOUND = "货位不足 / not found at the location"


@dataclass
class _Change:
    """What becomes of the lines: those that stay, the goods chosen anew, and what is missing."""

    kept: list[Line] = field(default_factory=list)
    added: list[Line] = field(default_factory=list)
    missing: dict[int, int] = field(default_factory=dict)


async def reallocate(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Allocate the short lines again and move the replaced ones to the batch that is named."""
    order = await outbound_order(ctx, "sales_order", inputs.get("sales_order"))
    lines = await all_lines(ctx, inputs["lines"])
    places = {place.code: place for place in await references.places(ctx.tx, order.site.id)}
    locked = await lock_stock(ctx, order)
    change = _Change()
    stopped = await queries.held(ctx.tx, order.site.id, {UUID(line["batch_id"]) for line in lines})
    released = [await _release(ctx, order, line, places, locked.held, stopped) for line in lines]
    stock = await free_stock(ctx, order, locked)
    left = {key: available for key, (available, _) in stock.items()}
    for line, free in zip(lines, released, strict=True):
        if line["quantity"] > free:
            change.kept.append({**allocated_columns(line), "quantity": line["quantity"] - free})
        if free:
            await _choose(ctx, order, line, free, (stock, left), change)
    if change.missing and inputs.get("partial") is not True:
        refuse_short(order, change.missing)
    every = await write_lines(ctx, [*change.kept, *change.added])
    added = await write_lines(ctx, change.added, "+added")
    await ctx.tx.audit(
        "reallocate.stock",
        "document",
        str(order.document.id),
        run_id=ctx.run.id,
        after={"added": change.added[:500], "missing": change.missing},
    )
    missing = sum(change.missing.values())
    return ActionOutcome({"lines": every, "added": added, "complete": not missing, "missing": missing})


async def restore_allocation(
    ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> None:
    """Undo: what was chosen here is free again; what was released is reserved again, if it still can be."""
    del outputs
    document_id = UUID(str(inputs["sales_order"]["id"]))
    taker = reservations.taker_of(ctx)
    await reservations.release_path(ctx.tx, by=taker, reason="undo")
    before = await queries.released_at(ctx.tx, ctx.run.id, ctx.path)
    await reservations.reserve(ctx.tx, before, by=taker, reason="undo")
    await ctx.tx.audit("restore.allocation", "document", str(document_id), run_id=ctx.run.id)


async def _release(
    ctx: ActionContext,
    order: OutboundOrder,
    line: Mapping[str, Any],
    places: Mapping[str, Place],
    held: list[OpenReservation],
    stopped: Collection[UUID],
) -> int:
    """Free what the line does not get from its place; how much that is.

    Of a batch that was stopped since it was allocated nothing is promised any more: other stock goes.
    """
    if line["outcome"] not in {SHORT, REPLACED}:
        return 0
    ordered, place = order.line(line["order_line"]), places.get(line["location"])
    found = (line.get("found_quantity") or 0) if line["outcome"] == SHORT else 0
    if ordered is None or place is None or not 0 <= found < line["quantity"]:
        words = f"第 {line['order_line']} 行没有这样的预留 / nothing like it is reserved for the line"
        raise ActionRefused("not_allocated", words)
    position = Position(order.site.id, place.location_id, Status.QUALIFIED, order.document.legal_entity_id)
    reason = NOT_FOUND if line["outcome"] == SHORT else _reason(line)
    goods = Reserved(ordered.id, UUID(line["batch_id"]), position, line["quantity"] - found)
    released = await reservations.release(ctx.tx, held, goods, by=reservations.taker_of(ctx), reason=reason)
    if released < line["quantity"] - found and goods.batch_id not in stopped:
        words = f"货位 {place.code} 没有为第 {ordered.line_no} 行预留这么多 / not so much is reserved there"
        raise ActionRefused("not_allocated", words)
    return int(line["quantity"]) - found


def _reason(line: Mapping[str, Any]) -> str:
    reason = str(line.get("reason") or "").strip()
    if not reason:
        words = f"第 {line['order_line']} 行改用其他批号，须写明原因 / say why the line gets another batch"
        raise ActionRefused("reason_missing", words)
    return reason


async def _choose(
    ctx: ActionContext,
    order: OutboundOrder,
    line: Mapping[str, Any],
    quantity: int,
    free: tuple[Stock, dict[tuple[UUID, UUID], Available]],
    change: _Change,
) -> None:
    """Reserve other goods for the line: the named batch, or what expires first elsewhere."""
    stock, left = free
    ordered = order.line(line["order_line"])
    assert ordered is not None
    replaced = line["outcome"] == REPLACED
    least = least_days(order, ordered)
    usable = _named(order, line, ordered, list(left.values()), least) if replaced else _elsewhere(line, left)
    found = allocate([Demand(ordered.line_no, ordered.material_id, quantity, least)], usable)
    if found.missing:
        change.missing[ordered.line_no] = change.missing.get(ordered.line_no, 0) + sum(found.missing.values())
    reason = _reason(line) if replaced else NOT_FOUND
    await reserve_allocated(ctx, order, found.taken, reason)
    _take(left, found.taken)
    change.added += allocated_lines(order, found.taken, stock, override=replaced)


def _elsewhere(line: Mapping[str, Any], left: Mapping[tuple[UUID, UUID], Available]) -> list[Available]:
    """Everything free but what should have been where it was not."""
    return [
        one
        for one in left.values()
        if (str(one.batch_id), one.location) != (line["batch_id"], line["location"])
    ]


def _named(
    order: OutboundOrder, line: Mapping[str, Any], ordered: LineRef, free: Sequence[Available], least: int
) -> list[Available]:
    """Free goods of the batch (and at the location) that were named; why it cannot be that one."""
    number, location = number_of(line.get("other_batch")), str(line.get("other_location") or "").strip()
    there = [
        one
        for one in free
        if one.material_id == ordered.material_id
        and one.batch_number == number
        and (not location or one.location.casefold() == location.casefold())
    ]
    if not there:
        material = order.material(ordered)
        words = (
            f"没有可供的 {material.name_zh} 批号 {number}（不存在、已锁定、已过期或已预留）"
            f" / batch {number} of {material.code} is not free here: unknown, held, expired or reserved"
        )
        raise ActionRefused("batch_unknown", words)
    fresh = [one for one in there if fresh_enough(one, least)]
    if not fresh:
        words = f"批号 {number} 剩余效期不足 {least} 天 / batch {number} has less than {least} days left"
        raise ActionRefused("batch_unsuitable", words)
    return fresh


def _take(left: dict[tuple[UUID, UUID], Available], taken: Sequence[Allocated]) -> None:
    for one in taken:
        key = (one.stock.batch_id, one.stock.position.location_id)
        rest = left[key].quantity - one.quantity
        left[key] = Available(**{**vars(left[key]), "quantity": rest})

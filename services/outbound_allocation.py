"""Services: the action `outbound.allocate` and its undo - stock chosen first expiry first, and reserved.

The rule is `domain/allocation.py`; here it is given what is free, under locks, so that two allocations at
once never promise the same goods and never wait for each other in a circle. Knows tables, no engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from db import reservations as rows
from db import tables as t
from db.queries import reservations as queries
from db.queries.documents import LineRef
from db.queries.reservations import Candidate
from db.reservations import OpenReservation
from domain.allocation import Allocated, Available, Demand, allocate, stricter
from domain.batches import expired, remaining_days
from domain.outbound_actions import ALLOCATED_COLUMNS
from domain.reservations import Reserved
from domain.stock import Position
from services import line_sets, reservations
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.outbound_orders import OutboundOrder, outbound_order, shipped
from services.receiving_lines import day

Line = dict[str, Any]


async def allocate_order(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Allocate what the order still needs; all of it, unless `partial` allows less."""
    order = await outbound_order(ctx, "sales_order", inputs.get("sales_order"))
    return await allocate_document(ctx, order, partial=inputs.get("partial") is True)


async def allocate_document(ctx: ActionContext, order: OutboundOrder, *, partial: bool) -> ActionOutcome:
    """The same for a transfer."""
    locked = await lock_stock(ctx, order)
    taker = reservations.taker_of(ctx)  # a run that is over may have left something; nobody else works on it
    await reservations.release_others(ctx.tx, locked.held, by=taker, reason="重新分配 / allocated anew")
    wanted = demands(order, await queries.open_of_lines(ctx.tx, [line.id for line in order.lines]))
    if not wanted:
        raise ActionRefused("nothing_to_allocate", "各行已全部发出 / everything has left already")
    stock = await free_stock(ctx, order, locked)
    found = allocate(wanted, [available for available, _ in stock.values()])
    if found.missing and not (partial and found.taken):
        refuse_short(order, found.missing)
    await reserve_allocated(ctx, order, found.taken)
    lines = allocated_lines(order, found.taken, stock)
    made = await write_lines(ctx, lines)
    await ctx.tx.audit(
        "allocate.stock",
        "document",
        str(order.document.id),
        run_id=ctx.run.id,
        after={"lines": len(lines), "quantity": made["aggregates"]["sum_quantity"], "missing": found.missing},
    )
    return ActionOutcome(
        {
            "lines": made,
            "cold_chain": made["aggregates"]["any_cold_chain"],
            "special_control": made["aggregates"]["any_special_control"],
            "complete": not found.missing,
            "missing": sum(found.missing.values()),
        }
    )


async def release_allocation(
    ctx: ActionContext, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> None:
    """Undo: what the run has reserved for the document is free again."""
    del outputs
    snapshot = inputs.get("sales_order") or inputs.get("transfer")
    document_id = UUID(str(snapshot["id"])) if snapshot else UUID(int=0)
    count = await reservations.release_run(ctx.tx, document_id, by=reservations.taker_of(ctx), reason="undo")
    await ctx.tx.audit(
        "release.allocation", "document", str(document_id), run_id=ctx.run.id, after={"reservations": count}
    )


def demands(order: OutboundOrder, reserved: Mapping[UUID, int]) -> list[Demand]:
    """What each line still needs beside what has left and what the run has reserved, in order."""
    needed = {line.line_no: line.quantity - shipped(line) - reserved.get(line.id, 0) for line in order.lines}
    return [
        Demand(line.line_no, line.material_id, needed[line.line_no], least_days(order, line))
        for line in order.lines
        if needed[line.line_no] > 0
    ]


def least_days(order: OutboundOrder, line: LineRef) -> int:
    """The shelf life that must be left: the customer's or the line's, the stricter of the two."""
    own = order.customer.min_remaining_days if order.customer else None
    return stricter(own, line.data.get("min_remaining_days"))


Stock = dict[tuple[UUID, UUID], tuple[Available, Candidate]]
"""What is free by (batch, location), as the rule takes it and as lines show it."""


@dataclass(frozen=True)
class Locked:
    """What an allocation may read and change: the order's reservations, and positions of batches."""

    held: list[OpenReservation]
    places: frozenset[tuple[UUID, Position]]


async def lock_stock(ctx: ActionContext, order: OutboundOrder) -> Locked:
    """Lock what an allocation reads and changes, once and in the one order, before anything is changed.

    Goods that come to another place meanwhile are left to the next one: to lock them later could be a circle.
    """
    tx, site, line_ids = ctx.tx, order.site, [line.id for line in order.lines]
    batch_ids = await queries.batches_with_stock(tx, site.id, order.materials.keys())
    await rows.lock_batches(tx, batch_ids | await queries.reserved_batches(tx, line_ids))
    reserved = await rows.lock_open(tx, t.reservation.c.document_line_id.in_(line_ids))
    found = await queries.candidates(tx, site.id, order.materials.keys())
    places = {(one.batch_id, one.position) for one in found}
    places |= {(one.goods.batch_id, one.goods.position) for one in reserved}
    await rows.lock_positions(tx, places)
    return Locked(reserved, frozenset(places))


async def free_stock(ctx: ActionContext, order: OutboundOrder, locked: Locked) -> Stock:
    """Everything that was locked at the site and may leave for the order, as it is now."""
    tx, site, materials = ctx.tx, order.site, order.materials
    known = await queries.candidates(tx, site.id, materials.keys())
    found = [one for one in known if (one.batch_id, one.position) in locked.places]
    free = await rows.lock_positions(tx, [(one.batch_id, one.position) for one in found])
    return {
        (one.batch_id, one.position.location_id): (
            Available(
                one.batch_id,
                one.batch_number,
                one.material_id,
                one.expires_on,
                None if one.expires_on is None else remaining_days(one.expires_on, ctx.now, site.time_zone),
                one.position,
                one.location,
                free[one.batch_id, one.position],
                materials[one.material_id].carton_quantity,
            ),
            one,
        )
        for one in found
        if one.position.owner_id == order.document.legal_entity_id
        and free.get((one.batch_id, one.position), 0) > 0
        and not expired(one.expires_on, ctx.now, site.time_zone)
    }


def refuse_short(order: OutboundOrder, missing: Mapping[int, int]) -> None:
    """Refuse as `not_enough`, naming every line and what it lacks."""
    zh, en = [], []
    for line_no, quantity in missing.items():
        line = order.line(line_no)
        assert line is not None
        material = order.material(line)
        zh.append(f"第 {line_no} 行 {material.name_zh} 缺 {quantity} {material.base_unit}")
        en.append(f"line {line_no}, {material.code}: {quantity} {material.base_unit} missing")
    raise ActionRefused("not_enough", f"{'；'.join(zh[:20])} / {'; '.join(en[:20])}")


async def reserve_allocated(
    ctx: ActionContext, order: OutboundOrder, taken: Iterable[Allocated], reason: str | None = None
) -> None:
    """Promise what was allocated to the order's lines."""
    ids = {line.line_no: line.id for line in order.lines}
    goods = [
        Reserved(ids[one.line_no], one.stock.batch_id, one.stock.position, one.quantity) for one in taken
    ]
    await reservations.reserve(ctx.tx, goods, by=reservations.taker_of(ctx), reason=reason)


def allocated_lines(
    order: OutboundOrder, taken: Iterable[Allocated], stock: Stock, *, override: bool = False
) -> list[Line]:
    """The lines as they are picked, by location: one for each batch, place and order line."""
    made = []
    for one in taken:
        line = order.line(one.line_no)
        assert line is not None
        candidate = stock[one.stock.batch_id, one.stock.position.location_id][1]
        made.append({**_goods(order, line, candidate), "quantity": one.quantity, "override": override})
    return made


def _goods(order: OutboundOrder, line: LineRef, candidate: Candidate) -> Line:
    material = order.material(line)
    return {
        "order_line": line.line_no,
        "material": material.code,
        "material_name": material.name_zh,
        "specification": material.specification,
        "unit": material.base_unit,
        "storage_class": material.storage_class,
        "batch_id": str(candidate.batch_id),
        "batch_number": candidate.batch_number,
        "produced_on": day(candidate.produced_on),
        "expires_on": day(candidate.expires_on),
        "manufacturer": candidate.manufacturer,
        "location": candidate.location,
        "special_control": material.special_control,
        "cold_chain": material.cold_chain,
    }


def allocated_columns(line: Mapping[str, Any]) -> Line:
    """A line without what a work list has added to it."""
    return {name: value for name, value in line.items() if name in ALLOCATED_COLUMNS}


async def write_lines(ctx: ActionContext, lines: Sequence[Line], suffix: str = "") -> dict[str, Any]:
    """The lines as a line set in the order of the walk, numbered; its reference as JSON."""
    walked = sorted(lines, key=lambda line: (line["location"], line["material"], line["order_line"]))
    numbered = [{**line, "number": number} for number, line in enumerate(walked, 1)]
    reference = await line_sets.create(
        ctx.tx,
        run_id=ctx.run.id,
        path=f"{ctx.path}{suffix}",
        kind="allocated_lines",
        lines=[(f"{line['material']}:{line['batch_number']}", line) for line in numbered],
        aggregates={
            "any_special_control": any(line["special_control"] for line in numbered),
            "any_cold_chain": any(line["cold_chain"] for line in numbered),
            "any_override": any(line["override"] for line in numbered),
            "sum_quantity": sum(line["quantity"] for line in numbered),
        },
    )
    return reference.model_dump(mode="json")

"""Services: the action `outbound.record_pick` (GSP 94). Knows tables, no engine.

What was picked moves from its location to the shipping zone, serial by serial where there are serials, and
stays reserved for its order line on the way. The shipment is opened with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from db.queries import documents, references
from db.queries import packages as package_queries
from db.queries.documents import DocumentRef
from db.queries.references import MaterialRef
from domain.batches import PostingKind
from domain.outbound_actions import ALLOCATED_AGGREGATES
from domain.places import Goods, Place, shipping_place
from domain.shipping import picked
from domain.stock import Move, Posting
from services import line_sets, package_contents, reservations
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.receiving_lines import all_lines
from services.shipping_lines import (
    Ground,
    Scans,
    aggregates,
    ground,
    handed_on,
    keyed,
    scans_of,
    serial_ids,
    serialised,
)


@dataclass(frozen=True)
class Pick:
    """One line as it was picked: goods, where they go, their serials and whole packages."""

    line: Mapping[str, Any]
    quantity: int
    target: Place
    serials: Mapping[str, UUID] = field(default_factory=dict)
    packages: Sequence[str] = ()
    scanned: int = 0

    @property
    def by_hand(self) -> dict[str, int]:
        """How many were scanned, where the others were counted by hand: the reviewer is told."""
        return {"picked_scanned": self.scanned} if 0 < self.scanned < self.quantity else {}


async def record_pick(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Open the shipment and move what was picked; `more` is a second pick, after a reallocation."""
    order = await documents.locked(ctx.tx, UUID(inputs["sales_order"]["id"]), "sales_order")
    assert order is not None
    site = await ground(ctx)
    lists = [inputs["lines"], *([inputs["more"]] if inputs.get("more") else [])]
    wanted, picks = 0, []
    for at, reference in enumerate(lists):
        lines = await all_lines(ctx, reference)
        wanted += 0 if at else sum(line["quantity"] for line in lines)
        picks += await _picks(ctx, site, reference, lines)
    shipment = await _open(ctx, order, picks)
    rows = await _document_lines(ctx, shipment, picks)
    await _move(ctx, site, order, shipment, picks, rows)
    await _take_packages(ctx, shipment, picks)
    lines = [_handed_on(number, pick) for number, pick in enumerate(picks, 1)]
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "picked", keyed(lines), aggregates(lines))
    missing = wanted - sum(pick.quantity for pick in picks)
    return ActionOutcome(
        {
            "lines": made.model_dump(mode="json"),
            "short": missing > 0,
            "missing": missing,
            "shipment": str(shipment.id),
            "cold_chain": made.aggregates["any_cold_chain"],
            "special_control": made.aggregates["any_special_control"],
        }
    )


async def list_rest(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The lines of a reallocation, or none."""
    if inputs.get("added"):
        return ActionOutcome({"lines": dict(inputs["added"])})
    none = dict.fromkeys(ALLOCATED_AGGREGATES, False) | {"sum_quantity": 0}
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "allocated", [], none)
    return ActionOutcome({"lines": made.model_dump(mode="json")})


async def _picks(
    ctx: ActionContext, site: Ground, reference: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> list[Pick]:
    scans = await scans_of(ctx.tx, ctx.run.id, reference)
    tracked = await serialised(ctx.tx, (UUID(line["batch_id"]) for line in lines))
    found = []
    for line in lines:
        scanned = scans.get(line["line"], Scans())
        quantity = picked(line, scanned.quantity)
        if not quantity:
            continue
        batch_id = UUID(line["batch_id"])
        numbers = scanned.serials if batch_id in tracked else []
        ids = await serial_ids(ctx.tx, batch_id, numbers)
        _check_scans(line, quantity, scanned, len(ids) if batch_id in tracked else None)
        goods = Goods(line["storage_class"], line["special_control"])
        target = shipping_place(site.places, goods)
        if target is None:
            name, wanted = line["material_name"], line["storage_class"]
            words = f"本仓库没有适合 {name} 的发货区 / no shipping zone for {wanted}"
            raise ActionRefused("no_shipping_zone", words)
        packages = tuple(dict.fromkeys(scanned.packages))
        found.append(Pick(line, quantity, target, ids, packages, scanned.quantity))
    return found


def _check_scans(line: Mapping[str, Any], quantity: int, scanned: Scans, serials: int | None) -> None:
    """As many serials as pieces, and not more scanned than picked; else the refusal that says so."""
    if (serials is not None and serials != quantity) or scanned.quantity > quantity:
        told = serials if serials is not None else scanned.quantity
        words = (
            f"批号 {line['batch_number']}：拣货 {quantity}，扫描 {told}"
            f" / batch {line['batch_number']}: {quantity} picked, {told} scanned"
        )
        raise ActionRefused("serials_incomplete", words)


async def _open(ctx: ActionContext, order: DocumentRef, picks: Sequence[Pick]) -> DocumentRef:
    number = await documents.next_number(ctx.tx, "shipment", order, "CK")
    shipment_id = await documents.open_document(
        ctx.tx,
        kind="shipment",
        number=number,
        source=order,
        run_id=ctx.run.id,
        actor_id=ctx.actor_id,
        occurred_at=ctx.now,
        header={
            "sales_order": order.number,
            "sales_order_id": str(order.id),
            "cold_chain": any(pick.line["cold_chain"] for pick in picks),
            "special_control": any(pick.line["special_control"] for pick in picks),
        },
    )
    await ctx.tx.audit(
        "open.shipment", "document", str(shipment_id), run_id=ctx.run.id, after={"number": number}
    )
    made = await documents.locked(ctx.tx, shipment_id, "shipment")
    assert made is not None
    return made


async def _document_lines(ctx: ActionContext, shipment: DocumentRef, picks: Sequence[Pick]) -> list[UUID]:
    materials = await references.materials(ctx.tx, {pick.line["material"] for pick in picks})
    await documents.add_lines(
        ctx.tx,
        shipment.id,
        (_row(number, pick, materials[pick.line["material"]]) for number, pick in enumerate(picks, 1)),
    )
    ids = await documents.line_ids(ctx.tx, shipment.id, (1, len(picks)))
    return [ids[number] for number in range(1, len(picks) + 1)]


def _row(number: int, pick: Pick, material: MaterialRef) -> dict[str, Any]:
    """One line of the shipment with the fields of the outbound review record (GSP 95; 药品管理法 57)."""
    line, serials = pick.line, sorted(pick.serials)
    return {
        "line_no": number,
        "material_id": material.id,
        "batch_number": line["batch_number"],
        "produced_on": _date(line.get("produced_on")),
        "expires_on": _date(line.get("expires_on")),
        "quantity": pick.quantity,
        "entered_unit": material.base_unit,
        "order_line_no": line["order_line"],
        "batch_id": UUID(line["batch_id"]),
        "data": {
            **material.facts,
            "from_location": line["location"],
            "location": pick.target.code,
            "picked": pick.quantity,
            "picker": line.get("actor"),
            **pick.by_hand,
            **({"picked_packages": list(pick.packages)} if pick.packages else {}),
            **({"serials": serials, "picked_serials": serials} if serials else {}),
        },
    }


async def _move(
    ctx: ActionContext,
    site: Ground,
    order: DocumentRef,
    shipment: DocumentRef,
    picks: Sequence[Pick],
    rows: Sequence[UUID],
) -> None:
    if not picks:
        return
    of_order = {line.line_no: line.id for line in await documents.lines_of(ctx.tx, order.id)}
    moves = [
        Move(
            UUID(pick.line["batch_id"]),
            pick.quantity,
            site.position(pick.line["location"]),
            site.position(pick.target.code),
            document_line_id=row,
            serial_ids=tuple(pick.serials.values()),
        )
        for pick, row in zip(picks, rows, strict=True)
    ]
    posting = Posting(
        kind=PostingKind.PUT_AWAY,
        actor_id=ctx.actor_id,
        moves=moves,
        run_id=ctx.run.id,
        path=ctx.path,
        document_id=shipment.id,
    )
    line_ids = [of_order[pick.line["order_line"]] for pick in picks]
    await reservations.carry(ctx.tx, posting, line_ids, by=reservations.taker_of(ctx))


async def _take_packages(ctx: ActionContext, shipment: DocumentRef, picks: Iterable[Pick]) -> None:
    """Whole packages come along; a piece that was taken out of one leaves it open."""
    for pick in picks:
        whole = [one for sscc in pick.packages if (one := await package_queries.by_code(ctx.tx, sscc))]
        every = await package_contents.held_below(ctx.tx, [one.id for one in whole])
        await package_contents.change(ctx.tx, [one.id for one in every], location_id=pick.target.location_id)
        await package_contents.change(
            ctx.tx, [one.id for one in whole], document_id=shipment.id, parent_id=None
        )
        inside = {one.id for one in every}
        loose = [
            serial_id
            for serial_id, where in (await package_queries.holding(ctx.tx, pick.serials.values())).items()
            if where not in inside
        ]
        if loose:
            opened = await package_contents.take_out(ctx.tx, loose)
            await ctx.tx.audit("unpack.package", "run", str(ctx.run.id), after={"packages": opened})


def _handed_on(number: int, pick: Pick) -> dict[str, Any]:
    return handed_on(
        pick.line,
        number=number,
        quantity=pick.quantity,
        from_location=pick.line["location"],
        location=pick.target.code,
        serials=sorted(pick.serials),
        produced_on=pick.line.get("produced_on"),
        expires_on=pick.line.get("expires_on"),
        **pick.by_hand,
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

"""Services: what outbound steps share - the shipment, its goods, what was scanned at a work list's lines.

A shipment's line is one batch from one location; its `data` keeps what was picked, reviewed and packed, so
that the stages can be compared (GSP 95). Knows tables, no engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents, references
from db.queries.documents import DocumentRef, LineRef
from db.queries.references import SiteRef
from db.queries.work_lists import stands
from db.session import Reader
from domain.batches import Status
from domain.places import Place
from domain.shipping import Goods
from domain.stock import Position
from services.action_context import ActionContext, ActionRefused


@dataclass
class Scans:
    """What was scanned at one line and not undone."""

    quantity: int = 0
    serials: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ground:
    """The site that goods are moved about in."""

    site: SiteRef
    places: Sequence[Place]

    def position(self, code: str, status: Status = Status.QUALIFIED) -> Position:
        """A position at a location of the site."""
        place = next((place for place in self.places if place.code == code), None)
        if place is None:
            raise ActionRefused("location_unknown", f"没有货位 {code} / there is no location {code}")
        return Position(self.site.id, place.location_id, status, self.site.legal_entity_id)


async def ground(ctx: ActionContext) -> Ground:
    """The run's site with its places."""
    site = await references.site(ctx.tx, ctx.run.site_id)
    assert site is not None
    return Ground(site, await references.places(ctx.tx, site.id))


async def shipment_of(ctx: ActionContext) -> DocumentRef:
    """The run's shipment, locked."""
    found = await documents.of_run(ctx.tx, ctx.run.id, "shipment")
    assert found is not None, "the pick opens the shipment"
    locked = await documents.locked(ctx.tx, found.id, "shipment")
    assert locked is not None
    return locked


async def order_lines(ctx: ActionContext, shipment: DocumentRef, lines: Sequence[LineRef]) -> list[UUID]:
    """The sales order's line of each line of a shipment."""
    assert shipment.source_document_id is not None
    found = {line.line_no: line.id for line in await documents.lines_of(ctx.tx, shipment.source_document_id)}
    return [found[line.order_line_no or 0] for line in lines]


async def scans_of(tx: Reader, run_id: UUID, lines: Mapping[str, Any]) -> dict[int, Scans]:
    """Line number -> what was scanned at it, in the work list whose results the line set is."""
    k, of = t.task.c, t.line_set.c
    found = (
        sa.select(k.id)
        .join(t.line_set, sa.and_(of.run_id == k.run_id, of.path == k.path))
        .where(of.id == UUID(str(lines["id"])), k.run_id == run_id)
    )
    return await _scans(tx, t.scan.c.task_id.in_(found))


async def scans_at(tx: Reader, task_id: UUID, line_no: int | None = None) -> dict[int, Scans]:
    """Line number -> what was scanned at it in a task, or of one line of it."""
    which = [t.scan.c.line_no == line_no] if line_no is not None else []
    return await _scans(tx, t.scan.c.task_id == task_id, *which)


async def _scans(tx: Reader, *which: sa.ColumnElement[bool]) -> dict[int, Scans]:
    s = t.scan.c
    rows = await tx.rows(
        sa.select(s.line_no, s.quantity, s.parsed)
        .where(*which, s.line_no.is_not(None), stands())
        .order_by(s.id)
    )
    found: dict[int, Scans] = {}
    for row in rows:
        one, parsed = found.setdefault(row["line_no"], Scans()), row["parsed"] or {}
        one.quantity += row["quantity"] or 0
        one.serials += parsed.get("serials") or ([parsed["serial"]] if parsed.get("serial") else [])
        one.packages += parsed.get("packages", [])[:1]
    return found


async def serialised(tx: Reader, batch_ids: Iterable[UUID]) -> frozenset[UUID]:
    """The batches whose units have serials on record."""
    c = t.serial.c
    wanted = t.batch.c.id.in_(set(batch_ids))
    has = sa.exists().where(c.batch_id == t.batch.c.id)
    return frozenset(row["id"] for row in await tx.rows(sa.select(t.batch.c.id).where(wanted, has)))


async def serial_ids(tx: Reader, batch_id: UUID, numbers: Sequence[str]) -> dict[str, UUID]:
    """Number -> id of the batch's serials."""
    c = t.serial.c
    rows = await tx.rows(sa.select(c.number, c.id).where(c.batch_id == batch_id, c.number.in_(numbers)))
    return {row["number"]: row["id"] for row in rows}


async def change_line(ctx: ActionContext, line: LineRef, quantity: int | None = None, **data: Any) -> None:
    """Set entries of a shipment line's data, and its quantity."""
    c = t.document_line.c
    values: dict[str, Any] = {"data": c.data.op("||")(sa.cast(data, c.data.type))}
    if quantity is not None:
        values["quantity"] = quantity
    await ctx.tx.execute(sa.update(t.document_line).where(c.id == line.id).values(**values))


def goods_of(lines: Iterable[LineRef], stage: str) -> list[Goods]:
    """The goods of a shipment at a stage (`picked`, `reviewed`), by batch number and serials."""
    return [
        Goods(
            line.batch_number or "",
            line.data.get(stage, 0),
            frozenset(line.data.get(f"{stage}_serials") or ()),
        )
        for line in lines
    ]


def aggregates(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What an expression may ask of a shipment's lines."""
    return {
        "any_special_control": any(line["special_control"] for line in lines),
        "any_cold_chain": any(line["cold_chain"] for line in lines),
        "sum_quantity": sum(line["quantity"] for line in lines),
    }


ROW_COLUMNS = (
    *("outcome", "actor", "result_id", "line", "reason", "override", "manufacturer"),
    *("found_quantity", "other_batch", "other_location", "refused_quantity", "refused_serials", "defect"),
    "picked_scanned",
)
"""What a work list adds to its lines and the next step does not take over."""


def handed_on(line: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A line for the next step."""
    return {**{name: value for name, value in line.items() if name not in ROW_COLUMNS}, **more}


def keyed(lines: Iterable[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Lines with the key by which they are found."""
    return [(f"{line['material']}:{line['batch_number']}", line) for line in lines]

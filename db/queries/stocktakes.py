"""Db queries: positions to count, and the results that counted them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.stocktake_books import Asked
from db.session import Reader, Transaction

STOCKTAKE = "stocktake"
POSITION = ("site_id", "location_id", "batch_id", "status", "owner_id")


@dataclass(frozen=True)
class CountPosition:
    """A position as a sheet shows it; `counted_on` is the site's day of its last recorded count."""

    location: str
    location_id: UUID
    material: str
    material_name: str
    specification: str
    unit: str
    storage_class: str
    special_control: bool
    batch_id: UUID
    batch_number: str
    expires_on: date | None
    status: str
    owner_id: UUID
    abc_class: str | None
    counted_on: date | None


async def positions(
    tx: Reader, site_id: UUID, *, moved_since: datetime | None = None, abc_class: str | None = None
) -> list[CountPosition]:
    """Positions of a site by place, material and batch: those that hold something, or that moved since.

    A place that was emptied since is counted as well: the books say that nothing is there.
    """
    held = t.balance.c
    query = _sheet(held).where(held.site_id == site_id)
    if moved_since is None:
        query = query.where(held.quantity > 0)
    else:
        m, p = t.move.c, t.posting.c
        touched = [
            sa.exists().where(
                p.id == m.posting_id,
                p.occurred_at >= moved_since,
                m.batch_id == held.batch_id,
                *(m[f"{side}_{name}"] == held[name] for name in POSITION if name != "batch_id"),
            )
            for side in ("from", "to")
        ]
        query = query.where(sa.or_(*touched))
    if abc_class is not None:
        query = query.where(sa.func.coalesce(t.material.c.abc_class, "C") == abc_class)
    rows = await tx.rows(query)
    return [CountPosition(**row) for row in rows]


async def position_of(
    tx: Reader, *, site_id: UUID, location_id: UUID, batch_id: UUID, status: str, owner_id: UUID
) -> CountPosition:
    """One position, whether the books know of it or not."""
    c = (
        sa.select(
            *(
                sa.literal(value, sa.Uuid).label(name)
                for name, value in (
                    ("site_id", site_id),
                    ("location_id", location_id),
                    ("batch_id", batch_id),
                    ("owner_id", owner_id),
                )
            ),
            sa.literal(status, sa.Text).label("status"),
        )
        .subquery("asked")
        .c
    )
    return CountPosition(**await tx.one(_sheet(c)))


def _sheet(c: Any) -> sa.Select[Any]:
    """The sheet's columns of the positions in `c`, in the order in which a counter walks."""
    d, line, b, m = t.document.c, t.document_line.c, t.batch.c, t.material.c
    key = sa.func.concat_ws(":", c.location_id, c.batch_id, c.status, c.owner_id)
    counted = (
        sa.select(sa.cast(sa.func.max(sa.func.timezone(t.site.c.time_zone, d.occurred_at)), sa.Date))
        .select_from(t.document_line)
        .join(t.document, d.id == line.document_id)
        .where(d.kind == STOCKTAKE, d.state == "closed", line.batch_id == c.batch_id)
        .where(line.data["key"].astext == key)
        .correlate(t.site, c.location_id.table)
        .scalar_subquery()
    )
    return (
        sa.select(
            t.location.c.code.label("location"),
            c.location_id,
            m.code.label("material"),
            m.name_zh.label("material_name"),
            m.specification,
            m.base_unit.label("unit"),
            m.storage_class,
            m.special_control,
            c.batch_id,
            b.number.label("batch_number"),
            b.expires_on,
            c.status,
            c.owner_id,
            m.abc_class,
            counted.label("counted_on"),
        )
        .join(t.location, t.location.c.id == c.location_id)
        .join(t.site, t.site.c.id == c.site_id)
        .join(t.batch, b.id == c.batch_id)
        .join(t.material, m.id == b.material_id)
        .order_by(t.location.c.code, m.code, b.number, b.id, c.status, c.owner_id)
    )


async def results(
    tx: Reader, result_ids: Collection[UUID], field: str
) -> dict[UUID, list[tuple[int, datetime]]]:
    """For each standing result all results of its line so far: what `field` said, and when."""
    ids = sa.bindparam(None, list(result_ids), sa.ARRAY(sa.Uuid), unique=True)
    found: dict[UUID, list[tuple[int, datetime]]] = {}
    for table, column in ((t.line_result, "data"), (t.added_line, "answer")):
        standing, all_of = table.alias("standing"), table.alias("all_of")
        rows = await tx.rows(
            sa.select(
                standing.c.id,
                sa.cast(all_of.c[column][field].astext, sa.BigInteger).label("quantity"),
                all_of.c.recorded_at,
            )
            .join(
                all_of,
                sa.and_(
                    all_of.c.task_id == standing.c.task_id,
                    all_of.c.line_no == standing.c.line_no,
                    all_of.c.recorded_at <= standing.c.recorded_at,
                ),
            )
            .where(standing.c.id == sa.any_(ids), all_of.c[column].has_key(field))
            .order_by(standing.c.id, all_of.c.recorded_at)
        )
        for row in rows:
            found.setdefault(row["id"], []).append((row["quantity"], row["recorded_at"]))
    return found


async def serials_there(tx: Reader, site_id: UUID, asked: Asked) -> dict[str, UUID]:
    """The serials that the books have at a position, by number."""
    p = t.serial_place.c
    rows = await tx.rows(
        sa.select(t.serial.c.number, t.serial.c.id)
        .join(t.serial_place, p.serial_id == t.serial.c.id)
        .where(
            p.site_id == site_id,
            p.batch_id == asked.batch_id,
            p.location_id == asked.location_id,
            p.status == asked.status,
            p.owner_id == asked.owner_id,
        )
    )
    return {row["number"]: row["id"] for row in rows}


async def numbers_of(tx: Reader, serial_ids: Collection[UUID]) -> dict[str, UUID]:
    """Serials by their numbers."""
    if not serial_ids:
        return {}
    c = t.serial.c
    rows = await tx.rows(sa.select(c.number, c.id).where(c.id.in_(serial_ids)))
    return {row["number"]: row["id"] for row in rows}


async def serials_scanned(tx: Reader, result_id: UUID) -> frozenset[str]:
    """The serials that were scanned at the line of a result, and not undone."""
    s, r, undo = t.scan.c, t.line_result.c, t.scan.alias("undo")
    rows = await tx.rows(
        sa.select(s.parsed["serial"].astext.label("number"))
        .join(t.line_result, sa.and_(r.task_id == s.task_id, r.line_no == s.line_no))
        .where(
            r.id == result_id,
            s.verdict == "matched",
            ~sa.exists().where(undo.c.undoes_id == s.id),
            s.parsed["serial"].astext.is_not(None),
        )
    )
    return frozenset(row["number"] for row in rows)


async def numbered_so_far(tx: Reader, prefix: str) -> int:
    """How many stocktakes have a number that begins so."""
    d = t.document.c
    named = d.number.startswith(prefix, autoescape=True)
    return cast("int", await tx.scalar(sa.select(sa.func.count()).where(d.kind == STOCKTAKE, named)))


async def open_stocktake(
    tx: Transaction,
    *,
    number: str,
    site_id: UUID,
    owner_id: UUID,
    run_id: UUID,
    actor_id: UUID,
    at: datetime,
    header: Mapping[str, Any],
) -> UUID:
    """The document of a stocktake, in process."""
    made: UUID = await tx.scalar(
        sa.insert(t.document)
        .values(
            kind=STOCKTAKE,
            number=number,
            site_id=site_id,
            legal_entity_id=owner_id,
            state="in_process",
            header=dict(header),
            run_id=run_id,
            created_by=actor_id,
            occurred_at=at,
        )
        .returning(t.document.c.id)
    )
    return made


async def planned_at(tx: Reader, line_set_id: UUID) -> datetime:
    """When a sheet was made."""
    s = t.line_set.c
    return cast("datetime", await tx.scalar(sa.select(s.created_at).where(s.id == line_set_id)))

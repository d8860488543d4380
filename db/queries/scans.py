"""Db queries: what a scan can mean on a work list; scans and line results by the ids that devices gave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.tasks import TaskAct
from db.queries.work_lists import current_result as not_superseded
from db.queries.work_lists import scanned_quantity, stands
from db.session import Reader

CANDIDATES = 20


async def scan(tx: Reader, scan_id: UUID) -> Mapping[str, Any] | None:
    """A scan by the id that the device gave it."""
    s = t.scan.c
    names = ("id", "task_id", "line_no", "code", "parsed", "verdict", "reason_code", "quantity")
    return await tx.one_or_none(
        sa.select(*(s[name] for name in (*names, "actor_id", "undoes_id"))).where(s.id == scan_id)
    )


async def line_result(tx: Reader, result_id: UUID) -> Mapping[str, Any] | None:
    """A line result by the id that the device gave it."""
    r = t.line_result.c
    return await tx.one_or_none(sa.select(r.id, r.task_id, r.line_no, r.actor_id).where(r.id == result_id))


async def current_result(tx: Reader, task: TaskAct, line_no: int) -> Mapping[str, Any] | None:
    """The line with the id of its current result in this task (null: none yet); None for an unknown line."""
    r, c = t.line_result.c, t.line.c
    result = sa.and_(
        r.line_set_id == c.line_set_id, r.line_no == c.line_no, r.task_id == task.id, not_superseded()
    )
    return await tx.one_or_none(
        sa.select(c.line_no, c.data, r.id)
        .select_from(t.line.outerjoin(t.line_result, result))
        .where(c.line_set_id == task.line_set_id, c.line_no == line_no)
    )


async def candidates(
    tx: Reader, task: TaskAct, *, raw: str, gtin: str | None, batch: str | None, serial: str | None
) -> list[Mapping[str, Any]]:
    """The lines that a code may mean, in one statement; the facts about the code stand in every row.

    There is always a row: without a candidate its line is null.
    """
    c, m = t.line.c, t.material.c
    of_gtin = (
        sa.select(m.id, m.code)
        .join(t.material_gtin, t.material_gtin.c.material_id == m.id)
        .where(t.material_gtin.c.gtin == (gtin or ""))
    ).subquery("of_gtin")
    names = sa.union_all(sa.select(of_gtin.c.code), sa.select(sa.cast(of_gtin.c.id, sa.Text)))
    same_material = c.data["material"].astext.in_(names)
    plain = [
        c.data["batch_number"].astext == (batch or raw),
        c.key == raw,
        c.data["serials"].contains(sa.func.jsonb_build_array(serial or raw)),
    ]
    wanted = sa.or_(same_material, *plain) if batch is None else sa.or_(same_material, plain[-1])
    found = (
        sa.select(
            c.line_no,
            c.data,
            scanned_quantity(task.id, c.line_no).label("scanned"),
            same_material.label("same_material"),
        )
        .where(c.line_set_id == task.line_set_id, wanted)
        .order_by((c.data["batch_number"].astext == (batch or raw)).desc(), c.line_no)
        .limit(CANDIDATES)
        .subquery("found")
    )
    facts = _facts(task, raw, gtin, serial).subquery("facts")
    return list(await tx.rows(sa.select(facts, found).select_from(facts.outerjoin(found, sa.true()))))


def _facts(task: TaskAct, raw: str, gtin: str | None, serial: str | None) -> sa.Select[Any]:
    """The location that the code names, base units in its unit, whether its serial was scanned before."""
    unit, g, place, s = t.material_unit.c, t.material_gtin.c, t.location.c, t.scan.c
    factor = (
        sa.select(unit.numerator / unit.denominator)
        .join(t.material_gtin, sa.and_(g.material_id == unit.material_id, g.unit == unit.unit))
        .where(g.gtin == (gtin or ""), unit.numerator % unit.denominator == 0)
        .limit(1)
        .scalar_subquery()
    )
    location = (
        sa.select(place.code)
        .where(place.site_id == task.site_id, place.active, sa.func.lower(place.code) == raw.lower())
        .limit(1)
        .scalar_subquery()
    )
    seen = sa.exists().where(s.task_id == task.id, s.parsed["serial"].astext == (serial or raw), stands())
    return sa.select(
        location.label("location"),
        sa.func.coalesce(factor, 1).label("factor"),
        seen.label("serial_seen"),
    )


async def is_undone(tx: Reader, scan_id: UUID) -> bool:
    """Whether a scan has been reversed."""
    found: bool = await tx.scalar(sa.select(sa.exists().where(t.scan.c.undoes_id == scan_id)))
    return found

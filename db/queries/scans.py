"""Db queries: what a scan can mean on a work list; scans and line results by the ids that devices gave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from db.kept import Kept
from db.queries.tasks import TaskAct
from db.queries.work_lists import current_result as not_superseded
from db.queries.work_lists import scanned_quantity, stands
from db.session import Reader
from domain.places import Place

CANDIDATES = 20
IN_SET = t.line.c.line_set_id == sa.bindparam("set", type_=sa.Uuid)
MATERIAL = t.line.c.data.op("->>", return_type=sa.Text)(sa.literal_column("'material'"))
BATCH_NUMBER = t.line.c.data.op("->>", return_type=sa.Text)(sa.literal_column("'batch_number'"))
NUMBERED = sa.bindparam("number", type_=sa.Text) == BATCH_NUMBER
SERIALS = sa.type_coerce(t.line.c.data.op("->")(sa.literal_column("'serials'")), JSONB)
SCANNED_SERIAL = t.scan.c.parsed.op("->>", return_type=sa.Text)(sa.literal_column("'serial'"))
"""What lines and scans are found by, written as their indexes are (`db.tables.lines`)."""


async def scan(tx: Reader, scan_id: UUID) -> Mapping[str, Any] | None:
    """A scan by the id that the device gave it; `undone_by` is the id of its reversal."""
    s, undo = t.scan.c, t.scan.alias("undo")
    names = ("id", "task_id", "line_no", "code", "parsed", "verdict", "reason_code", "quantity")
    undone = sa.select(undo.c.id).where(undo.c.undoes_id == s.id).correlate(t.scan).scalar_subquery()
    return await tx.one_or_none(
        sa.select(*(s[name] for name in (*names, "actor_id", "undoes_id")), undone.label("undone_by")).where(
            s.id == scan_id
        )
    )


async def undo(tx: Reader, undo_id: UUID, scan_id: UUID) -> Mapping[str, Any] | None:
    """The reversal of that scan under the id that the device gave it."""
    found = await scan(tx, undo_id)
    return found if found and found["undoes_id"] == scan_id else None


async def line_result(tx: Reader, result_id: UUID) -> Mapping[str, Any] | None:
    """A line result by the id that the device gave it."""
    r = t.line_result.c
    return await tx.one_or_none(sa.select(r.id, r.task_id, r.line_no, r.actor_id).where(r.id == result_id))


async def current_result(tx: Reader, task: TaskAct, line_no: int) -> Mapping[str, Any] | None:
    """The line with the id of its current result in this task (null: none yet); None for an unknown line."""
    found = await current_results(tx, task, [line_no])
    return found[0] if found else None


async def current_results(tx: Reader, task: TaskAct, numbers: Collection[int]) -> list[Mapping[str, Any]]:
    """Some lines with their current results."""
    r, c = t.line_result.c, t.line.c
    return list(
        await tx.rows(
            sa.select(c.line_no, c.data, r.id, r.outcome, r.data.label("answer"))
            .select_from(with_result(sa.literal(task.id, sa.Uuid)))
            .where(c.line_set_id == task.line_set_id, c.line_no.in_(list(numbers)))
            .order_by(c.line_no)
        )
    )


async def goods_at(
    tx: Reader, task: TaskAct, line_no: int | None, location: str
) -> tuple[Place | None, list[Mapping[str, Any]]]:
    """A place, and what is to stand there: of one line, or of all the list, each kind of goods once."""
    c, loc, names = t.line.c, t.location.c, ("storage_class", "special_control", "outcome")
    which = () if line_no is None else (c.line_no == line_no,)
    goods = (
        sa.select(*(c.data[name].label(name) for name in names))
        .where(c.line_set_id == task.line_set_id, *which)
        .distinct()
        .subquery("goods")
    )
    places = (
        sa.select(
            loc.id.label("location_id"),
            loc.code,
            t.zone.c.kind.label("zone_kind"),
            t.zone.c.storage_class.label("zone_class"),
            t.zone.c.special_control.label("zone_special"),
        )
        .join(t.zone, t.zone.c.id == loc.zone_id)
        .where(loc.site_id == task.site_id, loc.active, loc.code == location)
        .subquery("places")
    )
    rows = await tx.rows(sa.select(goods, places).join_from(goods, places, sa.true()))
    if not rows:
        return None, []
    at = rows[0]
    place = Place(at["location_id"], at["code"], at["zone_kind"], at["zone_class"], at["zone_special"])
    return place, list(rows)


async def first_at(tx: Reader, task: TaskAct, location: str) -> int | None:
    """The first line at a place that has no result yet, else the first line there."""
    c, r = t.line.c, t.line_result.c
    done = sa.exists().where(r.task_id == task.id, r.line_no == c.line_no, not_superseded())
    found: int | None = await tx.scalar(
        sa.select(c.line_no)
        .where(c.line_set_id == task.line_set_id, c.data["location"].astext == location)
        .order_by(done, c.line_no)
        .limit(1)
    )
    return found


async def stand_at(tx: Reader, task: TaskAct, location: str) -> bool:
    """Whether goods of the list stand at a location."""
    c = t.line.c
    there = c.data["location"].astext == location
    found: bool = await tx.scalar(sa.select(sa.exists().where(c.line_set_id == task.line_set_id, there)))
    return found


async def candidates(
    tx: Reader,
    task: TaskAct,
    *,
    raw: str,
    gtin: str | None,
    batch: str | None,
    serial: str | None,
    line: int | None,
) -> list[Mapping[str, Any]]:
    """The lines that a code may mean, in one statement; the facts about the code stand in every row.

    There is always a row: without a candidate its line is null. `at_hand` is the place of the line `line`.
    """
    asked = {
        "task": task.id,
        "set": task.line_set_id,
        "site": task.site_id,
        "raw": raw,
        "gtin": gtin or "",
        "number": batch or raw,
        "serial": serial or raw,
        "serials": [serial or raw],
        "line": line,
    }
    return list(await tx.rows(_candidates(batch_known=batch is not None), asked))


@cache
def _candidates(*, batch_known: bool) -> Kept:
    """Each way to a line is a statement of its own, because each has an index of its own."""
    c = t.line.c
    named = _material_names().cte("named")
    of_material = named.c.name == MATERIAL
    ways = [
        _first_lines(of_material).select_from(t.line.join(named, sa.true())),
        _first_lines(SERIALS.contains(sa.bindparam("serials", type_=JSONB))),
    ]
    if not batch_known:
        ways += [_first_lines(NUMBERED), _first_lines(c.key == sa.bindparam("raw", type_=sa.Text))]
    found = (
        sa.select(
            c.line_no,
            c.data,
            scanned_quantity(sa.bindparam("task", type_=sa.Uuid), c.line_no).label("scanned"),
            sa.exists().where(of_material).label("same_material"),
            _serialised().label("serialised"),
            *given_already(),
            stopped(),
            goods_in_english(),
        )
        .select_from(with_result(sa.bindparam("task", type_=sa.Uuid)))
        .where(IN_SET, c.line_no.in_(sa.union(*(sa.select(way.subquery().c.line_no) for way in ways))))
        .order_by(NUMBERED.desc(), c.line_no)
        .limit(CANDIDATES)
        .subquery("found")
    )
    facts = _facts().subquery("facts")
    return Kept(sa.select(facts, found).select_from(facts.outerjoin(found, sa.true())))


def with_result(task_id: sa.ColumnElement[UUID]) -> sa.Join:
    """Lines with their current result in a task, if they have one."""
    c, r = t.line.c, t.line_result.c
    return t.line.outerjoin(
        t.line_result,
        sa.and_(
            r.line_set_id == c.line_set_id, r.line_no == c.line_no, r.task_id == task_id, not_superseded()
        ),
    )


def given_already() -> tuple[sa.Label[UUID], sa.Label[str]]:
    """The id and the outcome of a line's current result, from `with_result`."""
    return t.line_result.c.id.label("result_id"), t.line_result.c.outcome.label("outcome")


def goods_in_english() -> sa.Label[str]:
    """The English name of a line's goods, as it is now; null for goods without one."""
    m = t.material.c
    name = sa.select(sa.func.nullif(m.name_en, "")).where(m.code == MATERIAL).scalar_subquery()
    return name.label("material_en")


def _serialised() -> sa.ColumnElement[bool]:
    """Whether the pieces of a line's batch have serials on record."""
    return sa.exists().where(t.serial.c.batch_id == _batch_of_line())


def _batch_of_line() -> sa.ColumnElement[UUID]:
    named = t.line.c.data.op("->>", return_type=sa.Text)(sa.literal_column("'batch_id'"))
    return sa.case((named.op("~")("^[0-9a-f-]{36}$"), sa.cast(named, sa.Uuid)))


def stopped() -> sa.Label[str]:
    """Why a line's batch may not leave the parameter `site` just now: `hold`, `expired`; null when it may."""
    h, site, batch = t.hold.c, sa.bindparam("site", type_=sa.Uuid), _batch_of_line()
    held = sa.exists().where(
        h.batch_id == batch,
        h.closed_at.is_(None),
        sa.or_(h.scope_site_id.is_(None), h.scope_site_id == site),
    )
    gone = sa.func.batch_expired(batch, site, sa.func.clock_now(), type_=sa.Boolean)
    return sa.case(
        (held, sa.literal_column("'hold'", sa.Text)), (gone, sa.literal_column("'expired'", sa.Text))
    ).label("stopped")


def _material_names() -> sa.CompoundSelect[Any]:
    """By what lines may name the material of a GTIN: its code or its id."""
    m, g = t.material.c, t.material_gtin.c
    joined = t.material.join(t.material_gtin, g.material_id == m.id)
    coded, identified = (
        sa.select(name.label("name")).select_from(joined).where(g.gtin == sa.bindparam("gtin"))
        for name in (m.code, sa.cast(m.id, sa.Text))
    )
    return sa.union_all(coded, identified)


def _first_lines(wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The numbers of the first lines that satisfy a condition, those of the batch number before others."""
    number = t.line.c.line_no
    return sa.select(number).where(IN_SET, wanted).order_by(NUMBERED.desc(), number).limit(CANDIDATES)


def _facts() -> sa.Select[Any]:
    """The location that the code names, base units in its unit, whether its serial was scanned before."""
    unit, g, place, s = t.material_unit.c, t.material_gtin.c, t.location.c, t.scan.c
    factor = (
        sa.select(unit.numerator // unit.denominator)
        .join(t.material_gtin, sa.and_(g.material_id == unit.material_id, g.unit == unit.unit))
        .where(g.gtin == sa.bindparam("gtin"), unit.numerator % unit.denominator == 0)
        .limit(1)
        .scalar_subquery()
    )
    location = (
        sa.select(place.code)
        .where(
            place.site_id == sa.bindparam("site", type_=sa.Uuid),
            place.active,
            sa.func.lower(place.code) == sa.func.lower(sa.bindparam("raw", type_=sa.Text)),
        )
        .limit(1)
        .scalar_subquery()
    )
    seen = sa.exists().where(
        s.task_id == sa.bindparam("task", type_=sa.Uuid), sa.bindparam("serial") == SCANNED_SERIAL, stands()
    )
    at_hand = (
        sa.select(t.line.c.data["location"].astext)
        .where(IN_SET, t.line.c.line_no == sa.bindparam("line", type_=sa.Integer))
        .scalar_subquery()
    )
    return sa.select(
        at_hand.label("at_hand"),
        location.label("location"),
        sa.func.coalesce(factor, 1).label("factor"),
        seen.label("serial_seen"),
    )


async def also_counted(tx: Reader, scan_id: UUID) -> list[Mapping[str, Any]]:
    """The further lines that a scanned package counted for, beside the scan's own."""
    s = t.scan.c
    first = sa.select(s.parsed["also"]).where(s.id == scan_id).scalar_subquery()
    return list(
        await tx.rows(
            sa.select(s.id, s.code, s.line_no, s.quantity).where(
                sa.type_coerce(first, JSONB).has_key(sa.cast(s.id, sa.Text)), s.undoes_id.is_(None)
            )
        )
    )

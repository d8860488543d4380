"""Db queries: what is known of a scanned serial or package, and the lines that it may be.

Each is one statement, because somebody with a scanner waits for the answer.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db import tables as t
from db.kept import Kept
from db.queries.scans import (
    BATCH_NUMBER,
    IN_SET,
    MATERIAL,
    SCANNED_SERIAL,
    given_already,
    goods_in_english,
    stopped,
    with_result,
)
from db.queries.tasks import TaskAct
from db.queries.work_lists import MATCHED, scanned_quantity, stands
from db.session import Reader

TASK, RUN = sa.bindparam("task", type_=sa.Uuid), sa.bindparam("run", type_=sa.Uuid)
NUMBERS = sa.bindparam("numbers", type_=ARRAY(sa.Text))
MOST_LINES = 50
NOTHING = sa.literal_column("'{}'::text[]", ARRAY(sa.Text))
PACKAGES = sa.type_coerce(t.scan.c.parsed.op("->")(sa.literal_column("'packages'")), JSONB)
SERIALS_INSIDE = sa.type_coerce(t.scan.c.parsed.op("->")(sa.literal_column("'serials'")), JSONB)
WITH_PACKAGE = sa.and_(t.scan.c.verdict == MATCHED, t.scan.c.parsed.op("?")(sa.literal_column("'packages'")))


async def units(tx: Reader, task: TaskAct, number: str) -> list[Mapping[str, Any]]:
    """The pieces with a serial number (of several materials perhaps), where they stand, who takes them."""
    asked = {"task": task.id, "run": task.run_id, "numbers": [number]}
    return list(await tx.rows(_units(), asked))


@cache
def _units() -> Kept:
    s, b, m, p = t.serial.c, t.batch.c, t.material.c, t.serial_place.c
    seen = [
        sa.exists().where(t.scan.c.task_id == TASK, of_serials(NUMBERS), stands()),
        sa.exists().where(t.scan.c.task_id == TASK, WITH_PACKAGE, SERIALS_INSIDE.op("?|")(NUMBERS), stands()),
    ]
    return Kept(
        sa.select(
            s.number.label("serial"),
            sa.cast(s.batch_id, sa.Text).label("batch_id"),
            b.number.label("batch_number"),
            m.code.label("material"),
            t.location.c.code.label("location"),
            p.status,
            _taker(sa.func.array_append(NOTHING, sa.cast(s.batch_id, sa.Text)), NUMBERS, NOTHING),
            sa.or_(*seen).label("seen"),
        )
        .join(t.batch, b.id == s.batch_id)
        .join(t.material, m.id == s.material_id)
        .outerjoin(t.serial_place, p.serial_id == s.id)
        .outerjoin(t.location, t.location.c.id == p.location_id)
        .where(s.number == sa.any_(NUMBERS))
        .limit(MOST_LINES)
    )


def of_serials(numbers: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a scan was of one of the serials."""
    return sa.any_(numbers) == SCANNED_SERIAL


async def lines(tx: Reader, task: TaskAct, *, materials: Collection[str]) -> list[Mapping[str, Any]]:
    """The task's lines of some materials with what was scanned of each, and their current results."""
    asked = {
        "task": task.id,
        "set": task.line_set_id,
        "site": task.site_id,
        "materials": list(materials),
    }
    return list(await tx.rows(_lines(), asked))


@cache
def _lines() -> Kept:
    return Kept(_lines_of(sa.bindparam("materials", type_=ARRAY(sa.Text))))


def _lines_of(materials: sa.ColumnElement[Any]) -> sa.Select[Any]:
    c = t.line.c
    return (
        sa.select(
            c.line_no,
            c.data,
            scanned_quantity(TASK, c.line_no).label("scanned"),
            *given_already(),
            stopped(),
            goods_in_english(),
        )
        .select_from(with_result(TASK))
        .where(IN_SET, sa.any_(materials) == MATERIAL)
        .order_by(BATCH_NUMBER, c.line_no)
        .limit(MOST_LINES)
    )


async def package(tx: Reader, task: TaskAct, code: str) -> Mapping[str, Any] | None:
    """A package by SSCC or trace code, and all that decides about it.

    `inside` is everything in it and in what stands in it, an object for each content; `every` the numbers of
    all these packages; `seen` whether any of it was scanned in this task; `taken_for` who else takes it just
    now; `lines` are the task's lines of its materials, as in `lines` above.
    """
    asked = {"task": task.id, "run": task.run_id, "set": task.line_set_id, "site": task.site_id, "code": code}
    return await tx.one_or_none(_package(), asked)


@cache
def _package() -> Kept:
    root, code = t.package.alias("root"), sa.bindparam("code", type_=sa.Text)
    tree = _tree(code)
    content = _content(tree).cte("content")
    every = sa.select(sa.func.array_agg(tree.c.sscc)).scalar_subquery()
    inside = _collected(sa.select(content).order_by(content.c.batch_number).subquery("one"))
    number = sa.func.unnest(content.c.serials).column_valued("number")
    serials = sa.func.array(sa.select(number).select_from(content).scalar_subquery(), type_=ARRAY(sa.Text))
    batches = sa.func.array(sa.select(content.c.batch_id).scalar_subquery(), type_=ARRAY(sa.Text))
    materials = sa.func.array(sa.select(content.c.material).scalar_subquery(), type_=ARRAY(sa.Text))
    seen = [
        sa.exists().where(t.scan.c.task_id == TASK, WITH_PACKAGE, PACKAGES.op("?|")(every), stands()),
        sa.exists().where(t.scan.c.task_id == TASK, of_serials(serials), stands()),
    ]
    return Kept(
        sa.select(
            root.c.sscc,
            root.c.state,
            t.location.c.code.label("location"),
            every.label("every"),
            inside.label("inside"),
            sa.or_(*seen).label("seen"),
            _taker(batches, serials, every),
            _collected(_lines_of(materials).subquery("one")).label("lines"),
        )
        .select_from(root.outerjoin(t.location, t.location.c.id == root.c.location_id))
        .where(
            sa.or_(root.c.sscc == code, root.c.trace_code == code),
            root.c.site_id == sa.bindparam("site", type_=sa.Uuid),
        )
    )


def _tree(code: sa.ColumnElement[str]) -> sa.CTE:
    """A package and all that stand in it."""
    p = t.package.c
    top = sa.select(p.id, p.sscc).where(sa.or_(p.sscc == code, p.trace_code == code))
    tree = top.cte("tree", recursive=True)
    return tree.union(sa.select(p.id, p.sscc).where(p.parent_id == tree.c.id))


def _content(tree: sa.CTE) -> sa.Select[Any]:
    c, s = t.package_content.c, t.package_serial.c
    serials = (
        sa.select(sa.func.array_agg(t.serial.c.number))
        .join(t.serial, t.serial.c.id == s.serial_id)
        .where(s.package_id == c.package_id, s.batch_id == c.batch_id)
        .scalar_subquery()
    )
    return (
        sa.select(
            sa.cast(c.batch_id, sa.Text).label("batch_id"),
            t.batch.c.number.label("batch_number"),
            t.material.c.code.label("material"),
            c.quantity,
            serials.label("serials"),
        )
        .join_from(tree, t.package_content, c.package_id == tree.c.id)
        .join(t.batch, t.batch.c.id == c.batch_id)
        .join(t.material, t.material.c.id == t.batch.c.material_id)
    )


def _collected(rows: sa.Subquery) -> sa.ColumnElement[Any]:
    """All rows of a query as one JSON array, in its order."""
    row = sa.func.to_jsonb(sa.literal_column(rows.name))
    empty = sa.literal_column("'[]'::jsonb", JSONB)
    collected = sa.select(sa.func.coalesce(sa.func.jsonb_agg(row), empty, type_=JSONB))
    return collected.select_from(rows).scalar_subquery()


def _taker(
    batches: sa.ColumnElement[Any], serials: sa.ColumnElement[Any], packages: sa.ColumnElement[Any]
) -> sa.Label[str]:
    """The object of another run's list that has taken any of it; the guard of scans asks the same."""
    return sa.func.taker_of(RUN, batches, serials, packages, type_=sa.Text).label("taken_for")

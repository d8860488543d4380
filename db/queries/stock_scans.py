"""Db queries: what is known of a scanned serial or package, and the lines that it may be.

Each is one statement, because somebody with a scanner waits for the answer.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db import tables as t
from db.queries.scans import BATCH_NUMBER, MATERIAL, SCANNED_SERIAL
from db.queries.tasks import TaskAct
from db.queries.work_lists import scanned_quantity, stands
from db.session import Reader

MOST_LINES = 50
AT_WORK = ("open", "claimed", "awaiting_signature")
PACKAGES = sa.type_coerce(t.scan.c.parsed.op("->")(sa.literal_column("'packages'")), JSONB)
SERIALS_INSIDE = sa.type_coerce(t.scan.c.parsed.op("->")(sa.literal_column("'serials'")), JSONB)
WITH_PACKAGE = sa.and_(
    t.scan.c.verdict == "matched", t.scan.c.parsed.op("?")(sa.literal_column("'packages'"))
)


async def units(tx: Reader, task: TaskAct, number: str) -> list[Mapping[str, Any]]:
    """The pieces with a serial number (of several materials perhaps), where they stand, who takes them."""
    s, b, m, p = t.serial.c, t.batch.c, t.material.c, t.serial_place.c
    return list(
        await tx.rows(
            sa.select(
                s.number.label("serial"),
                sa.cast(s.batch_id, sa.Text).label("batch_id"),
                b.number.label("batch_number"),
                m.code.label("material"),
                t.location.c.code.label("location"),
                p.status,
                _taker(task, [number]).label("taken_for"),
                sa.or_(
                    sa.exists().where(t.scan.c.task_id == task.id, SCANNED_SERIAL.in_([number]), stands()),
                    sa.exists().where(
                        t.scan.c.task_id == task.id, WITH_PACKAGE, SERIALS_INSIDE.contains([number]), stands()
                    ),
                ).label("seen"),
            )
            .join(t.batch, b.id == s.batch_id)
            .join(t.material, m.id == s.material_id)
            .outerjoin(t.serial_place, p.serial_id == s.id)
            .outerjoin(t.location, t.location.c.id == p.location_id)
            .where(s.number == number)
            .limit(MOST_LINES)
        )
    )


async def lines(tx: Reader, task: TaskAct, *, materials: Collection[str]) -> list[Mapping[str, Any]]:
    """The task's lines of some materials with what was scanned of each."""
    c = t.line.c
    return list(
        await tx.rows(
            sa.select(
                c.line_no, c.data, scanned_quantity(sa.literal(task.id, sa.Uuid), c.line_no).label("scanned")
            )
            .where(c.line_set_id == task.line_set_id, MATERIAL.in_(list(materials)))
            .order_by(BATCH_NUMBER, c.line_no)
            .limit(MOST_LINES)
        )
    )


async def is_serialised(tx: Reader, batch_id: str) -> bool:
    """Whether the pieces of a batch have serials on record."""
    found: bool = await tx.scalar(sa.select(sa.exists().where(t.serial.c.batch_id == UUID(batch_id))))
    return found


async def scanned(tx: Reader, task: TaskAct, line_no: int) -> int:
    """The quantity of a line that was scanned and not undone."""
    quantity = scanned_quantity(sa.literal(task.id, sa.Uuid), sa.literal(line_no))
    found: int = await tx.scalar(sa.select(quantity))
    return found


async def package(tx: Reader, task: TaskAct, code: str) -> list[Mapping[str, Any]]:
    """A package by SSCC or trace code with everything in it: a row for each content, all with its head."""
    p, c, s = t.package.c, t.package_content.c, t.package_serial.c
    root = t.package.alias("root")
    tree = (
        sa.select(p.id, p.sscc)
        .where(sa.or_(p.sscc == code, p.trace_code == code))
        .cte("tree", recursive=True)
    )
    tree = tree.union(sa.select(p.id, p.sscc).where(p.parent_id == tree.c.id))
    serials = (
        sa.select(sa.func.array_agg(t.serial.c.number))
        .join(t.serial, t.serial.c.id == s.serial_id)
        .where(s.package_id == c.package_id, s.batch_id == c.batch_id)
        .scalar_subquery()
    )
    every = sa.select(sa.func.array_agg(tree.c.sscc)).scalar_subquery()
    return list(
        await tx.rows(
            sa.select(
                root.c.sscc,
                root.c.state,
                t.location.c.code.label("location"),
                every.label("every"),
                sa.cast(c.batch_id, sa.Text).label("batch_id"),
                t.batch.c.number.label("batch_number"),
                t.material.c.code.label("material"),
                c.quantity,
                serials.label("serials"),
            )
            .select_from(root)
            .outerjoin(t.location, t.location.c.id == root.c.location_id)
            .outerjoin(tree, sa.true())
            .outerjoin(t.package_content, c.package_id == tree.c.id)
            .outerjoin(t.batch, t.batch.c.id == c.batch_id)
            .outerjoin(t.material, t.material.c.id == t.batch.c.material_id)
            .where(sa.or_(root.c.sscc == code, root.c.trace_code == code), root.c.site_id == task.site_id)
            .order_by(t.batch.c.number)
        )
    )


async def package_scanned(
    tx: Reader, task: TaskAct, ssccs: Sequence[str], serials: Sequence[str]
) -> Mapping[str, Any]:
    """Whether any of it was scanned in this task (`seen`), and who else takes it just now (`taken_for`)."""
    s = t.scan.c
    mine, names = s.task_id == task.id, sa.cast(sa.literal(list(ssccs)), ARRAY(sa.Text))
    seen = [sa.exists().where(mine, WITH_PACKAGE, PACKAGES.op("?|")(names), stands())]
    if serials:
        seen.append(sa.exists().where(mine, SCANNED_SERIAL.in_(list(serials)), stands()))
    return await tx.one(
        sa.select(
            sa.or_(*seen).label("seen"),
            sa.func.coalesce(_package_taker(task, names), _taker(task, serials)).label("taken_for"),
        )
    )


def _others(task: TaskAct) -> sa.ColumnElement[bool]:
    """Lists of other runs that take goods from stock and are being worked on."""
    k = t.task.c
    return sa.and_(
        k.state.in_(AT_WORK), k.run_id != task.run_id, k.content["lines"]["from_stock"].astext == "true"
    )


def _taker(task: TaskAct, serials: Sequence[str]) -> sa.ScalarSelect[str]:
    """The object of another list that has scanned one of the serials."""
    return (
        sa.select(t.task.c.object)
        .select_from(t.scan.join(t.task, t.task.c.id == t.scan.c.task_id))
        .where(SCANNED_SERIAL.in_(list(serials)), stands(), _others(task))
        .limit(1)
        .scalar_subquery()
    )


def _package_taker(task: TaskAct, names: sa.ColumnElement[Any]) -> sa.ScalarSelect[str]:
    return (
        sa.select(t.task.c.object)
        .select_from(t.task.join(t.scan, t.task.c.id == t.scan.c.task_id))
        .where(_others(task), WITH_PACKAGE, PACKAGES.op("?|")(names), stands())
        .limit(1)
        .scalar_subquery()
    )

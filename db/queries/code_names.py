"""Db queries: what a scanned code names - goods, a place or a piece of a work list, or a package - as SQL."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from domain.scan_matching import Scanned

PLACES = ("location", "from_location", "waiting_location")


def of_run(scanned: Scanned) -> sa.ColumnElement[bool]:
    """Whether a run is about what a code says: a batch on hold, what one of its lists names.

    So what follows a list - its approval, a hand-over - is found by the same labels as the list.
    """
    line, made = t.line.c, t.line_set.c
    listed = sa.exists().where(made.run_id == t.run.c.id, line.line_set_id == made.id, names_line(scanned))
    return sa.or_(_about(scanned), listed)


def _about(scanned: Scanned) -> sa.ColumnElement[bool]:
    b = t.batch.c
    goods: sa.ColumnElement[bool] = b.number == (scanned.batch or scanned.raw)
    if scanned.gtin:
        same = sa.exists().where(
            t.material_gtin.c.material_id == b.material_id, t.material_gtin.c.gtin == scanned.gtin
        )
        goods = sa.and_(goods, same) if scanned.batch else sa.or_(goods, same)
    inside = _packed(scanned.sscc or scanned.serial or scanned.raw)
    goods = sa.or_(goods, b.id.in_(inside), _of_piece(scanned, b.id))
    return sa.exists().where(b.id == sa.func.any(t.run.c.batch_ids), goods)


def names_line(scanned: Scanned) -> sa.ColumnElement[bool]:
    """Whether a line is of the goods that a code says, stands at its place, or lists its piece."""
    line = t.line.c
    of_batch = line.data["batch_number"].astext == (scanned.batch or scanned.raw)
    goods: sa.ColumnElement[bool] = of_batch
    if scanned.gtin:
        materials = (
            sa.select(t.material.c.code)
            .join(t.material_gtin, t.material_gtin.c.material_id == t.material.c.id)
            .where(t.material_gtin.c.gtin == scanned.gtin)
        )
        of_material = line.data["material"].astext.in_(materials)
        goods = sa.and_(of_batch, of_material) if scanned.batch else sa.or_(of_batch, of_material)
    places = [sa.func.lower(line.data[name].astext) == scanned.raw.lower() for name in PLACES]
    serials = sa.type_coerce(line.data["serials"], JSONB).has_key(scanned.serial or scanned.raw)
    return sa.or_(goods, *places, serials, _of_piece(scanned, line.data["batch_id"].astext))


def _of_piece(scanned: Scanned, batch: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a batch, by its id or the text of it, is that of a piece; codes with a batch say more."""
    if scanned.batch:
        return sa.false()
    s = t.serial.c
    of_piece = sa.cast(s.batch_id, batch.type)
    return batch.in_(sa.select(of_piece).where(s.number == (scanned.serial or scanned.raw)))


def names_package(code: str) -> sa.ColumnElement[bool]:
    """Whether a package was made in the task's run, or the task's list has a batch that is in it."""
    p, line = t.package.c, t.line.c
    made_here = sa.exists().where(sa.or_(p.sscc == code, p.trace_code == code), p.run_id == t.task.c.run_id)
    inside = sa.select(sa.cast(_packed(code).subquery().c.batch_id, sa.Text))
    listed = sa.exists().where(
        line.line_set_id == t.task.c.line_set_id, line.data["batch_id"].astext.in_(inside)
    )
    return sa.or_(made_here, listed)


def _packed(code: str) -> sa.Select[Any]:
    """The batches in a package."""
    p, c = t.package.c, t.package_content.c
    return (
        sa.select(c.batch_id)
        .join(t.package, p.id == c.package_id)
        .where(sa.or_(p.sscc == code, p.trace_code == code))
    )

"""Db queries: what a scanned code names - goods, a place or a piece of a work list, or a package - as SQL."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from db import tables as t
from domain.scan_matching import Scanned

PLACES = ("location", "from_location", "waiting_location")


def of_run(scanned: Scanned) -> sa.ColumnElement[bool]:
    """Whether a run is about goods that a code says: a batch that is on hold, one that was packed."""
    b = t.batch.c
    goods: sa.ColumnElement[bool] = b.number == (scanned.batch or scanned.raw)
    if scanned.gtin:
        same = sa.exists().where(
            t.material_gtin.c.material_id == b.material_id, t.material_gtin.c.gtin == scanned.gtin
        )
        goods = sa.and_(goods, same) if scanned.batch else sa.or_(goods, same)
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
    return sa.or_(goods, *places, serials)


def names_package(code: str) -> sa.ColumnElement[bool]:
    """Whether a package was made in the task's run, or the task's list has a batch that is in it."""
    p, c, line = t.package.c, t.package_content.c, t.line.c
    named = sa.or_(p.sscc == code, p.trace_code == code)
    made_here = sa.exists().where(named, p.run_id == t.task.c.run_id)
    inside = sa.select(sa.cast(c.batch_id, sa.Text)).join(t.package, p.id == c.package_id).where(named)
    listed = sa.exists().where(
        line.line_set_id == t.task.c.line_set_id, line.data["batch_id"].astext.in_(inside)
    )
    return sa.or_(made_here, listed)

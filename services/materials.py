"""Services: materials - listed, read, created, changed with a reason. Knows tables and queries, no HTTP."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import master as queries
from db.queries import references
from db.queries._paging import Page
from db.queries.master import MaterialRow
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid, NotFound
from domain.master_data import RECORD_CATEGORY, GtinIn, MaterialChanges, MaterialIn, UnitIn
from services import audit
from services.changes import (
    CodeTaken,
    as_json,
    difference,
    done_before,
    hold,
    made_before,
    reason_of,
    refuse_unchanged,
    unknown,
)
from services.permissions import Permission, require
from services.platform import Actor, Platform


async def list_materials(
    platform: Platform,
    *,
    actor: Actor,
    text: str | None = None,
    storage_class: str | None = None,
    special_control: bool | None = None,
    active: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[MaterialRow]:
    """Materials by code."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.materials(
            tx,
            text=text,
            storage_class=storage_class,
            special_control=special_control,
            active=active,
            after=after,
            limit=limit,
        )


async def get(platform: Platform, ref: str | UUID, *, actor: Actor) -> MaterialRow:
    """A material by code or id."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await _one(tx, ref)


async def create(
    platform: Platform, body: MaterialIn, *, actor: Actor, as_id: UUID | None = None, request_id: str = ""
) -> MaterialRow:
    """Create a material; its manufacturer exists, its code and GTINs are free.

    `as_id` is the new one's id: again, it gives the first.
    """
    async with audit.refusals(
        platform, actor, "create.material", "material", body.code, request_id=request_id
    ):
        require(actor, Permission.MASTER_WRITE)
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await made_before(_one(tx, as_id))):
                return known
            material_id = await create_in(tx, body, as_id=as_id)
            made = await _one(tx, material_id)
            await tx.audit("create.material", "material", str(material_id), after=as_json(made))
    return made


async def create_in(tx: Transaction, body: MaterialIn, *, as_id: UUID | None = None) -> UUID:
    """Insert a material inside a transaction that audits it."""
    manufacturer = (await references.parties(tx, {body.manufacturer})).get(body.manufacturer)
    if manufacturer is None or not manufacturer.roles & {"manufacturer", "holder"}:
        words = f"没有生产企业 {body.manufacturer}", f"there is no manufacturer {body.manufacturer}"
        raise unknown("manufacturer", *words)
    fields = body.model_dump(exclude={"name", "manufacturer", "units", "gtins"})
    material_id = as_id or new_id()
    inserted = await tx.scalar(
        insert(t.material)
        .values(
            id=material_id,
            **fields,
            name_zh=body.name.zh,
            name_en=body.name.en,
            manufacturer_id=manufacturer.id,
        )
        .on_conflict_do_nothing()
        .returning(t.material.c.id)
    )
    if inserted is None:
        raise CodeTaken(value=body.code)
    await _add_units(tx, material_id, body.units)
    await _add_gtins(tx, material_id, body.gtins, body.base_unit)
    return material_id


async def change(
    platform: Platform,
    ref: str | UUID,
    changes: MaterialChanges,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> MaterialRow:
    """Change a material; units and GTINs are only added, since stock and documents count in them."""
    async with audit.refusals(platform, actor, "change.material", "material", ref, request_id=request_id):
        require(actor, Permission.MASTER_WRITE)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return await _one(tx, ref)
            await hold(tx, t.material, (await _one(tx, ref)).id)
            before = await _one(tx, ref)
            await _apply(tx, before, changes)
            after = await _one(tx, before.id)
            was, now = difference(as_json(before), as_json(after))
            refuse_unchanged(now)
            await tx.execute(
                sa.update(t.material)
                .where(t.material.c.id == before.id)
                .values(version=t.material.c.version + 1)
            )
            await tx.audit(
                "change.material",
                "material",
                str(before.id),
                before=was,
                after=now,
                reason=words,
                as_id=as_id,
            )
            return await _one(tx, before.id)


async def _apply(tx: Transaction, before: MaterialRow, changes: MaterialChanges) -> None:
    if changes.record_class is not None and RECORD_CATEGORY[changes.record_class] != before.category:
        words = "记录类别与类别不符", "the class of the records does not belong to the category"
        raise Invalid([FieldProblem("record_class", "invalid", *words)])
    values: dict[str, Any] = changes.model_dump(exclude_none=True, exclude={"name", "add_units", "add_gtins"})
    if changes.name is not None:
        values |= {"name_zh": changes.name.zh, "name_en": changes.name.en}
    if values:
        await tx.execute(sa.update(t.material).where(t.material.c.id == before.id).values(**values))
    known = {before.base_unit, *(unit.unit for unit in before.units)}
    again = [unit.unit for unit in changes.add_units if unit.unit in known]
    if again:
        named = "、".join(again)
        raise Invalid([FieldProblem("add_units", "exists", f"单位已存在：{named}", f"unit exists: {named}")])
    await _add_units(tx, before.id, changes.add_units)
    await _add_gtins(tx, before.id, changes.add_gtins, before.base_unit)


async def _add_units(tx: Transaction, material_id: UUID, units: list[UnitIn]) -> None:
    if units:
        rows = [{"material_id": material_id, **unit.model_dump()} for unit in units]
        await tx.execute(sa.insert(t.material_unit).values(rows))


async def _add_gtins(tx: Transaction, material_id: UUID, gtins: list[str | GtinIn], base_unit: str) -> None:
    """A GTIN belongs to one material for ever: taken ones are refused by name."""
    if not gtins:
        return
    wanted = [GtinIn(gtin=gtin) if isinstance(gtin, str) else gtin for gtin in gtins]
    rows = [
        {"gtin": gtin.gtin, "material_id": material_id, "unit": gtin.unit or base_unit} for gtin in wanted
    ]
    made = await tx.rows(
        insert(t.material_gtin).values(rows).on_conflict_do_nothing().returning(t.material_gtin.c.gtin)
    )
    taken = {gtin.gtin for gtin in wanted} - {row["gtin"] for row in made}
    if taken:
        named = ", ".join(sorted(taken))
        raise Invalid([FieldProblem("gtins", "taken", f"GTIN 已被使用：{named}", f"GTIN is taken: {named}")])


async def _one(tx: Reader, ref: str | UUID) -> MaterialRow:
    found = await queries.materials(tx, ref=ref, limit=1)
    if not found.items:
        raise NotFound(what=f"商品 / material {ref}")
    return found.items[0]

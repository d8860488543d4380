"""Services: opening stock - what stands on the shelves when a site begins to keep its books here.

Goods that were accepted before are counted in: a posting from the count into qualified stock, with a reason,
by a person who may move stock at the site. Every later quantity has its own procedure. Knows no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import ledger
from db import tables as t
from db.queries import references
from db.queries.arrays import given
from db.queries.references import MaterialRef, SiteRef
from db.session import Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import FieldProblem, Invalid
from domain.places import Goods, Place, unsuitable
from domain.stock import Move, Position, Posting
from services import audit
from services.changes import done_before, reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform


@dataclass(frozen=True)
class OpeningLine:
    """So many base units of a batch, accepted before, at a location."""

    material: str
    batch: str
    produced_on: date | None
    expires_on: date | None
    location: str
    quantity: int


async def count_in(
    platform: Platform,
    site: str,
    lines: Sequence[OpeningLine],
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> int:
    """Count goods into a site's qualified stock; how many lines.

    Invalid with every line that names what does not exist or a place where the goods may not stand.
    `as_id` is the command's id: again, it does nothing.
    """
    async with audit.refusals(platform, actor, "open.stock", "site", site, request_id=request_id):
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            at = await references.site(tx, site)
            if at is None or not at.active:
                raise Invalid([FieldProblem("site", "site_unknown", f"没有仓库 {site}", f"no site {site}")])
            require(actor, Permission.STOCK_MOVE, at.id)
            if await done_before(tx, as_id):
                return 0
            materials = await references.materials(tx, {line.material for line in lines})
            places = {place.code: place for place in await references.places(tx, at.id)}
            _refuse_wrong(lines, materials, places)
            batches = await _register(tx, lines, materials)
            await ledger.post(tx, _posting(at, lines, materials, places, batches, actor, words))
            after = {"lines": len(lines), "quantity": sum(line.quantity for line in lines)}
            await tx.audit("open.stock", "site", str(at.id), after=after, reason=words, as_id=as_id)
    return len(lines)


def _refuse_wrong(
    lines: Sequence[OpeningLine], materials: Mapping[str, MaterialRef], places: Mapping[str, Place]
) -> None:
    problems = []
    for index, line in enumerate(lines):
        material, place = materials.get(line.material), places.get(line.location)
        if material is None:
            zh, en = f"没有商品 {line.material}", f"there is no material {line.material}"
            problems.append(FieldProblem(f"lines[{index}].material", "material_unknown", zh, en))
        elif place is None:
            zh, en = f"没有货位 {line.location}", f"there is no location {line.location}"
            problems.append(FieldProblem(f"lines[{index}].location", "location_unknown", zh, en))
        elif words := unsuitable(place, Goods(material.storage_class, material.special_control)):
            problems.append(FieldProblem(f"lines[{index}].location", "location_unsuitable", *words))
    if problems:
        raise Invalid(problems)


async def _register(
    tx: Transaction, lines: Sequence[OpeningLine], materials: Mapping[str, MaterialRef]
) -> dict[tuple[UUID, str], UUID]:
    """The batches by material and number; new ones go in in key order."""
    rows: dict[tuple[UUID, str], dict[str, Any]] = {}
    for line in lines:
        material = materials[line.material]
        rows[material.id, line.batch] = {
            "material_id": material.id,
            "manufacturer_id": material.manufacturer_id,
            "number": line.batch,
            "produced_on": line.produced_on,
            "expires_on": line.expires_on,
            "licence_holder": material.holder or None,
        }
    wanted = [rows[key] for key in sorted(rows)]
    names = list(wanted[0]) if wanted else []
    source = given(t.batch, wanted, names)
    added = insert(t.batch).from_select(names, sa.select(*(source.c[name] for name in names)))
    await tx.execute(added.on_conflict_do_nothing())
    c = t.batch.c
    key = ("material_id", "manufacturer_id", "number")
    source = given(t.batch, wanted, key)
    found = await tx.rows(
        sa.select(c.id, c.material_id, c.number).join(
            source, sa.and_(*(c[name] == source.c[name] for name in key))
        )
    )
    return {(row["material_id"], row["number"]): row["id"] for row in found}


def _posting(
    at: SiteRef,
    lines: Sequence[OpeningLine],
    materials: Mapping[str, MaterialRef],
    places: Mapping[str, Place],
    batches: Mapping[tuple[UUID, str], UUID],
    actor: Actor,
    reason: str,
) -> Posting:
    moves = tuple(
        Move(
            batches[materials[line.material].id, line.batch],
            line.quantity,
            PlaceKind.COUNT,
            Position(at.id, places[line.location].location_id, Status.QUALIFIED, at.legal_entity_id),
            reason=reason,
        )
        for line in lines
    )
    return Posting(PostingKind.COUNT_ADJUSTMENT, actor.person_id, moves, reason=reason)

"""Services: opening stock - what stands on the shelves when a site begins to keep its books here.

Goods that were accepted before are counted in: a posting from the count into qualified stock, with a reason,
by a person who may move stock at the site. Every later quantity has its own procedure. Knows no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from db import ledger
from db.queries import references
from db.queries.references import MaterialRef, SiteRef
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import FieldProblem, Invalid
from domain.places import Goods, Place, unsuitable
from domain.stock import Move, Position, Posting
from services import audit
from services.batch_register import Batch, Key, Registered, register
from services.changes import done_before, reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.receiving_batches import bind_serials


@dataclass(frozen=True)
class OpeningLine:
    """So many base units of a batch, accepted before, at a location; all of its serials, or none."""

    material: str
    batch: str
    produced_on: date | None
    expires_on: date | None
    location: str
    quantity: int
    serials: Sequence[str] = ()


async def count_in(
    platform: Platform,
    site: str,
    lines: Sequence[OpeningLine],
    *,
    reason: str,
    actor: Actor,
    occurred_at: datetime | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> int:
    """Count goods into a site's qualified stock; how many lines.

    Invalid with every line that names what does not exist or a place where the goods may not stand.
    `occurred_at` makes it loaded history: LoadingClosed while the owner's window is shut.
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
            batches = await register(tx, (_batch(line, materials[line.material]) for line in lines))
            bound = await bind_serials(tx, _bound_to(lines, batches, materials))
            posting = _posting(at, lines, places, batches, bound, actor, words)
            if occurred_at is not None:
                posting = replace(posting, occurred_at=occurred_at, loaded=True)
            await ledger.post(tx, posting)
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
        elif line.serials and len(line.serials) != line.quantity:
            zh, en = "追溯码数量与数量不一致", "there are not as many serials as units"
            problems.append(FieldProblem(f"lines[{index}].serials", "serials_incomplete", zh, en))
        elif words := unsuitable(place, Goods(material.storage_class, material.special_control)):
            problems.append(FieldProblem(f"lines[{index}].location", "location_unsuitable", *words))
    if problems:
        raise Invalid(problems)


def _batch(line: OpeningLine, material: MaterialRef) -> Batch:
    return Batch(material, line.batch, line.produced_on, line.expires_on)


def _bound_to(
    lines: Sequence[OpeningLine], batches: Mapping[Key, Registered], materials: Mapping[str, MaterialRef]
) -> list[tuple[UUID, UUID, Sequence[str]]]:
    """Batch, material and serials of the lines that have some."""
    return [
        (batches[line.material, line.batch].id, materials[line.material].id, line.serials)
        for line in lines
        if line.serials
    ]


def _posting(
    at: SiteRef,
    lines: Sequence[OpeningLine],
    places: Mapping[str, Place],
    batches: Mapping[Key, Registered],
    bound: Mapping[tuple[UUID, str], UUID],
    actor: Actor,
    reason: str,
) -> Posting:
    moves = tuple(
        Move(
            batches[line.material, line.batch].id,
            line.quantity,
            PlaceKind.COUNT,
            Position(at.id, places[line.location].location_id, Status.QUALIFIED, at.legal_entity_id),
            reason=reason,
            serial_ids=tuple(bound[batches[line.material, line.batch].id, serial] for serial in line.serials),
        )
        for line in lines
    )
    return Posting(PostingKind.COUNT_ADJUSTMENT, actor.person_id, moves, reason=reason)

"""Services: packages - made, filled, nested, closed, unpacked, read. Knows tables, no HTTP and no engine.

Commands of people and integrators; what actions use is in `package_contents`.
The database guards what a package may hold and that a serial is in one at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import packages as queries
from db.queries import references
from db.queries._paging import Page
from db.queries.batches import counted_of
from db.queries.packages import ContentRow, PackageHead, PackageRef, PackageRow
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid
from domain.packages import ContentMissing, PackageNotOpen, PackageUnknown
from domain.packages_in import ContentIn, PackageIn, PackedIn
from services import audit, blind_counts, package_contents
from services.changes import CodeTaken
from services.permissions import Permission, require, visible_sites
from services.platform import Actor, Platform
from services.stock import batch_id

__all__ = [
    "ContentRow",
    "PackageHead",
    "PackageRow",
    "PackageView",
    "close",
    "create",
    "get",
    "list_packages",
    "pack",
    "unpack",
]


@dataclass(frozen=True)
class PackageView:
    """A package with everything in it: its own contents and those of the packages that stand in it."""

    head: PackageHead
    contents: list[ContentRow]
    inside: list[PackageRef]


async def get(platform: Platform, code: str, *, actor: Actor) -> PackageView:
    """A package by SSCC or aggregated trace code, with everything in it; CountIsBlind to who may count it."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        found = await _view(tx, await _visible(tx, code, actor, Permission.STOCK_READ))
        inside = {row.batch_id for row in found.contents}
        if await counted_of(tx, inside, await blind_counts.hidden_sheets(tx, actor)):
            raise blind_counts.CountIsBlind
        return found


async def list_packages(
    platform: Platform,
    *,
    actor: Actor,
    text: str | None = None,
    state: str | None = None,
    site: str | None = None,
    location_id: UUID | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PackageRow]:
    """Packages of the sites whose stock the actor may see, the newest first."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        return await queries.listed(
            tx,
            text=text.strip() if text else None,
            state=state,
            site=site,
            location_id=location_id,
            sites=visible_sites(actor, Permission.STOCK_READ),
            after=after,
            limit=limit,
        )


async def create(
    platform: Platform, body: PackageIn, *, actor: Actor, as_id: UUID | None = None, request_id: str = ""
) -> PackageView:
    """A new package at a place with what is put into it; `as_id` is its id: again, it gives the first."""
    async with (
        audit.refusals(platform, actor, "create.package", "package", body.site, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        known = await queries.of_ids(tx, [as_id]) if as_id else []
        package = known[0] if known else await _create(tx, body, actor, as_id)
    async with platform.database.read() as tx:
        return await _view(tx, package)


async def _create(tx: Transaction, body: PackageIn, actor: Actor, as_id: UUID | None) -> PackageRef:
    site = await references.site(tx, body.site)
    place = next(iter(await references.places(tx, site.id, body.location)), None) if site else None
    if site is None or place is None:
        words = f"没有货位 {body.site} {body.location}", f"there is no location {body.site} {body.location}"
        raise Invalid([FieldProblem("location", "location_unknown", *words)])
    require(actor, Permission.STOCK_MOVE, site.id)
    (name,) = [body.sscc] if body.sscc else await queries.next_ssccs(tx, site.legal_entity_id, 1)
    made = as_id or new_id()
    row = {
        "id": made,
        "sscc": name,
        "trace_code": body.trace_code,
        "site_id": site.id,
        "location_id": place.location_id,
        "created_by": actor.person_id,
    }
    if not await tx.rows(insert(t.package).values(**row).on_conflict_do_nothing().returning(t.package.c.id)):
        if again := await queries.of_ids(tx, [made]):
            tx.audited_elsewhere("it was made and audited when it was first asked for")
            return again[0]
        known = await queries.by_code(tx, name)
        raise CodeTaken(value=name if known else body.trace_code)
    (package,) = await queries.of_ids(tx, [made])
    await package_contents.fill(tx, package.id, await _fillings(tx, body.contents))
    await _nest(tx, package, body.packages)
    if body.closed:
        await package_contents.change(tx, [package.id], state="closed")
    await tx.audit(
        "create.package", "package", name, after=body.model_dump(mode="json", exclude_defaults=True)
    )
    return package


async def pack(
    platform: Platform, code: str, body: PackedIn, *, actor: Actor, request_id: str = ""
) -> PackageView:
    """Put goods or whole packages into an open package."""
    async with (
        audit.refusals(platform, actor, "pack.package", "package", code, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        package = await _visible(tx, code, actor, Permission.STOCK_MOVE)
        await package_contents.fill(tx, package.id, await _fillings(tx, body.contents))
        await _nest(tx, package, body.packages)
        after = body.model_dump(mode="json", exclude_defaults=True)
        await tx.audit("pack.package", "package", package.sscc, after=after)
    return await get(platform, code, actor=actor)


async def unpack(
    platform: Platform, code: str, body: PackedIn, *, actor: Actor, request_id: str = ""
) -> PackageView:
    """Take goods or whole packages out of a package that has not left; a closed one stands open then."""
    async with (
        audit.refusals(platform, actor, "unpack.package", "package", code, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        package = await _visible(tx, code, actor, Permission.STOCK_MOVE)
        (package,) = await queries.of_ids(tx, [package.id], lock=True)
        if package.document_id is not None and package.run_id is not None:
            raise PackageNotOpen(sscc=package.sscc, state="shipment")
        if package.state == "closed":
            await package_contents.change(tx, [package.id], state="open")
        await package_contents.empty(tx, package, await _fillings(tx, body.contents))
        inside = [await _known(tx, sscc) for sscc in body.packages]
        other = next((one.sscc for one in inside if one.parent_id != package.id), None)
        if other is not None:
            raise ContentMissing(sscc=package.sscc, held=0, wanted=other)
        await package_contents.change(tx, [one.id for one in inside], parent_id=None)
        after = body.model_dump(mode="json", exclude_defaults=True)
        await tx.audit("unpack.package", "package", package.sscc, after=after)
    return await get(platform, code, actor=actor)


async def close(platform: Platform, code: str, *, actor: Actor, request_id: str = "") -> PackageView:
    """Close an open package; closing it again changes nothing."""
    async with (
        audit.refusals(platform, actor, "close.package", "package", code, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        package = await _visible(tx, code, actor, Permission.STOCK_MOVE)
        if package.state != "closed":
            await package_contents.change(tx, [package.id], state="closed")
            await tx.audit("close.package", "package", package.sscc)
    return await get(platform, code, actor=actor)


async def _view(tx: Reader, package: PackageRef) -> PackageView:
    inside = await queries.below(tx, [package.id])
    found = await queries.contents(tx, [one.id for one in inside])
    return PackageView(await queries.head(tx, package.id), found, [p for p in inside if p.id != package.id])


async def _known(tx: Reader, code: str) -> PackageRef:
    found = await queries.by_code(tx, code)
    if found is None:
        raise PackageUnknown(sscc=code[:40])
    return found


async def _visible(tx: Reader, code: str, actor: Actor, permission: Permission) -> PackageRef:
    found = await _known(tx, code)
    if not actor.may(Permission.STOCK_READ, found.site_id):
        raise PackageUnknown(sscc=code[:40])
    require(actor, permission, found.site_id)
    return found


async def _nest(tx: Transaction, package: PackageRef, codes: Iterable[str]) -> None:
    await package_contents.change(tx, [(await _known(tx, code)).id for code in codes], parent_id=package.id)


async def _fillings(tx: Reader, contents: Iterable[ContentIn]) -> list[package_contents.Filling]:
    made = []
    for at, one in enumerate(contents):
        batch = await batch_id(tx, one.batch)
        serials = await _serials(tx, batch, one.serials)
        missing = [number for number in one.serials if number not in serials]
        if missing:
            words = f"没有追溯码 {missing[0]}", f"there is no serial {missing[0]}"
            raise Invalid([FieldProblem(f"contents[{at}].serials", "serial_unknown", *words)])
        made.append(
            package_contents.Filling(batch, one.quantity, [serials[number] for number in one.serials])
        )
    return made


async def _serials(tx: Reader, batch: UUID, numbers: Sequence[str]) -> Mapping[str, UUID]:
    c = t.serial.c
    rows = await tx.rows(sa.select(c.number, c.id).where(c.batch_id == batch, c.number.in_(numbers)))
    return {row["number"]: row["id"] for row in rows}

"""Services: packages - made, filled, nested, closed, unpacked, read. Knows tables, no HTTP and no engine.

The functions that take a transaction are for actions; the others are commands of people and integrators.
The database guards what a package may hold and that a serial is in one at a time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import packages as queries
from db.queries import references
from db.queries.packages import ContentRow, PackageHead, PackageRef
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid
from domain.packages import ContentMissing, PackageNotOpen, PackageUnknown
from domain.packages_in import ContentIn, PackageIn, PackedIn
from services import audit
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.stock import batch_id

__all__ = ["ContentRow", "PackageHead", "PackageView", "close", "create", "get", "pack", "unpack"]


@dataclass(frozen=True)
class PackageView:
    """A package with everything in it: its own contents and those of the packages that stand in it."""

    head: PackageHead
    contents: list[ContentRow]
    inside: list[PackageRef]


@dataclass(frozen=True)
class Filling:
    """So much of a batch for a package; `serial_ids` all of them or none."""

    batch_id: UUID
    quantity: int
    serial_ids: Sequence[UUID] = ()


# For actions: the caller audits.


async def open_packages(
    tx: Transaction,
    *,
    site_id: UUID,
    legal_entity_id: UUID,
    location_id: UUID,
    actor_id: UUID,
    numbers: Sequence[int | None],
    document_id: UUID | None = None,
    run_id: UUID | None = None,
) -> list[PackageRef]:
    """New, empty packages with new SSCCs, one for each of `numbers` (its place in a shipment, or None)."""
    names = await queries.next_ssccs(tx, legal_entity_id, len(numbers))
    made = [
        PackageRef(new_id(), name, None, None, "open", site_id, location_id, document_id, number, run_id)
        for name, number in zip(names, numbers, strict=True)
    ]
    if made:
        await tx.execute(sa.insert(t.package), [{**vars(one), "created_by": actor_id} for one in made])
    return made


async def fill(tx: Transaction, package_id: UUID, fillings: Iterable[Filling]) -> None:
    """Put goods into an open package; what is there already of a batch grows."""
    c = t.package_content.c
    for one in fillings:
        grown = await tx.scalar(
            sa.update(t.package_content)
            .where(c.package_id == package_id, c.batch_id == one.batch_id)
            .values(quantity=c.quantity + one.quantity)
            .returning(c.quantity)
        )
        if grown is None:
            await tx.execute(
                sa.insert(t.package_content).values(
                    package_id=package_id, batch_id=one.batch_id, quantity=one.quantity
                )
            )
        if one.serial_ids:
            await tx.execute(
                sa.insert(t.package_serial),
                [
                    {"package_id": package_id, "serial_id": serial_id, "batch_id": one.batch_id}
                    for serial_id in one.serial_ids
                ],
            )


async def empty(tx: Transaction, package: PackageRef, fillings: Iterable[Filling]) -> None:
    """Take goods out of an open package; ContentMissing when they are not in it."""
    c, s = t.package_content.c, t.package_serial.c
    held = {row.batch_id: row for row in await queries.contents(tx, [package.id])}
    for one in fillings:
        inside = held.get(one.batch_id)
        there = inside.quantity if inside else 0
        if there < one.quantity or (
            inside and inside.serials and not one.serial_ids and there != one.quantity
        ):
            raise ContentMissing(sscc=package.sscc, held=there, wanted=one.quantity)
        gone = s.serial_id.in_(one.serial_ids) if one.serial_ids else sa.true()
        await tx.execute(
            sa.delete(t.package_serial).where(s.package_id == package.id, s.batch_id == one.batch_id, gone)
        )
        where = (c.package_id == package.id, c.batch_id == one.batch_id)
        if there == one.quantity:
            await tx.execute(sa.delete(t.package_content).where(*where))
        else:
            await tx.execute(sa.update(t.package_content).where(*where).values(quantity=there - one.quantity))


async def change(tx: Transaction, ids: Collection[UUID], **values: object) -> None:
    """Set state, place, parent or shipment of packages."""
    if ids:
        await tx.execute(sa.update(t.package).where(t.package.c.id.in_(ids)).values(**values))


async def take_out(tx: Transaction, serial_ids: Collection[UUID]) -> list[str]:
    """Serials leave the packages that they are in, which stand open then; the SSCCs of those."""
    holding = await queries.holding(tx, serial_ids)
    packages = await queries.of_ids(tx, set(holding.values()), lock=True)
    for package in packages:
        await change(tx, [package.id], state="open")
        held = await queries.contents(tx, [package.id])
        leaving = [serial_id for serial_id, where in holding.items() if where == package.id]
        for row in held:
            mine = [serial_id for serial_id in leaving if serial_id in row.serials]
            if mine:
                await empty(tx, replace(package, state="open"), [Filling(row.batch_id, len(mine), mine)])
    return [package.sscc for package in packages]


async def dissolve(tx: Transaction, ids: Collection[UUID]) -> None:
    """Empty packages and take their names out of use; what stood in them stands beside them."""
    found = [one for one in await queries.of_ids(tx, ids, lock=True) if one.state in {"open", "closed"}]
    gone = [one.id for one in found]
    if not gone:
        return
    await change(tx, gone, state="open")
    c = t.package.c
    await tx.execute(sa.update(t.package).where(c.parent_id.in_(gone)).values(parent_id=None))
    await tx.execute(sa.delete(t.package_serial).where(t.package_serial.c.package_id.in_(gone)))
    await tx.execute(sa.delete(t.package_content).where(t.package_content.c.package_id.in_(gone)))
    await change(tx, gone, state="dissolved", location_id=None, parent_id=None)


async def ship(tx: Transaction, ids: Collection[UUID]) -> None:
    """Packages with all that stand in them leave."""
    every = await queries.below(tx, ids)
    await change(tx, [one.id for one in every if one.state == "open"], state="closed")
    await change(tx, [one.id for one in every], state="shipped", location_id=None)


# Commands of people and integrators.


async def get(platform: Platform, code: str, *, actor: Actor) -> PackageView:
    """A package by SSCC or aggregated trace code, with everything in it."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        return await _view(tx, await _visible(tx, code, actor, Permission.STOCK_READ))


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
    await tx.execute(sa.insert(t.package).values(**row))
    (package,) = await queries.of_ids(tx, [made])
    await fill(tx, package.id, await _fillings(tx, body.contents))
    await _nest(tx, package, body.packages)
    if body.closed:
        await change(tx, [package.id], state="closed")
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
        await fill(tx, package.id, await _fillings(tx, body.contents))
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
            await change(tx, [package.id], state="open")
        await empty(tx, package, await _fillings(tx, body.contents))
        inside = [await _known(tx, sscc) for sscc in body.packages]
        other = next((one.sscc for one in inside if one.parent_id != package.id), None)
        if other is not None:
            raise ContentMissing(sscc=package.sscc, held=0, wanted=other)
        await change(tx, [one.id for one in inside], parent_id=None)
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
            await change(tx, [package.id], state="closed")
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
    await change(tx, [(await _known(tx, code)).id for code in codes], parent_id=package.id)


async def _fillings(tx: Reader, contents: Iterable[ContentIn]) -> list[Filling]:
    made = []
    for at, one in enumerate(contents):
        batch = await batch_id(tx, one.batch)
        serials = await _serials(tx, batch, one.serials)
        missing = [number for number in one.serials if number not in serials]
        if missing:
            words = f"没有追溯码 {missing[0]}", f"there is no serial {missing[0]}"
            raise Invalid([FieldProblem(f"contents[{at}].serials", "serial_unknown", *words)])
        made.append(Filling(batch, one.quantity, [serials[number] for number in one.serials]))
    return made


async def _serials(tx: Reader, batch: UUID, numbers: Sequence[str]) -> Mapping[str, UUID]:
    c = t.serial.c
    rows = await tx.rows(sa.select(c.number, c.id).where(c.batch_id == batch, c.number.in_(numbers)))
    return {row["number"]: row["id"] for row in rows}

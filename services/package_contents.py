"""Services: what goes into packages and comes out, for actions - in their transaction; the caller audits.

The database guards what a package may hold and that a serial is in one at a time.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import packages as queries
from db.queries.packages import PackageRef
from db.session import Transaction
from domain.packages import ContentMissing


@dataclass(frozen=True)
class Filling:
    """So much of a batch for a package; `serial_ids` all of them or none."""

    batch_id: UUID
    quantity: int
    serial_ids: Sequence[UUID] = ()


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
        made = insert(t.package_content).values(
            package_id=package_id, batch_id=one.batch_id, quantity=one.quantity
        )
        grown = c.quantity + made.excluded.quantity
        await tx.execute(
            made.on_conflict_do_update(index_elements=[c.package_id, c.batch_id], set_={"quantity": grown})
        )
        if one.serial_ids:
            await tx.execute(
                sa.insert(t.package_serial),
                [
                    {"package_id": package_id, "serial_id": serial_id, "batch_id": one.batch_id}
                    for serial_id in sorted(one.serial_ids)  # two who pack never wait in a circle
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


async def held_below(tx: Transaction, ids: Collection[UUID]) -> list[PackageRef]:
    """The packages with all that stand in them, outermost first; held, so that nothing is put into one."""
    await queries.of_ids(tx, ids, lock=True)
    return await queries.below(tx, ids)


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
    every = await held_below(tx, ids)
    await change(tx, [one.id for one in every if one.state == "open"], state="closed")
    await change(tx, [one.id for one in every], state="shipped", location_id=None)

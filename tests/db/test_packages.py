"""The database's own guards of packages, whoever writes: check digit, one place, no circle, closed is closed."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from db import tables as t
from db.ids import new_id
from db.session import Database, Transaction
from domain.errors import Refusal
from domain.packages import PackageInItself, PackageNotOpen, SerialPacked, SsccNotValid, sscc
from domain.stock import SerialsIncomplete
from tests.db.postings import on_shelf
from tests.db.stockroom import Stockroom, new_serials
from tests.waiting import waits_or_ends


async def package(tx: Transaction, room: Stockroom, reference: int, **more: Any) -> UUID:
    made = new_id()
    row = {"sscc": sscc("9521234", reference), "site_id": room.east, "created_by": room.keeper}
    await tx.execute(
        sa.insert(t.package).values(id=made, **{**row, "location_id": room.ids["east_shelf"], **more})
    )
    await tx.audit("create.package", "package", made)
    return made


async def fill(tx: Transaction, package_id: UUID, batch: UUID, quantity: int, *serials: UUID) -> None:
    await tx.execute(
        sa.insert(t.package_content).values(package_id=package_id, batch_id=batch, quantity=quantity)
    )
    for serial in serials:
        await tx.execute(
            sa.insert(t.package_serial).values(package_id=package_id, serial_id=serial, batch_id=batch)
        )
    await tx.audit("pack.package", "package", package_id)


async def change(tx: Transaction, package_id: UUID, **values: Any) -> None:
    await tx.execute(sa.update(t.package).where(t.package.c.id == package_id).values(**values))
    await tx.audit("change.package", "package", package_id)


async def test_a_wrong_check_digit_is_refused(app: Database, room: Stockroom) -> None:
    with pytest.raises(SsccNotValid):
        async with app.write(room.actor) as tx:
            await package(tx, room, 1, sscc="095212340000000019")


async def test_a_serial_is_in_one_package_at_a_time_and_free_when_it_has_left(
    app: Database, room: Stockroom
) -> None:
    batch = await on_shelf(app, room, 10)
    async with app.write(room.actor) as tx:
        (serial,) = await new_serials(tx, room, batch, ["SN1"])
        first, second = [await package(tx, room, n) for n in (1, 2)]
        await fill(tx, first, batch, 1, serial)
    with pytest.raises(SerialPacked) as refused:
        async with app.write(room.actor) as tx:
            await fill(tx, second, batch, 1, serial)
    assert "SN1" in refused.value.message("zh")
    async with app.write(room.actor) as tx:
        await change(tx, first, state="closed")
        await change(tx, first, state="shipped", location_id=None)
        await fill(tx, second, batch, 1, serial)
    async with app.read() as tx:
        rows = await tx.rows(sa.select(t.package_serial.c.package_id, t.package_serial.c.current))
    assert {row["package_id"]: row["current"] for row in rows} == {first: False, second: True}


async def test_of_two_who_pack_the_same_serial_at_once_the_second_is_told_where_it_is(
    app: Database, room: Stockroom, superuser: Database
) -> None:
    batch = await on_shelf(app, room, 10)
    async with app.write(room.actor) as tx:
        (serial,) = await new_serials(tx, room, batch, ["SN1"])
        first, second = [await package(tx, room, n) for n in (1, 2)]

    async def late() -> None:
        async with app.write(room.actor) as tx:
            await fill(tx, second, batch, 1, serial)

    async with app.write(room.actor) as tx:
        await fill(tx, first, batch, 1, serial)
        packing = asyncio.create_task(late())
        await waits_or_ends(superuser, packing)
    with pytest.raises(SerialPacked) as refused:
        await packing
    assert refused.value.params == {"serial": "SN1", "sscc": sscc("9521234", 1)}


async def test_serials_of_a_batch_are_named_all_or_not_at_all(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 10)
    async with app.write(room.actor) as tx:
        serials = await new_serials(tx, room, batch, ["SN1", "SN2"])
        made = await package(tx, room, 1)
    with pytest.raises(SerialsIncomplete):
        async with app.write(room.actor) as tx:
            await fill(tx, made, batch, 3, *serials)
    async with app.write(room.actor) as tx:
        await fill(tx, made, batch, 2, *serials)


async def test_only_an_open_package_is_filled_and_only_an_empty_one_dissolved(
    app: Database, room: Stockroom
) -> None:
    batch = await on_shelf(app, room, 10)
    async with app.write(room.actor) as tx:
        made = await package(tx, room, 1)
        await fill(tx, made, batch, 5)
        await change(tx, made, state="closed")
    content = t.package_content.c
    for wrong in (
        sa.update(t.package_content).where(content.package_id == made).values(quantity=6),
        sa.delete(t.package_content).where(content.package_id == made),
        sa.update(t.package).where(t.package.c.id == made).values(state="dissolved", location_id=None),
    ):
        with pytest.raises(PackageNotOpen):
            async with app.write(room.actor) as tx:
                await tx.execute(wrong)


async def test_what_has_left_stays_as_it_was(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        made = await package(tx, room, 1)
    with pytest.raises(PackageNotOpen):  # an open package does not leave
        async with app.write(room.actor) as tx:
            await change(tx, made, state="shipped", location_id=None)
    async with app.write(room.actor) as tx:
        await change(tx, made, state="closed")
        await change(tx, made, state="shipped", location_id=None)
    for values in ({"state": "open", "location_id": room.ids["east_shelf"]}, {"number": 2}):
        with pytest.raises(PackageNotOpen):
            async with app.write(room.actor) as tx:
                await change(tx, made, **values)
    with pytest.raises(DBAPIError):
        async with app.write(room.actor) as tx:
            await tx.execute(sa.delete(t.package))


async def test_packages_stand_in_each_other_without_a_circle_and_at_one_place(
    app: Database, room: Stockroom
) -> None:
    async with app.write(room.actor) as tx:
        pallet, case, box = [await package(tx, room, n) for n in (1, 2, 3)]
        await change(tx, case, parent_id=pallet)
        await change(tx, box, parent_id=case)
        elsewhere = await package(tx, room, 4, location_id=room.ids["east_red"])
    for child, parent, refusal in (
        (pallet, box, PackageInItself),
        (pallet, pallet, PackageInItself),
        (elsewhere, pallet, PackageNotOpen),
    ):
        with pytest.raises(refusal):
            async with app.write(room.actor) as tx:
                await change(tx, child, parent_id=parent)


async def test_two_who_nest_crosswise_make_no_circle(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        a, b = [await package(tx, room, n) for n in (1, 2)]

    async def nest(child: UUID, parent: UUID) -> bool:
        try:
            async with app.write(room.actor) as tx:
                await change(tx, child, parent_id=parent)
        except (Refusal, DBAPIError):
            return False
        return True

    assert sum(await asyncio.gather(nest(a, b), nest(b, a))) <= 1
    async with app.read() as reader:
        parents = await reader.rows(
            sa.select(t.package.c.parent_id).where(t.package.c.parent_id.is_not(None))
        )
    assert len(parents) <= 1

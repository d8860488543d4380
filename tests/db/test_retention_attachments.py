"""Bytes of attachments go with the last of the runs that use them, are named by its tombstone - and never else."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.row_hash import row_hash
from db.session import Database, Transaction
from domain.evidence import EvidenceIsImmutable
from domain.retention import ArchiveNotWhole
from tests import aged
from tests.db.retention_house import LONG_AGO, NOW, House, open_house
from tests.servers import TestDatabase


@pytest.fixture
async def house(module_database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(module_database) as made:
        yield made


def bytes_of(name: str) -> bytes:
    return name.encode() + new_id().bytes


def told(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


async def stone_of(house: House, run: UUID) -> Any:
    async with house.app.read() as tx:
        return await tx.one(sa.select(t.tombstone).where(t.tombstone.c.run_id == run))


async def test_files_go_with_the_contents_and_the_tombstone_names_them(house: House) -> None:
    run = await house.run()
    photo, paper = bytes_of("photo"), bytes_of("paper")
    for content in (photo, paper, paper):
        await house.attach(content, run)
    await house.delete(run)
    stone = await stone_of(house, run)
    assert sorted(stone["attachments"], key=str) == sorted([told(photo), told(paper)], key=str)
    assert (stone["hash_version"], bytes(stone["row_hash"])) == (2, row_hash("tombstone", stone))
    assert not await house.has(photo) and not await house.has(paper)
    async with house.app.read() as tx:
        rows = await tx.rows(sa.select(t.attachment).where(t.attachment.c.run_id == run))
    assert len(rows) == 3, "headers stay"


async def test_what_another_run_has_as_well_goes_with_the_last_one(house: House) -> None:
    shared = bytes_of("shared")
    first, young, last = await house.run(), await house.run(NOW), await house.run()
    for run in (first, young, last):
        await house.attach(shared, run)
    await house.delete(first)
    assert (await stone_of(house, first))["attachments"] == []
    assert await house.has(shared)
    await house.delete(last)
    assert await house.has(shared), "the young one keeps it"


async def test_the_last_of_those_that_share_takes_the_bytes_along(house: House) -> None:
    shared = bytes_of("shared")
    first, last = await house.run(), await house.run()
    for run in (first, last):
        await house.attach(shared, run)
    by = await house.asking(first, last)
    async with house.app.write() as tx:
        for run in (first, last):
            await tx.scalar(aged.deletion(run, by))
        tx.audited_elsewhere("a tombstone is evidence itself")
    assert (await stone_of(house, first))["attachments"] == []
    assert (await stone_of(house, last))["attachments"] == [told(shared)]
    assert not await house.has(shared)


async def _names_it(tx: Transaction, house: House, where: str, photo: UUID, run: UUID | None) -> None:
    """A row of another run, or of a document of none, that names the attachment."""
    data = {"photos": [str(photo)]}
    keeper = house.room.keeper
    if where == "submission":
        row = {"kind": "task", "run_id": run, "actor_id": keeper, "data": data, "content_hash": "0" * 64}
        stamp = {
            "tx": sa.func.pg_current_xact_id(),
            "recorded_at": LONG_AGO,
            "row_hash": b"",
            "hash_version": 1,
        }
        await tx.execute(sa.text("ALTER TABLE submission DISABLE TRIGGER stamp"))
        await tx.execute(sa.insert(t.submission).values(**row, **stamp))
        await tx.execute(sa.text("ALTER TABLE submission ENABLE TRIGGER stamp"))
        return
    document = new_id()
    head = {"id": document, "kind": "receipt", "number": document.hex, "run_id": run, "created_by": keeper}
    places = {"site_id": house.room.east, "legal_entity_id": house.room.entity}
    header = data if where == "document" else {}
    await tx.execute(sa.insert(t.document).values(**head, **places, header=header))
    if where == "document_line":
        line = {"document_id": document, "line_no": 1, "material_id": house.room.material, "quantity": 1}
        await tx.execute(sa.insert(t.document_line).values(**line, data=data))


@pytest.mark.parametrize("where", ["submission", "document", "document_line"])
async def test_what_another_run_or_its_document_names_stays_as_long_as_that_run(
    house: House, where: str
) -> None:
    content, run, user = bytes_of("named"), await house.run(), await house.run()
    photo = await house.attach(content, run)
    async with house.arranged() as tx:
        await _names_it(tx, house, where, photo, user)
    await house.delete(run)
    assert await house.has(content)
    await house.delete(user)
    assert (await stone_of(house, user))["attachments"] == [told(content)]
    assert not await house.has(content)


async def test_a_run_that_was_begun_with_a_file_uses_it(house: House) -> None:
    content, run = bytes_of("handed on"), await house.run()
    photo = await house.attach(content, run)
    user = await house.run(inputs={"papers": [str(photo)]})
    await house.delete(run)
    assert await house.has(content)
    await house.delete(user)
    assert not await house.has(content)


async def test_a_document_of_no_run_keeps_what_it_names(house: House) -> None:
    content, run = bytes_of("kept"), await house.run()
    photo = await house.attach(content, run)
    async with house.arranged() as tx:
        await _names_it(tx, house, "document", photo, None)
    await house.delete(run)
    assert await house.has(content)


async def test_a_file_of_no_run_goes_with_the_runs_that_use_it_and_is_kept_while_nobody_does(
    house: House,
) -> None:
    used, loose = bytes_of("used"), bytes_of("loose")
    run = await house.run()
    photo = await house.attach(used)
    await house.attach(loose)
    await house.attach(loose, run)
    async with house.arranged() as tx:
        await _names_it(tx, house, "submission", photo, run)
    await house.delete(run)
    assert not await house.has(used)
    assert await house.has(loose), "who uses it, nobody knows"


async def test_bytes_that_are_gone_already_stop_the_deletion(
    house: House, module_database: TestDatabase
) -> None:
    """A deletion covers up nothing; what an earlier tombstone has taken is no loss."""
    content, run = bytes_of("stolen"), await house.run()
    await house.attach(content, run)
    root = Database(module_database.superuser_url, pool_size=1)
    async with root.write() as tx:
        tx.audited_elsewhere("an attack")
        await tx.execute(sa.text("ALTER TABLE attachment_body DISABLE TRIGGER USER"))
        digest = hashlib.sha256(content).hexdigest()
        await tx.execute(sa.delete(t.attachment_body).where(t.attachment_body.c.sha256 == digest))
        await tx.execute(sa.text("ALTER TABLE attachment_body ENABLE TRIGGER USER"))
        for trigger in ("refuse_change", "delete_with_tombstone"):
            await tx.execute(sa.text(f"ALTER TABLE attachment_body ENABLE ALWAYS TRIGGER {trigger}"))
    await root.close()
    with pytest.raises(ArchiveNotWhole):
        await house.delete(run)
    assert await house.bodies(run) == 2


async def test_nobody_has_another_way_to_the_bytes(house: House, module_database: TestDatabase) -> None:
    content, run, other = bytes_of("x"), await house.run(), bytes_of("y")
    await house.attach(content, run)
    await house.attach(other)
    urls = (module_database.app_url, module_database.owner_url, module_database.superuser_url)
    for number, url in enumerate(urls):
        role = Database(url, pool_size=1)
        for change in (
            "DELETE FROM attachment_body",
            "TRUNCATE attachment_body",
            "UPDATE attachment_body SET bytes = bytes",
            *(
                ["INSERT INTO attachment_use VALUES (NULL, NULL)", "DELETE FROM attachment_use"]
                * (not number)
            ),
        ):
            with pytest.raises((EvidenceIsImmutable, sa.exc.ProgrammingError)) as refused:  # noqa: PT012
                async with role.write() as tx:
                    await tx.execute(sa.text(change))
                    tx.audited_elsewhere("an attack")
            assert isinstance(refused.value, EvidenceIsImmutable) is bool(number), change
        await role.close()
    assert await house.has(content) and await house.has(other)


async def test_a_file_is_not_added_without_its_bytes(house: House) -> None:
    row = {
        "sha256": "0" * 64,
        "media_type": "x",
        "size": 1,
        "file_name": "x",
        "uploaded_by": house.room.keeper,
    }
    with pytest.raises(sa.exc.IntegrityError):  # noqa: PT012
        async with house.app.write() as tx:
            await tx.execute(sa.insert(t.attachment).values(**row))
            tx.audited_elsewhere("an attack")


async def test_a_deletion_waits_for_an_upload_under_way_and_keeps_its_bytes(house: House) -> None:
    content, run, young = bytes_of("same"), await house.run(), await house.run(NOW)
    await house.attach(content, run)
    by = await house.asking(run)
    async with house.app.write() as tx:
        await aged.attach(tx, content, person=house.room.keeper, run=young)
        tx.audited_elsewhere("an attachment is evidence itself")
        deleting = asyncio.create_task(house.delete(run, by))
        done, _ = await asyncio.wait([deleting], timeout=0.3)
        assert not done
    await deleting
    assert await house.has(content)


async def test_an_upload_of_bytes_on_their_way_out_waits_and_brings_them_anew(house: House) -> None:
    content, run, young = bytes_of("same"), await house.run(), await house.run(NOW)
    await house.attach(content, run)
    by = await house.asking(run)
    async with house.app.write() as tx:
        await tx.scalar(aged.deletion(run, by))
        tx.audited_elsewhere("a tombstone is evidence itself")
        adding = asyncio.create_task(house.attach(content, young))
        done, _ = await asyncio.wait([adding], timeout=0.3)
        assert not done
    await adding
    assert (await stone_of(house, run))["attachments"] == [told(content)]
    assert await house.has(content)

"""Heads of the chain in a store and in an inbox: written, read back, compared, and told when they cannot be."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from db.queries.evidence_scope import EvidenceScope
from db.session import Database
from domain.evidence_findings import EvidenceFinding
from domain.given_heads import HeadsGivenUnclear, given_heads
from domain.seal_check import ExportedHead
from ops.commands.evidence import _given
from services import evidence_check, head_mail, head_store, seal_heads, sealing
from services.evidence_check import EvidenceVerdict
from services.head_places import MailSettings, PlaceStanding, PlaceUnreadable, StoreSettings
from services.platform import Platform, PlatformSettings
from tests.servers import TestDatabase
from tests.services.head_servers import Inbox, free_port, mail_server, other_client, store_server

KEY = "A" * 43


@pytest.fixture(scope="module")
def bucket() -> Iterator[StoreSettings]:
    with store_server() as store:
        yield store


@pytest.fixture
def store(bucket: StoreSettings, tmp_path: Path) -> StoreSettings:
    """A place of its own in the bucket."""
    return replace(bucket, prefix=f"{tmp_path.name}/")


@pytest.fixture
async def platform(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Platform]:
    opened = Database(database.app_url)
    settings = PlatformSettings(secret_key="x", seal_key=KEY, heads_file=tmp_path / "heads.jsonl")
    yield Platform(opened, cast("Any", None), settings)
    await opened.close()


def having(platform: Platform, **places: Any) -> Platform:
    return replace(platform, settings=replace(platform.settings, **places))


async def sealed(platform: Platform, *names: str) -> None:
    """A block for each name."""
    for name in names:
        async with platform.database.write() as tx:
            await tx.audit("try.it", "thing", name)
        await sealing.seal(platform)


async def verdict_of(platform: Platform, *given: ExportedHead) -> EvidenceVerdict:
    verdict = EvidenceVerdict((1,))
    async for so_far in evidence_check.verify(platform, EvidenceScope(), (1,), given):
        verdict = so_far
    return verdict


def cut_tail(database: TestDatabase, name: str, number: int) -> None:
    """What a superuser does who wants it never to have happened."""
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        for done in ("DISABLE", "ENABLE"):
            for table in ("seal_block", "audit_event"):
                session.execute(f"ALTER TABLE {table} {done} TRIGGER USER".encode())
            if done == "DISABLE":
                session.execute("DELETE FROM audit_event WHERE object_id = %s", [name])
                session.execute("DELETE FROM seal_block WHERE number >= %s", [number])


async def test_a_store_has_the_head_as_the_file_has_it_and_keeps_it(
    platform: Platform, store: StoreSettings
) -> None:
    platform = having(platform, heads_store=store)
    assert await seal_heads.export_to_store(platform) is None  # nothing is sealed
    await sealed(platform, "a")
    assert await seal_heads.export_to_store(platform) == 1
    assert await seal_heads.export_to_store(platform) is None
    await seal_heads.export_head(platform)
    client, named = other_client(store), {"Bucket": store.bucket, "Prefix": store.prefix}
    [version] = client.list_object_versions(**named)["Versions"]
    content = client.get_object(Bucket=store.bucket, Key=version["Key"])["Body"].read()
    assert platform.settings.heads_file is not None
    assert content == platform.settings.heads_file.read_bytes()
    with pytest.raises(Exception, match="AccessDenied"):  # the bucket is locked
        client.delete_object(Bucket=store.bucket, Key=version["Key"], VersionId=version["VersionId"])


async def test_another_worker_that_was_just_there_is_enough(
    platform: Platform, store: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = having(platform, heads_store=store)
    await sealed(platform, "a")
    assert await seal_heads.export_to_store(platform) == 1
    await sealed(platform, "b")
    assert await seal_heads.export_to_store(platform) is None
    monkeypatch.setattr(head_store, "NOT_SOONER", timedelta(0))
    assert await seal_heads.export_to_store(platform) == 2
    found = await head_store.heads(store)
    assert [(head.number, head.place) for head in found] == [(1, store.name), (2, store.name)]
    assert [head.number for head in await head_store.heads(store, after=1)] == [2]


async def test_a_tail_cut_off_with_its_file_is_known_to_the_store(
    platform: Platform, store: StoreSettings, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_store, "NOT_SOONER", timedelta(0))
    platform = having(platform, heads_store=store)
    for name in "abc":
        await sealed(platform, name)
        await seal_heads.export_to_store(platform)
    await sealed(platform, "d")
    verdict = await verdict_of(platform)
    assert verdict.sound
    [file, there] = verdict.seals.places
    assert (file.kind, file.until, file.missing) == ("file", 0, 4)
    assert (there.kind, there.name, there.until, there.missing) == ("store", store.name, 3, 1)
    assert there.behind_since is not None
    cut_tail(database, "c", 3)
    assert (await verdict_of(platform)).findings == [EvidenceFinding(1, "tail_cut", 3, detail=store.name)]
    await sealed(platform, "e")  # another block takes the number
    assert (await verdict_of(platform)).findings == [EvidenceFinding(1, "head_differs", 3, detail=store.name)]


async def test_other_things_in_the_bucket_are_no_heads(platform: Platform, store: StoreSettings) -> None:
    other_client(store).put_object(
        Bucket=store.bucket, Key=f"{store.prefix}readme.txt", Body=b"x", ChecksumAlgorithm="SHA256"
    )
    assert await head_store.heads(store) == []


@pytest.mark.parametrize("wrong", ["nobody there", "no bucket"])
async def test_a_store_that_does_not_answer_is_told_and_hinders_nothing(
    platform: Platform, store: StoreSettings, wrong: str
) -> None:
    away = replace(store, endpoint=f"http://127.0.0.1:{free_port()}")
    platform = having(
        platform, heads_store=away if wrong == "nobody there" else replace(store, bucket="gone")
    )
    await sealed(platform, "a")
    with pytest.raises(PlaceUnreadable):
        await seal_heads.export_to_store(platform)
    await seal_heads.export_head(platform)
    verdict = await verdict_of(platform)
    assert verdict.sound and verdict.seals.exported_until == 1
    file, there = verdict.seals.places
    assert (file.until, file.trouble) == (1, "")
    assert (there.until, there.missing) == (0, 1)
    assert there.trouble.startswith(f"s3://{'gone' if wrong == 'no bucket' else store.bucket}/")


async def test_exporting_goes_on_to_the_other_places_and_tries_again(
    platform: Platform, store: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that fails twice has its head at the third try; the file has had it all the while."""
    tries = 0
    export = head_store.export

    async def failing(*given: Any) -> int | None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise PlaceUnreadable("down")
        return await export(*given)

    monkeypatch.setattr(head_store, "export", failing)
    monkeypatch.setattr(seal_heads, "AGAIN_S", 0.01)
    platform = having(platform, heads_store=store)
    exporting = asyncio.create_task(seal_heads.export_forever(platform))
    try:
        await asyncio.sleep(0.05)  # it looks before anything is sealed, and soon again
        await sealed(platform, "a")
        while not await head_store.heads(store):
            await asyncio.sleep(0.02)
    finally:
        exporting.cancel()
        await asyncio.gather(exporting, return_exceptions=True)
    assert tries == 3
    assert [head.number for head in seal_heads.exported_heads(platform.settings.heads_file)] == [1]


@pytest.fixture
def post() -> Iterator[tuple[Inbox, MailSettings]]:
    with mail_server() as found:
        yield found


async def test_a_mail_has_the_head_and_tells_a_tail_that_was_cut(
    platform: Platform, post: tuple[Inbox, MailSettings], database: TestDatabase, tmp_path: Path
) -> None:
    inbox, mail = post
    platform = having(platform, heads_mail=mail)
    assert await head_mail.send_if_due(platform) is None  # nothing is sealed
    await sealed(platform, "a", "b")
    assert await head_mail.send_if_due(platform) == 2
    assert await head_mail.send_if_due(platform) is None  # it is not time yet
    [content] = inbox.messages
    message = email.message_from_bytes(content, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None and message["To"] == "zheng@example.com, qa@example.com"
    [head] = given_heads(body.get_content(), "mail")
    [attached] = message.iter_attachments()
    line = json.loads(attached.get_content())
    kept = tmp_path / "kept.eml"
    kept.write_bytes(content)
    assert _given([kept]) == [replace(head, place="kept.eml")]  # as `evidence verify --heads` reads it
    assert (head.number, head.hash) == (line["number"], line["hash"]) == (2, head.hash)
    verdict = await verdict_of(platform, head)
    assert verdict.findings == []
    assert verdict.seals.places[1] == PlaceStanding(
        "mail", "zheng@example.com, qa@example.com", 2, 0, None, ""
    )
    cut_tail(database, "b", 2)
    assert (await verdict_of(platform)).sound  # only who has the mail can tell
    assert (await verdict_of(platform, head)).findings == [EvidenceFinding(1, "tail_cut", 2, detail="mail")]


async def test_the_next_mail_goes_when_it_is_time_and_there_is_something_new(
    platform: Platform, post: tuple[Inbox, MailSettings]
) -> None:
    inbox, mail = post
    platform = having(platform, heads_mail=replace(mail, every_hours=1e-9))
    await sealed(platform, "a")
    assert await asyncio.gather(*(head_mail.send_if_due(platform) for _ in range(3))) != [None] * 3
    sent = len(inbox.messages)
    assert await head_mail.send_if_due(platform) is None
    await sealed(platform, "b")  # with the note that a mail was sent
    assert await head_mail.send_if_due(platform) == 2
    assert len(inbox.messages) == sent + 1 == 2


async def test_a_mail_that_nobody_takes_is_told_and_tried_again(
    platform: Platform, post: tuple[Inbox, MailSettings]
) -> None:
    inbox, mail = post
    await sealed(platform, "a")
    with pytest.raises(PlaceUnreadable):
        await head_mail.send_if_due(having(platform, heads_mail=replace(mail, port=free_port())))
    with pytest.raises(PlaceUnreadable):  # this server has no TLS: the head does not go in the clear instead
        await head_mail.send_if_due(having(platform, heads_mail=replace(mail, security="starttls")))
    inbox.refuses = {"zheng@example.com", "qa@example.com"}
    with pytest.raises(PlaceUnreadable):
        await head_mail.send_if_due(having(platform, heads_mail=mail))
    inbox.refuses = {"qa@example.com"}  # one of two is enough
    assert await head_mail.send_if_due(having(platform, heads_mail=mail)) == 1
    assert len(inbox.messages) == 1


def test_heads_are_found_in_what_people_keep() -> None:
    value = "0af1" * 16
    for text in (
        f"7 {value}",
        f"> 7 {value.upper()}\n",
        f"区块 7：{value}",
        f"#7: {value}",
        json.dumps({"number": 7, "hash": value, "root": "ff" * 32}),
    ):
        assert given_heads(text, "x") == [ExportedHead(7, value, "x")], text
    for text in ("", "7", value, f"7 {value}0", "{", '{"number": 7}', f"1.7 {value[:-1]}"):
        with pytest.raises(HeadsGivenUnclear):
            given_heads(text, "x")


async def test_more_heads_than_a_statement_has_parameters_are_compared(platform: Platform) -> None:
    await sealed(platform, "a")
    await seal_heads.export_head(platform)
    path = platform.settings.heads_file
    assert path is not None
    line = path.read_bytes()
    await asyncio.to_thread(path.write_bytes, line * 70_000)
    assert (await verdict_of(platform)).sound

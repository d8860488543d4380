"""Evidence packages: made of real runs, sealed by the worker, verified by the script that is inside."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries.evidence_scope import EvidenceScope
from db.session import Database
from domain.errors import NotFound, Refusal
from domain.seal_keys import SealKey, fingerprint
from services import evidence_package, sealing
from services import evidence_package_verifier as verifier
from services.archiving import Archiver
from services.evidence_package import BuiltPackage, ScopeEmpty, ScopeUnclear, TooManyRuns
from services.permissions import NotPermitted
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services.tasks.steps import do, started
from tests.stand_in_engine import StandInEngine
from tests.world import World, make_world, two_steps

KEY = "A" * 43


@pytest.fixture
async def world(db: Database) -> World:
    return await make_world(db, StandInEngine(db), seal_key=KEY)


async def one_run(world: World, *, ended: bool = True) -> UUID:
    run = await started(world, {**two_steps(), "sop": f"two_{uuid4().hex[:8]}"})
    await do(world, "li", run, "one#1", "ok", {"count": 3})
    if ended:
        await do(world, "wang", run, "two#1")
        archiver = Archiver(world.platform)
        while not await archiver.round():
            await asyncio.sleep(0)
    return run


@contextlib.asynccontextmanager
async def sealer(world: World) -> AsyncIterator[None]:
    """The worker's sealer, in a hurry."""

    async def forever() -> None:
        while True:
            await sealing.seal(world.platform)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def built(world: World, scope: EvidenceScope, who: str = "zheng") -> bytes:
    async with sealer(world):
        made = await evidence_package.build(world.platform, scope, actor=await world.actor(who))
    return content_of(made)


def content_of(made: BuiltPackage) -> bytes:
    with made.file as file:
        content = file.read()
    assert len(content) == made.size
    return content


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return {name: found.read(name) for name in found.namelist()}


async def test_a_package_of_a_run_is_verified_without_the_product(world: World, tmp_path: Path) -> None:
    run = await one_run(world)
    data = await built(world, EvidenceScope(run_id=run))
    files = members(data)
    folder = f"runs/{run}/"
    manifest = json.loads(files["manifest.json"])
    assert [(one["id"], one["archived"], one["unsealed"]) for one in manifest["runs"]] == [
        (str(run), True, 0)
    ]
    assert {folder + name for name in ("archive.json", "record.json", "proofs.json", "story.json")} <= set(
        files
    )
    for name, content in files.items():
        path = tmp_path / "unpacked" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "package.zip").write_bytes(data)
    print_ = fingerprint(SealKey(KEY).public)
    for place in ("package.zip", "unpacked"):
        done = subprocess.run(  # noqa: ASYNC221 - the verifier by itself, as a stranger runs it
            [
                *(sys.executable, "-I", "-S", tmp_path / "unpacked" / "verify.py", tmp_path / place),
                *("--fingerprint", print_, "--json"),
            ],
            capture_output=True,
            check=False,
            cwd="/",
        )
        report = json.loads(done.stdout)
        assert (done.returncode, report["verdict"], report["findings"]) == (0, "sound", [])
        assert report["records"] > 8
        assert report["fingerprint"] == print_
    text = text_of(files["report.pdf"])
    assert "证据包报告" in text


async def test_one_changed_byte_is_named(world: World) -> None:
    run = await one_run(world)
    data = await built(world, EvidenceScope(run_id=run))
    files = members(data)
    for name, content in files.items():
        changed = bytearray(data)
        at = data.index(name.encode() + _deflated_of(data, name)[:1]) + len(name)
        changed[at + len(_deflated_of(data, name)) // 2] ^= 0x10
        found = verifier.check(bytes(changed)).report()
        assert found["verdict"] == "unsound", name
        assert name in {one["file"] for one in found["findings"]}, (name, len(content))


def _deflated_of(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        info = found.getinfo(name)
    begin = info.header_offset + 30 + len(name.encode())
    return data[begin : begin + info.compress_size]


async def test_what_is_not_archived_or_not_sealed_is_told(world: World) -> None:
    await one_run(world)
    await one_run(world, ended=False)
    now = datetime.now(UTC)
    person = EvidenceScope(person_id=world.people["li"])
    await sealing.seal(world.platform)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence_package, "SEALED_WITHIN_S", 0.5)
        made = await evidence_package.build(world.platform, person, actor=await world.actor("zheng"))
    found = verifier.check(content_of(made))
    assert (made.runs, made.sealed, found.verdict) == (2, False, "incomplete")
    assert [one.code for one in found.findings] == ["manifest_unsealed"]
    assert sorted(run["archived"] for _, run in found.folders) == [False, True]
    period = EvidenceScope(since=now - timedelta(hours=1), until=now + timedelta(hours=1))
    found = verifier.check(await built(world, period))
    assert (found.verdict, len(found.folders)) == ("sound", 1)  # what has not ended is in no period
    scope = found.manifest["scope"]
    assert (scope["kind"], set(scope)) == ("period", {"kind", "words", "since", "until"})


async def test_what_a_superuser_changed_shows_in_the_package(world: World, database: TestDatabase) -> None:
    run = await one_run(world, ended=False)
    await sealing.seal(world.platform)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE submission DISABLE TRIGGER USER")
        session.execute("UPDATE submission SET data = jsonb_set(data, '{data}', '{\"count\": 4}')")
    found = verifier.check(await built(world, EvidenceScope(run_id=run)))
    assert {(one.code, one.row.split("/")[0]) for one in found.findings} == {("row_altered", "submission")}


async def test_who_may_not_read_evidence_gets_none_and_scopes_are_clear(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await one_run(world, ended=False)

    async def refused(scope: EvidenceScope, who: str = "zheng") -> Refusal:
        with pytest.raises(Refusal) as found:
            await evidence_package.build(world.platform, scope, actor=await world.actor(who))
        return found.value

    assert isinstance(await refused(EvidenceScope(run_id=run), "li"), NotPermitted)
    assert isinstance(await refused(EvidenceScope(run_id=run), "zhou"), NotPermitted)
    assert isinstance(await refused(EvidenceScope(run_id=uuid4())), NotFound)
    assert isinstance(await refused(EvidenceScope(batch_id=uuid4())), NotFound)
    assert isinstance(await refused(EvidenceScope(person_id=uuid4())), NotFound)
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    assert isinstance(await refused(EvidenceScope(since=long_ago, until=long_ago)), ScopeEmpty)
    for unclear in (
        EvidenceScope(),
        EvidenceScope(since=datetime.now(UTC)),
        EvidenceScope(run_id=run, person_id=world.people["li"]),
    ):
        assert isinstance(await refused(unclear), ScopeUnclear)
    monkeypatch.setattr(evidence_package, "MOST_RUNS", 0)
    assert isinstance(await refused(EvidenceScope(run_id=run)), TooManyRuns)
    told = await world.rows(
        sa.select(t.audit_event.c.refused, t.audit_event.c.actor_name).where(
            t.audit_event.c.action == "export.evidence"
        )
    )
    assert len(told) == 10 and all(row["refused"] for row in told)


async def test_a_person_of_another_site_sees_its_runs_alone(world: World) -> None:
    run = await one_run(world)
    auditor = await world.actor("zheng")
    far = replace(
        auditor, assignments=tuple(replace(one, site_id=world.sites["UR1"]) for one in auditor.assignments)
    )
    with pytest.raises(NotPermitted):
        await evidence_package.build(world.platform, EvidenceScope(run_id=run), actor=far)
    facts = await evidence_package.facts_of(
        world.platform, EvidenceScope(person_id=world.people["li"]), actor=far
    )
    assert (facts.runs, facts.elsewhere) == (0, 1)

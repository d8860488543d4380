"""The replay certificate: honest about what came of it, in both languages, and written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import NotFound
from engine import replaying
from services import replay_certificate, replay_certificate_note, sealing
from services.at_once import AtOnce, TooManyAtOnce
from services.permissions import NotPermitted
from services.replay_certificate import NotArchivedYet
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services.tasks.archiving import archived, begun, ended
from tests.services.tasks.steps import started
from tests.world import World, two_steps


@pytest.fixture
async def run(archiving: World) -> UUID:
    made = await begun(archiving)
    await ended(archiving, made)
    await archived(archiving, made)
    await sealing.seal(archiving.platform)
    return made


async def certificate(world: World, run: UUID, language: str = "zh") -> str:
    """All words of the certificate."""
    found = await replay_certificate._certified(world.platform, run, await world.actor("li"))
    return json.dumps(asdict(replay_certificate_note.note(found, language)), ensure_ascii=False)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_run_that_comes_out_as_recorded(archiving: World, run: UUID, language: str) -> None:
    told = await certificate(archiving, run, language)
    header = (await archiving.rows(sa.select(t.archive).where(t.archive.c.run_id == run)))[0]
    block = (await archiving.rows(sa.select(t.seal_block.c.hash).order_by(t.seal_block.c.number.desc())))[0]
    said = {
        "zh": ("重放一致", "流程重放证书", "1 段执行", "重放本身察觉不到"),
        "en": ("Verdict: REPRODUCED", "Replay certificate", "executions: 1", "A replay cannot notice"),
    }[language]
    for words in (*said, header["code_sha256"], str(run), bytes(block["hash"]).hex()):
        assert words in told, words
    assert told.count("未发现问题" if language == "zh" else "nothing found") >= 4
    assert "NOT" not in told


async def test_what_was_printed_is_written_down_with_its_digest(archiving: World, run: UUID) -> None:
    name, made = await replay_certificate.pdf(archiving.platform, run, actor=await archiving.actor("li"))
    assert name.startswith("replay-") and "重放一致" in text_of(made)
    a = t.audit_event.c
    [event] = await archiving.rows(
        sa.select(a.after, a.actor_name, a.run_id).where(a.action == "print.certificate")
    )
    assert event["run_id"] == run and event["actor_name"]
    assert event["after"]["sha256"] == hashlib.sha256(made).hexdigest()
    assert (event["after"]["reproduced"], event["after"]["found"]) == (True, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_run_that_does_not_gets_a_certificate_that_says_so(
    archiving: World, run: UUID, database: TestDatabase, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row changed behind our back, and a code that leads elsewhere: level 4 and both replays."""
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE task SET outcome = 'other' WHERE path = 'one#1'")
    replay = replaying.replay

    async def of_less(executions: Any, workflow_id: str) -> Any:
        return await replay([], workflow_id)

    monkeypatch.setattr(replaying, "replay", of_less)
    told = await certificate(archiving, run, language)
    said = {
        "zh": ("未能一致重现", "共发现 2 处", "归档后记录被改动", "没有任何事件"),
        "en": ("NOT REPRODUCED", "Found: 2", "changed after its run was archived", "There is no event"),
    }[language]
    for words in (*said, str(run)):
        assert words in told, words
    assert "重放一致。" not in told and "Verdict: REPRODUCED" not in told


async def test_an_archive_that_is_damaged_is_not_replayed(
    archiving: World, run: UUID, database: TestDatabase
) -> None:
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE archive_body DISABLE TRIGGER USER")
        session.execute("DELETE FROM archive_body WHERE name = 'history-1.json'")
    told = await certificate(archiving, run)
    assert "未能一致重现" in told and told.count("未进行") == 2 and "history-1.json" in told


async def test_an_archive_without_a_history_is_not_called_reproduced(archiving: World, run: UUID) -> None:
    found = await replay_certificate._certified(archiving.platform, run, await archiving.actor("li"))
    without = replace(found, replayed=None)
    assert not without.reproduced and without.found == 0
    assert "NOT REPLAYED" in replay_certificate_note.note(without, "en").changed


async def test_who_may_not_and_what_is_not_archived(archiving: World, run: UUID) -> None:
    actor = await archiving.actor("li")
    open_run = await started(archiving, {**two_steps(), "sop": f"two_{uuid4().hex[:8]}"})
    with pytest.raises(NotArchivedYet):
        await replay_certificate.pdf(archiving.platform, open_run, actor=actor)
    with pytest.raises(NotFound):
        await replay_certificate.pdf(archiving.platform, uuid4(), actor=actor)
    stranger = replace(actor, permissions=frozenset(), assignments=())
    with pytest.raises(NotPermitted):
        await replay_certificate.pdf(archiving.platform, run, actor=stranger)


async def test_a_few_are_made_at_once(archiving: World, run: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_certificate, "MADE", AtOnce(1))
    actor = await archiving.actor("li")
    with replay_certificate.MADE.one(), pytest.raises(TooManyAtOnce):
        await replay_certificate.pdf(archiving.platform, run, actor=actor)
    await replay_certificate.pdf(archiving.platform, run, actor=actor)  # and then again

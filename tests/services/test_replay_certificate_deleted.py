"""The replay certificate of a run whose contents were deleted under retention: not replayed, and by whose order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict

import psycopg
import pytest
import sqlalchemy as sa

from api.app import create_app
from db import tables as t
from services import replay_certificate, replay_certificate_note, sealing
from tests.api.house_door import Door
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services import deletions
from tests.services.deletions import deleted, old_runs
from tests.ui.house import House, open_house


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(database.app_url, seal_key="A" * 43) as made:
        await deletions.staffed(made)
        yield made


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_it_says_that_nothing_was_replayed_and_who_had_it_deleted(
    house: House, database: TestDatabase, language: str
) -> None:
    [run] = await old_runs(house, database)
    await deleted(house)
    await sealing.seal(house.world.platform)
    found = await replay_certificate._certified(house.world.platform, run, await house.actor("zheng"))
    told = json.dumps(asdict(replay_certificate_note.note(found, language)), ensure_ascii=False)
    said = {
        "zh": ("无法重放", "未进行", "按保存期限删除", "申请", "批准", "见证"),
        "en": ("NOT REPLAYED", "not run", "Deleted under retention", "asked for", "approved", "witnessed"),
    }[language]
    for words in (*said, str(run), "召回员", "ZHOU", "WU"):
        assert words in told, words
    for words in ("未能一致重现", "重放一致。", "NOT REPRODUCED", "Verdict: REPRODUCED"):
        assert words not in told, words
    assert (found.replayed, found.reproduced, found.found) == (None, False, 0)


async def test_over_http_it_is_a_pdf_that_says_so_and_its_contents_are_gone(
    house: House, database: TestDatabase
) -> None:
    [run] = await old_runs(house, database)
    await deleted(house)
    door = Door(House(house.world, house.engine, create_app(house.world.platform)), {})
    for language, word in (("zh", "流程重放证书"), ("en", "Replaycertificate")):
        answer = await door.call("zheng", "GET", f"/evidence/{run}/certificate?language={language}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert word in text_of(answer.content)
    problem = await door.refused(
        "zheng", "GET", f"/evidence/{run}/record.json", status=410, code="contents_deleted", audited=False
    )
    assert "witnessed" in problem["detail"]
    a = t.audit_event.c
    events = await house.world.rows(
        sa.select(a.after).where(a.action == "print.certificate", a.run_id == run).order_by(a.id)
    )
    assert [
        (one["after"]["replayed"], one["after"]["reproduced"], one["after"]["found"]) for one in events
    ] == [(False, False, 0)] * 2


async def test_contents_that_are_gone_without_a_tombstone_are_a_finding(
    house: House, database: TestDatabase
) -> None:
    """Who takes contents away past the procedure does not get the same certificate."""
    [run] = await old_runs(house, database)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE archive_body DISABLE TRIGGER USER")
        session.execute("DELETE FROM archive_body")
    found = await replay_certificate._certified(house.world.platform, run, await house.actor("zheng"))
    told = json.dumps(asdict(replay_certificate_note.note(found, "zh")), ensure_ascii=False)
    assert "未能一致重现" in told and "按保存期限删除" not in told and found.found > 0

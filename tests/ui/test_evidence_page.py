"""The evidence page: how things stand, a verification step by step, what is found, and who may ask."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from services import runs
from services.archiving import LOST_AFTER, Archiver
from services.head_places import MailSettings, StoreSettings
from tests.servers import TestDatabase
from tests.stand_in_engine import StandInEngine
from tests.ui.house import KEY, House


async def archived(house: House) -> str:
    """A run that ended and is archived; the engine of these tests keeps no history."""
    advice = await house.delivery("SEALED")
    made = await runs.start(
        house.world.platform, KEY, {"dispatch_advice": str(advice)}, actor=await house.actor("admin")
    )
    async with house.world.write() as tx:
        await tx.execute(
            sa.update(t.run)
            .where(t.run.c.id == made.row.id)
            .values(state="completed", ended_at=sa.func.clock_timestamp() - LOST_AFTER - timedelta(hours=1))
        )
    cast("StandInEngine", house.world.platform.gateway).runs.pop(str(made.row.id))
    assert await Archiver(house.world.platform).round() == 1
    return str(made.row.id)


async def verified(house: House, query: str = "of=all&levels=all", language: str = "zh") -> str:
    """The page at the end of a verification, step by step as the browser goes on."""
    async with house.as_person("zheng") as client:
        await client.post("/language", data={"language": language})
        page = (await client.get(f"/evidence?begin=1&{query}")).text
        found = ""
        for _ in range(50):
            found += page
            part = page.partition('hx-post="/evidence"')[2].partition("</form>")[0]
            if not part:
                return html.unescape(re.sub(r"<[^>]+>", " ", found))
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))
            answer = await client.post("/evidence", data=fields, headers={"HX-Request": "true"})
            assert answer.status_code == 200, answer.text
            page = answer.text
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    ("language", "sound"), [("zh", "全部内容与当初记录的一致"), ("en", "Everything is as it was recorded")]
)
async def test_an_untouched_house_is_verified_to_its_end(house: House, language: str, sound: str) -> None:
    run = await archived(house)
    told = await verified(house, language=language)
    assert sound in told
    assert sound in await verified(house, f"of=run&ref={run}&levels=quick", language)
    async with house.as_person("zheng") as client:
        page = (await client.get("/evidence")).text
    earlier = page.partition('id="earlier"')[2]
    assert earlier.count("1, 2, 3, 4") == 1 and earlier.count("1, 4") == 1


async def test_what_was_changed_is_named(house: House, database: TestDatabase) -> None:
    run = await archived(house)
    with psycopg.connect(database.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE archive_body DISABLE TRIGGER USER")
        session.execute("DELETE FROM archive_body")
    told = await verified(house, f"of=run&ref={run}")
    assert "与当初记录的不一致" in told
    assert "record.json" in told and "内容不见了" in told


async def test_a_run_that_was_verified_is_certified_on_paper(house: House) -> None:
    run = await archived(house)
    async with house.as_person("zheng") as client:
        pages = [(await client.get(f"/runs/{run}")).text]
        pages.append((await client.get(f"/evidence?begin=1&of=run&ref={run}&levels=seals")).text)
        for _ in range(9):
            part = pages[-1].partition('hx-post="/evidence"')[2].partition("</form>")[0]
            if part:
                fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))
                pages.append((await client.post("/evidence", data=fields)).text)
        assert f'href="/runs/{run}/certificate"' in pages[0]
        assert f'href="/runs/{run}/certificate"' in pages[-1]
        answer = await client.get(f"/runs/{run}/certificate")
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
    open_run = await runs.start(
        house.world.platform,
        KEY,
        {"dispatch_advice": str(await house.delivery("OPEN"))},
        actor=await house.actor("admin"),
    )
    async with house.as_person("zheng") as client:
        assert "/certificate" not in (await client.get(f"/runs/{open_run.row.id}")).text
        answer = await client.get(f"/runs/{open_run.row.id}/certificate")
        assert answer.status_code == 409 and "尚未归档" in answer.text


async def test_a_head_from_a_mail_is_compared(house: House) -> None:
    told = await verified(house, f"of=all&levels=seals&head=900+{'ab' * 32}")
    assert "链尾被截断" in told and "#900" in told and "邮件中的链头" in told
    async with house.as_person("zheng") as client:
        answer = await client.get("/evidence?begin=1&levels=seals&head=something")
        assert answer.status_code == 422 and "没有找到链头" in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_each_place_outside_says_how_far_it_reaches(
    house: House, language: str, tmp_path: Path
) -> None:
    nowhere = StoreSettings("heads", "http://127.0.0.1:1", access_key="us", secret_key="x")
    mail = MailSettings("127.0.0.1", "us@example.com", ("qa@example.com",))
    platform = house.world.platform
    places = replace(
        platform.settings, heads_file=tmp_path / "heads.jsonl", heads_store=nowhere, heads_mail=mail
    )
    object.__setattr__(platform, "settings", places)
    told = await verified(house, "of=all&levels=seals", language)
    said = {
        "zh": ("全部内容与当初记录的一致", "目前无法读取", "中的链头无法读取", "qa@example.com 中尚无链头"),
        "en": ("Everything is as it", "cannot be read now", "could not be read", "to qa@example.com yet"),
    }[language]
    for words in (*said, "s3://heads/xunji-heads/"):
        assert words in told, words


async def test_what_is_not_there_is_said_and_rubbish_is_no_choice(house: House) -> None:
    async with house.as_person("zheng") as client:
        for query in ("of=run&ref=nothing", "of=batch&ref=nothing", "of=person&ref=nobody"):
            answer = await client.get(f"/evidence?begin=1&{query}")
            assert answer.status_code == 404 and 'role="status"' in answer.text, query
        answer = await client.get("/evidence?since=yesterday&levels=9&of=x")
        assert answer.status_code == 200


async def test_only_who_reads_the_audit_log_comes_in(house: House) -> None:
    async with house.as_person("li") as client:
        assert (await client.get("/evidence")).status_code == 403
        assert 'href="/evidence"' not in (await client.get("/inbox")).text

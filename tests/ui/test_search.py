"""One search over everything: by parts of numbers and names, in Chinese and English, within what one may see."""

import html
import re
from collections.abc import Sequence

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from api.app import create_app
from db import tables as t
from db.queries import search as queries
from services import auth
from services.search import Hit, Kind, search
from tests.servers import TestDatabase
from tests.ui.house import HOSTILE, House, line
from tests.world import PASSWORD
from ui.pages.search import marked


async def found(house: House, who: str, text: str, kind: Kind | None = None) -> dict[Kind, Sequence[Hit]]:
    groups = await search(house.world.platform, text, actor=await house.actor(who), kind=kind)
    return {group.kind: group.items for group in groups if group.items}


async def test_a_part_of_a_number_or_of_a_name_in_either_language_is_enough(house: House) -> None:
    run = await house.run("FIND-77", [line(1, "M1", "ZK240513", 40)])
    await house.arrive(run)
    name = sa.select(t.material.c.name_zh, t.material.c.name_en).where(t.material.c.code == "M1")
    [material] = await house.world.rows(name)
    for text in ("FIND-77", "find-7", "D-7"):
        hits = await found(house, "admin", text)
        assert str(run) in {hit.code for hit in hits["run"]}, text
        assert {hit.title_zh for hit in hits["document"]} >= {"PO-FIND-77", "DN-FIND-77"}, text
    assert [hit.title_zh for hit in (await found(house, "admin", "240513"))["batch"]] == ["ZK240513"]
    for text in (material["name_zh"][:1], material["name_zh"][:2], material["name_en"][1:5].upper()):
        assert "M1" in {hit.code for hit in (await found(house, "admin", text))["material"]}, text
    for text, kind, code in (
        ("陈采", "person", "chen"),
        ("wan", "person", "wang"),
        ("收货", "sop", "receiving_acceptance"),
        ("receiv", "sop", "receiving_acceptance"),
        ("S1", "party", "S1"),
    ):
        assert code in {hit.code for hit in (await found(house, "admin", text))[kind]}, text  # type: ignore[index]
    supplier = await house.world.scalar(sa.select(t.party.c.name).where(t.party.c.code == "S1"))
    by_partner = await found(house, "admin", supplier)
    assert "PO-FIND-77" in {hit.title_zh for hit in by_partner["document"]}, (
        "documents by their partner's name"
    )


@pytest.mark.parametrize("text", ["%", "\\", "' OR 1=1 --", HOSTILE, "\0", " ", "无此名称", "x" * 300])
async def test_what_is_nowhere_is_not_found_whatever_it_looks_like(house: House, text: str) -> None:
    await house.delivery("PLAIN")
    assert await found(house, "admin", text) == {}


async def test_programs_search_too(house: House) -> None:
    run = await house.run("PROGRAM")
    api = create_app(house.world.platform)
    token = (await auth.issue_token(house.world.platform, "li", PASSWORD)).token
    transport, headers = httpx.ASGITransport(app=api), {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://xunji/api/v1", headers=headers
    ) as client:
        answer = (await client.get("/search?q=PROGRAM")).json()
        [group] = [one for one in answer["groups"] if one["items"]]
        assert (group["kind"], group["items"][0]["id"], group["more"]) == ("run", str(run), False)
        assert group["items"][0]["detail"]["en"]
        assert (await client.get("/search?q=")).status_code == 422


async def test_nobody_finds_what_they_may_not_see(house: House) -> None:
    run = await house.run("SCOPE")
    assert str(run) in {hit.code for hit in (await found(house, "li", "SCOPE"))["run"]}
    assert await found(house, "far", "SCOPE") == {}
    assert set(await found(house, "li", "SCOPE")) == {"run"}, "a receiver without document.read"
    assert await found(house, "postless", "SCOPE") == {}


async def test_what_too_many_have_is_found_from_the_newest_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CANDIDATES", 2)
    for number in range(4):
        await house.delivery(f"MANY-{number}")
    hits = await found(house, "admin", "DN-MANY", "document")
    assert [hit.title_zh for hit in hits["document"]] == [f"DN-MANY-{n}" for n in (3, 2, 1, 0)]


def test_three_characters_of_chinese_are_looked_up_in_the_index(database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as session:
        session.execute("SET enable_seqscan = off")
        for table, column in (("run", "summary_zh"), ("document", "number"), ("batch", "number")):
            query = f"EXPLAIN SELECT id FROM {table} WHERE {column} ILIKE '%验收单%' LIMIT 1000"
            plan = "\n".join(row[0] for row in session.execute(query.encode()))
            assert f"ix_{table}_text" in plan, plan


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_page_shows_groups_with_the_text_marked_and_ways_to_each(
    house: House, language: str
) -> None:
    run = await house.run("PAGE-9", [line(1, "M1", HOSTILE[:20], 40)])
    async with house.as_person("admin") as client:
        await client.post("/language", data={"language": language})
        page = (await client.get("/search?q=page-9")).text
        assert f'href="/runs/{run}"' in page and "<mark>PAGE-9</mark>" in page
        assert page.count("<h2>") >= 2
        nothing = (await client.get("/search?q=qqqq")).text
        assert "“qqqq”" in nothing and "<mark>" not in nothing
        bare = await client.get("/search")
        assert bare.status_code == 200 and "autofocus" in bare.text
        hostile = (await client.get("/search", params={"q": HOSTILE})).text
        assert HOSTILE not in hostile and html.escape("<script>") in hostile
        assert 'id="search-everywhere"' in (await client.get("/runs")).text


async def test_a_sort_of_which_there_is_more_leads_to_more_of_it(house: House) -> None:
    for number in range(7):
        await house.delivery(f"LOTS-{number}")
    async with house.as_person("admin") as client:
        page = (await client.get("/search?q=DN-LOTS")).text
        assert page.count("DN-LOTS</mark>") == 6
        more = re.search(r'href="(/search\?q=DN-LOTS&amp;kind=document)"', page)
        assert more
        assert (await client.get(html.unescape(more[1]))).text.count("DN-LOTS</mark>") == 7
    async with house.as_person("postless") as client:
        assert (await client.get("/search?q=LOTS")).status_code == 200


def test_the_text_is_marked_wherever_it_stands() -> None:
    assert list(marked("阿莫西林", "莫西")) == [("阿", False), ("莫西", True), ("林", False)]
    assert list(marked("aBab", "AB")) == [("aB", True), ("ab", True)]
    assert list(marked("x", "")) == [("x", False)]
    assert list(marked("İx", "x")) == [("İx", False)]

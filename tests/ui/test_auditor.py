"""An auditor at the pages: opens every one that is for reading, changes nothing, and leaves a trace of each."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from db import tables as t
from ops.demo_seed import people
from services.permissions import Permission
from tests.ui.house import KEY, House
from tests.ui.test_doors import PUBLIC, address, methods, pages
from ui import streams

AUDITOR = "zheng"
OWN = {
    *("/logout", "/notifications/read"),  # one's own session and messages
    *("/inbox/find", "/sops/{key}/versions/{ref}/what-if"),  # forms that ask
    *("/evidence", "/evidence/package"),
}
FOR_WRITERS = ("/new", "/begin", "/edit", "/edit/text", "/correct", "/invoice", "/design", "/design/text")
"""How the addresses of forms end that are no records."""
ALSO_FOR_WRITERS = {
    *("/documents/new/{kind}", "/documents/import/{kind}", "/command-codes", "/admin/keys/{prefix}"),
    *("/sops/{key}/versions/{ref}/design/preview", "/sops/{key}/versions/{ref}/cases/{number}"),
    "/evidence/retention/holds/{hold}",
}


async def made_auditor(house: House) -> None:
    """The auditor of the tests may what the auditor of the demo company may."""
    [permissions] = [post.permissions for post in people.posts() if post.code == "auditor"]
    async with house.world.write() as tx:
        await tx.execute(
            sa.update(t.post).where(t.post.c.code == "auditor").values(permissions=list(permissions))
        )


def _address(route: APIRoute) -> str:
    """The page's address; where a version of a procedure is asked for, one that there is."""
    return f"/training/{KEY}/1" if route.path == "/training/{sop}/{version}" else address(route)


async def readings(house: House, who: str) -> list[Mapping[str, Any]]:
    a = t.audit_event.c
    query = sa.select(a.object_id, a.after).where(
        a.action == "read.page", a.actor_id == house.world.people[who]
    )
    return await house.world.rows(query.order_by(a.recorded_at))


async def test_an_auditor_opens_every_page_that_is_for_reading_and_posts_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LOOKS", 0)
    await made_auditor(house)
    async with house.as_person(AUDITOR) as client:
        for route in pages(house):
            if route.path in PUBLIC:
                continue
            for method in sorted(methods(route)):
                if method != "GET" and route.path in OWN:
                    continue
                answer = await client.request(method, _address(route), follow_redirects=False)
                writes = method != "GET" or route.path.endswith(FOR_WRITERS) or route.path in ALSO_FOR_WRITERS
                assert (answer.status_code == 403) == writes, (method, route.path, answer.status_code)


async def test_each_page_that_an_auditor_opens_is_logged_once_however_it_is_refreshed(house: House) -> None:
    await made_auditor(house)
    run = await house.run("READ")
    async with house.as_person(AUDITOR) as client:
        before = len(await readings(house, AUDITOR))
        await client.get(f"/runs/{run}")
        for _ in range(3):
            await client.get(f"/runs/{run}/live?after=1", headers={"HX-Request": "true"})
        await client.get("/stock?site=SH1")
        for _ in range(2):
            await client.get("/stock?site=UR1", headers={"HX-Request": "true"})
        await client.get("/static/css/base.css")
        await client.get("/audit")
        found = [(one["object_id"], one["after"]["query"]) for one in await readings(house, AUDITOR)]
        assert found[before:] == [(f"/runs/{run}", ""), ("/stock", "site=SH1"), ("/stock", "site=UR1")]
        await client.get(f"/runs/{run}")
        assert len(await readings(house, AUDITOR)) == before + 4, "a page that is opened again is read again"
        log = (await client.get("/audit?reads=only&action=read.page")).text
        await client.get("/search", params={"q": "头孢"})
        searched = (await client.get("/audit?reads=only&text=头孢")).text
    assert "查找内容: q=头孢" in searched and "记录原因: 审计员查阅" in searched
    assert f'href="/runs/{run}"' in log


async def test_a_live_part_asked_for_by_itself_is_no_way_around_the_log(house: House) -> None:
    await made_auditor(house)
    run = await house.run("SLY")
    async with house.as_person(AUDITOR) as client:
        await client.get(f"/runs/{run}/live", headers={"HX-Request": "true"})
    assert f"/runs/{run}" in {one["object_id"] for one in await readings(house, AUDITOR)}


async def test_files_of_people_are_logged_whoever_opens_them_and_other_pages_are_not(house: House) -> None:
    async with house.world.write() as tx:
        seeing = [Permission.MASTER_READ.value, Permission.STOCK_READ.value]
        await tx.execute(sa.update(t.post).where(t.post.c.code == "keeper").values(permissions=seeing))
    async with house.as_person("sun") as client:
        await client.get("/stock")
        await client.get("/admin/persons/li")
    [read] = await readings(house, "sun")
    assert (read["object_id"], read["after"]["why"]) == ("/admin/persons/li", ["personal"])


async def test_who_posts_without_permission_is_written_down_and_who_looks_is_not(house: House) -> None:
    a = t.audit_event.c
    refused = sa.select(a.object_id, a.after).where(a.action == "call.page")
    async with house.as_person("postless") as client:
        await client.get("/stock")
        await client.post("/admin/persons/new")
    [event] = await house.world.rows(refused)
    assert (event["object_id"], event["after"]["code"]) == ("POST /admin/persons/new", "not_permitted")

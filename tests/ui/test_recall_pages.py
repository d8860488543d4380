"""The recall room: a notice is entered, its recall started, and the page says how far it is."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from services import sop_catalogue, tasks
from tests.services.recall_runs import NOTICE, begin, confirm, sold
from tests.ui.house import House


@pytest.fixture
async def recalling(house: House) -> tuple[House, UUID, UUID]:
    """The house with a batch that was sold, and a recall of it with its scope to be confirmed."""
    batch = await sold(house)
    notice, _ = await begin(house)
    return house, notice, batch


async def page(house: House, address: str, who: str = "admin") -> str:
    async with house.as_person(who) as client:
        answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def table(text: str, id_: str) -> str:
    found = re.search(rf'id="{id_}"(.*?)</div>\s*</div>', text, re.DOTALL)
    assert found, f"no table {id_}"
    return re.sub(r"<[^>]+>", " ", found.group(1))


async def test_a_notice_is_entered_and_waits_in_the_list(house: House) -> None:
    async with house.as_person("admin") as client:
        wrong = await client.post("/recalls/new", data={**NOTICE, "materials": "M1 M9", "scope": ""})
        assert wrong.status_code == 422
        assert "M9" in wrong.text or "召回范围" in wrong.text
        token = client.headers.pop("X-CSRF-Token")
        made = await client.post("/recalls/new", data={"csrf": token, **NOTICE})
        assert made.headers["location"].startswith("/runs/new?sop=recall&recall=")
        shown = (await client.get("/recalls")).text
    assert "ZH-2026-1" in re.sub(r"<[^>]+>", "", shown) and "通知已录入，尚未启动" in shown


async def test_the_room_says_how_far_the_recall_is(recalling: tuple[House, UUID, UUID]) -> None:
    house, notice, batch = recalling
    before = await page(house, f"/recalls/{notice}")
    assert "待确认范围" in before and "尚未确认批号" in before
    await confirm(house)
    shown = await page(house, f"/recalls/{notice}")
    assert "已封存" in shown and "R101" in shown
    clocks = table(shown, "clocks")
    assert "全部单位已通知" in clocks and "期限" in clocks and "药品召回管理办法" in clocks
    balance = table(shown, "balance")
    assert "乙医院" in balance and "8\u00a0盒" in balance
    silent = table(shown, "silent")
    assert "乙医院" in silent
    assert f"/recalls/{notice}" in await page(house, f"/batches/{batch}")
    run = await house.world.scalar(sa.select(t.recall.c.run_id))
    assert "/recalls/ZH-2026-1" in await page(house, f"/runs/{run}")


async def test_the_report_is_printed_and_says_what_the_room_says(recalling: tuple[House, UUID, UUID]) -> None:
    house, notice, _ = recalling
    await confirm(house)
    report = await page(house, f"/recalls/{notice}/report")
    assert "召回有效性报告" in report and "data-prints" in report
    assert "R101、R777、见附件" in report


async def test_the_scope_list_shows_what_the_notice_says(recalling: tuple[House, UUID, UUID]) -> None:
    house, _, _ = recalling
    run = await house.world.scalar(sa.select(t.recall.c.run_id))
    task = await house.task_of(run, "scope")
    zhou = await house.actor("zhou")
    await tasks.claim(house.world.platform, task, actor=zhou)
    shown = await page(house, f"/tasks/{task}/scan?line=3", "zhou")
    assert "见附件" in shown and "未能识别" in shown


async def test_who_may_not_read_documents_sees_no_room(recalling: tuple[House, UUID, UUID]) -> None:
    house, notice, _ = recalling
    async with house.as_person("sun") as client:
        assert (await client.get(f"/recalls/{notice}")).status_code == 403
    async with house.as_person("admin") as client:
        assert (await client.get("/recalls/nothing")).status_code == 404


async def test_what_only_other_procedures_call_is_not_offered(recalling: tuple[House, UUID, UUID]) -> None:
    house, _, _ = recalling
    offered = await page(house, "/runs/new")
    assert 'value="recall"' in offered
    assert "recall_consignee" not in offered


async def test_a_drill_whose_scope_is_confirmed_says_so(house: House) -> None:
    await sold(house)
    notice, _ = await begin(house, number="DRILL-1")
    assert "待确认范围" in await page(house, f"/recalls/{notice}")
    await confirm(house)
    shown = await page(house, f"/recalls/{notice}")
    assert "范围已确认" in shown and "待确认范围" not in shown
    listed = await page(house, "/recalls")
    assert "范围已确认" in listed and "待确认范围" not in listed


async def test_what_is_in_force_says_who_has_tasks_in_it(recalling: tuple[House, UUID, UUID]) -> None:
    house, _, _ = recalling
    found = await sop_catalogue.list_sops(house.world.platform, actor=await house.actor("admin"))
    posts = {sop.key: {post for one in sop.in_force for post in one.posts} for sop in found}
    assert "receiver" in posts["receiving_acceptance"] and "receiver" not in posts["destruction"]

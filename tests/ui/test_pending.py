"""An answer whose verdict is not known yet: the page waits, goes on by itself, and tells what came of it."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from services import submissions
from tests.ui.house import House, line
from tests.world import PASSWORD

ARRIVED = {
    "outcome": "received",
    "data.transport_mode": "ambient",
    "data.packaging": "intact",
    "epoch": "1",
    "password": PASSWORD,
}
ORDINARY = [line(1, "M1", "240513", 40)]
"""Without special-control goods: one signature is enough."""


async def unknown_answer(house: House, run: UUID) -> tuple[UUID, UUID]:
    """An arrival is completed while the engine is silent; the task and the submission."""
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as li:
        await li.post(f"/tasks/{task}/claim")
        house.engine.silent = True
        page = await li.post(f"/tasks/{task}/complete", data=ARRIVED)
        house.engine.silent = False
    assert page.status_code == 202, page.text
    assert page.headers["retry-after"] == "2"
    [submission] = await house.world.rows(sa.select(t.submission.c.id))
    assert f'hx-get="/tasks/{task}/submissions/{submission["id"]}"' in page.text
    return task, submission["id"]


async def test_the_waiting_page_goes_on_when_the_sweep_has_brought_the_verdict(house: House) -> None:
    run = await house.run("1", ORDINARY)
    task, submission = await unknown_answer(house, run)
    async with house.as_person("li") as li:
        address = f"/tasks/{task}/submissions/{submission}"
        assert (await li.get(address)).status_code == 202
        assert (await li.get(address, headers={"HX-Request": "true"})).status_code == 204
        assert await submissions.resend(house.world.platform, submission)
        there = await li.get(address)
        assert (there.status_code, there.headers["location"]) == (303, "/inbox")
    assert await house.task_of(run, "acceptance")


async def test_a_verdict_that_asks_for_a_second_signature_says_so(house: House) -> None:
    run = await house.run("1", [line(1, "M3", "B77-20", 20)])
    task, submission = await unknown_answer(house, run)
    assert await submissions.resend(house.world.platform, submission)
    async with house.as_person("li") as li:
        there = await li.get(f"/tasks/{task}/submissions/{submission}")
        assert (there.status_code, there.headers["location"]) == (303, f"/tasks/{task}")
        page = await li.get(f"/tasks/{task}")
    assert "尚待签名：收货检查（双人）" in page.text


async def test_a_refusal_that_came_later_is_told_on_the_task(house: House) -> None:
    run = await house.run("1", ORDINARY)
    task, submission = await unknown_answer(house, run)
    house.engine.runs[str(run)].state.nodes["arrival#1"].epoch = 9
    assert await submissions.resend(house.world.platform, submission)
    async with house.as_person("li") as li:
        back = await li.get(f"/tasks/{task}/submissions/{submission}")
        assert (back.status_code, back.headers["location"]) == (303, f"/tasks/{task}")
        page = await li.get(f"/tasks/{task}")
    assert "上次的提交未被受理：任务内容已变化" in page.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nobody_else_is_told(house: House, language: str) -> None:
    run = await house.run("1", ORDINARY)
    task, submission = await unknown_answer(house, run)
    house.engine.runs[str(run)].state.nodes["arrival#1"].epoch = 9
    assert await submissions.resend(house.world.platform, submission)
    async with house.as_person("qian") as other:
        page = await other.get(f"/tasks/{task}", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert "未被受理" not in page.text and "not accepted" not in page.text

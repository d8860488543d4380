"""Signing in a real browser: what is missing is said first, and nothing that was entered is lost."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import tasks
from tests.ui.browsing import DESK, HANDHELD, Street
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def claimed(street: Street, run: UUID, step: str, username: str) -> UUID:
    task = await street.house.task_of(run, step)
    await tasks.claim(street.house.world.platform, task, actor=await street.house.actor(username))
    return task


async def state_of(street: Street, task: UUID) -> str:
    found = await street.house.world.scalar(sa.select(t.task.c.state).where(t.task.c.id == task))
    return str(found)


async def fill_arrival(page: Page) -> None:
    """The check on arrival, filled in up to its dialog, with the password typed."""
    await page.get_by_text("常温", exact=True).click()
    await page.get_by_text("完好", exact=True).click()
    await page.get_by_label("备注").fill("三号门")
    await page.get_by_role("button", name="收货").click()
    await page.get_by_label("请再次输入密码").fill(PASSWORD)


async def test_an_unfinished_list_is_told_before_the_password_is_asked(street: Street) -> None:
    run = await street.house.run("OPEN-1")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_role("button", name="完成").click()
        said = page.get_by_role("alert")
        await expect(said).to_contain_text("还有2行没有结果")
        await expect(said).to_be_in_viewport()
        await expect(said).to_be_focused()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await state_of(street, task) == "claimed"


async def test_a_refusal_that_comes_after_the_password_is_seen_too(street: Street) -> None:
    task = await claimed(street, await street.house.run("GONE-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await fill_arrival(page)
        li = await street.house.actor("li")
        await tasks.release(street.house.world.platform, task, actor=li)
        await page.get_by_role("dialog").get_by_role("button", name="签名").click()
        said = page.get_by_role("alert")
        await expect(said).to_contain_text("请先领取任务")
        await expect(said).to_be_in_viewport()
        await expect(said).to_be_focused()
        await expect(page.get_by_label("备注")).to_have_value("三号门")


async def test_a_cut_network_keeps_the_dialog_and_says_so(street: Street) -> None:
    task = await claimed(street, await street.house.run("CUT-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await fill_arrival(page)
        await page.context.set_offline(True)
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="签名").click()
        await expect(dialog.get_by_text("与服务器的连接已断开")).to_be_visible()
        await expect(dialog.get_by_label("请再次输入密码")).to_have_value(PASSWORD)
        assert page.url.endswith(f"/tasks/{task}")
        await page.context.set_offline(False)
        await dialog.get_by_role("button", name="签名").click()
        await page.wait_for_url("**/inbox")
        await expect(page.get_by_text(re.compile("已完成：到货检查"))).to_be_visible()
    assert await state_of(street, task) == "done"
    del street.complaints[:]  # the browser itself tells of the request that was cut off


async def test_an_answer_that_was_lost_is_not_done_twice(street: Street) -> None:
    task = await claimed(street, await street.house.run("LOST-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await fill_arrival(page)

        async def lose(route: object) -> None:
            await route.fetch()  # type: ignore[attr-defined]
            await route.abort()  # type: ignore[attr-defined]

        await page.route("**/complete", lose, times=1)
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="签名").click()
        await expect(dialog.get_by_text("与服务器的连接已断开")).to_be_visible()
        await page.evaluate("htmx.ajax('GET', '/notifications', {swap: 'none'})")  # as the page itself does
        await expect(dialog.get_by_text("与服务器的连接已断开")).to_be_visible()
        assert await state_of(street, task) == "done"
        await dialog.get_by_role("button", name="签名").click()
        await page.wait_for_url("**/inbox")
        await expect(page.get_by_text(re.compile("已完成：到货检查"))).to_be_visible()
    del street.complaints[:]  # the browser itself tells of the request that was cut off


async def test_a_database_that_is_away_is_told_inside_the_dialog(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await claimed(street, await street.house.run("AWAY-2"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await fill_arrival(page)

        async def away(*_args: object, **_more: object) -> None:
            raise ConnectionError("the database is away")

        dialog = page.get_by_role("dialog")
        with monkeypatch.context() as patch:
            patch.setattr(tasks, "complete", away)
            await dialog.get_by_role("button", name="签名").click()
            await expect(dialog.get_by_role("alert")).to_be_visible()
        await expect(dialog.get_by_label("请再次输入密码")).to_have_value(PASSWORD)
        await dialog.get_by_role("button", name="签名").click()
        await page.wait_for_url("**/inbox")
    assert await state_of(street, task) == "done"
    del street.complaints[:]


async def test_after_a_wrong_password_back_and_forward_lead_to_the_task(street: Street) -> None:
    task = await claimed(street, await street.house.run("BACK-1"), "arrival", "li")
    async with street.person("li", DESK) as page:
        await page.goto("/inbox")
        await page.goto(f"/tasks/{task}")
        await fill_arrival(page)
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("请再次输入密码").fill("not this one")
        await dialog.get_by_role("button", name="签名").click()
        await expect(page.get_by_role("dialog")).to_contain_text("密码错误")
        assert page.url.endswith(f"/tasks/{task}")
        await page.go_back()
        await page.go_forward()
        await expect(page.get_by_role("heading", name="到货检查")).to_be_visible()


async def test_what_is_typed_is_kept_before_the_field_is_left(street: Street) -> None:
    task = await claimed(street, await street.house.run("DRAFT-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_label("备注").press_sequentially("三号门，雨")
        await expect(page.locator("#draft-state")).to_contain_text("暂存")
        await page.reload()
        await expect(page.get_by_label("备注")).to_have_value("三号门，雨")


async def test_a_badge_that_is_scanned_for_a_password_costs_no_attempt(street: Street) -> None:
    task = await claimed(street, await street.house.run("BADGE-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await fill_arrival(page)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        dialog = page.get_by_role("dialog")
        password = dialog.get_by_label("请再次输入密码")
        for scanned in ("li", "XJCMD-UNHEARD"):
            await password.fill("")
            await password.press_sequentially(scanned)
            await page.keyboard.press("Enter")
            await expect(dialog.get_by_role("alert")).to_contain_text("没有发送")
        assert [url for url in sent if url.endswith("/complete")] == []
        await password.fill(PASSWORD)
        await dialog.get_by_role("button", name="签名").click()
        await page.wait_for_url("**/inbox")

"""Coming in and going out in a real browser: wrong passwords, languages, sessions that end, no scripts."""

import asyncio
import re

import pytest
import sqlalchemy as sa
from playwright.async_api import Route, expect

from db import tables as t
from services import tasks
from tests.ui.browsing import DESK, HANDHELD, Street
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_wrong_password_is_told_and_the_name_stays(street: Street) -> None:
    async with street.visitor(HANDHELD) as page:
        await page.goto("/runs")
        await page.wait_for_url("**/login?next=/runs")
        await page.get_by_label("用户名").fill("wu")
        await page.get_by_label("密码").fill("not this one")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("用户名或密码错误")).to_be_visible()
        await expect(page.get_by_label("用户名")).to_have_value("wu")
        await expect(page.get_by_label("密码")).to_have_value("")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/runs")


async def test_too_many_wrong_passwords_lock_the_account_for_the_right_one_too(street: Street) -> None:
    async with street.visitor(HANDHELD, "en") as page:
        await page.goto("/login")
        for attempt in range(6):
            await page.get_by_label("User name").fill("far")
            await page.get_by_label("Password").fill(PASSWORD if attempt == 5 else "not this one")
            await page.get_by_role("button", name="Log in", exact=True).click()
            await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_role("alert")).to_contain_text("Too many wrong passwords")
        assert "/inbox" not in page.url


async def test_an_empty_form_is_refused_in_words(street: Street) -> None:
    async with street.visitor(HANDHELD) as page:
        await page.goto("/login")
        await page.get_by_role("button", name="登录", exact=True).click()
        await expect(page.get_by_role("alert")).to_be_visible()


async def test_a_demo_log_in_is_one_press(street: Street) -> None:
    async with street.visitor(HANDHELD) as page:
        await page.goto("/login")
        await page.get_by_role("button", name=re.compile("^LI")).click()
        await page.wait_for_url("**/inbox")
        await expect(page.get_by_role("heading", name="待办")).to_be_visible()


async def test_the_language_is_switched_where_one_stands_and_remembered(street: Street) -> None:
    async with street.person("wu", DESK) as page:
        await page.goto("/runs?state=running")
        await page.get_by_role("button", name="English").click()
        await page.wait_for_url("**/runs?state=running")
        await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "en"
    async with street.visitor(DESK) as page:
        await page.goto("/login")
        await expect(page.get_by_role("heading", name="登录")).to_be_visible()
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    async with street.visitor(DESK) as page:
        await street.enter(page.context, "wu")
        await page.goto("/runs")
        await expect(page.get_by_role("heading", name="Runs")).to_be_visible()
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("heading", name="流程", exact=True)).to_be_visible()


async def test_a_session_that_ends_leads_to_the_door_and_back_again(street: Street) -> None:
    run = await street.house.run("ENDS-1")
    async with street.person("wu", DESK) as page:
        await page.goto(f"/runs/{run}")
        async with street.house.world.write() as tx:
            wu = street.house.world.people["wu"]
            await tx.execute(sa.delete(t.login_session).where(t.login_session.c.person_id == wu))
        await page.wait_for_url(f"**/login?next=/runs/{run}")
        await page.get_by_label("用户名").fill("wu")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/runs/{run}")


async def test_the_stream_of_a_session_that_is_over_ends_without_a_complaint(street: Street) -> None:
    gone = asyncio.Event()

    async def late(route: Route) -> None:
        await gone.wait()
        await route.continue_()

    async with street.person("wu", DESK) as page:
        await page.route("**/inbox/events*", late)
        async with page.expect_response("**/inbox/events*") as answered:
            await page.goto("/runs")
            async with street.house.world.write() as tx:
                wu = street.house.world.people["wu"]
                await tx.execute(sa.delete(t.login_session).where(t.login_session.c.person_id == wu))
            gone.set()
        answer = await answered.value
        assert await answer.header_value("content-type") == "text/event-stream; charset=utf-8"
        await expect(page.locator("body")).to_have_attribute("sse-close", "over")


async def test_a_lost_connection_is_told_and_found_again(street: Street) -> None:
    run = await street.house.run("LOST-1")
    async with street.person("wu", DESK) as page:
        await page.goto(f"/runs/{run}")
        told = page.get_by_text("与服务器的连接已断开")
        await expect(told).to_be_hidden()
        await page.route("**/live*", lambda route: route.abort())
        await expect(told).to_be_visible()
        await page.unroute("**/live*")
        await expect(told).to_be_hidden()
    del street.complaints[:]  # the browser itself tells of the requests that were cut off


async def test_a_fault_is_a_notice_and_not_a_blank_part(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import runs

    async with street.person("wu", DESK) as page:
        await page.goto("/runs")

        async def broken(*_args: object, **_more: object) -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr(runs, "list_runs", broken)
        await page.locator(".filter input[type=search]").fill("x")
        await expect(page.locator("#notice")).to_contain_text("数据没有丢失")
        assert "secret detail" not in await page.content()
        del street.complaints[:]  # the browser itself tells of the fault
        await expect(page.get_by_role("heading", name="流程", exact=True)).to_be_visible()


async def test_work_can_be_done_without_scripts(street: Street) -> None:
    task = await street.house.task_of(await street.house.run("PLAIN-1"), "arrival")
    async with street.visitor(HANDHELD, java_script_enabled=False) as page:
        await page.goto("/login")
        await page.get_by_label("用户名").fill("li")
        await page.get_by_label("密码").fill(PASSWORD)
        await page.get_by_role("button", name="登录", exact=True).click()
        await page.get_by_role("link", name=re.compile("DN-PLAIN-1")).click()
        await page.get_by_role("button", name="领取任务").click()
        await page.locator("label", has_text="常温").click()
        await page.locator("label", has_text="完好").click()
        await page.get_by_role("button", name="收货").click()
        await page.get_by_label("请再次输入密码").fill(PASSWORD)
        await page.get_by_role("button", name="签名").click()
        await expect(page.get_by_role("heading", name="待办")).to_be_visible()
        await page.get_by_role("button", name="菜单").click()
        await page.get_by_role("link", name="流程", exact=True).click()
        await expect(page.get_by_role("link", name="DN-PLAIN-1")).to_be_visible()
    found = await tasks.get(street.house.world.platform, task, actor=await street.house.actor("admin"))
    assert found.task.state == "done"


async def test_a_code_that_is_scanned_for_a_password_is_answered_and_never_sent(street: Street) -> None:
    sent: list[str] = []
    async with street.visitor(HANDHELD) as page:
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        await page.goto("/login")
        await page.get_by_label("用户名").fill("li")
        for scanned in ("XJCMD-GO", "li"):
            await page.locator("#login [name=password]").fill("")
            await page.locator("#login [name=password]").press_sequentially(scanned)
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("没有发送")
            await expect(page.locator("#login [name=password]")).to_have_value("")
        assert sent == []
        await page.locator("#login [name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/inbox")

"""Scans that are made while the network is away outlive the page, and are sent once, in order, by their person."""

import asyncio
import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import tasks
from tests.ui.browser.test_at_work import claimed, scan
from tests.ui.browsing import HANDHELD, Street
from tests.ui.house import gs1
from tests.ui.scanner import command

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def work_list(street: Street, name: str) -> UUID:
    run = await street.house.run(name)
    await street.house.arrive(run)
    return await claimed(street, run, "acceptance", "wang")


async def scanned(street: Street, task: UUID) -> list[int | None]:
    c = t.scan.c
    rows = await street.house.world.rows(
        sa.select(c.line_no).where(c.task_id == task).order_by(c.recorded_at)
    )
    return [row["line_no"] for row in rows]


async def worker_is_there(page: Page) -> None:
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()  # what the worker has seen once, it keeps


async def test_a_page_opened_again_without_network_still_scans_and_loses_nothing(street: Street) -> None:
    task = await work_list(street, "KEPT-1")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await worker_is_there(page)
        await page.context.set_offline(True)
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator("#scan-queue")).to_contain_text("(1)")
        await page.reload()
        await expect(page.locator("#scan-queue")).to_contain_text("(1)")
        await scan(page, gs1("M1", "B77-20"))
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator("#scan-queue")).to_contain_text("(3)")
        assert await scanned(street, task) == []
        await page.context.set_offline(False)
        await expect(page.locator("#scan-queue")).to_be_empty()
    assert await scanned(street, task) == [1, 2, 1]
    claims = await street.house.world.rows(sa.select(t.scan.c.device_at).where(t.scan.c.task_id == task))
    assert all(row["device_at"] is not None for row in claims)
    del street.complaints[:]  # the browser itself tells of the requests that were cut off


async def test_a_scan_made_while_the_page_is_still_opening_is_sent(street: Street) -> None:
    task = await work_list(street, "KEPT-6")
    async with street.person("wang", HANDHELD) as page:
        for turn in range(1, 9):
            await page.goto(f"/tasks/{task}/scan", wait_until="domcontentloaded")
            await page.locator("#code").fill(gs1("M1", "240513"))
            await page.keyboard.press("Enter")
            await expect(page.locator("#verdict")).to_contain_text("正确")
            await recorded(street, task, turn)


async def recorded(street: Street, task: UUID, count: int) -> None:
    """Waits for that many scans and no more.

    The verdict on the page may be that of the scan before: left between its answer and its being forgotten on the
    device, it is sent again, is answered again, and counts once.
    """
    async with asyncio.timeout(10):
        while (found := len(await scanned(street, task))) < count:
            await asyncio.sleep(0.05)
    assert found == count


async def test_other_pages_tell_of_kept_scans_and_another_person_never_sends_them(street: Street) -> None:
    task = await work_list(street, "KEPT-2")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await page.route("**/scans", lambda route: route.abort())
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator("#scan-queue")).to_contain_text("(1)")
        await page.goto("/inbox")
        await expect(page.locator("#kept-scans")).to_contain_text("KEPT-2")
        await street.enter(page.context, "li")  # somebody else takes the handheld
        await page.unroute("**/scans")
        await page.goto("/inbox")
        await expect(page.locator("#kept-scans")).to_contain_text("他人的扫描： 1")
        assert await page.locator("#kept-scans li").count() == 0
        await page.goto(f"/tasks/{task}/scan")
        assert await scanned(street, task) == []
        await street.enter(page.context, "wang")
        await page.goto("/inbox")
        await page.locator("#kept-scans").get_by_role("link").click()
        await expect(page.locator("#line-panel")).to_contain_text("240513")
        await expect(page.locator("#kept-scans")).to_be_hidden()
    assert await scanned(street, task) == [1]
    del street.complaints[:]


async def test_a_scan_sent_too_late_is_told_until_it_is_read(street: Street) -> None:
    task = await work_list(street, "KEPT-3")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await page.route("**/scans", lambda route: route.abort())
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator("#scan-queue")).to_contain_text("(1)")
        wang = await street.house.actor("wang")
        await tasks.release(street.house.world.platform, task, actor=wang)  # meanwhile, at another screen
        await page.wait_for_timeout(4500)  # late is what nobody watched being sent
        await page.unroute("**/scans")
        late = page.locator("#late-scans")
        await expect(late).to_contain_text("240513")
        assert await scanned(street, task) == []
        await page.reload()
        await expect(late).to_contain_text("240513")
        await command(page, "GO")  # it is read, before anything else goes on
        await expect(late).to_be_hidden()
        await page.reload()
        await expect(late).to_be_hidden()
    del street.complaints[:]


async def test_leaving_forgets_the_page_that_was_kept_for_the_road(street: Street) -> None:
    task = await work_list(street, "KEPT-4")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await worker_is_there(page)
        assert await page.evaluate("caches.has('xunji-pages')")
        await page.get_by_role("button", name="菜单").click()
        await page.get_by_role("button", name=re.compile("退出")).click()
        await page.wait_for_url("**/login")
        await expect(page.get_by_role("heading", name="登录")).to_be_visible()
        assert not await page.evaluate("caches.has('xunji-pages')")


async def test_the_sound_is_switched_off_on_the_device(street: Street) -> None:
    task = await work_list(street, "KEPT-5")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        button = page.get_by_role("button", name="声音")
        await expect(button).to_have_attribute("aria-pressed", "true")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "false")
        await page.reload()
        await expect(button).to_have_attribute("aria-pressed", "false")
        await expect(page.get_by_label(re.compile("扫描或输入条码"))).to_be_focused()

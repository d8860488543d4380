"""Commands and decisions while the answer to the scan before is outstanding: in their turn, at their own line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, Route, expect

from db import tables as t
from tests.ui.browser.test_at_work import claimed
from tests.ui.browser.test_command_codes import accepted
from tests.ui.browsing import HANDHELD, Street
from tests.ui.house import gs1
from tests.ui.scanner import command, scan

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
FIRST, SECOND, STRANGE = gs1("M1", "T-1"), gs1("M1", "T-2"), gs1("M1", "T-9")


@asynccontextmanager
async def slow(page: Page) -> AsyncIterator[None]:
    """Within it no scan has an answer; they come, in order, when it ends."""
    may = asyncio.Event()

    async def answer(route: Route) -> None:
        await may.wait()
        await route.continue_()

    await page.route("**/scans", answer)
    yield
    may.set()


async def decided(street: Street, task: UUID) -> list[int]:
    c = t.line_result.c
    found = sa.select(c.line_no).where(c.task_id == task).order_by(c.recorded_at)
    return [row["line_no"] for row in await street.house.world.rows(found)]


async def put_away(street: Street, name: str) -> UUID:
    run = await accepted(street, name, "T-1", "T-2")
    return await claimed(street, run, "put_away", "sun")


async def test_what_is_scanned_ahead_is_done_in_order_at_its_own_line(street: Street) -> None:
    task = await put_away(street, "TURN-1")
    async with street.person("sun", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        async with slow(page):
            await scan(page, SECOND, "A-01", "XJCMD-1", FIRST, "A-01")
            await command(page, "1")
            await expect(page.locator("#command-said")).to_contain_text("结果到后自动执行")
            await expect(page.locator("#scan-queue")).to_contain_text("(4)")
            assert await decided(street, task) == []
        await expect(page.locator("#progress")).to_contain_text("2 / 2")
        await expect(page.locator("#command-said")).to_be_hidden()
        await command(page, "GO")
        await expect(page.locator("#task-form")).to_be_visible()
    assert await decided(street, task) == [2, 1]


async def test_a_command_after_a_refused_scan_decides_no_line(street: Street) -> None:
    task = await put_away(street, "TURN-2")
    async with street.person("sun", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await scan(page, FIRST, "A-01")
        await expect(page.locator("#line-panel").get_by_label("货位")).to_have_value("A-01")
        async with slow(page):
            await scan(page, STRANGE)
            await command(page, "1")
        await expect(page.locator("#verdict")).to_contain_text("T-9 不在本单")
        await expect(page.locator("#command-said")).to_contain_text("上一次扫描未被接受")
        assert await decided(street, task) == []
        await page.locator("#line-panel").get_by_text("T-1").first.wait_for()
        await command(page, "1")  # it has been looked at
        await expect(page.locator("#progress")).to_contain_text("1 / 2")
    assert await decided(street, task) == [1]


async def test_a_second_scan_of_the_same_command_does_not_reach_the_next_line(street: Street) -> None:
    task = await put_away(street, "TURN-3")
    async with street.person("sun", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        async with slow(page):
            await scan(page, FIRST, "A-01", "XJCMD-1", "XJCMD-1", SECOND)
        await expect(page.locator("#line-panel")).to_contain_text("T-2")
        await expect(page.locator("#progress")).to_contain_text("1 / 2")
    assert await decided(street, task) == [1]


async def test_enter_on_a_decision_is_about_the_line_that_was_looked_at(street: Street) -> None:
    task = await put_away(street, "TURN-4")
    async with street.person("sun", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        button = page.locator("#line-panel button[name='outcome']")
        await scan(page, FIRST, "A-01")
        await expect(page.locator("#line-panel").get_by_label("货位")).to_have_value("A-01")
        async with slow(page):
            await scan(page, SECOND)
            await button.focus()
            await page.keyboard.press("Enter")
        await expect(page.locator("#line-panel")).to_contain_text("T-2")
        await expect(page.locator("#command-said")).to_contain_text("已不在当前")
        assert await decided(street, task) == []
        async with slow(page):
            await scan(page, FIRST, "A-01", "XJCMD-GO", "XJCMD-1")
        await page.wait_for_url(f"**/tasks/{task}")
        await expect(page.locator("#command-said")).to_contain_text("离开页面时")
    assert await decided(street, task) == []

"""Pick and review with a wedge scanner on a handheld: right and wrong goods, counted to the end, signed."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import tasks
from tests.services.shipping import KEY, STAFF, Outbound, gs1
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import put_in_force
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def scan(page: Page, code: str) -> None:
    """What a wedge scanner does: types fast, wherever the focus is, and ends with Enter."""
    await page.keyboard.type(code.replace("\x1d", "{GS}"))
    await page.keyboard.press("Enter")


async def looked_at(page: Page, *, fingers: bool = True) -> None:
    """What must hold on every page; targets are for fingers on handhelds."""
    assert await too_wide(page) == 0
    assert not fingers or await too_small(page) == []
    assert await axe(page) == []
    assert await untold(page, "zh") == []


async def finish(page: Page) -> None:
    """From the scanned list to the signature, by keyboard."""
    await page.get_by_role("link", name="返回任务：完成并签名").press("Enter")
    await page.locator("button[name='outcome'][value='done']").press("Enter")
    await page.get_by_role("dialog").get_by_label("请再次输入密码").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/inbox")


async def test_an_order_is_picked_and_reviewed_by_scanner_alone(street: Street) -> None:
    outbound = Outbound(street.house.world, street.house.engine)
    await put_in_force(street.house.world, KEY, STAFF)
    await outbound.stock("A-01", "M1", "240513", 3)
    await outbound.serials("A-02", "M1", "B7", "S1", "S2")
    await outbound.begin(("M1", 5))
    task = await outbound.claim("pick", "he")
    async with street.person("he", HANDHELD) as page:
        await page.goto(f"/tasks/{task['id']}/scan")
        verdict, progress = page.locator("#verdict"), page.locator("#progress")
        await expect(page.locator("#code")).to_be_focused()
        await scan(page, gs1("M1", "240601"))
        await expect(verdict).to_contain_text("批号 240601 不在本单，应取 240513（货位 A-01）")
        await looked_at(page)
        await scan(page, gs1("M1", "240513", count=2))
        await expect(verdict).to_contain_text("正确")
        await expect(progress).to_contain_text("0 / 2")
        await scan(page, gs1("M1", "240513"))
        await expect(progress).to_contain_text("1 / 2")
        await expect(page.locator("#line-panel")).to_have_count(0)
        await scan(page, gs1("M1", "B7"))
        await expect(verdict).to_contain_text("逐件追溯")
        for serial in ("S1", "S2"):
            await scan(page, gs1("M1", "B7", serial))
            await expect(verdict).to_contain_text(serial)
        await expect(progress).to_contain_text("2 / 2")
        await looked_at(page)
        await finish(page)
    task = await outbound.task("review")
    await tasks.claim(street.house.world.platform, task["id"], actor=await street.house.actor("feng"))
    async with street.person("feng", HANDHELD) as page:
        await page.goto(f"/tasks/{task['id']}/scan")
        for code in (gs1("M1", "240513", count=3), gs1("M1", "B7", "S1"), gs1("M1", "B7", "S2")):
            await scan(page, code)
            await expect(page.locator("#verdict")).to_contain_text("正确")
        await expect(page.locator("#progress")).to_contain_text("2 / 2")
        await finish(page)
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    await at_the_desk(street, outbound)


async def at_the_desk(street: Street, outbound: Outbound) -> None:
    """The record of the shipment and its package, with everything on the page."""
    assert await outbound.state() == ("completed", "completed")
    shipment = await outbound.shipment()
    sscc = await street.house.world.scalar(sa.select(t.package.c.sscc))
    for size in (DESK, HANDHELD):
        async with street.person("admin", size) as page:
            await page.goto(f"/documents/{shipment['id']}")
            for words in ("沪A12345", "HE", "FENG", "240513", "乙医院", "打印随货同行单", sscc):
                await expect(page.locator("main")).to_contain_text(words)
            await looked_at(page, fingers=size == HANDHELD)
            await page.get_by_role("link", name=sscc).first.click()
            await expect(page.locator("main")).to_contain_text("S1, S2")
            await looked_at(page, fingers=size == HANDHELD)

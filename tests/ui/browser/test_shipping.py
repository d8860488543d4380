"""An order from pick to hand-over by a wedge scanner alone: right and wrong goods, counted to the end, signed."""

import re

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from tests.services.shipping import KEY, STAFF, Outbound, gs1
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import put_in_force
from tests.ui.scanner import claimed, command, finish, listed, number, one_field, scan, signed

PRINT = "打印随货同行单"
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def looked_at(page: Page, *, fingers: bool = True) -> None:
    """What must hold on every page; targets are for fingers on handhelds."""
    assert await too_wide(page) == 0
    assert not fingers or await too_small(page) == []
    assert await axe(page) == []
    assert await untold(page, "zh") == []


async def test_an_order_is_picked_and_reviewed_by_scanner_alone(street: Street) -> None:
    outbound = Outbound(street.house.world, street.house.engine)
    await put_in_force(street.house.world, KEY, STAFF)
    await outbound.stock("A-01", "M1", "240513", 3)
    await outbound.serials("A-02", "M1", "B7", "S1", "S2")
    await outbound.begin(("M1", 5))
    async with street.person("he", HANDHELD) as page:
        await listed(page, "SO-1", "拣货")
        verdict, progress = page.locator("#verdict"), page.locator("#progress")
        await scan(page, gs1("M1", "240601"))
        await expect(verdict).to_contain_text("批号 240601 不在本单，应取 240513（货位 A-01）")
        await one_field(page)
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
    async with street.person("feng", HANDHELD) as page:
        await claimed(page, "SO-1", "复核")
        await sent_back_or_not(page)
        await command(page, "GO")
        await one_field(page)
        for code in (gs1("M1", "240513", count=3), gs1("M1", "B7", "S1"), gs1("M1", "B7", "S2")):
            await scan(page, code)
            await expect(page.locator("#verdict")).to_contain_text("正确")
        await expect(page.locator("#progress")).to_contain_text("2 / 2")
        await finish(page)
    async with street.person("kong", HANDHELD) as page:
        await packed(page)
        await loaded(page, await street.house.world.scalar(sa.select(t.package.c.sscc)))
    await at_the_desk(street, outbound)


async def sent_back_or_not(page: Page) -> None:
    """A code opens the sending back; without a reason nothing is sent, and it is closed again."""
    await command(page, "BACK")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("退回")
    await command(page, "GO")
    await expect(dialog.get_by_role("alert")).to_contain_text("原因")
    await command(page, "T1")
    await expect(dialog.get_by_label("原因")).to_have_value("实物短少")
    await command(page, "UNDO")
    await expect(dialog).to_have_count(0)


async def packed(page: Page) -> None:
    """Everything goes into package 1; a number with goods scanned into it keeps the number."""
    await listed(page, "SO-1", "装箱")
    panel = page.locator("#line-panel")
    await scan(page, gs1("M1", "240513", count=3))
    await expect(panel).to_contain_text("240513")
    await number(page, 1)
    await expect(panel.get_by_label("箱号")).to_have_value("1")
    await panel.get_by_label("箱号").focus()  # a finger has been there
    await scan(page, gs1("M1", "240601"))
    await expect(page.locator("#verdict")).to_contain_text("240601")
    await expect(panel.get_by_label("箱号")).to_have_value("1")
    await one_field(page)
    await command(page, "1")
    await expect(page.locator("#progress")).to_contain_text("1 / 2")
    await scan(page, gs1("M1", "B7", "S1"), gs1("M1", "B7", "S2"))
    await expect(page.locator("#verdict")).to_contain_text("S2")
    await number(page, 1)
    await command(page, "1")
    await expect(page.locator("#progress")).to_contain_text("2 / 2")
    await finish(page)


async def loaded(page: Page, sscc: str) -> None:
    """Carrier, vehicle and driver from their cards, the transport by its number; then the hand-over."""
    await claimed(page, f"(00){sscc}", "装车")
    await expect(page.get_by_role("link", name=PRINT)).to_have_count(0)  # nobody carries it yet
    await command(page, "NEXT")
    await scan(page, "XUNDA", "HU-A12345", "ZHANG")
    await expect(page.get_by_label("驾驶员")).to_have_value("ZHANG")
    await command(page, "N1", "1")
    await signed(page)
    await claimed(page, f"(00){sscc}", "交接")
    await expect(page.get_by_role("link", name=PRINT)).to_have_attribute("href", re.compile("/note$"))
    await number(page, 1)
    await command(page, "NEXT")
    await scan(page, "ZHANG")
    await command(page, "1")
    await signed(page)


async def at_the_desk(street: Street, outbound: Outbound) -> None:
    """The record of the shipment and its package, with everything on the page."""
    assert await outbound.state() == ("completed", "completed")
    shipment = await outbound.shipment()
    sscc = await street.house.world.scalar(sa.select(t.package.c.sscc))
    for size in (DESK, HANDHELD):
        async with street.person("admin", size) as page:
            await page.goto(f"/documents/{shipment['id']}")
            for words in ("HU-A12345", "HE", "FENG", "240513", "乙医院", "打印随货同行单", sscc):
                await expect(page.locator("main")).to_contain_text(words)
            await looked_at(page, fingers=size == HANDHELD)
            await page.get_by_role("link", name=sscc).first.click()
            await expect(page.locator("main")).to_contain_text("S1, S2")
            await looked_at(page, fingers=size == HANDHELD)

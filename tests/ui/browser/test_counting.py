"""Counting with a wedge scanner on a handheld: place, goods, quantity, what stands beside the sheet, signed."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.services.counting import STAFF, Counting
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import gs1, put_in_force
from tests.ui.scanner import command, finish, listed, number, scan

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
BOOKS = "7919"


async def looked_at(page: Page) -> None:
    """What must hold on every page of a counter."""
    assert await too_wide(page) == 0
    assert await too_small(page) == []
    assert await axe(page) == []
    assert await untold(page, "zh") == []
    assert not re.search(rf"{BOOKS[0]}[,.\s]?{BOOKS[1:]}", await page.content()), "the books are on the page"


async def test_a_blind_count_by_scanner_from_the_first_place_to_the_record(street: Street) -> None:
    counting = Counting(street.house.world, street.house.engine)
    await put_in_force(street.house.world, "stocktaking", STAFF)
    await counting.values(M1="125.00")
    await counting.stock("A-01", "M1", "A1", int(BOOKS))
    await counting.stock("A-02", "M1", "A1", 40)
    await counting.batch("M1", "B9")
    await counting.start()
    async with street.person("sun", HANDHELD) as page:
        await listed(page, "A-02", "初盘")
        await scan(page, gs1("M1", "A1"))
        await expect(page.locator("#verdict")).to_contain_text("请先扫描货位")
        await scan(page, "A-02")
        panel = page.locator("#line-panel")
        await expect(panel).to_contain_text("A-02")
        await scan(page, gs1("M1", "A1"))
        await expect(page.locator("#verdict")).to_contain_text("第2行")
        await expect(panel.get_by_label("实盘数量")).to_have_value("1")
        await looked_at(page)
        await number(page, 40)
        await command(page, "1")
        await expect(page.locator("#verdict")).to_contain_text("第 2 行")
        await scan(page, "A-01")
        await expect(panel).to_contain_text("A-01")
        await number(page, 7900)
        await command(page, "1")
        await expect(page.locator("#progress")).to_contain_text("2 / 2")
        await beside_the_sheet(page)
        await command(page, "GO")
        await expect(page.locator("#code")).to_be_focused()
        await finish(page)
        await looked_at(page)
    await counting.count("second_count", "feng", 7900, 2)
    await in_the_office(street, counting)


async def beside_the_sheet(page: Page) -> None:
    """A batch that is not on the sheet: its place, its code and its quantity, each ended by the scanner."""
    await command(page, "ADD")
    await expect(page.get_by_label("货位（扫描货位码）")).to_be_focused()
    await scan(page, "A-02")
    await expect(page.get_by_label(re.compile("^药品"))).to_be_focused()
    await scan(page, gs1("M1", "NOBODY"))
    await expect(page.get_by_label("实盘数量")).to_be_focused()
    await number(page, 2)
    await command(page, "1")
    await expect(page.get_by_text(re.compile("只能经收货登记")).first).to_be_visible()
    await expect(page.get_by_label("实盘数量")).to_have_value("2")
    await expect(page.get_by_label(re.compile("^药品"))).to_be_focused()  # what is wrong is asked for again
    await scan(page, "M1:B9")
    await expect(page.locator("#additions")).to_contain_text("B9")
    await looked_at(page)


async def in_the_office(street: Street, counting: Counting) -> None:
    """The differences by value, then the record with all figures; in both languages, at a desk and in the hand."""
    variances = f"/runs/{counting.run}/variances"
    async with street.person("wu", DESK) as page:
        await page.goto(variances)
        await expect(page.locator("#variances tbody tr").first).to_contain_text(re.compile(r"7\s919"))
        await page.get_by_role("link", name="按货位").click()
        await expect(page.locator("#variances tbody tr").first).to_contain_text("A-01")
        assert await axe(page) == [] and await untold(page, "zh") == []
    await counting.review(cause="lost", reason="已查找")
    await counting.claim("approval", "zhou")
    await counting.finish("approval", "zhou", data={"assessment": "已查"})
    document = await counting.document()
    for size, language in ((HANDHELD, "zh"), (DESK, "en")):
        async with street.person("wu", size, language) as page:  # type: ignore[arg-type] # one of the two
            await page.goto(variances)
            assert await too_wide(page) == 0
            if language == "en":
                assert await untold(page, "en") == []
            await page.goto(f"/documents/{document['id']}")
            assert await too_wide(page) == 0
            assert await axe(page) == []
    assert (await counting.balances())["A1", "A-01", "qualified"] == 7900

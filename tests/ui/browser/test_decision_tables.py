"""Version 2 of a decision table is made at a browser: from its page to approved; looked at in both sizes and languages."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.world import PASSWORD
from ui.translation import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TABLE = "/decision-tables/cold_chain_limits"


async def looked_at(page: Page, language: str, where: str) -> list[str]:
    wide = await too_wide(page)
    found = [f"{wide} px too wide"] if wide > 0 else []
    found += await untold(page, language) + await axe(page)  # type: ignore[arg-type]
    return [f"{where} {language}: {one}" for one in found]


async def kept(page: Page, revision: int) -> None:
    await expect(page.locator("#design-state [name='revision']")).to_have_value(str(revision))


async def begin(page: Page) -> None:
    """A new version from the page of the table."""
    await page.get_by_role("button", name="新版本").click()
    await page.get_by_role("dialog").get_by_role("button", name="新版本").click()
    await expect(page.locator("#grid-rows")).to_be_visible()


async def edit(page: Page) -> None:
    """A limit is changed by keyboard, taken back, changed otherwise; a test row for it is added."""
    cell = page.get_by_label("第 3 行：到货温度（℃）").first
    await cell.fill("≥2.0")
    await cell.press("Tab")
    await kept(page, 2)
    await expect(page.get_by_text("第 3 行给出：符合要求").first).to_be_visible()
    await page.locator("h1").click()
    await page.keyboard.press("Control+z")
    await expect(cell).to_have_value("2.0..8.0")
    await cell.fill("2.0..8.05")
    await cell.press("Tab")
    await kept(page, 3)
    await page.get_by_role("button", name="增加验证行").click()
    await kept(page, 4)
    tests = page.locator("#grid-tests")
    await expect(tests.get_by_label("第 10 行：含冷链药品")).to_be_focused()
    await expect(page.get_by_text("必须填写").first).to_be_visible()
    for label, value in (("含冷链药品", "true"), ("运输方式", "refrigerated"), ("判定", "within")):
        await tests.get_by_label(f"第 10 行：{label}").select_option(value)
    for label, value in (("到货温度", "8.05"), ("途中最低温度", "2.0"), ("途中最高温度", "8.0")):
        field = tests.get_by_label(f"第 10 行：{label}（℃）")
        await field.fill(value)
        await field.press("Tab")
    await kept(page, 10)
    await expect(page.locator("#v-tests-9")).to_contain_text("符合预期（第 3 行）")


@pytest.mark.timeout(240)  # eight looks, each read by axe-core
async def test_a_second_version_is_made_from_the_page_to_approved(street: Street) -> None:
    async with street.person("author", DESK, "zh") as page:
        await page.goto("/sops")
        await page.get_by_role("link", name="决策表", exact=True).click()
        await page.get_by_role("link", name="冷链到货温度判定").click()
        await begin(page)
        await edit(page)
        await page.get_by_role("link", name="草稿：通读、提交").click()
        await page.get_by_role("button", name="提交审核").first.click()
        await page.get_by_role("dialog").get_by_role("button", name="提交审核").click()
        await expect(page.get_by_text("审核中").first).to_be_visible()
    async with street.person("admin", DESK, "zh") as page:
        await page.goto(f"{TABLE}/versions/2")
        await page.get_by_role("button", name="批准并签名").first.click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_text(re.compile("第3行改变.*2.0..8.05"))).to_be_visible()
        await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
        await dialog.get_by_role("button", name="批准并签名").click()
        await expect(page.get_by_text("已批准").first).to_be_visible()
        await begin(page)
        editor = page.url
    wrong: list[str] = []
    for language in LANGUAGES:
        for size in (HANDHELD, DESK):
            async with street.person("admin", size, language) as page:
                for where in (TABLE, editor):
                    await page.goto(where)
                    wrong += await looked_at(page, language, f"{where[-12:]} {size}")
                    wrong += await too_small(page) if size == HANDHELD else []
    assert not wrong, "\n".join(wrong)

"""A wedge scanner in a test: it types a code wherever the focus is and ends it with Enter; nothing is clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.world import PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Page


async def listening(page: Page) -> None:
    """A new page listens when its scripts have run, and Chromium drops keys until it has been painted twice.

    No hand is quicker than that, a test is.
    """
    await page.wait_for_load_state()
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def scan(page: Page, *codes: str) -> None:
    """Codes, one after another; a group separator as scanners are set to send it."""
    for code in codes:
        await listening(page)
        await page.keyboard.type(code.replace("\x1d", "{GS}"))
        await page.keyboard.press("Enter")


async def command(page: Page, *names: str) -> None:
    """Command codes of the sheet."""
    await scan(page, *(f"XJCMD-{name}" for name in names))


async def number(page: Page, digits: int) -> None:
    """A number by the codes of its digits."""
    await command(page, *(f"N{digit}" for digit in str(digits)))


async def signed(page: Page) -> None:
    """The password, the one thing that is typed, and Enter; the inbox follows."""
    await expect(page.get_by_role("dialog").get_by_label("请再次输入密码")).to_be_focused()
    await listening(page)
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/inbox")


async def finish(page: Page) -> None:
    """From a list that is done to its signature."""
    await command(page, "GO")
    await expect(page.locator("#task-form")).to_be_visible()
    await command(page, "1")
    await signed(page)


async def claimed(page: Page, code: str, title: str) -> None:
    """From the inbox: a code leads to its task, which is claimed."""
    await page.goto("/inbox")
    await scan(page, code)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    await command(page, "GO")
    await expect(page.get_by_text("已领取", exact=True)).to_be_visible()


async def listed(page: Page, code: str, title: str) -> None:
    """The same, on to its work list."""
    await claimed(page, code, title)
    await command(page, "GO")
    await one_field(page)


async def one_field(page: Page) -> None:
    """The scan field has the focus and holds nothing of what was scanned."""
    await expect(page.locator("#code")).to_be_focused()
    await expect(page.locator("#code")).to_have_value("")

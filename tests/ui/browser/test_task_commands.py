"""What people do with a task besides answering it, in a real browser at 360 pixels, by touch and by keyboard."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import tasks
from tests.ui.browsing import HANDHELD, Street, axe, too_small, too_wide, untold
from tests.world import machine
from ui.translation import LANGUAGES, Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def claimed(street: Street, number: str, username: str = "li") -> UUID:
    run = await street.house.run(number)
    task = await street.house.task_of(run, "arrival")
    await tasks.claim(street.house.world.platform, task, actor=await street.house.actor(username))
    return task


async def holds(page: Page, language: Language) -> list[str]:
    """What is wrong with the dialog that stands open."""
    found = [*await axe(page), *await too_small(page), *await untold(page, language)]
    wide = await too_wide(page)
    return [*found, *([f"{wide} px too wide"] if wide > 0 else [])]


async def test_every_dialog_holds_in_both_languages(street: Street) -> None:
    names = {
        "zh": ("转办", "委派", "加签"),
        "en": ("Pass to a colleague", "Delegate", "Add a signer"),
    }
    for language in ("zh", "en"):
        task = await claimed(street, f"DIALOGS-{language}")
        async with street.person("li", HANDHELD, language) as page:
            await page.goto(f"/tasks/{task}")
            for name in names[language]:
                await page.get_by_role("link", name=name).click()
                dialog = page.get_by_role("dialog")
                await expect(dialog).to_be_visible()
                assert await holds(page, language) == [], name
                await dialog.get_by_role("button", name=re.compile("关闭|Close")).click()
                await expect(dialog).to_be_hidden()


async def test_a_task_is_handed_over_without_leaving_the_page_for_the_dialog(street: Street) -> None:
    task = await claimed(street, "HAND-1")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_role("link", name="转办").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("radio", name="QIAN").check()
        await dialog.get_by_role("button", name="转办").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("alert")).to_contain_text("请填写原因")
        await dialog.get_by_role("radio", name="QIAN").check()
        await dialog.get_by_role("textbox", name="原因").fill("去开会")
        await dialog.get_by_role("button", name="转办").click()
        await page.wait_for_url("**/inbox")
        await expect(page.get_by_text("任务已转交。")).to_be_visible()
    found = await street.house.world.scalar(sa.select(t.task.c.assignee_id).where(t.task.c.id == task))
    assert found == street.house.world.people["qian"]


async def test_a_delegation_is_lent_to_the_hour_that_the_site_reads(street: Street) -> None:
    task = await claimed(street, "LEND-1")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_role("link", name="委派").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("radio", name="QIAN").check()
        until = await dialog.get_by_label("截止时间").input_value()
        await dialog.get_by_role("textbox", name="原因").fill("午休")
        await dialog.get_by_role("button", name="委派").click()
        await page.wait_for_url("**/inbox")
        await page.goto(f"/tasks/{task}")
        await expect(page.get_by_text(f"由LI委派，至{until.replace('T', ' ')}")).to_be_visible()
        await page.get_by_role("link", name="转办").click()
        await expect(page.get_by_role("dialog")).to_be_visible()


async def test_the_pages_of_keys_hold_in_both_languages(street: Street) -> None:
    key = await machine(street.house.world, ["run.read", "stock.read"])
    for language in LANGUAGES:
        async with street.person("admin", HANDHELD, language) as page:
            for path in ("/admin/keys", f"/admin/keys/{key[:9]}"):
                await page.goto(path)
                assert await holds(page, language) == [], path

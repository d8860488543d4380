"""Filling in: full fields say so, what is repaired is told no more, a file on its way is waited for, scans in words."""

import asyncio
from uuid import UUID

import pytest
from playwright.async_api import FilePayload, Route, expect

from services import tasks
from tests.ui.browsing import HANDHELD, Street

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def claimed(street: Street, run: UUID, step: str, username: str) -> UUID:
    task = await street.house.task_of(run, step)
    await tasks.claim(street.house.world.platform, task, actor=await street.house.actor(username))
    return task


async def test_what_is_repaired_is_not_told_behind_the_signature(street: Street) -> None:
    task = await claimed(street, await street.house.run("FILL-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_label("常温", exact=True).check()
        await page.get_by_label("完好").check()
        await page.get_by_label("到货温度").fill("warm")
        await page.get_by_role("button", name="收货").click()
        await expect(page.get_by_role("alert")).to_contain_text("到货温度")
        await page.get_by_label("到货温度").fill("21.5")
        await page.get_by_role("button", name="收货").click()
        await expect(page.get_by_label("请再次输入密码")).to_be_focused()
        await expect(page.locator("#task-form .summary, #task-fields .error")).to_have_count(0)
        await page.get_by_label("请再次输入密码").fill("wrong-password-1")
        await page.locator("dialog button[type='submit']").first.click()
        await expect(page.locator("dialog .error")).to_contain_text("密码错误")


async def test_a_field_that_is_full_says_that_the_rest_was_left_out(street: Street) -> None:
    task = await claimed(street, await street.house.run("FILL-2"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        note = page.get_by_label("备注")
        await note.focus()
        await page.keyboard.insert_text("长" * 10_000)
        await expect(page.locator(".full")).to_contain_text("最多 500 个字符")
        assert len(await note.input_value()) == 500
        await page.keyboard.press("Backspace")
        await expect(page.locator(".full")).to_have_count(0)


async def test_a_file_on_its_way_is_waited_for(street: Street) -> None:
    run = await street.house.run("FILL-3")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:

        async def slow(route: Route) -> None:
            await asyncio.sleep(1.5)
            await route.continue_()

        await page.route("**/attachments/line", slow)
        await page.goto(f"/tasks/{task}/scan?line=1")
        await page.get_by_label("符合规定").check()
        report = FilePayload(name="report.pdf", mimeType="application/pdf", buffer=PDF)
        await page.locator("input[type='file']:not([capture])").set_input_files(report)
        await page.get_by_role("button", name="合格", exact=False).first.click()
        await expect(page.locator("#verdict")).to_contain_text("第 1 行已记录")


async def test_a_place_or_a_long_code_where_goods_are_asked_for(street: Street) -> None:
    run = await street.house.run("FILL-4")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await page.locator("#code").fill("A-01")
        await page.locator("#code").press("Enter")
        await expect(page.locator("#verdict")).to_contain_text("这里不需要货位")
        await page.locator("#code").fill("9" * 3000)
        await page.locator("#code").press("Enter")
        await expect(page.locator("#verdict .code")).to_have_text("9" * 48 + "…")

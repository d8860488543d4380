"""Who leaves a page right after the last key finds everything again: of the form and of a line, and nothing twice."""

from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import tasks
from tests.ui.browsing import HANDHELD, Street
from tests.ui.house import gs1

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def claimed(street: Street, run: UUID, step: str, username: str) -> UUID:
    task = await street.house.task_of(run, step)
    await tasks.claim(street.house.world.platform, task, actor=await street.house.actor(username))
    return task


async def refused_drafts(street: Street) -> int:
    a = t.audit_event.c
    found = await street.house.world.scalar(
        sa.select(sa.func.count()).select_from(t.audit_event).where(a.action.like("%draft%"))
    )
    return int(found or 0)


async def back(page: Page, address: str, label: str, value: str) -> None:
    """What was sent on the way out may arrive after the next page: the address is asked until it has it."""
    for _attempt in range(20):
        await page.goto(address)
        if await page.get_by_label(label).input_value() == value:
            return
    await expect(page.get_by_label(label)).to_have_value(value)


async def test_the_last_words_of_a_form_survive_leaving_it_at_once(street: Street) -> None:
    task = await claimed(street, await street.house.run("LEFT-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_label("备注").press_sequentially("两箱贴错标签")
        await page.goto("/inbox")
        await back(page, f"/tasks/{task}", "备注", "两箱贴错标签")


async def test_the_entries_of_a_line_survive_leaving_it_and_go_with_its_result(street: Street) -> None:
    run = await street.house.run("LEFT-2")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan?line=1")
        await page.get_by_label("检查情况").press_sequentially("箱角受潮")
        await page.goto("/inbox")
        await back(page, f"/tasks/{task}/scan?line=1", "检查情况", "箱角受潮")
        await page.get_by_label("不合格数量").fill("3")
        await expect(page.locator("#draft-state")).to_contain_text("暂存")
        await page.get_by_label("检查情况").press("End")
        await page.get_by_label("检查情况").press_sequentially("，已拍照")
        await page.locator("#code").fill(gs1("M1", "B77-20"))
        await page.locator("#code").press("Enter")  # the scan leads to the second line
        await expect(page.locator("#line-panel")).to_contain_text("B77-20")
        await back(page, f"/tasks/{task}/scan?line=1", "检查情况", "箱角受潮，已拍照")
        await expect(page.get_by_label("不合格数量")).to_have_value("3")
    before = await refused_drafts(street)
    await street.house.decide(task)
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan?line=1")
        await expect(page.get_by_label("检查情况")).to_have_value("")
        await expect(page.get_by_label("不合格数量")).to_have_value("")
    assert await refused_drafts(street) == before


async def test_nothing_is_kept_after_the_task_is_signed(street: Street) -> None:
    task = await claimed(street, await street.house.run("LEFT-3"), "arrival", "li")
    before = await refused_drafts(street)
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_label("常温", exact=True).check()
        await page.get_by_label("完好").check()
        await page.get_by_label("备注").press_sequentially("好")
        await page.get_by_role("button", name="收货").click()
        await page.get_by_label("请再次输入密码").press_sequentially("xunji-test")
        await page.get_by_role("button", name="返回表单").click()
        await page.goto("/inbox")
        await back(page, f"/tasks/{task}", "备注", "好")
    kept = await street.house.world.scalar(
        sa.select(sa.cast(t.task_draft.c.data, sa.Text)).where(t.task_draft.c.task_id == task)
    )
    assert "xunji-test" not in str(kept)
    assert await refused_drafts(street) == before

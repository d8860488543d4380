"""A procedure is made at a browser, from an empty page to being in force, without a line of YAML (D1, D3)."""

import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import sop_editing
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.world import PASSWORD
from ui.translation import LANGUAGES, Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def begin(page: Page, title: str, key: str) -> None:
    await page.goto("/sops")
    await page.get_by_role("link", name="新建规程").click()
    await page.get_by_label("中文名称").fill(title)
    await page.get_by_label("英文名称").fill(key.replace("_", " "))
    await page.get_by_label("负责部门").select_option("quality")
    await page.get_by_label("负责岗位").select_option("qa_manager")
    await page.get_by_role("button", name="开始").click()
    await expect(page.get_by_role("heading", name="整个规程")).to_be_visible()


async def said_last(page: Page, words: str) -> None:
    """The change is kept when the page says so."""
    await expect(page.locator("#design-state")).to_contain_text(words)


async def open_card(page: Page, title: str) -> None:
    await page.locator(".card-open", has_text=title).first.click()
    await expect(page.locator("#editor-title")).to_have_text(title)


async def entered(page: Page, place: str, value: str, words: str) -> None:
    """A value typed as people do: the field is left, and what was typed is kept."""
    field = page.locator(f"[name='{place}']")
    await field.fill(value)
    await field.press("Tab")
    await said_last(page, words)


async def built(page: Page) -> str:
    """The procedure, submitted; the address of its designer."""
    await begin(page, "在库养护检查", "storage_check")
    await page.locator("[name='clauses']").fill("GSP 83")
    await page.locator("[name='clauses']").press("Tab")
    await said_last(page, "条款")
    await open_card(page, "新任务")
    await entered(page, "steps/0/title/zh", "检查温湿度", "标题")
    await page.locator("[name='steps/0/human/post']").select_option("keeper")
    await said_last(page, "由谁办理")
    await entered(page, "steps/0/human/due", "4", "办理时限")
    await page.locator("summary", has_text="记录内容").click()
    await page.get_by_role("button", name="添加字段").click()
    await said_last(page, "新增")
    await page.locator("[name='steps/0/human/form/field/type']").select_option("decimal")
    await said_last(page, "类别")
    await page.locator(".gap summary").nth(1).click()
    await (
        page.locator(".gap")
        .nth(1)
        .get_by_role("button", name="通知")
        .or_(page.locator(".gap").nth(1).get_by_role("button", name="消息"))
        .click()
    )
    await expect(page.locator("#editor-title")).to_have_text("新通知")
    assert await page.locator(".design-card.chosen .remarks").count() == 1, "it names no message yet"
    await page.get_by_role("button", name="删除: 新通知").click()
    await said_last(page, "删除")
    address = page.url
    await page.get_by_role("link", name="草稿：通读、提交").click()
    await page.get_by_role("button", name="提交审核").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="提交审核").click()
    await expect(page.get_by_text("审核中").first).to_be_visible()
    return address


async def signed_into_force(page: Page, version: UUID) -> None:
    """Approved and put in force, both signed, by somebody who has not written it."""
    await page.goto(f"/sops/storage_check/versions/{version}")
    await page.get_by_role("button", name="批准并签名").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
    await dialog.get_by_role("button", name="批准并签名").click()
    await expect(page.get_by_text("已批准").first).to_be_visible()
    await (
        page.get_by_role("button", name="发布并签名")
        .or_(page.get_by_role("button", name="生效并签名"))
        .first.click()
    )
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
    await dialog.locator("button[type=submit]").click()
    await expect(page.get_by_text("生效").first).to_be_visible()


async def test_a_procedure_comes_into_force_that_was_made_by_clicks_alone(street: Street) -> None:
    async with street.person("author", DESK, "zh") as page:
        version = version_in(await built(page))
    async with street.person("admin", DESK, "zh") as page:
        await signed_into_force(page, version)
    state = await street.house.world.scalar(
        sa.select(t.sop_version.c.state).where(t.sop_version.c.id == version)
    )
    assert state == "effective"


async def test_cards_are_dragged_and_taken_back_by_keyboard(street: Street) -> None:
    async with street.person("author", DESK, "zh") as page:
        await begin(page, "拖动", "dragging_check")
        await page.locator(".gap summary").nth(1).click()
        await page.locator(".gap").nth(1).get_by_role("button", name="等待").click()
        await expect(page.locator("[data-step='steps/1']")).to_contain_text("等待")
        await page.locator("[data-step='steps/1']").drag_to(page.locator(".gap[data-before='steps/0']"))
        await expect(page.locator("[data-step='steps/0']")).to_contain_text("等待")
        await page.locator("#editor-title").click()
        await page.keyboard.press("Control+z")
        await expect(page.locator("[data-step='steps/1']")).to_contain_text("等待")
        await page.keyboard.press("Control+y")
        await expect(page.locator("[data-step='steps/0']")).to_contain_text("等待")
        draft = await sop_editing.read_draft(
            street.house.world.platform, version_in(page.url), actor=await street.house.actor("author")
        )
        assert [one.get("id") for one in draft.data["steps"]] == ["wait", "task", None]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_designer_holds_on_a_desk_and_on_a_handheld(street: Street, language: Language) -> None:
    async with street.person("author", DESK, "zh") as page:
        await begin(page, "检查", f"holding_{language}")
        address = page.url
    async with street.person("author", HANDHELD, language) as page:
        wrong = []
        for card in ("", "steps/0", "steps/1"):
            await page.goto(f"{address}?card={card}")
            for fold in await page.locator("details:not([open]) > summary").all():
                if await fold.is_visible():
                    await fold.click()
            wrong += await axe(page) + await too_small(page) + await untold(page, language)
            assert await too_wide(page) <= 0
        assert wrong == []


def version_in(address: str) -> UUID:
    found = re.search(r"/versions/([0-9a-f-]{36})", address)
    assert found
    return UUID(found[1])

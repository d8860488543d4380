"""A procedure is made at a browser, from an empty page to being in force, without a line of YAML (D1, D3)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import Locator, Page, expect

from db import tables as t
from services import sop_editing
from tests.services.counting import Counting
from tests.services.recall_runs import hire
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import STAFF, put_in_force
from tests.world import PASSWORD
from ui.translation import LANGUAGES, Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


TITLE = "在库养护检查"


async def begin(page: Page, title: str, key: str) -> None:
    await page.goto("/sops")
    await page.get_by_role("link", name="新建规程").click()
    await page.get_by_label("中文名称").fill(title)
    await page.get_by_label("英文名称").fill(key.replace("_", " "))
    await page.get_by_label("负责部门").select_option("quality")
    await page.get_by_label("负责岗位").select_option("qa_manager")
    await page.get_by_role("button", name="开始").click()
    await expect(page.get_by_role("heading", name="整个规程")).to_be_visible()


async def opened(found: Locator) -> Locator:
    """Something in a folded part, unfolded."""
    await found.evaluate(
        "e => { for (let d = e.closest('details'); d; d = d.parentElement.closest('details')) d.open = true }"
    )
    return found


@dataclass
class Desk:
    """A designer at work: each act is over when the page says that it is kept, as the next revision."""

    page: Page

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        revision = self.page.locator("#design-state [name='revision']")
        before = int(await revision.input_value())
        yield
        await expect(revision).to_have_value(str(before + 1))

    async def open(self, title: str) -> None:
        await self.page.locator(".card-open", has_text=title).first.click()
        await expect(self.page.locator("#editor-title")).to_have_text(title)

    async def type(self, place: str, value: str) -> None:
        field = await opened(self.page.locator(f"[name='{place}']"))
        async with self.kept():
            await field.fill(value)
            await field.press("Tab")

    async def choose(self, place: str, value: str) -> None:
        async with self.kept():
            await (await opened(self.page.locator(f"[name='{place}']"))).select_option(value)

    async def tick(self, place: str) -> None:
        async with self.kept():
            await (await opened(self.page.locator(f"[name='{place}']"))).check()

    async def add(self, place: str) -> None:
        async with self.kept():
            await (await opened(self.page.locator(f"[hx-post*='add?at={quote(place, safe='')}&']"))).click()

    async def name(self, place: str, key: str) -> None:
        """Another key for a part, or another name for the open step."""
        field = await opened(self.page.locator(f"[hx-post$='rename?at={place}'] input"))
        async with self.kept():
            await field.fill(key)
            await field.press("Tab")

    async def insert(self, place: str, kind: str) -> None:
        gap = self.page.locator(f".gap[data-before='{place}']")
        await gap.locator("summary").click()
        async with self.kept():
            await gap.locator(f"[hx-post$='&kind={kind}']").click()
        await expect(self.page.locator("#design-state [name='card']")).to_have_value(place)

    async def delete(self, title: str) -> None:
        async with self.kept():
            await self.page.get_by_role("button", name=f"删除: {title}").click()


async def build_storage_maintenance(page: Page) -> str:
    """G8: a third of the stock each month, each place looked at, what is found put on hold; its designer."""
    await begin(page, TITLE, "storage_maintenance")
    desk = Desk(page)
    await desk.type("clauses", "GSP 83; GSP 84")
    await desk.insert("steps/0", "action")
    await desk.choose("steps/0/action", "maintenance.list")
    await expect(page.locator("#editor-title")).to_have_text("列出应养护的库存")
    await desk.type("steps/0/with/parts", "3")
    await desk.name("steps/0", "listed")
    await desk.insert("steps/1", "decide")
    await desk.type("steps/1/title/zh", "有没有要检查的")
    await desk.type("steps/1/decide/value", "listed.count == 0")
    await desk.choose("steps/1/routes/true", "end_completed")
    await check_each_place(desk)
    await act_on_findings(desk)
    errors = await page.locator("#design .remarks .bad").all_inner_texts()
    assert errors == []
    return page.url


async def check_each_place(desk: Desk) -> None:
    """The task of the keeper: a work list with two results, signed. What was added is unfolded and stays so."""
    await desk.open("新任务")
    await desk.type("steps/2/title/zh", "逐货位检查")
    await expect(desk.page.locator("[name='steps/2/title/en']")).to_have_value("")  # no longer a new task
    await desk.type("steps/2/human/instruction/zh", "逐货位检查外观、包装与温湿度")
    await desk.choose("steps/2/human/post", "keeper")
    await desk.type("steps/2/human/due", "3")
    await desk.choose("steps/2/human/due@unit", "days")
    await desk.name("steps/2", "check")
    lines = "steps/2/human/lines"
    await desk.add(lines)
    await expect(desk.page.locator(f"[name='{lines}/of']")).to_have_value("listed.lines")
    for key, label in (("good", "正常"), ("finding", "发现问题")):
        await desk.add(f"{lines}/outcomes")
        await expect(desk.page.locator(f"[name='{lines}/outcomes/done/label/zh']")).to_be_focused()
        await desk.type(f"{lines}/outcomes/done/label/zh", label)
        await desk.name(f"{lines}/outcomes/done", key)
        await expect(desk.page.locator(f"[name='{lines}/outcomes/{key}/label/zh']")).to_be_visible()
    await desk.choose(f"{lines}/outcomes/finding/reason", "required")
    await desk.add("steps/2/human/signature")
    await desk.type("steps/2/human/signature/meaning/zh", "已养护检查")


async def act_on_findings(desk: Desk) -> None:
    """For each place with a finding the quality hold is called; the batch is chosen from the names."""
    await desk.insert("steps/3", "for_each")
    await desk.type("steps/3/title/zh", "处理发现的问题")
    await desk.insert("steps/3/for_each/steps/0", "call")
    hold = "steps/3/for_each/steps/0"
    await desk.choose(f"{hold}/call/sop", "quality_hold")
    await desk.type(f"{hold}/title/zh", "锁定并调查")
    names = desk.page.locator(f".entry:has([name='{hold}/call/with/batch']) details.names")
    await names.locator("summary").click()
    async with desk.kept():
        await names.locator("[data-name]").first.click()
        await desk.page.locator("#editor-title").click()
    await desk.type(f"{hold}/call/with/site", "inputs.site")
    await desk.type(f"{hold}/call/with/reason", "line.reason_given ? line.reason : '养护检查发现问题'")
    await desk.type(f"{hold}/when", "line.outcome == 'finding'")
    await expect(desk.page.locator(".design-card.chosen").last).to_contain_text("为 “发现问题”")
    await desk.delete("新任务")


async def tried(page: Page, draft: str) -> None:
    """A case is walked, a sentence is ticked that holds on every path."""
    await page.goto(f"{draft}/cases")
    await page.get_by_role("button", name="增加用例").click()
    await page.get_by_label("各行结果").select_option("finding")
    await page.get_by_label("原因").fill("外包装破损")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("1 个用例全部通过")).to_be_visible()
    await page.goto(f"{draft}/proofs")
    await page.get_by_label("任何路径都不会执行“锁定并调查”").check()
    await page.get_by_label("没有什么").select_option("signed|check")
    await page.get_by_role("button", name="添加").click()
    await expect(
        page.get_by_text("没有“逐货位检查”的签名，任何路径都不会执行“锁定并调查”").first
    ).to_be_visible()
    await expect(page.locator("main .chip", has_text="成立").first).to_be_visible()


async def submitted(page: Page, draft: str) -> None:
    """Handed to its reviewers."""
    await page.goto(draft)
    await page.get_by_role("button", name="提交审核").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="提交审核").click()
    await expect(page.get_by_text("审核中").first).to_be_visible()


async def signed_into_force(page: Page, version: UUID) -> None:
    """Approved and put in force at one site, both signed, by somebody who has not written it."""
    await page.goto(f"/sops/storage_maintenance/versions/{version}")
    await page.get_by_role("button", name="批准并签名").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
    await dialog.get_by_role("button", name="批准并签名").click()
    await expect(page.get_by_text("已批准").first).to_be_visible()
    await page.get_by_role("button", name="批准生效并签名").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.locator("[name=site][value=SH1]").check()
    await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
    await dialog.locator("button[type=submit]").click()
    await expect(page.get_by_text("生效").first).to_be_visible()


async def planned_and_started(page: Page) -> None:
    """A monthly plan, and a run at once."""
    await page.goto("/admin/schedules/new?sop=storage_maintenance")
    await page.locator("[name=site][value=SH1]").check()
    await page.locator("[name=days]").fill("5")
    await page.locator("[name=reason]").fill("年度养护计划")
    await page.get_by_role("button", name="创建").click()
    await expect(page.get_by_text("每月").first).to_be_visible()
    await page.goto("/runs/new?sop=storage_maintenance")
    await page.get_by_role("button", name="启动").click()
    await page.wait_for_url("**/runs/*-*")


async def read_and_worked(page: Page) -> None:
    """The keeper signs for having read it, looks at each line, finds something on the first, signs."""
    await page.goto("/training")
    await page.get_by_role("link", name=TITLE).click()
    await page.get_by_label("请再次输入密码").fill(PASSWORD)
    await page.get_by_role("button", name="我已阅读并理解").click()
    await page.goto("/inbox?view=claimable")
    await page.locator("#inbox-list a", has_text="逐货位检查").click()
    await page.get_by_role("button", name="领取任务").click()
    await page.get_by_role("link", name="逐行记录").click()
    panel = page.locator("#line-panel form[data-line]")
    await page.locator(".line-item a").first.click()
    await page.get_by_label("原因").fill("外包装受潮")
    await page.evaluate("performance.now = () => 1000")
    await panel.get_by_role("button", name="发现问题").click()
    await expect(panel).to_have_attribute("data-line", "2")  # the next line opens by itself
    await expect(page.locator("[data-by-itself]")).to_have_count(0)
    await panel.get_by_role("button", name="正常").click()  # a second tap, meant for the line before
    await expect(panel).to_have_attribute("data-line", "2")
    await page.evaluate("performance.now = () => 5000")
    await panel.get_by_role("button", name="正常").click()
    await expect(panel).to_have_count(0)
    await page.get_by_role("link", name="完成并签名").click()
    await page.locator("button.outcome").first.click()
    await page.locator("dialog [name=password]").fill(PASSWORD)
    await page.locator("dialog button[type=submit]").first.click()
    await page.wait_for_url("**/inbox*")


@pytest.mark.timeout(180)  # a whole procedure by hand
async def test_a_procedure_comes_into_force_that_was_made_by_clicks_alone(street: Street) -> None:
    house = street.house
    await hire(house)
    await put_in_force(house.world, "quality_hold", STAFF)
    for place in ("A-01", "A-02", "X-01"):  # whichever third has its turn this month
        for batch in ("A1", "A2"):
            await Counting(house.world, house.engine).stock(place, "M1", batch, 5)
    async with street.person("author", DESK, "zh") as page:
        draft = (await build_storage_maintenance(page)).partition("/design")[0]
        await tried(page, draft)
        await submitted(page, draft)
    version = version_in(f"{draft}/design")
    async with street.person("admin", DESK, "zh") as page:
        await signed_into_force(page, version)
        await planned_and_started(page)
    state = sa.select(t.sop_version.c.state).where(t.sop_version.c.id == version)
    assert await house.world.scalar(state) == "effective"
    async with street.person("sun", HANDHELD, "zh") as page:
        await read_and_worked(page)
    held = sa.select(t.run.c.inputs["reason"].astext).where(t.run.c.called_by.is_not(None))
    assert await house.world.scalar(held) == "外包装受潮"


async def test_a_text_that_is_too_long_is_told_as_not_saved(street: Street) -> None:
    async with street.person("author", DESK, "zh") as page:
        await begin(page, "过长", "much_too_long")
        desk, told = Desk(page), page.get_by_text("内容过长，未保存")
        await desk.open("新任务")
        field = await opened(page.locator("[name='steps/0/human/instruction/zh']"))
        await page.route("**/put?*", lambda route: route.fulfill(status=413))  # as the limits in front answer
        await field.fill("长" * 40_000)
        await field.press("Tab")
        await expect(told).to_be_in_viewport()
        await page.unroute("**/put?*")
        await desk.type("steps/0/human/instruction/zh", "看一看")
        await expect(told).to_be_hidden()


async def test_cards_are_dragged_and_taken_back_by_keyboard(street: Street) -> None:
    async with street.person("author", DESK, "zh") as page:
        await begin(page, "拖动", "dragging_check")
        await page.locator(".gap summary").nth(1).click()
        await page.locator(".gap").nth(1).locator("[hx-post$='&kind=wait']").click()
        await expect(page.locator("[data-step='steps/1']")).to_contain_text("等待")
        await drag(page, "[data-step='steps/0'] .chip", "[data-step='steps/1'] .card-tools")
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
            said = await untold(page, language)
            wrong += await axe(page) + await too_small(page) + said
            assert await too_wide(page) <= 0
        assert wrong == []


async def drag(page: Page, what: str, to: str) -> None:
    """As a hand does it: pressed, moved a little, moved on, let go."""
    await page.locator(what).first.hover()
    await page.mouse.down()
    box = await page.locator(to).first.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=10)
    await page.mouse.up()


def version_in(address: str) -> UUID:
    found = re.search(r"/versions/([0-9a-f-]{36})", address)
    assert found
    return UUID(found[1])

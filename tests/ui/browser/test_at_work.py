"""People at work in a real browser: by keyboard, by scanner, live, and with what goes wrong."""

import asyncio
import re
from uuid import UUID

import pytest
import sqlalchemy as sa
from playwright.async_api import FilePayload, Page, expect
from sqlalchemy.pool import QueuePool

from db import tables as t
from services import attachments, tasks, worklists
from tests.ui.browsing import DESK, HANDHELD, Street
from tests.ui.house import HOSTILE, gs1, line
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


async def claimed(street: Street, run: UUID, step: str, username: str) -> UUID:
    task = await street.house.task_of(run, step)
    await tasks.claim(street.house.world.platform, task, actor=await street.house.actor(username))
    return task


async def scan(page: Page, code: str) -> None:
    """What a wedge scanner does: types fast, wherever the focus is, and ends with Enter."""
    await page.keyboard.type(code)
    await page.keyboard.press("Enter")


async def state_of(street: Street, task: UUID) -> str:
    found = await street.house.world.scalar(sa.select(t.task.c.state).where(t.task.c.id == task))
    return str(found)


async def test_a_task_is_claimed_filled_in_and_signed_without_a_mouse(street: Street) -> None:
    task = await street.house.task_of(await street.house.run("KEYS-1"), "arrival")
    async with street.person("li", DESK) as page:
        await page.goto(f"/tasks/{task}")
        await expect(page.get_by_role("button", name="领取任务")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已领取", exact=True)).to_be_visible()
        await until_focused(page, "[name='data.transport_mode']")
        await page.keyboard.press("Space")
        await until_focused(page, "[name='data.packaging']")
        await page.keyboard.press("Space")
        await until_focused(page, "button[name='outcome'][value='received']")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("请再次输入密码")).to_be_focused()
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/inbox")
        await expect(page.get_by_text(re.compile("已完成：到货检查"))).to_be_visible()
    assert await state_of(street, task) == "done"


async def until_focused(page: Page, selector: str) -> None:
    """Tab until the focus is there; each stop on the way must be visible as such."""
    for _stop in range(60):
        await page.keyboard.press("Tab")
        shown = await page.evaluate(
            """(wanted) => {
              const at = document.activeElement, box = at.closest('label') ?? at;
              const seen = [at, box].some(e => getComputedStyle(e).outlineStyle !== 'none');
              return [at.matches(wanted), seen, at.outerHTML.slice(0, 120)];
            }""",
            selector,
        )
        assert shown[1], f"the focus is not visible on {shown[2]}"
        if shown[0]:
            return
    raise AssertionError(f"no way to {selector} by keyboard")


async def test_a_form_with_errors_keeps_what_was_typed_and_leads_to_them(street: Street) -> None:
    task = await claimed(street, await street.house.run("ERRORS-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_label("备注").fill(HOSTILE)
        await page.get_by_label("到货温度").fill("warm")
        await page.get_by_role("button", name="收货").click()
        summary = page.get_by_role("alert")
        await expect(summary).to_be_focused()
        await expect(summary).to_contain_text("运输方式")
        await expect(page.get_by_label("备注")).to_have_value(HOSTILE)
        await expect(page.get_by_label("到货温度")).to_have_value("warm")
        await expect(page.get_by_label("到货温度")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("到货温度").fill("21.5")
        await page.get_by_text("常温", exact=True).click()
        await page.get_by_text("完好", exact=True).click()
        await page.get_by_role("button", name="收货").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(HOSTILE)
        await dialog.get_by_label("请再次输入密码").fill("not this one")
        await dialog.get_by_role("button", name="签名").click()
        await expect(page.get_by_role("dialog")).to_contain_text("密码错误")
        assert "not this one" not in await page.content()
        await expect(page.get_by_role("dialog").get_by_label("请再次输入密码")).to_be_focused()
        await page.get_by_role("button", name="返回表单").click()
        await expect(page.get_by_label("备注")).to_have_value(HOSTILE)
    assert await state_of(street, task) == "claimed"


async def test_goods_under_special_control_wait_for_a_second_person(street: Street) -> None:
    run = await street.house.run("TWO-1", [line(1, "M3", "S-1", 20)])
    task = await claimed(street, run, "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.locator("label", has_text="常温").click()
        await page.locator("label", has_text="完好").click()
        await sign(page, "收货")
        await expect(page.get_by_text(re.compile("尚待签名：收货检查（双人）"))).to_be_visible()
        await expect(page.get_by_text("待签名", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="签名")).to_have_count(0)
    assert await state_of(street, task) == "awaiting_signature"
    async with street.person("wu", DESK) as page:
        await page.goto("/inbox")
        await page.get_by_role("link", name=re.compile("DN-TWO-1")).click()
        await sign(page, "签名")
        await page.wait_for_url("**/inbox")
    assert await state_of(street, task) == "done"


async def sign(page: Page, outcome: str) -> None:
    """Chooses an outcome and answers its dialog with the password."""
    await page.get_by_role("button", name=outcome).click()
    await page.get_by_label("请再次输入密码").fill(PASSWORD)
    await page.get_by_role("dialog").get_by_role("button", name="签名").click()


async def test_a_refusal_needs_its_reason_in_the_dialog(street: Street) -> None:
    task = await claimed(street, await street.house.run("REASON-1"), "arrival", "li")
    async with street.person("li", HANDHELD) as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_text("常温", exact=True).click()
        await page.locator("label", has_text="破损").click()
        await page.get_by_role("button", name="拒收").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
        await dialog.get_by_role("button", name="签名").click()
        await expect(dialog.get_by_label("原因")).to_have_attribute("aria-invalid", "true")
        await dialog.get_by_label("原因").fill(HOSTILE)
        await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
        await dialog.get_by_role("button", name="签名").click()
        await page.wait_for_url("**/inbox")
        run = await street.house.world.scalar(sa.select(t.task.c.run_id).where(t.task.c.id == task))
        await page.goto(f"/runs/{run}")
        await expect(page.get_by_text("完成“到货检查”，结果：拒收")).to_be_visible()
        assert await page.locator("main script").count() == 0


async def test_scans_answer_green_or_red_and_can_be_undone_while_the_focus_stays(street: Street) -> None:
    run = await street.house.run("SCAN-1")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        field, verdict = page.get_by_label(re.compile("扫描或输入条码")), page.locator("#verdict")
        await expect(field).to_be_focused()
        await scan(page, "06900000000017")
        await expect(verdict).to_contain_text("不符")
        assert await colour(page) == await token(page, "--bad-full")
        await expect(field).to_be_focused()
        await scan(page, gs1("M1", "240513"))
        await expect(verdict).to_contain_text("正确")
        assert await colour(page) == await token(page, "--good-full")
        await expect(field).to_be_focused()
        await expect(page.locator("#line-panel")).to_contain_text("240513")
        await page.get_by_role("button", name="撤销上一次扫描").click()
        await expect(verdict).to_contain_text("已撤销")
        await expect(field).to_be_focused()
        for code in (gs1("M1", "240513"), gs1("M1", "B77-20"), gs1("M1", "240513")):
            await scan(page, code)
        # Codes are typed faster than they are answered: the page stays until the last one is in the records.
        await counted(street, task, [2, 1])
        await expect(page.locator("#scan-queue")).to_be_empty()
        await expect(page.locator("#line-panel")).to_contain_text("第 1 行")


async def counted(street: Street, task: UUID, wanted: list[int]) -> None:
    """Waits until so much is scanned of each line, and no more."""
    platform, actor = street.house.world.platform, await street.house.actor("wang")
    found: list[int] = []
    async with asyncio.timeout(20):
        while sum(found) < sum(wanted):
            await asyncio.sleep(0.05)
            found = [line.scanned for line in (await worklists.lines(platform, task, actor=actor)).items]
    assert found == wanted


async def colour(page: Page) -> str:
    found: str = await page.locator("#verdict").evaluate("e => getComputedStyle(e).backgroundColor")
    return found


async def token(page: Page, name: str) -> str:
    """A colour of the style sheet as the browser writes colours."""
    found: str = await page.evaluate(
        """(name) => {
          const probe = document.body.appendChild(document.createElement('i'));
          probe.style.backgroundColor = `var(${name})`;
          const said = getComputedStyle(probe).backgroundColor;
          probe.remove();
          return said;
        }""",
        name,
    )
    return found


async def test_lines_are_recorded_with_a_report_and_signed_as_they_stand(street: Street) -> None:
    run = await street.house.run("LINES-1")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await page.get_by_role("link", name=re.compile("打开 1")).click()
        panel = page.locator("#line-panel")
        await panel.get_by_role("button", name=re.compile("^合格")).click()
        await expect(panel.get_by_role("alert")).to_contain_text("检验报告书")
        report: FilePayload = {"name": "报告 <b>1.pdf", "mimeType": "application/pdf", "buffer": PDF}
        await panel.locator("input[type=file]:not([capture])").set_input_files([report])
        await expect(panel.get_by_role("link", name="报告 _b_1.pdf")).to_be_visible()
        await expect(panel.get_by_role("alert")).not_to_contain_text("检验报告书")
        await panel.get_by_text("符合规定").click()
        await panel.get_by_role("button", name=re.compile("^合格")).click()
        await expect(page.locator("#verdict")).to_contain_text("第 1 行已记录")
        await expect(page.get_by_label(re.compile("扫描或输入条码"))).to_be_focused()
        assert await page.evaluate("scrollY") == 0
        await page.get_by_role("link", name=re.compile("打开 2")).click()
        await panel.locator("input[type=file]:not([capture])").set_input_files([report])
        await expect(panel.get_by_role("link", name="报告 _b_1.pdf")).to_be_visible()
        await panel.get_by_text("异常", exact=True).click()
        await panel.get_by_label("合格数量", exact=True).fill("15")
        await panel.get_by_label("不合格数量").fill("6")
        await panel.get_by_label("不合格原因").fill("瓶身裂纹")
        await panel.get_by_label("不合格处置").select_option("destroy")
        await panel.get_by_role("button", name="部分合格").click()
        await expect(panel.get_by_role("alert")).to_contain_text("两者之和等于到货数量")
        await expect(panel.get_by_label("不合格原因")).to_have_value("瓶身裂纹")
        await panel.get_by_label("不合格数量").fill("5")
        await panel.get_by_role("button", name="部分合格").click()
        await expect(page.locator("#verdict")).to_contain_text("第 2 行已记录")
        await page.get_by_role("link", name=re.compile("返回任务")).click()
        await page.get_by_role("button", name="完成").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("部分合格")
        await expect(dialog).to_contain_text("瓶身裂纹")
        await expect(dialog.get_by_text("签名含义")).to_be_visible()
    stored = await attachments.list_of_run(
        street.house.world.platform, run, actor=await street.house.actor("admin")
    )
    assert len(stored) == 2


async def test_scans_made_while_the_network_is_away_are_kept_and_sent_in_order(street: Street) -> None:
    run = await street.house.run("AWAY-1")
    await street.house.arrive(run)
    task = await claimed(street, run, "acceptance", "wang")
    async with street.person("wang", HANDHELD) as page:
        await page.goto(f"/tasks/{task}/scan")
        await page.context.set_offline(True)
        await scan(page, gs1("M1", "240513"))
        await scan(page, gs1("M1", "B77-20"))
        await expect(page.locator("#scan-queue")).to_contain_text("(2)")
        await expect(page.get_by_text("与服务器的连接已断开")).to_be_visible()
        await page.context.set_offline(False)
        await expect(page.locator("#line-panel")).to_contain_text("B77-20")
        await expect(page.get_by_text("与服务器的连接已断开")).to_be_hidden()
    rows = await street.house.world.rows(
        sa.select(t.scan.c.line_no).where(t.scan.c.task_id == task).order_by(t.scan.c.recorded_at)
    )
    assert [row["line_no"] for row in rows] == [1, 2]
    del street.complaints[:]  # the browser itself tells of the requests that were cut off


async def test_the_inbox_counts_by_itself(street: Street) -> None:
    async with street.person("li", DESK) as page:
        await page.goto("/inbox?view=claimable")
        badge = page.locator(".rail [data-todo]")
        before = int((await badge.inner_text()).split()[-1])
        await street.house.run("LIVE-1")
        await expect(badge).to_contain_text(str(before + 1))
        await expect(page.get_by_role("link", name=re.compile("DN-LIVE-1"))).to_be_visible()


async def test_the_time_line_grows_while_somebody_watches(street: Street) -> None:
    run = await street.house.run("WATCH-1")
    async with street.person("wu", DESK) as page:
        await page.goto(f"/runs/{run}")
        await expect(page.get_by_text("生成任务“到货检查”")).to_be_visible()
        await expect(page.get_by_text("生成任务“逐批验收”")).to_have_count(0)
        await street.house.arrive(run)
        await expect(page.get_by_text("完成“到货检查”，结果：收货")).to_be_visible()
        await expect(page.get_by_text("生成任务“逐批验收”")).to_be_visible()
        await expect(page.locator("#run-lists")).to_contain_text("收货检查")
        await expect(page.locator("#record")).to_have_count(1)
        assert "/runs/" in page.url


async def test_live_counts_hold_no_connection_to_the_database(street: Street) -> None:
    pool = street.house.world.database.engine.pool
    assert isinstance(pool, QueuePool)
    async with street.person("li", DESK) as one, street.person("wang", DESK) as two:
        for page in (one, two):
            async with page.expect_response("**/inbox/events*"):
                await page.goto("/inbox")
        held = []
        for _look in range(20):
            held.append(pool.checkedout())
            await asyncio.sleep(0.1)
    assert min(held) == 0, "two streams are open, and nothing asks the database all the time"


async def test_a_file_of_orders_is_corrected_and_imported(street: Street) -> None:
    head = "采购订单号,供货单位编码,仓库编码,订购日期,行号,商品编码,数量,单位\n"
    wrong, right = (
        head + "PO-CSV-1,S1,SH1,2026-11-20,1,NO-SUCH,10,盒\n",
        head + ("PO-CSV-1,S1,SH1,2026-11-20,1,M1,10,盒\n"),
    )
    async with street.person("admin", HANDHELD) as page:
        await page.goto("/documents/import/purchase_order")
        await bring(page, wrong)
        await expect(page.locator("#main")).to_contain_text("NO-SUCH")
        await bring(page, right)
        await page.goto("/documents?text=PO-CSV-1")
        await page.get_by_role("link", name="PO-CSV-1").click()
        await expect(page.get_by_role("heading", name="PO-CSV-1")).to_be_visible()


async def bring(page: Page, text: str) -> None:
    file: FilePayload = {"name": "orders.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8")}
    await page.locator("input[type=file]:not([capture])").set_input_files([file])
    await page.get_by_role("button", name="读取文件").click()

"""Put-away by a wedge scanner from the inbox to the signature: goods, place and command codes, no mouse, no Tab."""

import re
from uuid import UUID

import pytest
from playwright.async_api import FilePayload, expect

from services import tasks
from services.signatures import SignatureGiven
from tests.pdf_text import pages_of
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import gs1, line
from tests.ui.scanner import claimed, command, listed, listening, number, one_field, scan, signed
from tests.world import PASSWORD

PHOTO: FilePayload = {
    "name": "report.png",
    "mimeType": "image/png",
    "buffer": b"\x89PNG\r\n\x1a\n" + bytes(64),
}
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def accepted(street: Street, number: str, *batches: str) -> UUID:
    """A delivery, of one batch where none are named, that has been accepted and waits to be put away; its run."""
    house = street.house
    lines = [line(n, "M1", batch, 100) for n, batch in enumerate(batches or ("240513",), start=1)]
    run = await house.run(number, lines)
    await house.arrive(run)
    wang, task = await house.actor("wang"), await house.task_of(run, "acceptance")
    await tasks.claim(house.world.platform, task, actor=wang)
    for decided in lines:
        await house.decide(task, decided["line"])
    await tasks.complete(
        house.world.platform,
        task,
        outcome="done",
        data={},
        epoch=1,
        actor=wang,
        signature=SignatureGiven(PASSWORD),
    )
    return run


async def test_goods_are_put_away_by_scanner_alone(street: Street) -> None:
    await accepted(street, "CMD-1")
    async with street.person("sun", HANDHELD) as page:
        await page.goto("/inbox")
        await scan(page, gs1("M1", "240513"))
        await expect(page.get_by_role("heading", level=1)).to_contain_text("上架")
        await scan(page, "XJCMD-GO")
        await expect(page.get_by_text("已领取", exact=True)).to_be_visible()
        await scan(page, "XJCMD-GO")
        await expect(page.locator("#code")).to_be_focused()
        await scan(page, gs1("M1", "240514"))
        await expect(page.locator("#verdict")).to_contain_text("批号 240514 不在本单；应为 240513")
        await scan(page, gs1("M1", "240513"))
        await expect(page.locator("#verdict")).to_contain_text("正确")
        await scan(page, "NO-SUCH-CODE")
        await expect(page.locator("#verdict")).to_contain_text("不在本单")
        await scan(page, "XJCMD-UNDO")
        await expect(page.locator("#command-said")).to_contain_text("再扫一次“撤销”")
        await scan(page, "XJCMD-UNDO")
        await expect(page.locator("#verdict")).to_contain_text("已撤销")
        await scan(page, gs1("M1", "240513"))
        await scan(page, "A-01")
        await expect(page.locator("#line-panel").get_by_label("货位")).to_have_value("A-01")
        await scan(page, "XJCMD-1")
        await expect(page.locator("#progress")).to_contain_text("1 / 1")
        await scan(page, "XJCMD-GO")
        await expect(page.locator("#task-form")).to_be_visible()
        await scan(page, "XJCMD-1")
        await signed(page)


async def test_a_batch_is_accepted_by_scanner_and_camera_alone(street: Street) -> None:
    run = await street.house.run("CMD-2", [line(1, "M1", "260101", 50)])
    await street.house.arrive(run)
    async with street.person("wang", HANDHELD) as page:
        await listed(page, gs1("M1", "260101"), "逐批验收")
        await scan(page, gs1("M1", "260101"))
        panel = page.locator("#line-panel")
        await expect(panel).to_contain_text("260101")
        await listening(page)
        async with page.expect_file_chooser() as opened:
            await command(page, "PHOTO")
        await (await opened.value).set_files(PHOTO)
        await expect(panel).to_contain_text("report.png")
        await command(page, "NEXT", "NEXT", "N1")
        await expect(panel.get_by_label("符合规定")).to_be_checked()
        await command(page, "UNDO")
        await expect(page.locator("#verdict")).to_contain_text("已撤销")
        await one_field(page)
        await expect(panel).to_contain_text("report.png")
        await expect(panel.get_by_label("符合规定")).to_be_checked()
        await page.context.set_offline(True)
        await scan(page, gs1("M1", "260101"))
        await expect(page.locator("#scan-queue")).to_contain_text("(1)")
        await page.context.set_offline(False)
        await expect(page.locator("#scan-queue")).to_be_empty()
        await expect(panel).to_contain_text("260101")
        await one_field(page)
        await command(page, "1")
        await expect(page.locator("#progress")).to_contain_text("1 / 1")
        await command(page, "GO")
        await expect(page.locator("#task-form")).to_be_visible()
        await command(page, "1")
        await expect(page.get_by_role("dialog")).to_contain_text("不能扫描")
        await command(page, "UNDO")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await command(page, "1")
        await signed(page)
    del street.complaints[:]  # the browser itself tells of the requests that were cut off


async def test_a_delivery_is_refused_by_scanner_alone(street: Street) -> None:
    await street.house.run("CMD-3", [line(1, "M1", "260303", 50)])
    async with street.person("li", HANDHELD) as page:
        await page.goto("/inbox")
        await expect(page.locator("#finder")).to_be_focused()
        await command(page, "1")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("到货检查")
        await command(page, "INBOX")
        await page.wait_for_url("**/inbox")
        await claimed(page, "DN-CMD-3", "到货检查")
        await page.keyboard.press("Shift+Tab")  # wherever the focus is by now
        await scan(page, gs1("M1", "260303"))
        await expect(page.locator("#command-said")).to_contain_text("此页不需要扫描")
        await command(page, "2")
        await expect(page.locator("#task-form").get_by_role("alert")).to_contain_text("运输方式")
        await command(page, "NEXT", "N1")
        await expect(page.get_by_label("常温", exact=True)).to_be_checked()
        await command(page, *["NEXT"] * 7, "N2")
        await expect(page.get_by_label("破损、污染或封条异常")).to_be_checked()
        await command(page, "2")
        reason = page.get_by_role("dialog").get_by_label("原因")
        await expect(reason).to_be_focused()
        await scan(page, "BOX-7")  # its Enter goes on to the password and is no new line
        await expect(page.get_by_role("dialog").get_by_label("请再次输入密码")).to_be_focused()
        await command(page, "T2", "T3")
        await expect(reason).to_have_value("BOX-7；外包装破损；污染或受潮")
        await signed(page)
        await expect(page.get_by_text("已完成：到货检查")).to_be_visible()


async def test_a_reason_without_a_password_is_sent_by_a_second_enter(street: Street) -> None:
    run = await street.house.run("CMD-4", [line(1, "M1", "260404", 50)])
    async with street.person("zhou", HANDHELD) as page:
        await page.goto(f"/runs/{run}")
        await page.get_by_role("button", name="暂停").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("原因")).to_be_focused()
        await scan(page, "BOX-7")
        await expect(dialog.get_by_role("button", name="暂停")).to_be_focused()
        await scan(page, gs1("M1", "260404"))  # a stray scan sends nothing
        await expect(page.locator("#command-said")).to_contain_text("此页不需要扫描")
        await expect(dialog.get_by_label("原因")).to_have_value("BOX-7")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("已完成并记录")).to_be_visible()
        await expect(page.locator("#live")).to_contain_text("已暂停")


async def test_a_badge_gives_the_name_and_the_password_is_typed(street: Street) -> None:
    async with street.visitor(HANDHELD) as page:
        await page.goto("/login")
        await scan(page, "sun")
        await expect(page.locator("#login [name='password']")).to_be_focused()
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/inbox")


async def test_a_date_is_given_by_its_digits_or_as_a_whole(street: Street) -> None:
    async with street.person("admin", HANDHELD) as page:
        await page.goto("/documents/new/sales_order")
        field, said = page.locator("[name=ordered_on]"), page.locator("#command-said")
        await expect(field).to_be_visible()
        await command(page, "NEXT")
        while not await page.locator("[data-hand] [name=ordered_on]").count():
            await command(page, "NEXT")
        await number(page, 202)
        await expect(said).to_contain_text("202_-__-__")
        await number(page, 61127)
        await expect(field).to_have_value("2026-11-27")
        await number(page, 20261399)
        await expect(field).to_have_value("")
        await expect(said).to_have_class(re.compile("bad"))
        await scan(page, "2026-11-30")
        await expect(field).to_have_value("2026-11-30")


async def test_a_command_that_the_page_does_not_have_is_told_in_words(street: Street) -> None:
    async with street.person("sun", HANDHELD) as page:
        await page.goto("/inbox")
        await scan(page, "XJCMD-UNDO")
        await expect(page.locator("#finder")).to_have_value("")
        await expect(page.locator("#command-said")).to_contain_text("本屏没有此指令码可按的按钮")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("待办")
        await scan(page, "NO-SUCH-CODE")
        await expect(page.locator("#finder-error")).to_be_visible()


@pytest.mark.parametrize("size", [HANDHELD, DESK])
async def test_packages_places_and_scans_look_right(street: Street, size: tuple[int, int]) -> None:
    async with street.person("admin", size) as page:
        for address in ("/packages", "/places/SH1/A-01", "/inbox"):
            await page.goto(address)
            assert await too_wide(page) == 0
            assert size == DESK or await too_small(page) == []
            assert await axe(page) == []
            assert await untold(page, "zh") == []


async def test_the_sheet_of_command_codes_is_three_pages_for_those_who_work(street: Street) -> None:
    async with street.house.as_person("zhou") as client:
        sheet = await client.get("/command-codes")
    assert sheet.headers["content-type"] == "application/pdf"
    assert pages_of(sheet.content) == 3

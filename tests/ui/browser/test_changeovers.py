"""Runs under way are moved at a browser: what can go over is chosen and proposed, another person signs, results come."""

import pytest
from playwright.async_api import expect

from services import changeover_orders, changeover_proposals, changeovers, sop_catalogue, sop_files
from services.signatures import SignatureGiven
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import KEY
from tests.world import PASSWORD
from ui.translation import Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
SIGNED = SignatureGiven(PASSWORD)
BEFORE, ACCEPTANCE, REST = sop_files.newest(KEY).text.partition("  - id: acceptance\n")
SCANNED = BEFORE + ACCEPTANCE + REST.replace("scan: true", "scan: required", 1)


@pytest.mark.timeout(240)  # six looks, each read by axe-core
async def test_runs_go_over_at_a_browser(street: Street) -> None:
    house, platform = street.house, street.house.world.platform
    for number in ("MOVE-1", "MOVE-2"):
        await house.run(number)
    await house.arrive(await house.run("MOVE-3"))  # its acceptance is open, and will be asked for otherwise
    author, admin = await house.actor("author"), await house.actor("admin")
    version, _findings = await sop_catalogue.load_draft(platform, SCANNED, actor=author)
    await sop_catalogue.submit(platform, version.id, actor=author)
    await sop_catalogue.approve(platform, version.id, signature=SIGNED, actor=admin)
    await sop_catalogue.publish(platform, version.id, signature=SIGNED, actor=admin)
    running = f"/sops/{KEY}/versions/2/running"
    async with street.person("author", HANDHELD, "zh") as page:
        await page.goto(f"/sops/{KEY}/versions/2")
        await page.get_by_role("link", name="按旧版执行的流程：3").click()
        await page.get_by_text("可以转版 (2)").wait_for()
        await page.get_by_text("不能转版 (1)").wait_for()
        await page.get_by_role("checkbox").nth(1).uncheck()
        await page.get_by_label("原因").fill("新版放宽了时限")
        await page.get_by_role("button", name="提出转版").click()
        await page.wait_for_url("**/changeovers/*")
        order = page.url.rpartition("/")[2]
        assert await page.get_by_role("button", name="批准并签名").count() == 0
    wrong: list[str] = []
    looks: list[tuple[Language, tuple[int, int]]] = [("zh", HANDHELD), ("en", HANDHELD), ("en", DESK)]
    for language, size in looks:
        async with street.person("admin", size, language) as page:
            for where in (running, f"/changeovers/{order}"):
                await page.goto(where)
                wide = await too_wide(page)
                found = [f"{wide} px too wide"] if wide > 0 else []
                found += await untold(page, language) + await axe(page)
                found += await too_small(page) if size == HANDHELD else []
                wrong += [f"{where[:14]} {language} {size}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
    await approved(street, order)


async def approved(street: Street, order: str) -> None:
    """A second person signs, at the second try."""
    async with street.person("admin", DESK, "en") as page:
        await page.goto(f"/changeovers/{order}")
        await page.get_by_role("button", name="Approve and sign").first.click()
        await page.get_by_text("You sign that 1 run goes over to v2, at once.").wait_for()
        await page.get_by_label("Your password, again").fill("not mine")
        await page.get_by_role("dialog").get_by_role("button", name="Approve and sign").click()
        password = page.get_by_role("dialog").get_by_label("Your password, again")
        await expect(password).to_be_focused()  # and not the comment above it
        await password.fill(PASSWORD)
        await page.get_by_role("dialog").get_by_role("button", name="Approve and sign").click()
        await page.get_by_text("Gone over", exact=True).wait_for()
        await page.locator("#runs td a").first.click()
        await page.get_by_text("Moved from version 1 to version 2, proposed by AUTHOR").wait_for()


async def test_an_order_that_waits_for_its_runs_fills_itself(street: Street) -> None:
    house, platform = street.house, street.house.world.platform
    author, admin = await house.actor("author"), await house.actor("admin")
    found = await changeovers.running(platform, KEY, 2, actor=author)
    chosen = [one.run.id for one in found.candidates if one.fits]
    order = await changeover_proposals.propose(platform, KEY, 2, chosen, reason="rest", actor=author)
    house.engine.silent = True
    await changeover_orders.approve(platform, order.row.id, signature=SIGNED, actor=admin)
    async with street.person("admin", DESK, "zh") as page:
        await page.goto(f"/changeovers/{order.row.id}")
        await page.get_by_text("正在转版").wait_for()
        house.engine.silent = False
        asked = (await changeovers.order(platform, order.row.id, actor=admin)).runs
        await changeover_orders.carry_out(platform, [run.submission_id for run in asked if run.submission_id])
        await page.get_by_text("已转版").wait_for()

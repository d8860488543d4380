"""Pages that made people stumble: what a run came to, where one may start, who did what, what is wrong where."""

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from db import tables as t
from services import runs
from tests.services.counting import Counting
from tests.services.shipping import KEY, STAFF, Outbound
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import put_in_force
from ui.translation import Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
WAYS: list[tuple[tuple[int, int], Language]] = [
    (DESK, "zh"),
    (DESK, "en"),
    (HANDHELD, "zh"),
    (HANDHELD, "en"),
]


async def looked_at(page: Page, size: tuple[int, int], language: Language) -> None:
    """What must hold on every page; targets are for fingers on handhelds."""
    assert await too_wide(page) == 0
    assert size == DESK or await too_small(page) == []
    assert await axe(page) == []
    assert await untold(page, language) == []


async def test_a_refused_order_is_no_refused_delivery_and_not_green(street: Street) -> None:
    outbound = Outbound(street.house.world, street.house.engine)
    await put_in_force(street.house.world, KEY, STAFF)
    await outbound.stock("A-01", "M1", "N1", 3)
    run = await outbound.begin(("M1", 500), number="SO-MUCH")
    found = await runs.get(street.house.world.platform, run, actor=await street.house.actor("admin"))
    assert (found.row.state, found.row.outcome) == ("completed", "refused")
    for size, language in WAYS:
        async with street.person("admin", size, language) as page:
            said = {"zh": "未放行发货", "en": "Not released for shipment"}[language]
            wrong = {"zh": "已拒收", "en": "Delivery refused"}[language]
            for address in ("/runs?sop=outbound_review", f"/runs/{run}"):
                await page.goto(address)
                await expect(page.locator("main")).to_contain_text(said)
                await expect(page.locator("main")).not_to_contain_text(wrong)
                await expect(page.locator("main .chip.good, main .timeline .good")).to_have_count(0)
                await looked_at(page, size, language)


@pytest.mark.parametrize(("size", "language"), WAYS)
async def test_the_log_the_stock_and_a_start_are_told_plainly(
    street: Street, size: tuple[int, int], language: Language
) -> None:
    async with street.person("admin", size, language) as page:
        for address in ("/audit", "/stock?batch=240513", "/runs/new?sop=receiving_acceptance"):
            await page.goto(address)
            await looked_at(page, size, language)
        await page.goto("/audit")
        raw = page.locator("details.raw").first
        await raw.locator("summary").click()
        await expect(raw.locator("pre")).to_be_visible()
        assert await too_wide(page) == 0


@pytest.mark.parametrize(("size", "language"), WAYS)
async def test_the_focus_is_on_the_field_that_is_wrong(
    street: Street, size: tuple[int, int], language: Language
) -> None:
    async with street.person("admin", size, language) as page:
        await page.goto("/documents/new/sales_order")
        await page.locator("[name=number]").fill(f"F-{size[0]}-{language}")
        await page.locator("[name=ordered_on]").fill("2026-11-20")
        await page.locator("select[name=customer]").select_option("C2")
        await page.locator("select[name=site]").select_option("SH1")
        for name, value in (("material", "M1"), ("quantity", "三"), ("unit", "盒")):
            await page.locator(f"[name='lines.0.{name}']").fill(value)
        await page.locator("main form.panel button.primary").click()
        await expect(page.locator("[name='lines.0.quantity']")).to_be_focused()
        listed = page.locator(".summary li")
        await expect(listed).to_contain_text({"zh": "第 1 行，数量", "en": "Line 1, Quantity"}[language])
        await looked_at(page, size, language)
        await page.locator("[name='lines.0.quantity']").fill("１２")
        await page.locator("main form.panel button.primary").click()
        await expect(page.locator("main")).to_contain_text("12\u00a0盒")


async def test_a_wrong_count_at_the_hand_over_is_told_before_anybody_signs(street: Street) -> None:
    outbound = Outbound(street.house.world, street.house.engine)
    if not await in_force(street):
        await put_in_force(street.house.world, KEY, STAFF)
    await outbound.stock("A-01", "M1", "H1", 4)
    await outbound.begin(("M1", 1), number="SO-HAND")
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    task = await outbound.task("hand_over")
    await outbound.claim("hand_over", "kong")
    for size, language in WAYS:
        async with street.person("kong", size, language) as page:
            await page.goto(f"/tasks/{task['id']}")
            await page.locator("[name='data.packages']").fill("３")
            await page.locator("[name='data.received_by']").fill("张师傅")
            await page.locator("button[value=done]").click()
            said = {"zh": "与装箱登记的箱数不同", "en": "Not the number of packages that was packed"}[
                language
            ]
            await expect(page.locator("#task-form .error")).to_contain_text(said)
            await expect(page.locator("dialog [name=password]")).to_have_count(0)
            await expect(page.locator("button[value=differs]")).to_be_visible()
            await looked_at(page, size, language)
            await page.locator("[name='data.packages']").fill("１")
            await page.locator("button[value=done]").click()
            await expect(page.locator("dialog [name=password]")).to_be_visible()


async def test_a_blind_count_says_unit_where_it_has_no_quantity(street: Street) -> None:
    counting = Counting(street.house.world, street.house.engine)
    await counting.prepare()
    await counting.stock("A-02", "M1", "K1", 7)
    await counting.start()
    task = await counting.claim("count", "sun")
    for size, language in WAYS:
        async with street.person("sun", size, language) as page:
            await page.goto(f"/tasks/{task['id']}/scan")
            said = {"zh": "A-02 · 单位：盒", "en": "A-02 · Unit: 盒"}[language]
            await expect(page.locator("main")).to_contain_text(said)
            await looked_at(page, size, language)


async def in_force(street: Street) -> bool:
    """Whether the procedure is in force already: the house is the same for all that is looked at here."""
    query = sa.select(sa.func.count()).select_from(t.sop).where(t.sop.c.key == KEY)
    return bool(await street.house.world.scalar(query))

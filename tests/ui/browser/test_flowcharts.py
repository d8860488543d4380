"""The flowchart in a real browser: zoomed by buttons and keys, one printed page, the way of a run."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ADDRESS = "/sops/receiving_acceptance/versions/1/flowchart"


async def test_it_is_zoomed_by_buttons_and_keys(street: Street) -> None:
    async with street.person("admin", HANDHELD, "zh") as page:
        await page.goto(ADDRESS)
        chart = page.locator("svg.chart").first

        async def width() -> float:
            return float(await chart.get_attribute("width") or 0)

        first = await width()
        await page.get_by_role("button", name="放大").click()
        assert await width() > first
        await page.locator(".chart-view").focus()
        await page.keyboard.press("0")
        fitted = await width()
        assert fitted <= HANDHELD[0]
        await page.keyboard.press("+")
        assert await width() > fitted
        await page.keyboard.press("-")
        assert await width() == pytest.approx(fitted, abs=2)
        assert await too_wide(page) <= 0
        assert await too_small(page) + await axe(page) == []


async def test_it_prints_on_one_page(street: Street) -> None:
    async with street.person("admin", DESK, "en") as page:
        await page.goto(ADDRESS)
        printed = await page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


async def test_a_run_shows_the_way_it_went_and_keeps_showing_it(street: Street) -> None:
    run = await street.house.run("FLOW-1")
    async with street.person("admin", DESK, "zh") as page:
        await page.goto(f"/runs/{run}")
        chart = page.locator("#flow-view svg.chart")
        assert await chart.is_visible()
        assert await chart.locator(".node.is-human.mark-here").count() == 1
        assert await chart.locator(".is-action.mark-walked").count() >= 1
        await street.house.arrive(run)
        await expect(chart.locator(".node.is-human.mark-walked")).to_have_count(1)
        assert await chart.locator(".way.gone").count() >= 2
        assert float(await chart.get_attribute("width") or 0) > 0
    async with street.person("admin", HANDHELD, "zh") as page:
        await page.goto(f"/runs/{run}")
        assert not await page.locator("#flow-view").is_visible()
        await page.locator("summary", has_text="流程图").click()
        assert await page.locator("#flow-view svg.chart").is_visible()
        assert await too_wide(page) <= 0

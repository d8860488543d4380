"""The trace at a browser: by a wedge scanner, on both sizes, printed on one page."""

from __future__ import annotations

import re

import pytest

from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import gs1, line
from ui.translation import Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_pack_is_scanned_and_its_trace_can_be_read_everywhere(street: Street) -> None:
    run = await street.house.run("TRACE-1", [line(1, "M1", "T240513", 40)])
    await street.house.arrive(run)
    wrong: list[str] = []
    looks: tuple[tuple[Language, tuple[int, int]], ...] = (("zh", HANDHELD), ("en", DESK))
    for language, size in looks:
        async with street.person("admin", size, language) as page:
            await page.goto("/trace")
            await page.keyboard.type(gs1("M1", "T240513"), delay=2)
            await page.keyboard.press("Enter")
            await page.locator("#way").wait_for()
            assert "batch=" in page.url
            shown = await page.locator("#account").inner_text()
            assert "40" in shown
            found = await untold(page, language) + await axe(page)
            found += await too_small(page) if size == HANDHELD else []
            found += [f"{wide} px too wide" for wide in [await too_wide(page)] if wide > 0]
            wrong += [f"{language} {size}: {one}" for one in found]
            if size == DESK:
                printed = await page.pdf(prefer_css_page_size=True)
                assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert not wrong, "\n".join(wrong)

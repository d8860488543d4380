"""What must hold, on a handheld and on a desk in both languages: everything fits, is told and can be pressed."""

import pytest

from services import sop_editing, sop_files
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import KEY
from ui.translation import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.timeout(180)  # four looks, each read by axe-core
async def test_a_failing_sentence_is_read_and_walked_and_another_ticked(street: Street) -> None:
    text = sop_files.newest(KEY).text
    text = text.replace("  - id: acceptance\n", "  - id: acceptance\n    when: match.cold_chain\n", 1)
    admin = await street.house.actor("admin")
    row = await sop_editing.begin(street.house.world.platform, text, actor=admin)
    wrong: list[str] = []
    for language in LANGUAGES:
        for size in (HANDHELD, DESK):
            async with street.person("admin", size, language) as page:
                await page.goto(f"/sops/{KEY}/versions/{row.id}/proofs")
                wide = await too_wide(page)
                found = [f"{wide} px too wide"] if wide > 0 else []
                found += await untold(page, language) + await axe(page)
                found += await too_small(page) if size == HANDHELD else []
                wrong += [f"{language} {size}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
    async with street.person("admin", DESK, "en") as page:
        await page.goto(f"/sops/{KEY}/versions/{row.id}/proofs")
        shown = page.get_by_text("Show the path on the flowchart").first
        await shown.click()
        assert await page.locator("svg.chart .mark-failed:visible").count() > 0
        offered = page.locator("form[action$='/tick']")
        before = await page.locator("form[action$='/untick']").count()
        await offered.first.get_by_role("button").click()
        await page.wait_for_url("**/proofs")
        assert await page.locator("form[action$='/untick']").count() == before + 1

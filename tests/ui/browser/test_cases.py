"""Cases on a handheld and on a desk in both languages: the list and the form fit, are told and can be pressed."""

import pytest

from services import sop_editing, sop_files
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import KEY
from ui.translation import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.timeout(240)  # eight looks, each read by axe-core
async def test_cases_are_read_and_one_is_changed(street: Street) -> None:
    admin = await street.house.actor("admin")
    text = sop_files.newest(KEY).text.replace("outcome: refused", "outcome: held", 1)
    row = await sop_editing.begin(street.house.world.platform, text, actor=admin)
    address = f"/sops/{KEY}/versions/{row.id}/cases"
    wrong: list[str] = []
    for language in LANGUAGES:
        for size in (HANDHELD, DESK):
            async with street.person("admin", size, language) as page:
                for where in (address, f"{address}/3"):
                    await page.goto(where)
                    wide = await too_wide(page)
                    found = [f"{wide} px too wide"] if wide > 0 else []
                    found += await untold(page, language) + await axe(page)
                    found += await too_small(page) if size == HANDHELD else []
                    wrong += [f"{where[-7:]} {language} {size}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)
    async with street.person("admin", DESK, "en") as page:
        await page.goto(address)
        await page.get_by_role("link", name="Edit: cold chain goods that came warm").click()
        await page.get_by_label("How it must end").select_option("refused")
        await page.get_by_role("button", name="Keep").click()
        await page.wait_for_url("**/cases")
        assert await page.get_by_text("All 11 cases pass").count() == 1

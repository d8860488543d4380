"""The records of a delivery on a handheld and on a desk, in both languages: all that they say fits, in one language."""

import pytest
import sqlalchemy as sa

from db import tables as t
from tests.ui import cold_delivery
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from ui.translation import LANGUAGES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
KINDS = ("receipt", "acceptance_record", "put_away")


@pytest.mark.timeout(180)  # a dozen pages, each read by axe-core
async def test_the_records_of_a_cold_delivery_hold(street: Street) -> None:
    run = await cold_delivery.arrived(street.house, number="RECORDS-1")
    await cold_delivery.accepted(street.house, run)
    await cold_delivery.put_away(street.house, run, "C-01")
    d = t.document.c
    rows = await street.house.world.rows(sa.select(d.id, d.kind).where(d.run_id == run, d.kind.in_(KINDS)))
    assert {row["kind"] for row in rows} == set(KINDS)
    wrong: list[str] = []
    for language in LANGUAGES:
        for size in (HANDHELD, DESK):
            async with street.person("admin", size, language) as page:
                for row in rows:
                    await page.goto(f"/documents/{row['id']}")
                    wide = await too_wide(page)
                    found = [f"{wide} px too wide"] if wide > 0 else []
                    found += await untold(page, language) + await axe(page)
                    found += await too_small(page) if size == HANDHELD else []
                    wrong += [f"{language} {size} {row['kind']}: {one}" for one in found]
    assert not wrong, "\n".join(wrong)

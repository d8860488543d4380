"""A batch is rejected while some of it is on the way: none of that becomes good (GSP 87).

Quality decides on the batch; who inspects what comes in afterwards sees sound goods and says so. The hold stays
for ever, so goods in the green zone could neither be sold nor destroyed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.quality import decided
from tests.services.sales import shelve
from tests.services.test_transfers import begin, books

if TYPE_CHECKING:
    from tests.services.company import Company

REFUSED = {"refused": "serials_unclear"}


@pytest.mark.parametrize(
    ("actions", "more", "stands"),
    [
        (("quality.reject_batch",), {}, {("UR1", "R-01", "rejected"): 10}),
        (("quality.reject_batch",), {"taken_back": True}, {("UR1", "A-01", "qualified"): 10}),
        (("quality.reject_batch",), REFUSED, {("UR1", "A-01", "qualified"): 10}),
        ((), {}, {("UR1", "A-01", "qualified"): 10}),
    ],
)
async def test_goods_on_their_way_follow_the_decision_on_their_batch(
    company: Company, actions: tuple[str, ...], more: dict[str, Any], stands: dict[tuple[str, str, str], int]
) -> None:
    batch = await shelve(company, "B1", 10)
    moved = await begin(company)
    await moved.send()
    await decided(company, batch, *actions, **more)
    await moved.arrive()
    lines = await moved.answered("receive", {"outcome": "accepted", "location": "A-01"})
    outputs = await moved.act("book_in", lines=lines)
    assert await books(company) == stands
    assert (outputs["accepted"], outputs["rejected"]) == (
        (0, 10) if ("UR1", "R-01", "rejected") in stands else (10, 0)
    )

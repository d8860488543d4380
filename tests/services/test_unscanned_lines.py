"""Pick and review rest on scans (GSP 94, 96): what nobody scanned is called in order by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from db.session import Database
from domain.scanned_lines import LineNotScanned, QuantityNotScanned, QuantityNotTold, rests_on_scan
from domain.submissions import LinesOpen
from services import worklists
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound, gs1
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    await made.stock("A-01", "M1", "240513", 9)
    await made.begin(("M1", 5))
    yield made
    await opened.close()


async def said(outbound: Outbound, step: str, who: str, outcome: str, **data: Any) -> None:
    """The result of line 1, without any scan."""
    task = await outbound.task(step)
    await worklists.line_result(
        outbound.world.platform,
        task["id"],
        1,
        result_id=uuid4(),
        outcome=outcome,
        data=data,
        epoch=task["epoch"],
        actor=await outbound.world.actor(who),
    )


async def test_what_nobody_scanned_is_neither_picked_nor_passed(outbound: Outbound) -> None:
    await outbound.claim("pick", "he")
    with pytest.raises(LineNotScanned):
        await said(outbound, "pick", "he", "picked")
    await outbound.scan("pick", "he", "A-01")  # the place alone is not the goods
    with pytest.raises(LineNotScanned):
        await said(outbound, "pick", "he", "picked")
    await outbound.scan("pick", "he", gs1("M1", "240513"))
    await said(outbound, "pick", "he", "picked", found_quantity=5)
    await outbound.finish("pick", "he", outcome="done")
    [line] = await outbound.lines("review")  # who reviews knows that four of five were counted by hand
    assert line["picked_scanned"] == 1
    assert (await outbound.shipment_lines())[0]["data"]["picked_scanned"] == 1
    await outbound.claim("review", "feng")
    with pytest.raises(LineNotScanned):  # the scans of the picker are not those of the reviewer
        await said(outbound, "review", "feng", "passed")
    wrong = {"defect": "label", "reason": "标签模糊"}
    with pytest.raises(QuantityNotScanned):  # the four that pass are passed on a scan as well
        await said(outbound, "review", "feng", "partly", refused_quantity=1, **wrong)
    await said(outbound, "review", "feng", "refused", **wrong)
    await outbound.scan("review", "feng", gs1("M1", "240513"))
    await said(outbound, "review", "feng", "partly", refused_quantity=1, **wrong)


async def test_one_scan_says_the_batch_and_the_quantity_is_typed_or_scanned(outbound: Outbound) -> None:
    await outbound.claim("pick", "he")
    await outbound.scan("pick", "he", gs1("M1", "240513"))
    with pytest.raises(QuantityNotTold):
        await said(outbound, "pick", "he", "picked")
    await outbound.scan("pick", "he", gs1("M1", "240513", count=4))  # in full: picked by that
    await outbound.finish("pick", "he", outcome="done")
    assert "picked_scanned" not in (await outbound.lines("review"))[0]
    assert await outbound.balances() == {
        ("240513", "A-01", "qualified"): 4,
        ("240513", "F-01", "qualified"): 5,
    }


async def test_what_was_found_of_a_short_line_was_scanned(outbound: Outbound) -> None:
    await outbound.claim("pick", "he")
    few = {"found_quantity": 3, "reason": "货位少货"}
    with pytest.raises(QuantityNotScanned):
        await said(outbound, "pick", "he", "short", **few)
    scanned = await outbound.scan("pick", "he", gs1("M1", "240513"))
    await said(outbound, "pick", "he", "short", **few)
    await outbound.take_back("pick", "he", scanned.scan_id)
    with pytest.raises(QuantityNotScanned):
        await outbound.finish("pick", "he", outcome="done")
    await said(outbound, "pick", "he", "short", found_quantity=0, reason="货位无货")
    await outbound.finish("pick", "he", outcome="done")


async def test_a_scan_taken_back_leaves_a_list_that_cannot_be_finished(outbound: Outbound) -> None:
    await outbound.claim("pick", "he")
    first = await outbound.scan("pick", "he", gs1("M1", "240513", count=5))
    await outbound.take_back("pick", "he", first.scan_id)
    with pytest.raises(LinesOpen):
        await outbound.finish("pick", "he", outcome="done")
    again = await outbound.scan("pick", "he", gs1("M1", "240513"))
    await said(outbound, "pick", "he", "picked", found_quantity=5)
    await outbound.take_back("pick", "he", again.scan_id)
    with pytest.raises(LineNotScanned):
        await outbound.finish("pick", "he", outcome="done")
    await said(outbound, "pick", "he", "short", found_quantity=0, reason="货位无货")
    await outbound.finish("pick", "he", outcome="done")


@pytest.mark.parametrize(
    ("scan", "outcome", "rests"),
    [
        ("required", "fine", True),
        ("required", "done", True),  # a list without outcomes of its own
        ("required", "bad", False),
        (True, "fine", False),
        (False, "fine", False),
    ],
)
def test_only_an_answer_without_a_reason_rests_on_a_scan(scan: object, outcome: str, rests: bool) -> None:
    work = {"scan": scan, "outcomes": {"fine": {"reason": "optional"}, "bad": {"reason": "required"}}}
    assert rests_on_scan(work, outcome) is rests

"""Pick and review rest on scans (GSP 94, 96): what nobody scanned is called in order by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from db.session import Database
from domain.scanned_lines import LineNotScanned, rests_on_scan
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
    await said(outbound, "pick", "he", "picked")
    await outbound.finish("pick", "he", outcome="done")
    await outbound.claim("review", "feng")
    with pytest.raises(LineNotScanned):  # the scans of the picker are not those of the reviewer
        await said(outbound, "review", "feng", "passed")
    await said(outbound, "review", "feng", "refused", defect="label", reason="标签模糊")


async def test_a_scan_taken_back_leaves_a_list_that_cannot_be_finished(outbound: Outbound) -> None:
    await outbound.claim("pick", "he")
    first = await outbound.scan("pick", "he", gs1("M1", "240513"))
    await said(outbound, "pick", "he", "picked")
    await outbound.take_back("pick", "he", first.scan_id)
    with pytest.raises(LinesOpen):
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

"""What is not found of a return to the supplier is said, examined and left in the books; the rest goes back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.scanned_lines import QuantityNotScanned
from domain.sop_progress.refusals import FormInvalid, ReasonRequired
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.services.supplier_returns import returned, staffed, unscanned
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

FEW = {"outcome": "short", "picked_quantity": 5, "reason": "货位只有五盒"}
EXAMINED = {"cause": "unknown", "assessment": "已查监控，未找到"}


@pytest.fixture
async def house(working: TestDatabase) -> AsyncIterator[Outbound]:
    """Eight packs go back to their supplier: chosen and approved."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await staffed(made)
    await made.stock("A-01", "M1", "240513", 8)
    await returned(made)
    yield made
    await opened.close()


async def record(house: Outbound) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The return note: its head with its state, and its lines."""
    d, c = t.document.c, t.document_line.c
    [head] = await house.world.rows(sa.select(t.document).where(d.kind == "purchase_return"))
    rows = await house.world.rows(sa.select(t.document_line).where(c.document_id == head["id"]))
    return {**head["header"], "state": head["state"]}, [{**row["data"], **row} for row in rows]


async def told(house: Outbound) -> list[str]:
    """The titles of what people were told."""
    return [row["title_zh"] for row in await house.world.rows(sa.select(t.notification.c.title_zh))]


async def test_what_was_found_goes_back_and_the_rest_is_examined_and_counted(house: Outbound) -> None:
    await house.listed("pick", "sun", "picked", [FEW])
    [missing] = await house.lines("examine")
    assert (missing["quantity"], missing["location"], missing["finding"]) == (3, "A-01", "货位只有五盒")
    await house.listed("examine", "zhou", "done", [EXAMINED])
    await house.filled("hand_over", "wu", "done", carrier="顺风物流", vehicle="沪A00001")
    assert await house.state() == ("completed", "returned")
    assert await house.balances() == {("240513", "A-01", "qualified"): 3}
    head, [line] = await record(house)
    assert (head["state"], head["not_found"]) == ("closed", 3)
    assert (line["quantity"], line["approved"]) == (5, 8)
    said = await told(house)
    assert any("请盘点" in one for one in said) and any("少于批准数量" in one for one in said)


async def test_a_return_of_which_nothing_is_found_is_cancelled(house: Outbound) -> None:
    await house.listed("pick", "sun", "picked", [{**FEW, "picked_quantity": 0}])
    await house.listed("examine", "zhou", "done", [{**EXAMINED, "cause": "lost"}])
    assert await house.state() == ("completed", "none_found")
    assert await house.balances() == {("240513", "A-01", "qualified"): 8}
    head, lines = await record(house)
    assert (head["state"], head["not_found"], lines) == ("cancelled", 8, [])


async def test_goods_that_turn_up_are_picked_again(house: Outbound) -> None:
    await house.listed("pick", "sun", "picked", [FEW])
    await house.claim("examine", "zhou")
    await house.send_back("examine", "zhou", "pick", "在 A-02 找到")
    await house.listed("pick", "sun", "picked")
    await house.filled("hand_over", "wu", "done", carrier="顺风物流", vehicle="沪A00001")
    assert await house.state() == ("completed", "returned")
    assert await house.balances() == {}
    head, [line] = await record(house)
    assert ("not_found" in head, line["quantity"], line["approved"]) == (False, 8, 8)
    assert not any("退货" in one for one in await told(house))


@pytest.mark.parametrize(
    "answer",
    [
        {**FEW, "picked_quantity": 8},
        {"outcome": "short", "reason": "货位少货"},
        {**FEW, "reason": ""},
        {"outcome": "picked", "picked_quantity": 5},
    ],
)
async def test_short_says_how_many_and_why(house: Outbound, answer: dict[str, Any]) -> None:
    await house.claim("pick", "sun")
    given = dict(answer)
    with pytest.raises((FormInvalid, ReasonRequired)):
        await house.answer("pick", "sun", 1, given, given.pop("outcome"))


async def test_what_was_found_of_a_short_line_was_scanned(house: Outbound) -> None:
    await house.claim("pick", "sun")
    with pytest.raises(QuantityNotScanned):
        await unscanned(house, "pick", "sun", "short", picked_quantity=5, reason="货位只有五盒")

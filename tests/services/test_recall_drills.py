"""A drill touches nothing real and keeps its own figures; a recall closes on everything that is under way."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from domain.batches import PlaceKind, PostingKind, Status
from domain.stock import Move, Posting
from services.action_context import ActionRefused
from services.actions import ACTIONS
from tests.services.company import Company
from tests.services.recalls import Recalling, recalling
from tests.services.test_recall_flow import consigned
from tests.waiting import waits_or_ends


async def shipped(company: Company, *, drill: bool = False) -> Recalling:
    """Eight packs of R101 at C2, the rest on the shelf; nothing of the recall has happened yet."""
    recall = await recalling(company, drill=drill)
    await recall.stock("R101", 20)
    await recall.issue("R101", 8, "C2")
    return recall


async def told(recall: Recalling, **said: int) -> dict[str, Any]:
    lines = (await recall.act("recall.notify", party="C2"))["lines"]
    answered = await recall.answered(lines, {"on_hand": 8, "consumed": 0, "destroyed": 0, **said})
    return await recall.act("recall.record_answer", party="C2", lines=answered)


async def test_what_comes_back_in_a_drill_counts_there_and_nowhere_else(company: Company) -> None:
    recall = await shipped(company, drill=True)
    await recall.sealed()
    assert (await recall.row()).header["drill"] is True  # its notice says so wherever it is shown
    before = await recall.balances()
    answer = await told(recall, on_hand=6, consumed=2)
    back = await recall.answered(answer["lines"], {"returned_quantity": 5, "reason": "少一盒"})
    await recall.act("recall.take_back", party="C2", lines=back)
    assert await recall.balances() == before
    assert (await consigned(recall))["R101", "C2"] == (8, 5, 1)
    drawn = await recall.act("recall.balance")
    explained = await recall.answered(drawn["lines"], {"outcome": "explained", "reason": "演练设定遗失"})
    assert (await recall.act("recall.close", lines=explained))["closed"]


async def test_a_closed_drill_stays_as_it_was_whatever_the_company_sells_and_takes_back(
    company: Company,
) -> None:
    recall = await shipped(company, drill=True)
    await recall.sealed()
    answer = await told(recall)
    back = await recall.answered(answer["lines"], {"returned_quantity": 8})
    await recall.act("recall.take_back", party="C2", lines=back)
    assert (await recall.act("recall.close"))["closed"]
    await recall.issue("R101", 3, "C2")
    await recall.give_back("R101", 4, "C2")
    assert (await consigned(recall))["R101", "C2"] == (8, 8, 0)
    assert (await recall.row()).state == "closed"


async def test_a_drill_lists_no_stock_to_be_destroyed_whatever_a_real_recall_has_set_apart(
    company: Company,
) -> None:
    real = await shipped(company)
    await real.sealed()
    await real.act("recall.move_stock")
    drill = await recalling(company, drill=True, number="DRILL-1")
    await drill.sealed()
    stock = (await real.act("recall.stock_by_site"))["lines"]
    assert stock["count"] == 1
    (line,) = await real.lines(stock)
    assert " / " in line["text"] and line["text"] != line["site"]
    assert line["unit"] == "盒"
    assert (await drill.act("recall.stock_by_site"))["lines"]["count"] == 0


@pytest.mark.parametrize("first", [True, False])
async def test_a_notice_that_began_as_one_is_never_taken_up_as_the_other(
    company: Company, *, first: bool
) -> None:
    recall = await shipped(company, drill=first)
    await recall.act("recall.open")
    await recall.undo("recall.withdraw")
    recall.drill = not first
    with pytest.raises(ActionRefused) as refusal:
        await recall.act("recall.open")
    assert refusal.value.name == "mode_differs"
    with pytest.raises(ActionRefused) as refusal:
        await recall.act("recall.notify", party="C2")
    assert refusal.value.name == "mode_differs"
    recall.drill = first
    await recall.sealed()
    async with company.database.read() as tx:
        holds = await tx.scalar(sa.select(sa.func.count()).select_from(t.hold))
    assert holds == (0 if first else 1)


async def explained(recall: Recalling) -> Any:
    """Everything sealed and explained: the recall could be closed."""
    await recall.sealed()
    drawn = await recall.act("recall.balance")
    return await recall.answered(drawn["lines"], {"outcome": "explained", "reason": "已使用"})


async def test_a_recall_is_not_closed_past_a_return_that_is_being_booked(company: Company) -> None:
    recall = await shipped(company)
    lines = await explained(recall)
    zone = await recall.place("SH1", "Z-01", Status.RECALLED)
    move = Move(recall.batches["R101"], 2, PlaceKind.CUSTOMER, zone, party_id=await recall.party("C2"))
    async with company.write() as tx:
        await ledger.post(tx, Posting(PostingKind.CUSTOMER_RETURN, company.admin.person_id, [move]))
        closing = asyncio.create_task(recall.act("recall.close", lines=lines))
        await waits_or_ends(company.database, closing)
    assert await closing == {"closed": False, "unaccounted": 6}
    assert (await recall.row()).state == "sealed"


async def test_a_return_that_comes_while_a_recall_is_closed_opens_it_again(company: Company) -> None:
    recall = await shipped(company)
    lines = await explained(recall)
    async with company.write() as tx:
        context = company.context(tx, recall.run, "closing#1")
        assert (await ACTIONS["recall.close"](context, {**recall.given, "lines": lines})).outputs["closed"]
        late = asyncio.create_task(recall.give_back("R101", 2, "C2"))
        await waits_or_ends(company.database, late)
    await late
    assert (await recall.row()).state == "reopened"


async def test_an_answer_that_comes_while_a_recall_is_closed_opens_it_again(company: Company) -> None:
    recall = await shipped(company)
    lines = await explained(recall)
    notice = (await recall.act("recall.notify", party="C2"))["lines"]
    said = await recall.answered(notice, {"on_hand": 0, "consumed": 3, "destroyed": 0})
    async with company.write() as tx:
        context = company.context(tx, recall.run, "closing#1")
        await ACTIONS["recall.close"](context, {**recall.given, "lines": lines})
        late = asyncio.create_task(recall.act("recall.record_answer", party="C2", lines=said))
        await waits_or_ends(company.database, late)
    await late
    assert (await recall.row()).state == "reopened"

"""A whole recall, by people: the main run, the run of a consignee, the balance, the end - and new evidence."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import references
from db.queries.evidence_scope import EvidenceScope, runs_in
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.errors import Invalid, Refusal
from domain.recall import RecallIn
from domain.stock import Move, Position, Posting
from services import document_notes, recall_notice, runs, signals
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services.recall_runs import NOTICE, begin, called, confirm, do, hire, sold, work
from tests.ui.house import House, open_house


@pytest.fixture
async def house(database: TestDatabase) -> AsyncIterator[House]:
    async with open_house(database.app_url) as made:
        yield made


async def state(house: House, run: UUID) -> tuple[str, str | None]:
    c = t.run.c
    (row,) = await house.world.rows(sa.select(c.state, c.outcome).where(c.id == run))
    return row["state"], row["outcome"]


async def recall_state(house: House) -> str:
    return str(await house.world.scalar(sa.select(t.recall.c.state)))


async def move(house: House, batch: UUID, quantity: int, kind: PostingKind) -> None:
    """Goods issued to the customer, or brought back by it, past the recall's own steps."""
    world = house.world
    async with world.write() as tx:
        site = await references.site(tx, "SH1")
        customer = await references.party(tx, "C2")
        assert site is not None and customer is not None
        places = {place.code: place.location_id for place in await references.places(tx, site.id)}
        shelf = Position(site.id, places["A-01"], Status.QUALIFIED, site.legal_entity_id)
        zone = Position(site.id, places["Z-01"], Status.RECALLED, site.legal_entity_id)
        out = kind is PostingKind.ISSUE
        source, target = (shelf, PlaceKind.CUSTOMER) if out else (PlaceKind.CUSTOMER, zone)
        one = Move(batch, quantity, source, target, party_id=customer.id)
        await ledger.post(tx, Posting(kind, world.people["admin"], [one]))


async def answered(house: House, run: UUID, on_hand: int, consumed: int) -> UUID:
    """The consignee confirms, answers and sends back what it has; its run."""
    (child,) = await called(house)
    assert (await state(house, child))[0] == "running"
    await do(house, child, "acknowledged", "recaller", "confirmed", by="药剂科", channel="phone")
    said: dict[str, Any] = {"on_hand": on_hand, "consumed": consumed, "destroyed": 0, "reason": "盘点数"}
    await work(house, child, "answer", "recaller", **said)
    if on_hand:
        await work(house, child, "returned", "li", returned_quantity=on_hand, reason="其余已使用")
    assert await state(house, child) == ("completed", "recovered" if on_hand else "nothing_left")
    del run
    return child


async def concluded(house: House, run: UUID) -> None:
    await work(house, run, "disposal", "zhou", "keep", reason="等待持有人意见")
    await do(house, run, "assessment", "zhou", effectiveness="effective", assessment="全部收回")


async def test_a_recall_runs_from_its_notice_to_its_end(house: House) -> None:
    batch = await sold(house)
    notice, run = await begin(house)
    await confirm(house)
    assert await recall_state(house) == "sealed"
    with pytest.raises(BatchNotIssuable):
        await move(house, batch, 1, PostingKind.ISSUE)
    await answered(house, run, on_hand=6, consumed=2)
    await do(house, run, "plan", "zhou", filed_with="药监局", filed_on="2026-11-25")
    await do(house, run, "report", "zhou", "last", said="全部答复")
    assert await recall_state(house) == "closed"
    await concluded(house, run)
    assert await state(house, run) == ("completed", "completed")
    _name, printed = await document_notes.pdf(
        house.world.platform, notice, actor=await house.actor("admin"), language="en"
    )
    for word in ("Recallrecord", "Reconciliationbyconsignee", "Drug", "乙医院"):
        assert word in text_of(printed), word
    b = t.balance.c
    recalled = sa.select(sa.func.sum(b.quantity)).where(b.batch_id == batch, b.status == "recalled")
    assert await house.world.scalar(recalled) == 42 + 6


async def test_a_notice_is_not_received_after_today(house: House) -> None:
    await hire(house)
    body = RecallIn.model_validate({**NOTICE, "materials": ["M1"], "noticed_on": "2099-01-01"})
    with pytest.raises(Invalid) as refused:
        await recall_notice.post(house.world.platform, body, actor=await house.actor("admin"))
    assert [(one.field, one.code) for one in refused.value.fields] == [("noticed_on", "in_the_future")]


async def test_a_consignee_that_has_none_left_is_among_the_evidence_of_the_batch(house: House) -> None:
    """Its run moves nothing; what it was told and answered is of the batch all the same."""
    batch = await sold(house)
    _, run = await begin(house)
    await confirm(house)
    child = await answered(house, run, 0, 10)
    found = await house.world.rows(runs_in(EvidenceScope(batch_id=batch)))
    assert {run, child} <= {row["id"] for row in found}


async def test_a_difference_keeps_the_recall_open_until_it_is_explained(house: House) -> None:
    await sold(house)
    _, run = await begin(house)
    await confirm(house)
    await answered(house, run, on_hand=6, consumed=1)
    await do(house, run, "plan", "zhou", filed_with="药监局", filed_on="2026-11-25")
    await do(house, run, "report", "zhou", "last", said="全部答复")
    await work(house, run, "explain", "zhou", "open")
    assert await recall_state(house) == "sealed"
    await work(house, run, "explain", "zhou", "explained", cause="lost", reason="对方盘亏一盒")
    assert await recall_state(house) == "closed"
    await concluded(house, run)
    assert await state(house, run) == ("completed", "completed")


async def test_goods_that_turn_up_later_are_balanced_in_a_new_run(house: House) -> None:
    batch = await sold(house)
    notice, run = await begin(house)
    await confirm(house)
    await answered(house, run, on_hand=0, consumed=8)
    await do(house, run, "plan", "zhou", filed_with="药监局", filed_on="2026-11-25")
    await do(house, run, "report", "zhou", "last", said="全部答复")
    await concluded(house, run)
    await move(house, batch, 1, PostingKind.CUSTOMER_RETURN)
    assert await recall_state(house) == "reopened"
    admin = await house.actor("admin")
    again = await runs.start(house.world.platform, "recall", {"recall": str(notice)}, actor=admin)
    await work(house, again.row.id, "explain", "zhou", "explained", cause="other", reason="对方误报已使用")
    assert await recall_state(house) == "closed"
    await concluded(house, again.row.id)
    assert await state(house, again.row.id) == ("completed", "completed")


async def test_a_mock_recall_goes_the_same_way_and_touches_nothing(house: House) -> None:
    batch = await sold(house)
    _, run = await begin(house, number="DRILL-1")
    await confirm(house)
    await move(house, batch, 1, PostingKind.ISSUE)
    await answered(house, run, on_hand=8, consumed=0)
    await do(house, run, "plan", "zhou", filed_with="演练", filed_on="2026-11-25")
    await do(house, run, "report", "zhou", "last", said="演练")
    await do(house, run, "assessment", "zhou", effectiveness="effective", assessment="可召回")
    assert await state(house, run) == ("completed", "completed")
    b = t.balance.c
    shelf = sa.select(sa.func.sum(b.quantity)).where(b.batch_id == batch, b.status == "qualified")
    assert await house.world.scalar(shelf) == 41
    summary = await house.world.scalar(sa.select(t.run.c.summary_zh).where(t.run.c.id == run))
    assert summary == "【演练】DRILL-1"
    english = await house.world.scalar(sa.select(t.run.c.summary_en).where(t.run.c.id == run))
    assert english == "DRILL DRILL-1"


async def test_who_recorded_the_answer_does_not_take_the_goods_back(house: House) -> None:
    await sold(house)
    _, run = await begin(house)
    await confirm(house)
    (child,) = await called(house)
    await do(house, child, "acknowledged", "recaller", "confirmed", by="药剂科", channel="phone")
    await work(house, child, "answer", "recaller", on_hand=8, consumed=0, destroyed=0)
    shown = sa.select(t.line.c.data["on_hand"].astext).join(
        t.task, t.task.c.line_set_id == t.line.c.line_set_id
    )
    assert await house.world.scalar(shown.where(t.task.c.step_id == "returned")) == "8"
    with pytest.raises(Refusal):
        await work(house, child, "returned", "recaller", returned_quantity=8)
    del run


async def test_a_consignee_may_confirm_by_its_own_system(house: House) -> None:
    await sold(house)
    await begin(house)
    await confirm(house)
    (child,) = await called(house)
    admin = await house.actor("admin")
    await signals.send(
        house.world.platform, "recall_acknowledged", "ZH-2026-1/C2", {"by": "医院药房系统"}, actor=admin
    )
    r = t.recall_record.c
    said = await house.world.scalar(sa.select(r.data).where(r.kind == "acknowledged"))
    assert said == {"by": "医院药房系统", "channel": "system"}
    k = t.task.c
    left = await house.world.scalar(sa.select(k.state).where(k.run_id == child, k.step_id == "acknowledged"))
    assert left == "withdrawn"
    await house.task_of(child, "answer")

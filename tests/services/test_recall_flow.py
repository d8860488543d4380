"""A recall from its notice to its end, action by action on a real database - and what it refuses on the way."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries import recalls
from db.session import Database
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.errors import Invalid
from domain.recall import RecallSealed
from domain.recall_reconciliation import BatchUnderRecall, RecallAnswerWrong, RecallNotBalanced
from domain.returns import ReturnExceedsSale
from services import holds, recall_notice
from services.action_context import ActionRefused
from services.actions import ACTIONS
from services.documents_entry import DocumentExists
from tests.servers import TestDatabase
from tests.services.company import Company
from tests.services.recalls import Recalling, notice, recalling


async def test_the_scope_is_put_before_a_person_line_by_line(company: Company) -> None:
    recall = await recalling(company, scope="R101-R103、R209、见附件")
    await recall.stock("R101", 10)
    await recall.stock("R103", 5, site="UR1")
    await recall.stock("R104", 5)
    opened = await recall.act("recall.open")
    lines = await recall.lines(opened["lines"])
    assert [(line["kind"], line["batch_number"] or line["text"]) for line in lines] == [
        ("batch", "R101"),
        ("batch", "R103"),
        ("absent", "R209"),
        ("unread", "见附件"),
    ]
    assert opened["lines"]["aggregates"]["count_unread"] == 1


async def test_the_seal_stops_every_site_and_says_what_stood_where(company: Company) -> None:
    recall = await recalling(company)
    await recall.stock("R101", 10)
    await recall.stock("R102", 8, site="UR1")
    shelf = await recall.place("SH1", "A-01", Status.QUALIFIED)
    await recall.move(PostingKind.TRANSFER_OUT, "R101", 3, shelf, PlaceKind.TRANSIT, None)
    sealed = await recall.sealed()
    assert sealed == {
        "batches": 2,
        "on_hand": 15,
        "reserved": 0,
        "in_transit": 3,
        "in_return": 0,
        "not_in_our_books": 0,
    }
    for number, site in (("R101", "SH1"), ("R102", "UR1")):
        with pytest.raises(BatchNotIssuable):
            await recall.issue(number, 1, site=site)
    moved = await recall.act("recall.move_stock")
    assert moved == {"moved": 15, "left_in_place": 8}  # UR1 has no recall zone
    assert await recall.balances() == {
        ("R101", "Z-01", "recalled"): 7,
        ("R102", "A-01", "recalled"): 8,
    }


async def test_serials_are_moved_one_by_one_after_the_seal(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.recall_seal.SERIALS_AT_ONCE", 7)
    recall = await recalling(company)
    await recall.stock("R101", 20, serials=20)
    await recall.stock("R101", 5)
    await recall.sealed()
    assert (await recall.act("recall.move_stock"))["moved"] == 25
    p = t.serial_place.c
    async with company.database.read() as tx:
        states = await tx.rows(sa.select(p.status, sa.func.count().label("n")).group_by(p.status))
    assert [dict(row) for row in states] == [{"status": "recalled", "n": 20}]


async def test_a_person_adds_what_the_text_did_not_say_clearly(company: Company) -> None:
    recall = await recalling(company, scope="见附件")
    await recall.stock("R101", 1)
    await recall.stock("R102", 1)
    opened = await recall.act("recall.open")
    wrong = await recall.answered(opened["lines"], {"outcome": "recalled", "also": "R101 以后的"})
    with pytest.raises(ActionRefused, match="R101"):
        await recall.act("recall.seal", lines=wrong)
    nothing = await recall.answered(opened["lines"], {"outcome": "noted"})
    with pytest.raises(ActionRefused, match="ZH-1"):
        await recall.act("recall.seal", lines=nothing)
    right = await recall.answered(opened["lines"], {"outcome": "recalled", "also": "R101-R102、R999"})
    sealed = await recall.act("recall.seal", lines=right)
    assert (sealed["batches"], sealed["not_in_our_books"]) == (2, 1)


async def test_a_recall_of_none_of_our_batches_ends_with_its_conclusion(company: Company) -> None:
    recall = await recalling(company, scope="R999")
    opened = await recall.act("recall.open")
    assert opened["lines"]["aggregates"]["count_batches"] == 0
    await recall.act("recall.conclude", effectiveness="not_ours", assessment="账上没有这些批号")
    row = await recall.row()
    assert (row.state, row.header["effectiveness"]) == ("closed", "not_ours")
    with pytest.raises(ActionRefused):
        await recall.act("recall.open")


async def consigned(recall: Recalling) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(batch, partner) -> shipped, recovered, unaccounted."""
    async with recall.company.database.read() as tx:
        rows = await recalls.consigned(tx, recall.document)
    return {
        (row.batch_number, row.party): (row.shipped, row.recovered, row.consigned.unaccounted) for row in rows
    }


async def sold(company: Company, **more: Any) -> Recalling:
    recall = await recalling(company, **more)
    await recall.stock("R101", 50)
    await recall.stock("R102", 50)
    await recall.issue("R101", 10, "C2")
    await recall.issue("R101", 5, "C3")
    await recall.issue("R102", 4, "C3")
    await recall.give_back("R101", 2, "C2")
    return recall


async def test_consignees_come_from_the_ledger_less_what_they_had_returned(company: Company) -> None:
    recall = await sold(company)
    await recall.sealed()
    assert await consigned(recall) == {
        ("R101", "C2"): (8, 0, 8),
        ("R101", "C3"): (5, 0, 5),
        ("R102", "C3"): (4, 0, 4),
    }
    listed = await recall.act("recall.consignees")
    lines = await recall.lines(listed["lines"])
    assert [(line["party"], line["batches"], line["quantity"]) for line in lines] == [
        ("C2", 1, 8),
        ("C3", 2, 9),
    ]


async def test_a_recall_closes_only_when_it_is_balanced_or_explained(company: Company) -> None:
    recall = await sold(company)
    await recall.sealed()
    for party, answers in (
        ("C2", [{"on_hand": 6, "consumed": 2, "destroyed": 0, "returned_quantity": 6}]),
        (
            "C3",
            [
                {"on_hand": 4, "consumed": 0, "destroyed": 0, "returned_quantity": 4},
                {"on_hand": 3, "consumed": 0, "destroyed": 1, "returned_quantity": 3},
            ],
        ),
    ):
        told = await recall.act("recall.notify", party=party)
        await recall.act("recall.acknowledge", party=party, by="药剂科", channel="phone")
        said = await recall.answered(told["lines"], *answers)
        answer = await recall.act("recall.record_answer", party=party, lines=said)
        assert answer["on_hand"] == sum(one["on_hand"] for one in answers)
        back = await recall.answered(answer["lines"], *answers)
        await recall.act("recall.take_back", party=party, lines=back)
    drawn = await recall.act("recall.balance")
    assert (drawn["balanced"], drawn["unaccounted"]) == (False, 1)
    unexplained = await recall.answered(drawn["lines"], {"outcome": "open"})
    assert await recall.act("recall.close", lines=unexplained) == {"closed": False, "unaccounted": 1}
    with pytest.raises(RecallNotBalanced):
        await close_by_hand(recall)
    explained = await recall.answered(
        drawn["lines"], {"outcome": "explained", "cause": "lost", "reason": "药房盘亏一盒"}
    )
    assert await recall.act("recall.close", lines=explained) == {"closed": True, "unaccounted": 0}
    row = await recall.row()
    assert row.state == "closed"
    assert row.header["balance"] == {
        "shipped": 17,
        "recovered": 13,
        "consumed": 2,
        "destroyed": 1,
        "explained": 1,
        "consignees": 2,
        "answered": 2,
    }
    assert (await recall.balances())["R101", "Z-01", "recalled"] == 2 + 6 + 4


async def close_by_hand(recall: Recalling) -> None:
    async with recall.company.write() as tx:
        c = t.recall.c
        await tx.execute(sa.update(t.recall).where(c.document_id == recall.document).values(state="closed"))


async def closed(company: Company) -> Recalling:
    recall = await sold(company)
    await recall.sealed()
    drawn = await recall.act("recall.balance")
    explained = await recall.answered(drawn["lines"], {"outcome": "explained", "reason": "已使用"})
    assert (await recall.act("recall.close", lines=explained))["closed"]
    return recall


async def test_goods_that_turn_up_later_open_the_recall_again(company: Company) -> None:
    recall = await closed(company)
    await recall.give_back("R102", 1, "C3")
    row = await recall.row()
    assert row.state == "reopened"
    assert row.reopened_at is not None
    async with company.database.read() as tx:
        c = t.recall_record.c
        why = await tx.scalar(sa.select(c.data).where(c.kind == "reopened"))
    assert why == {"because": "returned"}
    again = await recall.act("recall.open")
    assert again["reopened"] is True
    drawn = await recall.act("recall.balance")
    assert drawn["unaccounted"] == 3  # the old explanation was of four
    explained = await recall.answered(drawn["lines"], {"outcome": "explained", "reason": "已使用"})
    assert (await recall.act("recall.close", lines=explained))["closed"]


async def test_a_later_answer_opens_the_recall_again(company: Company) -> None:
    recall = await closed(company)
    told = await recall.act("recall.notify", party="C2")
    said = await recall.answered(told["lines"], {"on_hand": 0, "consumed": 3, "destroyed": 0})
    await recall.act("recall.record_answer", party="C2", lines=said)
    assert (await recall.row()).state == "reopened"


async def test_a_hold_of_a_recall_is_not_lifted_before_its_end(company: Company) -> None:
    recall = await sold(company)
    await recall.sealed()
    async with company.database.read() as tx:
        hold_id = await tx.scalar(sa.select(t.hold.c.id).where(t.hold.c.kind == "recall").limit(1))
    with pytest.raises(BatchUnderRecall):
        await holds.release(company.platform, hold_id, reason="误封", actor=company.admin)


async def test_a_sealed_recall_is_not_withdrawn(company: Company) -> None:
    recall = await sold(company)
    await recall.act("recall.open")
    await recall.undo("recall.withdraw")
    await recall.sealed()
    with pytest.raises(RecallSealed):
        await recall.undo("recall.withdraw")


async def test_a_drill_does_everything_but_seal_send_and_book(company: Company) -> None:
    recall = await sold(company)
    recall.drill = True
    assert await recall.sealed() == {
        "batches": 2,
        "on_hand": 83,
        "reserved": 0,
        "in_transit": 0,
        "in_return": 0,
        "not_in_our_books": 0,
    }
    await recall.issue("R101", 1, "C2")
    assert (await consigned(recall))["R101", "C2"] == (8, 0, 8)  # as it stood when the drill began
    before = await recall.balances()
    assert (await recall.act("recall.move_stock"))["moved"] == 0
    told = await recall.act("recall.notify", party="C2")
    back = await recall.answered(told["lines"], {"returned_quantity": 8})
    assert (await recall.act("recall.take_back", party="C2", lines=back))["quantity"] == 8
    assert await recall.balances() == before
    async with company.database.read() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.hold)) == 0
        sent = await tx.scalar(sa.select(t.recall_record.c.data).where(t.recall_record.c.kind == "notified"))
    assert sent == {"sent_outside": False}


async def test_negative_answers_and_too_many_returns_are_refused(company: Company) -> None:
    recall = await sold(company)
    await recall.sealed()
    told = await recall.act("recall.notify", party="C2")
    wrong = await recall.answered(told["lines"], {"on_hand": -1, "consumed": 0, "destroyed": 0})
    with pytest.raises(RecallAnswerWrong):
        await recall.act("recall.record_answer", party="C2", lines=wrong)
    many = await recall.answered(told["lines"], {"returned_quantity": 9})
    with pytest.raises(ReturnExceedsSale):
        await recall.act("recall.take_back", party="C2", lines=many)


async def test_a_notice_tells_everything_that_is_wrong_with_it(company: Company) -> None:
    bad = notice(site="XX", profile="cn-nothing", materials=["M1", "M9"], holder="nobody")
    with pytest.raises(Invalid) as wrong:
        await recall_notice.post(company.platform, bad, actor=company.admin)
    assert sorted(field.field for field in wrong.value.fields) == [
        "holder",
        "materials[1]",
        "profile",
        "site",
    ]
    row = await recall_notice.post(company.platform, notice(), actor=company.admin)
    assert (row.kind, row.header["clock"], row.line_count) == ("recall", "cn-drug-2022/I", 1)
    with pytest.raises(DocumentExists):
        await recall_notice.post(company.platform, notice(), actor=company.admin)


async def test_no_issue_commits_after_the_seal(company: Company, database: TestDatabase) -> None:
    """Fifty issues at once against the seal: all that ever commit, the seal's own transaction has seen."""
    recall = await recalling(company)
    await recall.stock("R101", 1_000)
    opened = await recall.act("recall.open")
    confirmed = await recall.answered(opened["lines"], {"outcome": "recalled"})
    wide = Database(database.app_url, pool_size=52)
    recall.company = replace(company, platform=replace(company.platform, database=wide))
    gone = sa.select(sa.func.count()).select_from(t.move).where(t.move.c.to_kind == "customer")

    async def issue(number: int) -> bool:
        await asyncio.sleep(number % 10 / 100)
        try:
            await recall.issue("R101", 1)
        except BatchNotIssuable:
            return False
        return True

    async def seal() -> int:
        await asyncio.sleep(0.05)
        async with recall.company.write() as tx:
            context = recall.company.context(tx, recall.run, "seal#1")
            await ACTIONS["recall.seal"](context, {**recall.given, "lines": confirmed})
            return int(await tx.scalar(gone))

    seen, *went = await asyncio.gather(seal(), *(issue(number) for number in range(50)))
    async with wide.read() as tx:
        issued = await tx.scalar(gone)
    await wide.close()
    assert issued == seen == sum(went)
    recall.company = company
    shipped = await consigned(recall)
    assert shipped.get(("R101", "C2"), (0, 0, 0))[0] == issued
    with pytest.raises(BatchNotIssuable):
        await recall.issue("R101", 1)


async def test_a_wide_range_that_a_person_enters_is_compared_with_the_books(company: Company) -> None:
    recall = await recalling(company, scope="见附件")
    for number in ("R00101", "R00102", "R20103"):
        await recall.stock(number, 5)
    opened = await recall.act("recall.open")
    lines = await recall.answered(opened["lines"], {"outcome": "recalled", "also": "R00101-R09999、R00050"})
    sealed = await recall.act("recall.seal", lines=lines)
    assert (sealed["batches"], sealed["not_in_our_books"]) == (2, 9999 - 100 - 2 + 1)


async def test_a_scope_that_names_nothing_is_put_before_a_person_as_a_whole(company: Company) -> None:
    recall = await recalling(company, scope="部分批号")
    (line,) = await recall.lines((await recall.act("recall.open"))["lines"])
    assert (line["kind"], line["text"]) == ("unread", "部分批号")
    with pytest.raises(ValueError, match="scope"):
        notice(scope="  ")

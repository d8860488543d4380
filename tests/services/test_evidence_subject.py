"""What a package has beside its runs: loaded and opening stock, master data, and an account that adds up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from db.queries.evidence_scope import EvidenceScope
from db.session import Database
from domain.batches import PlaceKind
from ops.loading_window import loading_window
from services import (
    evidence_package,
    evidence_package_scope,
    evidence_package_subject,
    loaded_history,
    loaded_holds,
    opening_stock,
    retention,
    sealing,
    stock,
    trace,
)
from services import evidence_package_verifier as verifier
from services.actions import ACTIONS, UNDOS
from services.evidence_package import ScopeEmpty
from services.opening_stock import OpeningLine
from services.trace import Start
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.services.tasks.test_evidence_package import _deflated_of, content_of, members, sealer
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

SUBJECT = "subject/"
PAST = datetime(2020, 3, 1, tzinfo=UTC)


@pytest.fixture
async def house(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    yield Outbound(await make_world(opened, engine, seal_key="A" * 43), engine)
    await opened.close()


async def batch_at_work(house: Outbound) -> UUID:
    """Two packs of opening stock, twenty that no run received, eight of them shipped by a run."""
    admin = await house.world.actor("admin")
    line = OpeningLine("M1", "B1", None, None, "A-01", 2)
    await opening_stock.count_in(house.world.platform, "SH1", [line], reason="期初建账", actor=admin)
    batch = await house.stock("A-01", "M1", "B1", 20)
    await house.begin(("M1", 8))
    await house.pick()
    await house.review()
    await house.pack()
    await house.load()
    await house.hand_over()
    return batch


async def packed(house: Outbound, scope: EvidenceScope, **more: Any) -> bytes:
    actor = more.pop("actor", None) or await house.world.actor("zheng")
    async with sealer(house.world):
        made = await evidence_package.build(house.world.platform, scope, actor=actor, **more)
    return content_of(made)


def read(data: bytes, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(members(data)[SUBJECT + name])
    return found


def table_of(data: bytes, title: str) -> list[list[str]]:
    told = read(data, "story.json")
    [found] = [one for one in told["tables"] if one["title"]["zh"].startswith(title)]
    return [[cell["zh"] for cell in row] for row in found["rows"]]


async def test_a_batch_goes_along_with_its_account_its_opening_stock_and_its_master_data(
    house: Outbound,
) -> None:
    batch = await batch_at_work(house)
    admin = await house.world.actor("admin")
    hold = await house.hold(batch)
    await house.release(hold)
    await retention.set_hold(house.world.platform, "batch", str(batch), reason="药监局来函", actor=admin)
    data = await packed(house, EvidenceScope(batch_id=batch))
    found = verifier.check(data)
    assert (found.verdict, found.findings, found.unsealed) == ("sound", [], 0)
    entry = found.manifest["subject"]
    assert (entry["kind"], entry["account"], entry["left_out"]) == ("batch", True, "")
    rows = read(data, "record.json")["rows"]
    assert {len(rows[name]) for name in ("move", "posting")} == {entry["moves"]} == {3}
    assert all(row["run_id"] is None for row in rows["posting"])
    assert [row["reason"] for row in rows["legal_hold"]] == ["药监局来函"]
    actions = {row["action"] for row in rows["audit_event"]}
    assert {"open.stock", "close.hold", "set.legal_hold"} <= actions
    master = read(data, "master.json")
    assert [row["id"] for row in master["tables"]["batch"]] == [str(batch)]
    assert [row["approval_number"] for row in master["tables"]["material"]] != [""]
    assert master["tables"]["licence"] and master["as_of"] == entry["as_of"]
    [account] = (await trace.trace(house.world.platform, Start(batch="M1:B1"), actor=admin)).accounts
    lines = {(line[0], line[2]) for line in table_of(data, "每一件现在在哪里")}
    assert (account.received, account.found, account.at_customers, account.on_hand) == (20, 2, 8, 14)
    assert {("从供应商收到", "20 盒"), ("盘盈与期初库存", "2 盒"), ("在客户处", "8 盒")} <= lines
    assert ("差异", "0 盒") in lines
    assert "期初建账" in str(table_of(data, "包内流程之外的库存变动"))
    text = text_of(members(data)["report.pdf"])
    for word in ("每一件现在在哪里", "证照", "锁定记录", "保全"):
        assert word in text


async def test_one_changed_byte_beside_the_runs_is_named(house: Outbound) -> None:
    batch = await house.stock("A-01", "M1", "B1", 20)
    data = await packed(house, EvidenceScope(batch_id=batch))
    beside = [name for name in members(data) if name.startswith(SUBJECT)]
    assert {"record", "proofs", "account", "master", "story"} == {
        name[len(SUBJECT) : -len(".json")] for name in beside
    }
    for name in beside:
        content = _deflated_of(data, name)
        changed = bytearray(data)
        changed[data.index(content) + len(content) // 2] ^= 0x10
        found = verifier.check(bytes(changed))
        assert found.verdict == "unsound" and name in {one.file for one in found.findings}, name


async def test_pieces_of_opening_stock_go_along(house: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await house.world.actor("admin")
    line = OpeningLine("M1", "B9", None, None, "A-01", 2, ("P1", "P2"))
    await opening_stock.count_in(house.world.platform, "SH1", [line], reason="期初", actor=admin)
    async with house.world.platform.database.read() as tx:
        batch = await stock.batch_id(tx, "M1:B9")
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch)))
    assert (found.verdict, len(read(data, "record.json")["rows"]["move_serial"])) == ("sound", 2)
    assert {row["number"] for row in read(data, "master.json")["tables"]["serial"]} == {"P1", "P2"}
    monkeypatch.setattr(evidence_package_subject, "MOST_PIECES", 1)
    found = verifier.check(await packed(house, EvidenceScope(batch_id=batch)))
    assert (found.verdict, found.manifest["subject"]["left_out"]) == ("sound", "too_many")


async def test_what_no_run_made_is_proven_alone_as_well(house: Outbound) -> None:
    """A batch that came before the first run has a package; nothing but master data is in that of a new one."""
    batch = await house.stock("A-01", "M1", "OLD", 5)
    facts = await evidence_package.facts_of(
        house.world.platform, EvidenceScope(batch_id=batch), actor=await house.world.actor("zheng")
    )
    assert (facts.runs, facts.moves, facts.empty) == (0, 2, False)
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch), language="en"))
    assert (found.verdict, len(found.folders), found.manifest["subject"]["moves"]) == ("sound", 0, 2)
    assert "Whereeveryunit" in text_of(members(data)["report.pdf"])


async def test_a_balance_or_a_move_that_a_superuser_changed_is_named_by_its_line(
    house: Outbound, working: TestDatabase
) -> None:
    batch = await batch_at_work(house)
    await sealing.seal(house.world.platform)
    with psycopg.connect(working.superuser_url.replace("+psycopg", "")) as session:
        session.execute("ALTER TABLE balance DISABLE TRIGGER USER")
        session.execute("UPDATE balance SET quantity = quantity + 3 WHERE batch_id = %s", [batch])
    found = verifier.check(await packed(house, EvidenceScope(batch_id=batch)))
    assert {(one.code, one.row.split(" ")[0]) for one in found.findings} == {("account_differs", "on_hand")}
    with psycopg.connect(working.superuser_url.replace("+psycopg", "")) as session:
        session.execute("UPDATE balance SET quantity = quantity - 3 WHERE batch_id = %s", [batch])
        session.execute("ALTER TABLE move DISABLE TRIGGER USER")
        session.execute("UPDATE move SET quantity = 30 WHERE quantity = 20 AND from_kind = 'supplier'")
    found = verifier.check(await packed(house, EvidenceScope(batch_id=batch)))
    assert {one.code for one in found.findings} == {"row_altered", "account_differs"}
    assert {one.row.split("/")[0].split(" ")[0] for one in found.findings} == {"move", "on_hand"}


async def test_loaded_history_goes_along_with_its_period_and_counts_in_the_account(
    house: Outbound, working: TestDatabase
) -> None:
    admin = await house.world.actor("admin")
    happened = [
        loaded_history.Happened("A-01", "M1", "B7", "arrived", 9, at=PAST, expires_on=None),
        loaded_history.Happened("A-01", "M1", "B7", "left", 4, at=PAST + timedelta(days=1)),
        loaded_history.Happened("A-01", "M1", "B7", "lost", 1, at=PAST + timedelta(days=40)),
    ]
    with loading_window(working.owner_url):
        await loaded_history.load(
            house.world.platform, "SH1", happened, supplier="S1", customer="C2", reason="旧账", actor=admin
        )
    period = EvidenceScope(since=PAST - timedelta(days=1), until=PAST + timedelta(days=30))
    found = verifier.check(data := await packed(house, period))
    assert (found.verdict, len(found.folders)) == ("sound", 0)
    rows = read(data, "record.json")["rows"]
    assert sorted(row["quantity"] for row in rows["move"]) == [4, 9, 9]
    assert all(row["loaded"] for row in rows["posting"])
    assert [row["action"] for row in rows["audit_event"]] == ["load.history"]
    assert (found.manifest["subject"]["account"], len(table_of(data, "包内流程之外的库存变动"))) == (False, 3)
    batch = UUID(rows["move"][0]["batch_id"])
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch)))
    assert (found.verdict, len(read(data, "record.json")["rows"]["move"])) == ("sound", 4)
    lines = {line["kind"]: line["quantity"] for line in read(data, "account.json")["lines"]}
    assert lines == {"received": 9, "customer": 4, "count": 1, "on_hand": 4}
    with pytest.raises(ScopeEmpty):
        await packed(house, EvidenceScope(since=PAST - timedelta(days=9), until=PAST - timedelta(days=8)))


async def test_a_hold_of_the_past_goes_along_with_who_loaded_it(
    house: Outbound, working: TestDatabase
) -> None:
    batch = await house.stock("A-01", "M1", "B1", 20)
    past = loaded_holds.PastHold(
        uuid4(), "M1:B1", "SH1", PAST, PAST + timedelta(days=3), "温度异常", "复检合格"
    )
    with loading_window(working.owner_url):
        await loaded_holds.load(house.world.platform, past, actor=await house.world.actor("admin"))
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch)))
    assert found.verdict == "sound"
    [hold] = read(data, "master.json")["tables"]["hold"]
    assert (hold["loaded"], hold["closed_reason"]) == (True, "复检合格")
    [shown] = table_of(data, "锁定记录")
    assert shown[2] == "上海一库"
    assert "载入的历史" in shown[0] and shown[3] == "温度异常"
    events = read(data, "record.json")["rows"]["audit_event"]
    assert ("load.hold", "温度异常") in {(row["action"], row["reason"]) for row in events}


async def test_a_reversal_and_goods_on_the_road_are_counted_as_a_trace_counts_them(house: Outbound) -> None:
    batch = await house.stock("A-01", "M1", "B1", 20)
    shelf, red = await house.place("A-01"), await house.place("R-01", "rejected")
    await house.post("status_change", batch, 5, shelf, red)
    await house.post("supplier_return", batch, 5, red, PlaceKind.SUPPLIER)
    await house.post("count_adjustment", batch, 2, shelf, PlaceKind.COUNT)
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch)))
    assert (found.verdict, found.findings) == ("sound", [])
    lines = {line["kind"]: line["quantity"] for line in read(data, "account.json")["lines"]}
    assert lines == {"received": 20, "supplier": 5, "count": 2, "on_hand": 13}


async def test_a_person_goes_along_with_posts_trainings_and_signatures(house: Outbound) -> None:
    await batch_at_work(house)
    person = house.world.people["zhou"]
    found = verifier.check(data := await packed(house, EvidenceScope(person_id=person)))
    assert (found.verdict, found.manifest["subject"]["kind"]) == ("sound", "person")
    master = read(data, "master.json")["tables"]
    assert [row["username"] for row in master["person"]] == ["zhou"]
    assert "credential" not in master and "password" not in members(data)[SUBJECT + "master.json"].decode()
    assert [row["code"] for row in master["post"]] == ["qa_manager"]
    assert master["training_record"]
    assert table_of(data, "岗位")[0][0] == "qa_manager"
    rows = read(data, "record.json")["rows"]
    admin = verifier.check(data := await packed(house, EvidenceScope(person_id=house.world.people["admin"])))
    assert admin.verdict == "sound"
    rows = read(data, "record.json")["rows"]
    assert {row["person_id"] for row in rows["signature"]} == {str(house.world.people["admin"])}
    assert rows["sop_approval"]
    signed = [line[3] for line in table_of(data, "包内流程之外的电子签名")]
    assert any(line.endswith(" · v1") for line in signed)
    assert "批准规程" in {line[1] for line in table_of(data, "审计日志")}


async def test_a_person_without_runs_has_a_package(house: Outbound) -> None:
    found = verifier.check(await packed(house, EvidenceScope(person_id=house.world.people["zheng"])))
    assert (found.verdict, found.folders) == ("sound", [])


async def test_what_is_too_much_or_counted_blind_is_left_out_and_said(
    house: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await house.stock("A-01", "M1", "B1", 20)
    monkeypatch.setattr(evidence_package_subject, "MOST_MOVES", 1)
    monkeypatch.setattr(evidence_package_scope, "MOST_MOVES", 1)
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch)))
    entry = found.manifest["subject"]
    assert (found.verdict, entry["left_out"], entry["account"], entry["moves"]) == (
        "sound",
        "too_many",
        False,
        0,
    )
    assert "数量过多" in str(read(data, "story.json")["remarks"])
    monkeypatch.undo()
    await house.start()
    auditor, counter = await house.world.actor("zheng"), await house.world.actor("sun")
    both = replace(auditor, assignments=(*auditor.assignments, *counter.assignments))
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch), actor=both))
    entry = found.manifest["subject"]
    assert (found.verdict, entry["left_out"], entry["account"]) == ("sound", "blind_count", False)
    assert (
        "location" not in read(data, "master.json")["tables"]
        or not read(data, "master.json")["tables"]["location"]
    )


async def test_a_reader_of_one_site_gets_the_account_of_it(house: Outbound) -> None:
    batch = await batch_at_work(house)
    auditor = await house.world.actor("zheng")
    near = replace(
        auditor,
        assignments=tuple(replace(one, site_id=house.world.sites["SH1"]) for one in auditor.assignments),
    )
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch), actor=near))
    assert (found.verdict, found.findings) == ("sound", [])
    assert read(data, "account.json")["sites"] == [str(house.world.sites["SH1"])]
    far = replace(
        auditor,
        assignments=tuple(replace(one, site_id=house.world.sites["UR1"]) for one in auditor.assignments),
    )
    found = verifier.check(data := await packed(house, EvidenceScope(batch_id=batch), actor=far))
    assert (found.verdict, read(data, "account.json")["lines"]) == ("sound", [])
    assert len(found.folders) == 0

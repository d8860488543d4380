"""Transfers between two sites through their actions: sent, on the way, arrived, different, inspected, undone."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.queries.reservations import reserved_differences
from db.queries.stock import balance_differences
from domain.batches import PlaceKind, PostingKind, Status
from domain.documents import TransferIn
from domain.errors import Invalid
from domain.master_data import NamedIn, SiteIn
from domain.stock import Move, Position, Posting
from domain.transfers import NotInTransit
from services import documents, line_sets, sites, transfer_receipt, transfers
from services.action_context import ActionRefused, RunInAdvance, Told
from services.actions import ACTIONS, UNDOS
from services.documents_entry import enter
from services.shipping_lines import Scans
from tests import goods
from tests.services.company import Company, at_site
from tests.services.sales import new_customer, ordered, sale, shelve

WAITING = ("UR1", "W-01", "quarantine")
NO_RECALL = {"recalled": 0, "any_recalled": False, "any_rejected_since": False}


def transfer(number: str = "TR1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Ten M1 from SH1 to UR1 unless lines are given."""
    base = {"number": number, "site": "SH1", "to_site": "UR1", "ordered_on": "2026-11-20"}
    return {**base, "lines": list(lines) or [ordered()], **more}


@dataclass
class Transfer:
    """One run for one transfer: each call is one transaction."""

    company: Company
    id: UUID
    run: RunInAdvance
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def act(self, name: str, **inputs: Any) -> dict[str, Any]:
        async with self.company.write() as tx:
            context = self.company.context(tx, self.run, f"{name}#1")
            outcome = await ACTIONS[f"transfer.{name}"](context, {"transfer": {"id": str(self.id)}, **inputs})
        self.outputs[name] = outcome.outputs
        return outcome.outputs

    async def undo(
        self, undo: str, name: str, *, why: str = "sent_back", reason: str = "", **inputs: Any
    ) -> Told | None:
        async with self.company.write() as tx:
            context = self.company.context(tx, self.run, f"{name}#1", why=why, reason=reason)
            given = {"transfer": {"id": str(self.id)}, **inputs}
            return await UNDOS[f"transfer.{undo}"](context, given, self.outputs[name])

    async def answered(self, name: str, *results: dict[str, Any]) -> dict[str, Any]:
        """What a work list makes of the lines of an action; the last result holds for the rest."""
        async with self.company.write() as tx:
            source = await line_sets.read_set(tx, self.outputs[name]["lines"]["id"])
            lines = [
                line_sets.SetLine(line.line_no, line.key, {**line.data, **results[min(at, len(results) - 1)]})
                for at, line in enumerate(source)
            ]
            made = await line_sets.create_numbered(tx, self.run.id, f"of_{name}#1", "results", lines, {})
        return made.model_dump(mode="json")

    async def send(self, *results: dict[str, Any]) -> dict[str, Any]:
        await self.act("allocate")
        lines = await self.answered("allocate", *(results or ({"outcome": "picked"},)))
        return await self.act("dispatch", lines=lines, carrier="迅达", vehicle="沪A1")

    async def arrive(self, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
        lines = await self.answered("dispatch", *(results or ({"outcome": "received"},)))
        return await self.act("receive", lines=lines, **more)

    async def document(self) -> tuple[str, dict[str, Any], list[int]]:
        """State, header, and what was sent of each line."""
        d, line = t.document.c, t.document_line.c
        async with self.company.database.read() as tx:
            row = await tx.one(sa.select(d.state, d.header).where(d.id == self.id))
            lines = await tx.rows(
                sa.select(line.data).where(line.document_id == self.id).order_by(line.line_no)
            )
        return row["state"], row["header"], [one["data"].get("shipped", 0) for one in lines]


async def begin(company: Company, body: dict[str, Any] | None = None) -> Transfer:
    async with company.write() as tx:
        made = await enter(tx, TransferIn.model_validate(body or transfer()), actor=company.admin)
        run = await company.start_run(tx)
    return Transfer(company, made, run)


async def books(company: Company) -> dict[tuple[str, str, str], int]:
    """(site, location, status) -> quantity, and the books agree with themselves."""
    b = t.balance.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.site.c.code.label("site"), t.location.c.code, b.status, b.quantity)
            .join(t.site, t.site.c.id == b.site_id)
            .join(t.location, t.location.c.id == b.location_id)
            .where(b.quantity > 0)
        )
        assert await balance_differences(tx) == []
        assert await reserved_differences(tx) == []
    return {(row["site"], row["code"], row["status"]): row["quantity"] for row in rows}


async def refusal(awaitable: Any) -> tuple[str, str]:
    with pytest.raises(ActionRefused) as refused:
        await awaitable
    return refused.value.name, refused.value.message("zh")


async def test_a_transfer_stays_within_one_legal_entity_and_between_two_sites(company: Company) -> None:
    async with company.write() as tx:
        entity = NamedIn.model_validate({"code": "LE2", "name": "乙公司"})
        await sites.create_named_in(tx, t.legal_entity, "legal_entity", entity)
        other = {**goods.SITE, "code": "XJ1", "legal_entity": "LE2"}
        await sites.create_in(tx, SiteIn.model_validate(other))
    for to_site, code in (("XJ1", "other_legal_entity"), ("NO", "site_unknown")):
        with pytest.raises(Invalid) as wrong:
            await begin(company, transfer(to_site=to_site))
        assert [(one.field, one.code) for one in wrong.value.fields] == [("to_site", code)]
    with pytest.raises(ValueError, match="same"):
        TransferIn.model_validate(transfer(to_site="SH1"))


async def test_goods_leave_wait_on_the_way_are_inspected_and_put_away(company: Company) -> None:
    await shelve(company, "B1", 30)
    moved = await begin(company)
    sent = await moved.send()
    assert (sent["sent"], sent["missing"]) == (10, 0)
    assert await books(company) == {("SH1", "A-01", "qualified"): 20}
    state, header, shipped = await moved.document()
    assert (state, header["carrier"], header["vehicle"], shipped) == ("in_process", "迅达", "沪A1", [10])
    received = await moved.arrive()
    assert (received["received"], received["missing"]) == (10, 0)
    assert await books(company) == {("SH1", "A-01", "qualified"): 20, WAITING: 10}
    how = {"outcome": "partial", "accepted_quantity": 8, "rejected_quantity": 2, "location": "A-02"}
    lines = await moved.answered("receive", {**how, "reason": "破损"})
    assert await moved.act("book_in", lines=lines) == {"accepted": 8, "rejected": 2, **NO_RECALL}
    there = {("UR1", "A-02", "qualified"): 8, ("UR1", "R-01", "rejected"): 2}
    assert await books(company) == {("SH1", "A-01", "qualified"): 20, **there}
    assert (await moved.document())[0] == "closed"
    await moved.undo("reverse_booking", "book_in", lines=lines)
    await moved.undo("return_receipt", "receive")
    assert (await refusal(moved.undo("return_dispatch", "dispatch")))[0] == "arrived"
    await moved.undo("release", "allocate")
    assert await books(company) == {("SH1", "A-01", "qualified"): 20, WAITING: 10}
    state, header, shipped = await moved.document()
    assert (state, header["result"], shipped) == ("closed", "received", [10]), "what has arrived has arrived"


async def test_what_was_not_found_is_not_sent_and_is_free_again(company: Company) -> None:
    await shelve(company, "B1", 10)
    moved = await begin(company)
    sent = await moved.send({"outcome": "short", "found_quantity": 6, "reason": "少"})
    assert (sent["sent"], sent["missing"]) == (6, 4)
    await new_customer(company)
    order = await sale(company, None)
    assert [line["quantity"] for line in await order.allocate(partial=True)] == [4]


async def test_what_is_promised_to_a_customer_is_not_transferred(company: Company) -> None:
    await shelve(company, "B1", 12)
    await new_customer(company)
    order = await sale(company)
    await order.allocate()
    moved = await begin(company)
    name, words = await refusal(moved.act("allocate"))
    assert (name, "缺 8 盒" in words) == ("not_enough", True)
    assert (await moved.document())[0] == "open"


async def test_a_difference_must_be_confirmed_and_is_then_written_off(company: Company) -> None:
    await shelve(company, "B1", 30)
    moved = await begin(company)
    await moved.send()
    differs = {"outcome": "differs", "received_quantity": 7, "reason": "少三盒"}
    name, words = await refusal(moved.arrive(differs))
    assert (name, "批号 B1：发出 10，收到 7" in words) == ("quantity_differs", True)
    got = await moved.arrive(differs, confirmed=True, reason="承运商确认丢失")
    assert (got["received"], got["missing"]) == (7, 3)
    assert await books(company) == {("SH1", "A-01", "qualified"): 20, WAITING: 7}
    _, header, _ = await moved.document()
    assert (header["result"], header["missing"], header["reason"]) == ("difference", 3, "承运商确认丢失")
    async with company.database.read() as tx:
        p = t.posting.c
        row = await tx.one(sa.select(p.reason, p.document_id).where(p.kind == "count_adjustment"))
    assert (row["reason"], row["document_id"]) == ("承运商确认丢失", moved.id)
    await moved.undo("return_receipt", "receive")
    assert await books(company) == {("SH1", "A-01", "qualified"): 20, WAITING: 7}, "it stays where it is"


async def test_more_than_was_sent_never_arrives_by_any_door(company: Company) -> None:
    batch = await shelve(company, "B1", 30)
    moved = await begin(company)
    await moved.send()
    more = {"outcome": "differs", "received_quantity": 11}
    assert (await refusal(moved.arrive(more)))[0] == "quantity_differs"
    assert (await refusal(moved.arrive({**more, "received_quantity": -1})))[0] == "not_in_transit"
    s, loc = t.site.c, t.location.c
    async with company.database.read() as tx:
        site = await tx.one(sa.select(s.id, s.legal_entity_id).where(s.code == "UR1"))
        place = await tx.scalar(sa.select(loc.id).where(loc.site_id == site["id"], loc.code == "W-01"))
    target = Position(site["id"], place, Status.QUARANTINE, site["legal_entity_id"])

    async def arrive(quantity: int, document_id: UUID | None) -> None:
        moves = (Move(batch, quantity, PlaceKind.TRANSIT, target),)
        async with company.write() as tx:
            await ledger.post(
                tx,
                Posting(PostingKind.TRANSFER_IN, company.admin.person_id, moves, document_id=document_id),
            )

    for quantity, document_id in ((11, moved.id), (1, None)):
        with pytest.raises(NotInTransit):
            await arrive(quantity, document_id)
    await arrive(10, moved.id)
    with pytest.raises(NotInTransit):
        await arrive(1, moved.id)


async def test_a_batch_that_was_put_on_hold_is_not_sent(company: Company) -> None:
    batch = await shelve(company, "B1", 30)
    moved = await begin(company)
    await moved.act("allocate")
    async with company.write() as tx:
        values = {"kind": "quality", "reason": "待查", "opened_by": company.admin.person_id}
        await tx.execute(sa.insert(t.hold).values(batch_id=batch, **values))
    lines = await moved.answered("allocate", {"outcome": "picked"})
    name, words = await refusal(moved.act("dispatch", lines=lines))
    assert (name, "B1" in words) == ("batch_on_hold", True)
    await moved.act("stop", reason="批号锁定")
    assert await books(company) == {("SH1", "A-01", "qualified"): 30}
    assert (await moved.document())[0] == "open"


async def test_everything_is_rejected_when_quality_says_so(company: Company) -> None:
    await shelve(company, "B1", 30)
    moved = await begin(company)
    await moved.send()
    await moved.arrive()
    outputs = await moved.act("reject_all", lines=moved.outputs["receive"]["lines"], reason="超温")
    assert outputs == {"accepted": 0, "rejected": 10, **NO_RECALL}
    assert await books(company) == {("SH1", "A-01", "qualified"): 20, ("UR1", "R-01", "rejected"): 10}


async def test_a_place_that_does_not_suit_is_refused_before_anything_is_booked(company: Company) -> None:
    await shelve(company, "B1", 30)
    moved = await begin(company)
    await moved.send()
    await moved.arrive()
    for location, name in (("C-01", "location_unsuitable"), ("NO", "location_unknown")):
        lines = await moved.answered("receive", {"outcome": "accepted", "location": location})
        assert (await refusal(moved.act("book_in", lines=lines)))[0] == name
    assert (await books(company))[WAITING] == 10


async def serials_by_place(company: Company) -> dict[str, tuple[str, str | None]]:
    """Serial number -> the kind of its place and the site."""
    p = t.serial_place.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.serial.c.number, p.kind, t.site.c.code)
            .join(t.serial_place, p.serial_id == t.serial.c.id)
            .outerjoin(t.site, t.site.c.id == p.site_id)
        )
    return {row["number"]: (row["kind"], row["code"]) for row in rows}


@pytest.mark.parametrize("lost", [False, True], ids=["all of them arrive", "one does not"])
async def test_goods_with_serials_travel_piece_by_piece(
    company: Company, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    scanned: dict[int, Scans] = {}

    async def scans_of(*_of: object) -> dict[int, Scans]:
        return scanned

    for module in (transfers, transfer_receipt):
        monkeypatch.setattr(module, "scans_of", scans_of)
    await shelve(company, "B1", 3, serials=["S1", "S2", "S3"])
    moved = await begin(company, transfer("TR1", ordered(quantity=3)))
    await moved.act("allocate")
    lines = await moved.answered("allocate", {"outcome": "picked"})
    name, words = await refusal(moved.act("dispatch", lines=lines))
    assert (name, "扫描 0" in words) == ("serials_incomplete", True)
    scanned[1] = Scans(3, ["S1", "S2", "S3"])
    await moved.act("dispatch", lines=lines, carrier="迅达", vehicle="沪A1")
    assert set((await serials_by_place(company)).values()) == {("transit", None)}
    scanned[1] = Scans(2, ["S3", "S1"])
    name, words = await refusal(moved.arrive({"outcome": "received"}))
    assert (name, "扫描 2" in words) == ("serials_incomplete", True), "who says all is here has scanned all"
    if lost:
        came = {"outcome": "differs", "received_quantity": 2, "reason": "少一盒"}
        await moved.arrive(came, confirmed=True, reason="少一盒")
        places = await serials_by_place(company)
        assert places == {"S1": ("internal", "UR1"), "S3": ("internal", "UR1"), "S2": ("count", None)}
    else:
        scanned[1] = Scans(3, ["S3", "S1", "S2"])
        await moved.arrive({"outcome": "received"})
        assert set((await serials_by_place(company)).values()) == {("internal", "UR1")}
    assert (await books(company))[WAITING] == (2 if lost else 3)


async def test_both_sites_see_the_transfer_and_a_third_does_not(company: Company) -> None:
    moved = await begin(company)
    async with company.database.read() as tx:
        ids = {row["code"]: row["id"] for row in await tx.rows(sa.select(t.site.c.code, t.site.c.id))}
    for code in ("SH1", "UR1"):
        seen = await documents.list_documents(company.platform, actor=at_site(company, ids[code]))
        assert [row.id for row in seen.items] == [moved.id]
    seen = await documents.list_documents(company.platform, actor=at_site(company, new_id()))
    assert seen.items == []

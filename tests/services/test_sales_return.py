"""A return calls its sale: no other batch, serial or quantity comes back, by any door, and the sale stays as it is."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.queries import documents
from db.session import Transaction
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Refusal
from domain.returns import ReturnExceedsSale, SerialNotSold
from domain.stock import Move, Position, Posting
from services import document_notes, invoices, line_sets
from services import documents as document_services
from services.action_context import ActionRefused
from services.actions import ACTIONS
from services.documents import DocumentView
from tests.pdf_text import text_of
from tests.services.company import Company, advised
from tests.services.deliveries import Delivery, delivery
from tests.services.quality import decided, rejected

RETURN = {"outcome": "return", "reason": "订错规格"}


class Sale:
    """What was sold to C1, and one run that takes it back."""

    def __init__(self, run: Delivery, shipment: UUID, batch: UUID, customer: UUID) -> None:
        self.run, self.shipment, self.batch, self.customer = run, shipment, batch, customer

    @property
    def inputs(self) -> dict[str, Any]:
        return {"shipment": {"id": str(self.shipment), "number": "CK-1"}}

    async def again(self) -> "Sale":
        """Another run for the same sale."""
        async with self.run.company.write() as tx:
            run = await self.run.company.start_run(tx)
        other = Delivery(self.run.company, self.run.order_id, self.run.advice_id, run)
        return Sale(other, self.shipment, self.batch, self.customer)

    async def requested(self, **more: Any) -> Mapping[str, Any]:
        opened = await self.run.act("sales_return.open", self.inputs, "sale#1")
        wanted = await self.run.results(opened["lines"], [{**RETURN, **more}], "request#1")
        lines: Mapping[str, Any] = (await self.run.act("sales_return.request", {"lines": wanted}, "list#1"))[
            "lines"
        ]
        return lines

    async def arrived(self, **more: Any) -> Mapping[str, Any]:
        lines = await self.requested()
        return await self.run.results(lines, [{"outcome": "received", **more}], "arrival#1")


async def sold(company: Company, quantity: int = 10, serials: tuple[str, ...] = ()) -> Sale:
    """`quantity` of 40 went to the customer C1 by the shipment CK-1."""
    more: dict[str, Any] = {"serials": list(serials), "quantity": len(serials)} if serials else {}
    run = await delivery(company, advised(**more))
    await run.book_in(await run.accept({"outcome": "accepted"}), {"location": "A-01"})
    async with company.write() as tx:
        b = t.balance.c
        (held,) = await tx.rows(sa.select(t.balance).where(b.quantity > 0))
        customer = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S1"))
        shipment = await tx.scalar(
            sa.insert(t.document)
            .values(
                kind="shipment",
                number="CK-1",
                party_id=customer,
                site_id=held["site_id"],
                legal_entity_id=held["owner_id"],
                state="closed",
                created_by=company.admin.person_id,
            )
            .returning(t.document.c.id)
        )
        line = await tx.scalar(
            sa.insert(t.document_line)
            .values(
                document_id=shipment,
                line_no=1,
                material_id=sa.select(t.material.c.id).where(t.material.c.code == "M1").scalar_subquery(),
                batch_number="B1",
                quantity=quantity,
                batch_id=held["batch_id"],
                data={"serials": list(serials)[:quantity]} if serials else {},
            )
            .returning(t.document_line.c.id)
        )
        ids = [
            row["id"]
            for row in await tx.rows(sa.select(t.serial.c.id).order_by(t.serial.c.number).limit(quantity))
        ]
        source = Position(held["site_id"], held["location_id"], Status.QUALIFIED, held["owner_id"])
        out = Move(
            held["batch_id"],
            quantity,
            source,
            PlaceKind.CUSTOMER,
            party_id=customer,
            document_line_id=line,
            serial_ids=ids if serials else (),
        )
        posting = Posting(PostingKind.ISSUE, company.admin.person_id, [out], document_id=shipment)
        await ledger.post(tx, posting)
        run.run = await company.start_run(tx)
    return Sale(run, shipment, held["batch_id"], customer)


@pytest.fixture(autouse=True)
async def returns_zone(company: Company) -> None:
    """The company gets a zone for what comes back, and one for what is recalled."""
    async with company.write() as tx:
        for code, kind in (("T", "returned"), ("Z", "recalled")):
            zone = await tx.scalar(
                sa.insert(t.zone)
                .values(
                    site_id=company.site_id,
                    code=code,
                    name_zh=code,
                    name_en=code,
                    kind=kind,
                    storage_class="ambient",
                )
                .returning(t.zone.c.id)
            )
            await tx.execute(
                sa.insert(t.location).values(site_id=company.site_id, zone_id=zone, code=f"{code}-01")
            )


async def document_of(company: Company, kind: str) -> Mapping[str, Any]:
    async with company.database.read() as tx:
        (row,) = await tx.rows(sa.select(t.document).where(t.document.c.kind == kind))
    return dict(row)


async def test_what_was_sold_comes_back_apart_and_goes_where_the_inspection_sends_it(
    company: Company,
) -> None:
    sale = await sold(company)
    before = await document_of(company, "shipment")
    arrived = await sale.arrived(received_quantity=4)
    received = await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")
    assert received["quantity"] == 4
    assert await sale.run.balances() == {("B1", "A-01", "qualified"): 30, ("B1", "T-01", "returned"): 4}
    inspected = await sale.run.results(
        received["lines"], [{"outcome": "qualified", "to": "A-02"}], "inspection#1"
    )
    done = await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert (done["qualified"], done["rejected"], done["undecided"]) == (4, 0, 0)
    assert await sale.run.balances() == {("B1", "A-01", "qualified"): 30, ("B1", "A-02", "qualified"): 4}
    assert (await document_of(company, "sales_return"))["state"] == "closed"
    assert await document_of(company, "shipment") == before
    await sale.run.undo("sales_return.undo_settlement", "sales_return.settle", {}, "settle#1/undo")
    assert ("B1", "T-01", "returned") in await sale.run.balances()


@pytest.mark.parametrize(
    ("outcome", "where", "zh", "en"),
    [
        ("qualified", ("A-02", "qualified"), "合格，A-02（合格品区）", "qualified, A-02 (storage zone)"),
        ("rejected", ("R-01", "rejected"), "不合格，R-01（不合格品区）", "rejected, R-01 (rejected zone)"),
        ("undecided", ("W-01", "quarantine"), "待验，W-01（待验区）", "quarantine, W-01 (waiting zone)"),
    ],
)
async def test_the_record_says_of_each_line_why_it_came_and_what_was_found(
    company: Company, outcome: str, where: tuple[str, str], zh: str, en: str
) -> None:
    sale = await sold(company)
    arrived = await sale.arrived(received_quantity=4, reason="纸箱受潮")
    received = await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")
    found = await read(company)
    [line] = found.lines.items
    assert (line.data["return_reason"], line.data["arrival_remark"]) == ("订错规格", "纸箱受潮")
    assert "outcome" not in line.data
    assert "退货，T-01（退货区）" in await printed(company, "zh"), "where it waits, in words"
    result = {"outcome": outcome, "to": "A-02", "reason": "外包装完好，储存合规"}
    inspected = await sale.run.results(received["lines"], [result], "inspection#1")
    await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    [line] = (await read(company)).lines.items
    said = {name: line.data[name] for name in ("outcome", "finding", "settled_location", "settled_status")}
    assert said == {
        "outcome": outcome,
        "finding": "外包装完好，储存合规",
        "settled_location": where[0],
        "settled_status": where[1],
    }
    assert line.data["manufacturer"] and line.data["generic_name"]
    for language, words in (("zh", zh), ("en", en)):
        text = await printed(company, language)
        for told in (words, "订错规格", "外包装完好"):
            assert told.replace(" ", "").replace("-", "") in text.replace("-", ""), (language, told)
    await sale.run.undo("sales_return.undo_settlement", "sales_return.settle", {}, "settle#1/undo")
    [line] = (await read(company)).lines.items
    assert not line.data["outcome"] and not line.data["settled_location"]
    assert "退货，T-01（退货区）" in await printed(company, "zh")


async def read(company: Company) -> DocumentView:
    """The return as it is read."""
    made = await document_of(company, "sales_return")
    return await document_services.get(company.platform, made["id"], actor=company.admin)


async def printed(company: Company, language: str) -> str:
    made = await document_of(company, "sales_return")
    _name, content = await document_notes.pdf(
        company.platform, made["id"], actor=company.admin, language=language
    )
    return text_of(content)


@pytest.mark.parametrize(("billed", "credited"), [(10, 4), (8, 2), (6, 0), (0, 0)])
async def test_what_was_invoiced_and_did_not_stay_is_credited_until_it_is_undone(
    company: Company, billed: int, credited: int
) -> None:
    sale = await sold(company)
    if billed:
        async with company.write() as tx:
            await invoice(tx, sale, billed)
    arrived = await sale.arrived(received_quantity=4)
    received = await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")
    inspected = await sale.run.results(
        received["lines"], [{"outcome": "qualified", "to": "A-02"}], "inspection#1"
    )
    await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert await outstanding(company, sale) == billed - credited
    assert ("credit_note" in (await document_of(company, "sales_return"))["header"]) is bool(credited)
    await sale.run.undo("sales_return.undo_settlement", "sales_return.settle", {}, "settle#1/undo")
    assert await outstanding(company, sale) == billed


async def invoice(tx: Transaction, sale: Sale, quantity: int) -> None:
    """So much of the sale was invoiced."""
    shipment = await documents.locked(tx, sale.shipment, "shipment")
    assert shipment is not None
    made = await documents.open_document(
        tx,
        kind="invoice",
        number="FP-1",
        source=shipment,
        run_id=sale.run.run.id,
        actor_id=sale.run.company.admin.person_id,
        occurred_at=shipment.occurred_at,
        header={"shipment_id": str(sale.shipment)},
    )
    (sent,) = await documents.lines_of(tx, sale.shipment)
    line = {"line_no": 1, "material_id": sent.material_id, "quantity": quantity}
    await documents.add_lines(tx, made, [{**line, "data": {"shipment_line": 1}}])


async def outstanding(company: Company, sale: Sale) -> int:
    """What is invoiced of the sale and not credited."""
    async with company.database.read() as tx:
        return (await invoices.invoiced(tx, sale.shipment)).get(1, 0)


@pytest.mark.parametrize(
    ("outcome", "where"), [("rejected", ("R-01", "rejected")), ("undecided", ("W-01", "quarantine"))]
)
async def test_rejected_and_undecided_goods_never_stand_in_the_green_zone(
    company: Company, outcome: str, where: tuple[str, str]
) -> None:
    sale = await sold(company)
    arrived = await sale.arrived(received_quantity=2)
    received = await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")
    result = {"outcome": outcome, "reason": "破损"}
    inspected = await sale.run.results(received["lines"], [result], "inspection#1")
    await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert (await sale.run.balances())["B1", *where] == 2


async def test_a_recalled_batch_goes_to_the_recall_zone_and_stays_there(company: Company) -> None:
    sale = await sold(company)
    async with company.write() as tx:
        held = {"batch_id": sale.batch, "kind": "recall", "reason": "召回"}
        await tx.execute(sa.insert(t.hold).values(**held, opened_by=company.admin.person_id))
    arrived = await sale.arrived()
    received = await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")
    assert received["lines"]["aggregates"]["any_recalled"] is True
    inspected = await sale.run.results(
        received["lines"], [{"outcome": "undecided", "reason": "召回"}], "inspection#1"
    )
    await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert (await sale.run.balances())["B1", "Z-01", "recalled"] == 10


async def test_what_a_customer_returns_of_a_rejected_batch_is_rejected(company: Company) -> None:
    sale = await sold(company)
    received = await sale.run.act("sales_return.receive", {"lines": await sale.arrived()}, "receive#1")
    await decided(company, sale.batch, "quality.reject_batch")
    inspected = await sale.run.results(
        received["lines"], [{"outcome": "qualified", "to": "A-01"}], "inspection#1"
    )
    settled = await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert (settled["qualified"], settled["rejected"]) == (0, 10)
    assert ("B1", "R-01", "rejected") in await sale.run.balances()


async def test_returned_goods_that_quality_has_carried_off_meanwhile_settle_as_rejected(
    company: Company,
) -> None:
    sale = await sold(company)
    received = await sale.run.act("sales_return.receive", {"lines": await sale.arrived()}, "receive#1")
    before = await sale.run.balances()
    await rejected(company, sale.batch)
    inspected = await sale.run.results(
        received["lines"], [{"outcome": "qualified", "to": "A-01"}], "inspection#1"
    )
    settled = await sale.run.act("sales_return.settle", {"lines": inspected}, "settle#1")
    assert (settled["qualified"], settled["rejected"]) == (0, 10)
    assert await sale.run.balances() == {("B1", "R-01", "rejected"): sum(before.values())}
    assert await sale.run.state_of(settled["document"]) == "closed"


async def test_only_a_shipment_that_has_left_is_returned_and_only_what_is_still_out(company: Company) -> None:
    sale = await sold(company)
    await sale.run.act("sales_return.receive", {"lines": await sale.arrived()}, "receive#1")
    other = await sale.again()
    with pytest.raises(ActionRefused) as refusal:
        await other.requested()
    assert refusal.value.name == "nothing_returnable"
    async with company.write() as tx:
        await tx.execute(
            sa.update(t.document).where(t.document.c.kind == "shipment").values(state="in_process")
        )
    with pytest.raises(ActionRefused) as refusal:
        await other.requested()
    assert refusal.value.name == "not_shipped"


@pytest.mark.parametrize(
    ("request_", "arrival", "name"),
    [
        ({"returned_quantity": 11}, {}, "quantity_not_returnable"),
        ({}, {"received_quantity": 11}, "quantity_not_returnable"),
        ({"outcome": "keep"}, {}, "nothing_returned"),
        ({}, {"outcome": "missing", "reason": "未到"}, "nothing_arrived"),
    ],
)
async def test_quantities_that_were_not_sold_are_refused(
    company: Company, request_: dict[str, Any], arrival: dict[str, Any], name: str
) -> None:
    sale = await sold(company)

    async def returned() -> None:
        lines = await sale.requested(**request_)
        arrived = await sale.run.results(lines, [{"outcome": "received", **arrival}], "arrival#1")
        await sale.run.act("sales_return.receive", {"lines": arrived}, "receive#1")

    with pytest.raises(ActionRefused) as refusal:
        await returned()
    assert refusal.value.name == name
    assert await sale.run.balances() == {("B1", "A-01", "qualified"): 30}


async def test_two_returns_of_the_same_sale_take_no_more_than_was_sold(company: Company) -> None:
    sale = await sold(company)
    other = await sale.again()
    lines = [await one.arrived(received_quantity=6) for one in (sale, other)]

    async def receive(one: Sale, arrived: Mapping[str, Any]) -> None:
        async with company.write() as tx:
            context = company.context(tx, one.run.run, "receive#1")
            await ACTIONS["sales_return.receive"](context, {"lines": arrived})

    answers = await asyncio.gather(
        *(receive(one, arrived) for one, arrived in zip((sale, other), lines, strict=True)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, ActionRefused)]
    assert [answer.name for answer in refused] == ["quantity_not_returnable"]
    assert (await sale.run.balances())["B1", "T-01", "returned"] == 6


async def test_the_database_refuses_what_no_service_asked_about(company: Company) -> None:
    sale = await sold(company)

    async def back(quantity: int, customer: UUID) -> None:
        async with company.write() as tx:
            (zone,) = await tx.rows(sa.select(t.location).where(t.location.c.code == "T-01"))
            owner = await tx.scalar(sa.select(t.legal_entity.c.id))
            target = Position(zone["site_id"], zone["id"], Status.RETURNED, owner)
            move = Move(sale.batch, quantity, PlaceKind.CUSTOMER, target, party_id=customer)
            await ledger.post(tx, Posting(PostingKind.CUSTOMER_RETURN, company.admin.person_id, [move]))

    async with company.database.read() as tx:
        stranger = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "C1"))
    for quantity, customer in ((11, sale.customer), (1, stranger)):
        with pytest.raises(ReturnExceedsSale):
            await back(quantity, customer)
    answers = await asyncio.gather(*(back(4, sale.customer) for _ in range(5)), return_exceptions=True)
    assert sum(answer is None for answer in answers) == 2
    assert all(isinstance(answer, ReturnExceedsSale) for answer in answers if answer is not None)


async def test_a_serial_comes_back_once_and_only_from_who_bought_it(company: Company) -> None:
    sale = await sold(company, 2, ("X1", "X2", "X3"))
    opened = await sale.run.act("sales_return.open", sale.inputs, "sale#1")
    async with company.database.read() as tx:
        (line,) = await line_sets.read(tx, opened["lines"]["id"])
    assert line.data["quantity"] == 2
    async with company.database.read() as tx:
        ids = {row["number"]: row["id"] for row in await tx.rows(sa.select(t.serial))}
        (zone,) = await tx.rows(sa.select(t.location).where(t.location.c.code == "T-01"))
        owner = await tx.scalar(sa.select(t.legal_entity.c.id))
        stranger = await tx.scalar(sa.select(t.party.c.id).where(t.party.c.code == "S3"))
    target = Position(zone["site_id"], zone["id"], Status.RETURNED, owner)

    async def back(serial: str, customer: UUID) -> None:
        async with company.write() as tx:
            move = Move(
                sale.batch, 1, PlaceKind.CUSTOMER, target, party_id=customer, serial_ids=[ids[serial]]
            )
            await ledger.post(tx, Posting(PostingKind.CUSTOMER_RETURN, company.admin.person_id, [move]))

    with pytest.raises(Refusal):
        await back("X1", stranger)
    with pytest.raises(SerialNotSold):
        await back("X3", sale.customer)  # it never left
    await back("X1", sale.customer)
    with pytest.raises(SerialNotSold):
        await back("X1", sale.customer)

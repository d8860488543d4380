"""An invoice is for what left and for nothing else: every difference is refused with its line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from db import tables as t
from db.ids import new_id
from db.queries import documents as queries
from db.session import Database
from domain.errors import Invalid, NotFound
from domain.invoices import Invoiced, InvoiceIn, Shipped, match, outstanding, part_of_price, to_credit
from services import document_notes, invoices
from services.actions import ACTIONS, UNDOS
from services.documents import DocumentView
from services.documents_entry import DocumentExists
from tests.pdf_text import text_of
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """A shipment of 20 packs of batch A1 and 5 of A2, which has left."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    await made.stock("A-01", "M1", "A1", 20)
    await made.stock("A-02", "M1", "A2", 20)
    await made.begin(("M1", 25))
    await made.pick()
    await made.review()
    await made.pack()
    await made.load()
    await made.hand_over()
    yield made
    await opened.close()


LINE = {"line": 1, "shipment_line": 1, "material": "M1", "quantity": 20, "unit": "盒"}


async def invoice(
    outbound: Outbound, *lines: Mapping[str, Any], number: str = "FP-1", **more: Any
) -> DocumentView:
    body = {
        "number": number,
        "customer": "C2",
        "shipment": "CK-SO-1",
        "invoiced_on": "2026-11-26",
        "lines": list(lines or (LINE,)),
        **more,
    }
    admin = await outbound.world.actor("admin")
    return await invoices.post(outbound.world.platform, InvoiceIn.model_validate(body), actor=admin)


async def test_an_invoice_follows_its_shipment_and_says_what_is_outstanding(outbound: Outbound) -> None:
    found = await invoice(
        outbound, LINE, {**LINE, "line": 2, "shipment_line": 2, "quantity": 3, "batch": "A2"}
    )
    assert found.document.header["outstanding"] == 2
    assert found.document.source_document_id == (await outbound.shipment())["id"]
    assert [(line.batch_number, line.quantity) for line in found.lines.items] == [("A1", 20), ("A2", 3)]
    rest = {**LINE, "shipment_line": 2, "quantity": 2}
    assert (await invoice(outbound, rest, number="FP-2")).document.header["outstanding"] == 20 - 20


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        ({"quantity": 21}, "lines[0].quantity", "over_quantity"),
        ({"batch": "A2"}, "lines[0].batch", "batch_mismatch"),
        ({"material": "M3"}, "lines[0].material", "material_mismatch"),
        ({"shipment_line": 9}, "lines[0].shipment_line", "not_shipped"),
        ({"unit": "桶"}, "lines[0].unit", "unit_unknown"),
    ],
)
async def test_a_difference_is_refused_with_its_line(
    outbound: Outbound, line: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await invoice(outbound, {**LINE, **line})
    assert (field, code) in {(one.field, one.code) for one in refused.value.fields}
    kinds = await outbound.world.rows(sa.select(t.document.c.kind).distinct())
    assert "invoice" not in {row["kind"] for row in kinds}


async def test_all_differences_are_told_at_once(outbound: Outbound) -> None:
    wrong = {**LINE, "line": 2, "shipment_line": 2, "batch": "A1", "quantity": 6}
    with pytest.raises(Invalid) as refused:
        await invoice(outbound, {**LINE, "quantity": 21}, wrong)
    assert [one.code for one in refused.value.fields] == ["over_quantity", "batch_mismatch", "over_quantity"]


@pytest.mark.parametrize(
    ("more", "code"), [({"shipment": "CK-9"}, "shipment_unknown"), ({"customer": "C1"}, "shipment_unknown")]
)
async def test_an_unknown_shipment_is_refused(outbound: Outbound, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await invoice(outbound, **more)
    assert [one.code for one in refused.value.fields] == [code]


async def test_a_total_that_is_not_the_sum_is_refused(outbound: Outbound) -> None:
    priced = {**LINE, "price": "12.50"}
    with pytest.raises(Invalid) as refused:
        await invoice(outbound, priced, total="251")
    assert refused.value.fields[0].code == "total_mismatch"
    found = await invoice(outbound, priced, total="250.00")
    assert found.document.header["total"] == "250.00"
    with pytest.raises(DocumentExists):
        await invoice(outbound, {**LINE, "shipment_line": 2, "quantity": 1})


async def test_two_invoices_at_once_never_bill_the_same_goods(outbound: Outbound) -> None:
    async def one(number: str) -> bool:
        try:
            await invoice(outbound, {**LINE, "quantity": 15}, number=number)
        except Invalid:
            return False
        return True

    assert sorted(await asyncio.gather(one("FP-1"), one("FP-2"), one("FP-3"))) == [False, False, True]


async def test_what_is_credited_has_its_price_and_may_be_invoiced_again(outbound: Outbound) -> None:
    await invoice(outbound, {**LINE, "price": "12.50"})
    shipment_id: UUID = (await outbound.shipment())["id"]
    async with outbound.world.write() as tx:
        shipment = await queries.locked(tx, shipment_id, "shipment")
        assert shipment is not None and outbound.run is not None
        back = await queries.open_document(
            tx,
            kind="sales_return",
            number="TH-1",
            source=shipment,
            run_id=outbound.run,
            actor_id=outbound.world.people["admin"],
            occurred_at=shipment.occurred_at,
            header={},
        )
        returned = await queries.locked(tx, back, "sales_return")
        assert returned is not None
        note = await invoices.open_credit_note(
            tx,
            returned=returned,
            shipment=shipment,
            lines=[(1, 1, 4)],
            actor_id=outbound.world.people["admin"],
            run_id=outbound.run,
            occurred_at=shipment.occurred_at,
        )
        [line] = await queries.lines_of(tx, note)
    assert (line.quantity, line.batch_number, line.data["shipment_line"]) == (4, "A1", 1)
    assert [line.data.get(name) for name in ("price", "price_unit", "amount")] == ["12.50", "盒", "50.00"]
    with pytest.raises(Invalid):
        await invoice(outbound, {**LINE, "quantity": 5}, number="FP-2")
    assert (await invoice(outbound, {**LINE, "quantity": 4}, number="FP-3")).document.kind == "invoice"


async def test_the_shipping_note_carries_the_fields_of_the_law_and_printing_is_audited(
    outbound: Outbound,
) -> None:
    shipment, admin = await outbound.shipment(), await outbound.world.actor("admin")
    name, made = await document_notes.pdf(outbound.world.platform, shipment["id"], actor=admin)
    assert name == "CK-SO-1.pdf"
    text = text_of(made)
    for word in (
        *(
            "随货同行单",
            "CK-SO-1",
            "甲公司",
            "乙医院",
            "SO-1",
            "苏州市人民路一号药库",
            "通用名M1",
            "片剂",
            "10mg*12",
            "国药准字H20000001",
        ),
        *(
            "甲药厂",
            "A1",
            "A2",
            "2099-12-31",
            "迅达",
            "沪A12345",
            "张师傅",
            "出库复核",
            "FENG",
            "HE",
            "UTC+08:00",
        ),
    ):
        assert word.replace(" ", "") in text, word
    [package] = await outbound.world.rows(sa.select(t.package.c.sscc))
    assert package["sscc"] in text
    english = text_of(
        (await document_notes.pdf(outbound.world.platform, shipment["id"], actor=admin, language="en"))[1]
    )
    assert "Shippingnote" in english and "随货" not in english
    events = await outbound.world.rows(
        sa.select(t.audit_event.c.actor_id).where(t.audit_event.c.action == "print.document")
    )
    assert len(events) == 2


async def test_an_invoice_is_printed_with_its_amounts_and_their_sum(outbound: Outbound) -> None:
    second = {"line": 2, "shipment_line": 2, "material": "M1", "quantity": 5, "unit": "盒", "price": "2.10"}
    made = await invoice(outbound, {**LINE, "price": "12.50"}, second)
    admin, platform = await outbound.world.actor("admin"), outbound.world.platform
    text = text_of((await document_notes.pdf(platform, str(made.document.id), actor=admin))[1])
    for word in ("250.00", "10.50", "合计（元）：260.50"):
        assert word in text, word


async def test_a_note_that_ends_early_says_so(outbound: Outbound, monkeypatch: pytest.MonkeyPatch) -> None:
    shipment, admin = await outbound.shipment(), await outbound.world.actor("admin")
    monkeypatch.setattr(document_notes, "MOST_LINES", 1)
    _name, made = await document_notes.pdf(outbound.world.platform, shipment["id"], actor=admin)
    assert "仅打印前1行" in text_of(made)


async def test_an_order_is_printed_as_well_and_an_unknown_document_is_not(outbound: Outbound) -> None:
    admin = await outbound.world.actor("admin")
    assert outbound.order_id is not None
    _name, made = await document_notes.pdf(outbound.world.platform, outbound.order_id, actor=admin)
    text = text_of(made)
    for word in ("销售订单", "SO-1", "乙医院", "25"):
        assert word in text, word
    with pytest.raises(NotFound):
        await document_notes.pdf(outbound.world.platform, new_id(), actor=admin)


@given(
    shipped=st.integers(1, 50),
    backs=st.lists(st.integers(1, 20), max_size=6),
    billed=st.integers(0, 50),
)
def test_returns_one_after_another_credit_exactly_what_is_invoiced_beyond_what_stayed(
    shipped: int, backs: list[int], billed: int
) -> None:
    billed, stood, returned = min(billed, shipped), min(billed, shipped), 0
    for asked in backs:
        back = min(asked, shipped - returned)
        returned += back
        stood -= to_credit(shipped, returned, stood, back)
        assert stood == min(billed, shipped - returned)


@given(
    price=st.decimals("0.01", "9999", places=2),
    units=st.decimals("0.5", "100", places=1),
    invoiced=st.integers(1, 500),
    share=st.floats(0, 1),
)
def test_a_part_is_worth_its_share_to_the_cent_and_the_whole_what_was_invoiced(
    price: Decimal, units: Decimal, invoiced: int, share: float
) -> None:
    part = int(share * invoiced)
    worth = [
        part_of_price(price, quantity, units, invoiced) for quantity in (part, invoiced - part, invoiced)
    ]
    assert abs(worth[2] - price * units) <= Decimal("0.005")
    assert abs(worth[0] + worth[1] - worth[2]) <= Decimal("0.01")
    assert all(one == round(one, 2) >= 0 for one in worth)


left = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=5)


@given(left=left, asked=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 60)), max_size=8))
def test_whatever_is_entered_no_line_is_billed_beyond_what_left(
    left: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    shipped = [Shipped(n, "M1", f"B{n}", q, min(done, q)) for n, (q, done) in enumerate(left, 1)]
    lines = [Invoiced(f"lines[{at}]", n, "M1", None, q, "盒") for at, (n, q) in enumerate(asked)]
    problems = match(shipped, lines)
    billed = {line.line: line.invoiced for line in shipped}
    for line in lines:
        billed[line.shipment_line] = billed.get(line.shipment_line, 0) + line.quantity
    fits = all(n <= len(left) and quantity <= left[n - 1][0] for n, quantity in billed.items())
    assert (problems == []) is fits
    if fits:
        rest = outstanding(shipped, lines)
        assert all(rest.get(n, 0) == left[n - 1][0] - quantity for n, quantity in billed.items())

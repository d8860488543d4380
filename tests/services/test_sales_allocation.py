"""Sales orders released and allocated: licences, first expiry first, shelf life, reasons, undo."""

from datetime import date, timedelta
from typing import Any

import pytest

from db import tables as t
from domain.batches import Status
from domain.errors import Invalid
from domain.licences import LicenceNotValid
from domain.master_data import PartyChanges
from services import parties
from services.action_context import ActionRefused
from tests.goods import GTINS
from tests.services.company import Company
from tests.services.sales import new_customer, ordered, reserved, sale, sales_order, shelve

TODAY = date.today()  # noqa: DTZ011 - the tests' site may be a day ahead; no test sits on the edge
ALLOCATE = "outbound.allocate"


def picks(lines: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(line["batch_number"], line["location"], line["quantity"]) for line in lines]


async def refusal(awaitable: Any) -> tuple[str, str]:
    with pytest.raises(ActionRefused) as refused:
        await awaitable
    return refused.value.name, refused.value.message("zh")


async def test_an_order_needs_a_customer_with_a_licence_for_every_line(company: Company) -> None:
    with pytest.raises(Invalid) as wrong:
        await sale(company, sales_order(customer="S1"))
    assert [(one.field, one.code) for one in wrong.value.fields] == [("customer", "customer_unknown")]
    await new_customer(
        company, "C8", licences=[{"kind": "k", "number": "1", "scope": ["drug"], "valid_until": "2099-01-01"}]
    )
    with pytest.raises(LicenceNotValid, match="special_control"):
        await sale(company, sales_order("SO2", ordered(material="M3"), customer="C8"))
    await sale(company, sales_order("SO3", customer="C8"))


async def test_a_licence_that_ends_after_the_order_blocks_its_release(company: Company) -> None:
    await new_customer(company)
    sold = await sale(company)
    over = {"kind": "gsp", "number": "C9", "scope": ["drug"], "valid_until": str(TODAY - timedelta(days=3))}
    changes = PartyChanges.model_validate({"licences": [over]})
    await parties.change(company.platform, "C9", changes, reason="到期未换证", actor=company.admin)
    name, words = await refusal(sold.act("sales.release_order"))
    assert name == "customer_blocked"
    assert "过期" in words
    assert (await refusal(sold.allocate()))[0] == "customer_blocked"


async def test_released_an_order_is_this_runs_alone_and_an_undo_lets_it_wait_again(company: Company) -> None:
    await new_customer(company)
    sold = await sale(company)
    outputs = await sold.act("sales.release_order")
    assert outputs == {"customer": "C9", "cold_chain": False, "special_control": False, "line_count": 1}
    async with company.write() as tx:
        other = await company.start_run(tx)
    mine, sold.run = sold.run, other
    assert (await refusal(sold.act("sales.release_order")))[0] == "order_closed"
    sold.run = mine
    await sold.undo("sales.reopen_order", "sales.release_order")
    sold.run = other
    await sold.act("sales.release_order")


async def test_the_first_expiry_is_reserved_and_the_lines_say_where(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "B1", 40, TODAY + timedelta(days=500))
    await shelve(company, "B2", 6, TODAY + timedelta(days=90), location="A-02")
    sold = await sale(company, sales_order("SO1", ordered(price="12.50")))
    lines = await sold.allocate()
    assert picks(lines) == [("B1", "A-01", 4), ("B2", "A-02", 6)]
    assert {line["number"] for line in lines} == {1, 2}
    assert lines[0] | {"batch_id": "", "number": 0} == {
        "number": 0,
        "order_line": 1,
        "material": "M1",
        "material_name": "药品M1",
        "specification": "10mg*12",
        "unit": "盒",
        "storage_class": "ambient",
        "batch_id": "",
        "batch_number": "B1",
        "produced_on": None,
        "expires_on": str(TODAY + timedelta(days=500)),
        "manufacturer": "甲药厂",
        "location": "A-01",
        "quantity": 4,
        "special_control": False,
        "cold_chain": False,
        "override": False,
    }
    assert sold.outputs[ALLOCATE]["complete"] is True
    assert await reserved(company) == {("B1", "A-01"): (40, 4), ("B2", "A-02"): (6, 6)}
    await sold.undo("outbound.release_allocation", ALLOCATE)
    assert await reserved(company) == {("B1", "A-01"): (40, 0), ("B2", "A-02"): (6, 0)}


async def test_what_may_not_be_sold_is_never_allocated(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "OVER", 50, TODAY - timedelta(days=2))
    held = await shelve(company, "HELD", 50, TODAY + timedelta(days=50))
    await shelve(company, "YELLOW", 50, TODAY + timedelta(days=50), status=Status.QUARANTINE)
    await shelve(company, "RED", 50, TODAY + timedelta(days=50), status=Status.REJECTED)
    await shelve(company, "GOOD", 4)
    async with company.write() as tx:
        await tx.execute(
            t.hold.insert().values(
                batch_id=held, kind="quality", reason="待查", opened_by=company.admin.person_id
            )
        )
    sold = await sale(company)
    name, words = await refusal(sold.allocate())
    assert name == "not_enough"
    assert "第 1 行 药品M1 缺 6 盒" in words
    assert picks(await sold.allocate(partial=True)) == [("GOOD", "A-01", 4)]
    assert sold.outputs[ALLOCATE]["complete"] is False
    assert sold.outputs[ALLOCATE]["missing"] == 6


async def test_the_customers_shelf_life_counts_and_a_lines_when_it_is_longer(company: Company) -> None:
    await new_customer(company, min_remaining_days=180)
    await shelve(company, "SHORT", 50, TODAY + timedelta(days=150))
    await shelve(company, "MIDDLE", 50, TODAY + timedelta(days=250))
    await shelve(company, "LONG", 50, TODAY + timedelta(days=800))
    lines = [ordered(min_remaining_days=90), ordered(2, 10, min_remaining_days=365)]
    sold = await sale(company, sales_order("SO1", *lines))
    found = {line["order_line"]: line["batch_number"] for line in await sold.allocate()}
    assert found == {1: "MIDDLE", 2: "LONG"}


async def test_another_order_gets_what_is_left_and_is_told_what_is_not(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "B1", 15)
    first, second = await sale(company), await sale(company, sales_order("SO2"))
    await first.allocate()
    assert (await refusal(second.allocate()))[0] == "not_enough"
    await first.undo("outbound.release_allocation", ALLOCATE)
    assert picks(await second.allocate()) == [("B1", "A-01", 10)]


async def test_allocated_twice_by_its_run_nothing_is_promised_twice(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "B1", 30)
    sold = await sale(company)
    await sold.allocate()
    assert (await refusal(sold.allocate()))[0] == "nothing_to_allocate"
    assert await reserved(company) == {("B1", "A-01"): (30, 10)}


async def test_goods_that_were_not_found_are_taken_elsewhere(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "B1", 10, TODAY + timedelta(days=90))
    await shelve(company, "B2", 30, TODAY + timedelta(days=200), location="A-02")
    sold = await sale(company)
    await sold.allocate()
    lines = await sold.answered({"outcome": "short", "found_quantity": 7})
    outputs = await sold.act("outbound.reallocate", lines=lines)
    assert outputs["complete"] is True
    assert picks(await sold.lines("outbound.reallocate")) == [("B1", "A-01", 7), ("B2", "A-02", 3)]
    assert picks(await sold.lines("outbound.reallocate", "added")) == [("B2", "A-02", 3)]
    assert await reserved(company) == {("B1", "A-01"): (10, 7), ("B2", "A-02"): (30, 3)}
    await sold.undo("outbound.restore_allocation", "outbound.reallocate", lines=lines)
    assert await reserved(company) == {("B1", "A-01"): (10, 10), ("B2", "A-02"): (30, 0)}


async def test_another_batch_needs_a_reason_and_must_be_fit(company: Company) -> None:
    await new_customer(company, min_remaining_days=60)
    await shelve(company, "B1", 10, TODAY + timedelta(days=90))
    await shelve(company, "B2", 30, TODAY + timedelta(days=400), location="A-02")
    await shelve(company, "SHORT", 30, TODAY + timedelta(days=59), location="A-02")
    sold = await sale(company)
    await sold.allocate()

    async def replace(**result: Any) -> tuple[str, str]:
        lines = await sold.answered({"outcome": "replaced", **result})
        return await refusal(sold.act("outbound.reallocate", lines=lines))

    assert (await replace(other_batch="B2"))[0] == "reason_missing"
    assert (await replace(other_batch="B9", reason="客户指定"))[0] == "batch_unknown"
    assert (await replace(other_batch="SHORT", reason="客户指定"))[0] == "batch_unsuitable"
    assert await reserved(company) == {
        ("B1", "A-01"): (10, 10),
        ("B2", "A-02"): (30, 0),
        ("SHORT", "A-02"): (30, 0),
    }
    scanned = f"(01){GTINS['M1'].zfill(14)}(10)B2"  # from the goods, instead of written
    lines = await sold.answered({"outcome": "replaced", "other_batch": scanned, "reason": "客户指定批号"})
    await sold.act("outbound.reallocate", lines=lines)
    found = await sold.lines("outbound.reallocate")
    assert [(line["batch_number"], line["override"]) for line in found] == [("B2", True)]
    async with company.database.read() as tx:
        rows = await tx.rows(t.reservation.select().where(t.reservation.c.state == "open"))
    assert [row["reason"] for row in rows] == ["客户指定批号"]

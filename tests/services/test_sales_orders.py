"""Sales orders and transfers as documents: entered, imported, corrected, and what a customer asks for."""

from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from db import tables as t
from domain.documents import SalesOrderChanges, SalesOrderIn, TransferIn
from domain.licences import LicenceNotValid
from domain.master_data import PartyChanges
from services import documents, parties
from services.documents import DocumentNotCorrectable, DocumentView
from services.permissions import NotPermitted
from tests.services.company import Company, at_site, last_event, powerless
from tests.services.sales import new_customer, ordered, sale, sales_order, shelve
from tests.services.test_transfers import transfer

CSV = """销售订单号,客户,发货仓库,行号,物料编码,数量,单位,订购日期,最低剩余效期,单价
SO1,C9,SH1,1,M1,10,盒,2026-11-20,180,12.50
SO1,C9,SH1,2,M1,2,件,2026-11-20,,
SO2,C9,SH1,1,M1,5,盒,2026/11/21,,9
"""


async def post(company: Company, body: dict[str, Any], **more: Any) -> DocumentView:
    shape = SalesOrderIn if "customer" in body else TransferIn
    actor = more.pop("actor", company.admin)
    return await documents.post(company.platform, shape.model_validate(body), actor=actor, **more)


async def test_an_order_keeps_its_price_and_says_which_conditions_its_goods_need(company: Company) -> None:
    await new_customer(company)
    lines = [ordered(price="12.50", min_remaining_days=90), ordered(2, 1, "M2", unit="件")]
    made = await post(company, sales_order("SO1", *lines))
    assert made.document.header == {
        "ordered_on": "2026-11-20",
        "cold_chain": True,
        "special_control": False,
    }
    assert [(line.quantity, line.data) for line in made.lines.items] == [
        (10, {"price": "12.50", "min_remaining_days": 90}),
        (10, {}),
    ]
    event = await last_event(company, "create.document")
    assert event["after"] == {"kind": "sales_order", "number": "SO1", "customer": "C9", "lines": 2}


@pytest.mark.parametrize("price", ["1,5", "-1", "1e3", 12.5, "", "1.23456"])
def test_a_price_is_an_exact_decimal(price: Any) -> None:
    with pytest.raises(ValidationError):
        SalesOrderIn.model_validate(sales_order("SO1", ordered(price=price)))


async def test_the_same_number_of_a_customer_or_a_transfer_exists_once(company: Company) -> None:
    await new_customer(company)
    await new_customer(company, "C8")
    for body in (sales_order(), transfer()):
        await post(company, body)
        with pytest.raises(documents.DocumentExists):
            await post(company, body)
    await post(company, sales_order(customer="C8"))


async def test_only_who_may_write_documents_at_the_site_enters_one(company: Company) -> None:
    await new_customer(company)
    async with company.database.read() as tx:
        other = await tx.scalar(sa.select(t.site.c.id).where(t.site.c.code == "UR1"))
    for actor in (powerless(company), at_site(company, other)):
        for body in (sales_order(), transfer()):
            with pytest.raises(NotPermitted):
                await post(company, body, actor=actor)


async def test_a_correction_is_judged_as_the_order_was_and_keeps_its_conditions_true(
    company: Company,
) -> None:
    licences = [{"kind": "k", "number": "1", "scope": ["drug", "cold_chain"], "valid_until": "2099-01-01"}]
    await new_customer(company, licences=licences)
    made = await post(company, sales_order())

    async def correct(*lines: dict[str, Any], version: int) -> int:
        changes = SalesOrderChanges.model_validate({"lines": lines})
        return await documents.correct(
            company.platform,
            made.document.id,
            version=version,
            changes=changes,
            reason="客户改单",
            actor=company.admin,
        )

    with pytest.raises(LicenceNotValid):
        await correct(ordered(material="M3"), version=1)
    assert await correct(ordered(material="M2"), version=1) == 2
    found = await documents.get(company.platform, made.document.id, actor=company.admin)
    assert found.document.header["cold_chain"] is True
    assert found.changes[0].before["cold_chain"] is False
    with pytest.raises(documents.VersionChanged):
        await correct(ordered(), version=1)


async def test_lines_stay_as_they_are_once_a_run_ships_them(company: Company) -> None:
    await new_customer(company)
    await shelve(company, "B1", 30)
    sold = await sale(company)
    await sold.act("sales.release_order")
    changes = SalesOrderChanges.model_validate({"lines": [ordered(quantity=5)]})
    with pytest.raises(DocumentNotCorrectable):
        await documents.correct(
            company.platform, sold.order_id, version=1, changes=changes, reason="改", actor=company.admin
        )
    with pytest.raises(DocumentNotCorrectable):
        await documents.cancel(company.platform, sold.order_id, version=1, reason="撤", actor=company.admin)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
async def test_orders_come_from_a_file(company: Company, encoding: str) -> None:
    await new_customer(company)
    report = await documents.import_csv(
        company.platform, "sales_order", CSV.encode(encoding), actor=company.admin
    )
    assert (report.problems, report.loaded) == ([], ["SO1", "SO2"])
    found = await documents.get(company.platform, "SO1", actor=company.admin, kind="sales_order")
    assert [(line.quantity, line.data.get("price")) for line in found.lines.items] == [
        (10, "12.50"),
        (20, None),
    ]


async def test_a_bad_row_is_told_with_its_own_header_and_nothing_is_loaded(company: Company) -> None:
    await new_customer(company)
    bad = CSV.replace("SO2,C9", "SO2,C7").replace(",9\n", ",九\n")
    report = await documents.import_csv(company.platform, "sales_order", bad.encode(), actor=company.admin)
    assert report.loaded == []
    assert [(one.row, one.column) for one in report.problems] == [(4, "单价")]
    bad = CSV.replace("SO2,C9", "SO2,C7")
    report = await documents.import_csv(company.platform, "sales_order", bad.encode(), actor=company.admin)
    assert [(one.row, one.column, one.code) for one in report.problems] == [(4, "客户", "customer_unknown")]


async def test_a_transfer_comes_from_a_file(company: Company) -> None:
    text = "调拨单号,调出仓库,调入仓库,行号,物料编码,数量,单位,调拨日期\nTR1,SH1,UR1,1,M1,10,盒,2026-11-20\n"
    report = await documents.import_csv(company.platform, "transfer", text.encode(), actor=company.admin)
    assert (report.problems, report.loaded) == ([], ["TR1"])


async def test_what_a_customer_asks_of_the_shelf_life_is_changed_with_a_reason(company: Company) -> None:
    await new_customer(company)
    changes = PartyChanges.model_validate({"min_remaining_days": 180})
    changed = await parties.change(company.platform, "C9", changes, reason="年度协议", actor=company.admin)
    assert changed.min_remaining_days == 180
    event = await last_event(company, "change.party")
    assert (event["before"], event["after"], event["reason"]) == (
        {"min_remaining_days": None},
        {"min_remaining_days": 180},
        "年度协议",
    )

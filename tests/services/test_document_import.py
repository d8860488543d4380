"""Documents from files: loaded whole or not at all, every problem with its row and column."""

from typing import Any

import pytest

from domain.document_csv import FileNotReadable
from services import documents
from services.permissions import NotPermitted
from tests.services.company import Company, powerless

HEADER = "采购订单号,供货单位编码,仓库编码,订购日期,行号,商品编码,数量,单位\n"


async def load(company: Company, text: str, encoding: str = "utf-8", **more: Any) -> documents.ImportReport:
    return await documents.import_csv(
        company.platform, "purchase_order", (HEADER + text).encode(encoding), actor=company.admin, **more
    )


async def test_a_file_is_loaded_whole(company: Company) -> None:
    rows = "P1,S1,SH1,2026-11-24,1,M1,10,盒\nP1,S1,SH1,2026-11-24,2,M2,1,件\nP2,S1,SH1,2026-11-24,1,M1,1,件\n"
    report = await load(company, rows, "gb18030")
    assert (report.loaded, report.problems, report.encoding, report.rows) == (["P1", "P2"], [], "gb18030", 3)
    made = await documents.get(company.platform, "P1", actor=company.admin)
    assert [one.quantity for one in made.lines.items] == [10, 10]


BAD = """\
P1,S1,SH1,2026-11-24,1,M1,10,盒
P2,S1,SH1,2026-11-24,1,NIX,10,盒
P3,S1,SH1,gestern,1,M1,10,盒
P4,S2,SH1,2026-11-24,1,M1,10,盒
P5,S1,SH1,2026-11-24,1,M1,10,托
P6,S1,SH1,2026-11-24,1,M1,-3,盒
"""


async def test_with_one_bad_row_nothing_is_loaded_and_every_problem_names_row_and_column(
    company: Company,
) -> None:
    report = await load(company, BAD)
    assert report.loaded == []
    assert [(p.row, p.column, p.code) for p in report.problems] == [
        (3, "商品编码", "material_unknown"),
        (4, "订购日期", "wrong_format"),
        (5, "", "licence_not_valid"),
        (6, "单位", "unit_unknown"),
        (7, "数量", "value_error"),
    ]
    assert (await documents.list_documents(company.platform, actor=company.admin)).items == []


async def test_partial_loads_the_documents_without_a_bad_row(company: Company) -> None:
    report = await load(company, BAD, partial=True)
    assert report.loaded == ["P1"]
    again = await load(company, BAD, partial=True)
    assert again.loaded == []
    assert again.problems[0].code == "document_exists"


async def test_a_file_that_cannot_be_read_and_who_may_not_write_are_refused(company: Company) -> None:
    with pytest.raises(FileNotReadable):
        await documents.import_csv(company.platform, "purchase_order", b"\xff\xff\xff", actor=company.admin)
    with pytest.raises(NotPermitted):
        await documents.import_csv(company.platform, "purchase_order", b"", actor=powerless(company))

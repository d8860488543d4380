"""Records of goods that came back or were put away, as an inspector reads their pages: places in words, files, results."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from services.documents import DocumentView
from ui.pages import document_parts
from ui.translation import Language, translations
from ui.view import View

FILE = str(uuid4())
SETTLED = {"outcome": "rejected", "finding": "受潮", "settled_location": "R-01", "settled_status": "rejected"}


def pages(language: Language, kind: str, **data: Any) -> tuple[View, DocumentView]:
    """Somebody who may open nothing, and a record of one line."""
    line = SimpleNamespace(
        line_no=1,
        material="M1",
        material_name_zh="阿莫西林胶囊",
        material_name_en="Amoxicillin capsules",
        specification="0.25g",
        base_unit="盒",
        batch_number="B1",
        batch_id=uuid4(),
        produced_on=None,
        expires_on=None,
        quantity=4,
        entered_quantity=None,
        entered_unit=None,
        holder="甲药厂",
        manufacturer="甲药厂",
        data={"location": "TA-01", "status": "returned", **data},
    )
    found = SimpleNamespace(
        document=SimpleNamespace(kind=kind),
        lines=SimpleNamespace(items=[line]),
        signatures=[],
        people={},
        files={FILE: "way.pdf"},
        zones={"TA-01": "returned", "R-01": "rejected"},
    )
    view = SimpleNamespace(words=translations(language), may=lambda _permission: False)
    return cast("View", view), cast("DocumentView", found)


def said(view: View, found: DocumentView) -> dict[str, tuple[Any, str]]:
    """Column -> value and what stands under it."""
    table = document_parts.lines(view, found, "")
    [row] = table.rows
    return {
        column.label: (cell.value, cell.sub) for column, cell in zip(table.columns, row.cells, strict=True)
    }


@pytest.mark.parametrize(
    ("language", "column", "waits", "went"),
    [
        ("zh", "位置", "退货区 · 退货", "不合格品区 · 不合格"),
        ("en", "Place", "Returns zone · Returned", "Rejected zone · Rejected"),
    ],
)
def test_a_return_says_where_it_waits_and_then_where_it_went(
    language: Language, column: str, waits: str, went: str
) -> None:
    assert said(*pages(language, "sales_return"))[column] == ("TA-01", waits)
    assert said(*pages(language, "sales_return", **SETTLED))[column] == ("R-01", went)


def test_a_return_says_why_it_came_and_what_was_found() -> None:
    line = said(*pages("zh", "sales_return", return_reason="订错规格", **SETTLED))
    assert (line["退货原因"][0], line["情况说明"][0]) == ("订错规格", "受潮")
    assert line["持有人 / 生产企业"][0] == "甲药厂", "once where both are the same"
    assert line["验收结果与验收人"][0].word == "不合格"


def test_the_files_and_remarks_of_a_return_stand_below_its_lines() -> None:
    view, found = pages("zh", "sales_return", temperature_record=[FILE], arrival_remark="箱体潮湿")
    *_rest, section = document_parts.record_sections(view, found)
    assert section.facts is not None
    assert [(fact.cell.value, fact.cell.sub) for fact in section.facts] == [
        ("箱体潮湿", "到货说明"),
        ("way.pdf", "温度记录"),
    ]
    view, found = pages("zh", "sales_return")
    assert len(document_parts.record_sections(view, found)) == 1, "nothing but who has signed"

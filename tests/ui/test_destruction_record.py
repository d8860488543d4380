"""The record of a destruction as an auditor reads it: method, executor, the authority's witness, signatures."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from services.documents import DocumentView, SignatureOfRecord
from ui.pages import document_parts
from ui.translation import translations
from ui.view import View

EXECUTOR, PHOTO = str(uuid4()), str(uuid4())


def record(language: str, signed: int = 2) -> tuple[View, DocumentView]:
    """A view of somebody who may not open files, and a record of one line of special-control drugs."""
    line = SimpleNamespace(
        line_no=1,
        material="M1",
        material_name_zh="地西泮片",
        material_name_en="Diazepam tablets",
        specification="5mg",
        base_unit="盒",
        batch_number="250511",
        batch_id=uuid4(),
        expires_on=date(2027, 5, 11),
        quantity=20,
        data={
            "location": "RA-01",
            "status": "rejected",
            "method": "chemical",
            "executor": EXECUTOR,
            "authority_witness": "王监督员",
            "photos": [PHOTO],
        },
    )
    signature = SignatureOfRecord(
        *(uuid4(), uuid4(), "吕宁雨", "质量管理员", "QA specialist", "监销", "witnessed"),
        *(datetime(2026, 11, 27, tzinfo=UTC), "ab" * 32),
    )
    found = SimpleNamespace(
        document=SimpleNamespace(kind="destruction", site_zh="上海一库", site_en="Shanghai 1"),
        lines=SimpleNamespace(items=[line]),
        signatures=[signature] * signed,
        people={EXECUTOR: "冯晓明"},
        files={PHOTO: "photo.jpg"},
        zones={"RA-01": "rejected"},
    )
    view = SimpleNamespace(words=translations(language), may=lambda _permission: False)
    return cast("View", view), cast("DocumentView", found)


@pytest.mark.parametrize(
    ("language", "method", "stood", "here"),
    [
        ("zh", "化学处理", "不合格品区 · 不合格", "上海一库"),
        ("en", "Chemical treatment", "Rejected zone · Rejected", "Shanghai 1"),
    ],
)
def test_a_line_says_how_where_by_whom_and_who_of_the_authority_watched(
    language: Any, method: str, stood: str, here: str
) -> None:
    view, found = record(language)
    [row] = document_parts.lines(view, found, "").rows
    said = [cell.value for cell in row.cells]
    assert said[3:] == [date(2027, 5, 11), "RA-01", 20, method, here, "冯晓明", "王监督员"]
    assert row.cells[4].sub == stood


def test_another_place_of_destruction_stands_in_its_line() -> None:
    view, found = record("zh")
    found.lines.items[0].data["place"] = "华东危废处置中心"  # type: ignore[index]
    [row] = document_parts.lines(view, found, "").rows
    assert row.cells[7].value == "华东危废处置中心"


def test_whoever_signed_stands_in_the_record_and_photos_by_name() -> None:
    view, found = record("en")
    signatures, photos = document_parts.record_sections(view, found)
    assert signatures.table is not None and photos.facts is not None
    assert [row.cells[1].value for row in signatures.table.rows] == ["witnessed", "witnessed"]
    assert [fact.cell.value for fact in photos.facts] == ["photo.jpg"]


def test_a_record_that_nobody_has_signed_yet_says_so() -> None:
    view, found = record("en", signed=0)
    signatures = document_parts.record_sections(view, found)[0].table
    assert signatures is not None and not signatures.rows
    assert signatures.empty.title == "Nothing signed yet"

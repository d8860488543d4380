"""Printed records: every kind of document has one, and every coded value of the procedures its words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.batches import Status
from domain.documents import DOCUMENT_KINDS
from domain.sop_definition import FormField
from domain.sop_yaml import parse
from services import sop_files
from services.document_notes import NOTES
from services.record_columns import COLUMNS
from services.record_words import CODES, TITLES

KEPT = {"cause": "stocktaking", "method": "destruction", "packaging": "receiving_acceptance"}
"""Coded fields that come into a record from the forms of a procedure."""


def test_every_kind_of_document_has_a_note() -> None:
    assert set(NOTES) == set(DOCUMENT_KINDS)
    assert set(TITLES) == set(COLUMNS) == set(DOCUMENT_KINDS) - {"shipment"}


def test_numbers_stand_right_and_no_column_is_there_twice() -> None:
    for kind, columns in COLUMNS.items():
        assert columns[0].source == "line_no", kind
        sources = [column.source for column in columns]
        assert len(set(sources)) == len(sources), kind


def fields_of(sop: str) -> Iterator[tuple[str, FormField]]:
    definition = parse(sop_files.newest(sop).text).definition
    for step in definition.walk():
        if step.human is not None:
            yield from step.human.form.items()
            yield from step.human.lines.form.items() if step.human.lines else ()


@pytest.mark.parametrize(("field", "sop"), sorted(KEPT.items()))
def test_the_options_of_the_forms_have_words_in_print(field: str, sop: str) -> None:
    options = {name for key, part in fields_of(sop) if key == field for name in part.options}
    assert options and options <= set(CODES[field])


def test_stock_statuses_have_words_in_print() -> None:
    assert {str(status) for status in Status} == set(CODES["status"])

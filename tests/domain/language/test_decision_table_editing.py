"""Decision tables under work: what is typed, what is changed, what is told of it - and nothing that is missed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import decision_table_document as tables
from domain.decision_table import DecisionTable, evaluate
from domain.decision_table_cells import cell_of, text_of, value_of
from domain.decision_table_check import look
from domain.decision_table_coverage import coverage
from domain.errors import Refusal
from domain.sop_changes import table_changes
from domain.sop_document import KeyNotFit, NoSuchPlace
from domain.sop_yaml import parse_table
from domain.yaml_text import Path, read, write
from services import sop_files

FILES = {file.key: file for file in sop_files.table_files()}


def shipped(key: str = "cold_chain_limits") -> dict[str, Any]:
    return deepcopy(dict(read(FILES[key].text).data))


@pytest.mark.parametrize(
    ("type_", "text", "cell"),
    [
        ("decimal", "≥2.0", ">= 2.0"),
        ("decimal", "<= ８．５", "<= 8.5"),
        ("decimal", "2.0 .. 8.0", "2.0..8.0"),
        ("decimal", "-10.0至-5", "-10.0..-5"),
        ("decimal", "5", "5"),
        ("int", "5", 5),
        ("int", "1; 3；5..9", [1, 3, "5..9"]),
        ("int", "many", "many"),
        ("bool", "true", True),
        ("string", ">= a; b", [">= a", "b"]),
        ("date", "2026-01-01..2026-12-31", "2026-01-01..2026-12-31"),
        ("date", ">2026-01-01", "> 2026-01-01"),
        ("decimal", " ", None),
        ("decimal", "-", "-"),
        ("decimal", "''", ""),
    ],
)
def test_what_is_typed_in_a_cell_is_what_the_language_says(type_: str, text: str, cell: Any) -> None:
    assert cell_of(type_, text) == cell
    if cell is not None:
        assert cell_of(type_, text_of(cell)) == cell


def test_every_cell_of_the_shipped_tables_is_typed_as_it_is_written() -> None:
    for key in FILES:
        data = shipped(key)
        for row in data["rows"]:
            for name, cell in row["when"].items():
                assert cell_of(data["inputs"][name]["type"], text_of(cell)) == cell
        for test in data["tests"]:
            for name, value in test["given"].items():
                assert value_of(data["inputs"][name]["type"], text_of(value)) == value


@pytest.mark.parametrize("key", sorted(FILES))
def test_a_shipped_table_is_written_back_without_a_loss_and_has_no_remark(key: str) -> None:
    again = parse_table(write(shipped(key))).table
    assert again == parse_table(FILES[key].text).table
    assert list(again.inputs) == list(shipped(key)["inputs"]), "columns keep their order"
    assert look(shipped(key)).remarks == []


def test_a_column_and_a_choice_are_renamed_wherever_they_are_spoken_of() -> None:
    data = tables.rename(shipped(), ("inputs", "mode"), "transport")
    data = tables.rename(data, ("inputs", "transport", "options", 1), "cooled")
    looked = look(data)
    assert looked.remarks == [] and looked.table is not None
    assert list(looked.table.inputs) == ["cold_chain", "transport", "arrival", "lowest", "highest"]
    assert looked.table.rows[2].when["transport"] == "cooled"
    assert looked.table.inputs["transport"].words["cooled"].en == "Refrigerated"
    for path, key in ((("inputs", "transport"), "arrival"), (("inputs", "transport"), "Über"), (("inputs", "transport", "options", 1), "frozen")):  # fmt: skip
        with pytest.raises(KeyNotFit):
            tables.rename(data, path, key)
    nowhere: tuple[Path, ...] = (("rows", 0), ("inputs", "transport", "label"), ("inputs",))
    for place in nowhere:
        with pytest.raises((NoSuchPlace, KeyNotFit)):
            tables.rename(data, place, "x")


def test_what_speaks_of_a_column_goes_with_it_and_a_new_answer_is_asked_for() -> None:
    data = tables.remove(shipped(), ("inputs", "lowest"))
    assert all("lowest" not in row["when"] for row in data["rows"])
    assert all("lowest" not in test["given"] for test in data["tests"])
    more = tables.add_column(shipped(), "outputs")
    assert {one.place for one in look(more).errors} >= {"rows/0/then/result", "tests/0/expect/result"}
    more = tables.rename({**more, "value": "verdict"}, ("outputs", "verdict"), "judgement")
    assert more["value"] == "judgement"
    assert "value" not in tables.remove(more, ("outputs", "judgement"))


def test_the_answer_that_decides_stays_when_columns_are_moved_and_its_change_is_told() -> None:
    more = tables.add_column(shipped(), "outputs")
    for number in range(5):
        more = tables.put_cell(more, ("rows", number, "then", "result"), "x")
    moved = tables.shift(more, ("outputs", "verdict"), 1)
    old, new = look(more).table, look(moved).table
    assert old and new and (old.deciding_output, new.deciding_output) == ("verdict", "verdict")
    other = look({**moved, "value": "result"}).table
    assert other
    (told,) = table_changes({"t": old}, {"t": other})
    assert (told.risk, told.sentence.zh) == ("high", "决定去向的结果由“判定”改为“新结果”")
    assert tables.shift(shipped(), ("rows", 0), 1)["rows"][1]["then"] == {"verdict": "within"}


def test_another_type_reads_the_cells_anew() -> None:
    data = tables.put_type(shipped("stocktake_thresholds"), ("inputs", "differing"), "decimal")
    assert data["rows"][0]["when"]["differing"] == "0" and data["tests"][1]["given"]["differing"] == "1"
    back = tables.put_type(data, ("inputs", "differing"), "int")
    assert back["rows"] == shipped("stocktake_thresholds")["rows"] and look(back).remarks == []
    bare = tables.put_type(shipped(), ("inputs", "mode"), "date")
    assert "options" not in bare["inputs"]["mode"] and "words" not in bare["inputs"]["mode"]
    assert "must be a date (like 2026-11-30)" in [one.en for one in look(bare).errors]


def test_cells_are_put_where_there_is_a_column_and_a_row_and_nowhere_else() -> None:
    data = tables.put_cell(shipped(), ("rows", 2, "when", "arrival"), "2.0..7.0")
    assert data["rows"][2]["when"]["arrival"] == "2.0..7.0"
    assert "arrival" not in tables.put_cell(data, ("rows", 2, "when", "arrival"), "")["rows"][2]["when"]
    for path in (
        ("rows", 99, "when", "arrival"),
        ("rows", 0, "when", "nothing"),
        ("rows", 0, "then", "arrival"),
        ("title", "zh", "x", "y"),
        ("rows", 0),
    ):
        with pytest.raises(NoSuchPlace):
            tables.put_cell(data, path, "x")


def told(data: dict[str, Any], rule: str) -> list[str]:
    return [one.en for one in look(data).remarks if one.rule == rule]


def test_gaps_overlaps_idle_rows_and_failing_tests_are_sentences_with_values_and_rows() -> None:
    data = shipped("stocktake_thresholds")
    less = tables.remove(data, ("rows", 4))
    (gap, *_) = told(less, "gap")
    assert gap.startswith("no row applies to: Lines that differ") and "(CNY, without signs) 500.01" in gap
    assert "test row 5 is not as expected: no row applies" in told(less, "test")
    overlap = told({**data, "hit_policy": "unique"}, "overlap")
    assert "rows 2 and 5 both apply to: Special-control goods among them yes" in overlap, overlap
    early = {**data, "rows": [data["rows"][4], *data["rows"][:4]]}
    assert len(told(early, "idle")) == 4
    assert told({**data, "tests": []}, "tests") == ["there is no test row yet: write at least one"]
    zh = [one.zh for one in look(less).remarks if one.rule == "gap"]
    assert zh[0].startswith("没有适用的行：差异行数 ") and "含特殊管理药品差异 否" in zh[0]


def test_what_does_not_fit_is_told_at_its_cell() -> None:
    data = tables.put_cell(shipped(), ("rows", 2, "when", "arrival"), "cold")
    data = tables.put_cell(data, ("rows", 1, "when", "mode"), "by_air")
    data = tables.put_cell(data, ("rows", 0, "then", "verdict"), "")
    data = tables.put_cell(data, ("tests", 0, "given", "cold_chain"), "maybe")
    found = {one.place: one.en for one in look(data).errors}
    assert found == {
        "rows/0/then/verdict": "must be filled in",
        "rows/1/when/mode": "“by_air” is none of its choices",
        "rows/2/when/arrival": "must be a number",
        "tests/0/given/cold_chain": "must be yes or no",
    }


@pytest.mark.parametrize("place", ["title", "inputs", "rows"])
def test_what_is_no_table_is_told_too(place: str) -> None:
    data = shipped()
    del data[place]
    assert look(data).table is None and look(data).errors


NUMBER = st.decimals(min_value=-20, max_value=20, places=1, allow_nan=False).map(str)
CELLS = st.one_of(
    NUMBER,
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), NUMBER).map(" ".join),
    st.tuples(NUMBER, NUMBER).map("..".join),
    st.sampled_from(["-", ""]),
)
ROWS = st.lists(st.fixed_dictionaries({}, optional={"x": CELLS, "y": CELLS}), min_size=1, max_size=5)
VALUES = st.one_of(
    st.none(), NUMBER, st.decimals(min_value=-30, max_value=30, places=3, allow_nan=False).map(str)
)


@given(ROWS, st.sampled_from(["first", "unique"]), st.lists(st.tuples(VALUES, VALUES), max_size=20))
@settings(max_examples=150, deadline=None)
def test_whatever_the_values_a_table_without_gap_and_overlap_answers(
    rows: list[dict[str, str]], policy: str, values: list[tuple[str | None, str | None]]
) -> None:
    words = {"zh": "数", "en": "number"}
    column = {"type": "decimal", "label": words, "optional": True}
    drawn = DecisionTable.model_validate(
        {
            "key": "t",
            "version": 1,
            "title": words,
            "inputs": {"x": column, "y": column},
            "outputs": {"n": {"type": "int", "label": words}},
            "hit_policy": policy,
            "rows": [{"when": when, "then": {"n": number}} for number, when in enumerate(rows)],
        }
    )
    found = coverage(drawn)
    assert found.whole
    counted, refusals = set(), set()
    for one in (*found.gaps, *(overlap.values for overlap in found.overlaps)):
        for x, y in ((None, None), *values):  # whatever the columns are that no example names
            with pytest.raises(Refusal):
                evaluate(drawn, {"x": x, "y": y} | one)
    for x, y in values:
        try:
            counted.add(evaluate(drawn, {"x": x, "y": y}).row)
        except Refusal as refused:
            refusals.add(refused.code)
    assert ("no_row_applies" in refusals) <= bool(found.gaps)
    assert ("rows_overlap" in refusals) <= bool(found.overlaps)
    assert not counted & set(found.idle)

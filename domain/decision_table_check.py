"""Domain: what is to be said of a decision table under work - cell by cell, test by test, gap by gap.

Every remark is a sentence in both languages with the place that it concerns. Errors keep a table from review.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from domain.decision_table import (
    Column,
    DecisionTable,
    NoRowApplies,
    NotAnOption,
    NotOfItsType,
    RowsOverlap,
    ValueOfAnotherType,
    check_cell,
    check_literal,
)
from domain.decision_table import evaluate as evaluated
from domain.decision_table_cells import words_of
from domain.decision_table_coverage import MANY, Coverage, coverage
from domain.decision_table_document import SIDES, columns, entries
from domain.sop_definition import Text
from domain.sop_document import Data, place_of
from domain.sop_findings import Finding, Severity
from domain.yaml_text import Document

Rule = Literal["cell", "shape", "test", "tests", "gap", "overlap", "idle", "unchecked", "words"]
TYPES: Mapping[str, Text] = {
    "string": Text(zh="文字", en="a text"),
    "int": Text(zh="整数", en="a whole number"),
    "bool": Text(zh="“是”或“否”", en="yes or no"),
    "decimal": Text(zh="数字", en="a number"),
    "date": Text(zh="日期（如 2026-11-30）", en="a date (like 2026-11-30)"),
}


@dataclass(frozen=True)
class Remark:
    """One thing to be said; `place` is that of `sop_document`, '' for the table as a whole."""

    severity: Severity
    rule: Rule
    place: str
    zh: str
    en: str

    def message(self, language: str) -> str:
        """The remark in words."""
        return self.en if language == "en" else self.zh

    def finding(self, document: Document) -> Finding:
        """The remark with line and column in the text."""
        path = (
            tuple(int(part) if part.isdigit() else part for part in self.place.split("/"))
            if self.place
            else ()
        )
        at = document.place(path)
        return Finding(self.severity, f"table_{self.rule}", None, at.line, at.column, self.zh, self.en)


@dataclass(frozen=True)
class Tried:
    """What a test row gives: the row that counts (None: none, or several do), whether it is as expected."""

    passes: bool
    row: int | None
    outputs: Mapping[str, Any]
    instead: Text | None = None
    """Why there is no result."""


@dataclass(frozen=True)
class Looked:
    """A table as it stands: readable or not, what is to be said of it, what its tests give."""

    table: DecisionTable | None
    remarks: Sequence[Remark]
    tried: Sequence[Tried] = ()

    @property
    def errors(self) -> list[Remark]:
        """What keeps it from review."""
        return [one for one in self.remarks if one.severity == "error"]


def look(data: Data) -> Looked:
    """Everything that is to be said of a table."""
    try:
        table = DecisionTable.model_validate(data)
    except ValidationError as faults:
        told = list(_faults(data))
        return Looked(
            None, told if any(one.severity == "error" for one in told) else [*told, *_shape(faults)]
        )
    tried = [_tried(table, number) for number in range(len(table.tests))]
    cells = [
        fault
        for number, test in enumerate(entries(data, "tests"))
        for fault in _test_faults(f"tests/{number}", test, table.inputs, table.outputs)
    ]
    remarks = [*cells, *_of_tests(table, tried), *_of_coverage(table, coverage(table)), *_of_words(table)]
    return Looked(table, remarks, tried)


def _faults(data: Data) -> Iterator[Remark]:
    """What keeps the table from being read, at its cell."""
    known: dict[str, dict[str, Column]] = {}
    for side in SIDES:
        known[side] = {}
        for key, raw in columns(data, side).items():
            try:
                known[side][key] = Column.model_validate(raw)
            except ValidationError:
                zh, en = "此列缺少名称（中文）或类型", "this column lacks its name (in Chinese) or its type"
                yield Remark("error", "shape", f"{side}/{key}", zh, en)
        if not known[side]:
            zh, en = (
                ("至少需要一个条件列", "at least one question")
                if side == "inputs"
                else ("至少需要一个结果列", "at least one answer")
            )
            yield Remark("error", "shape", side, zh, f"{en} is needed")
    if not entries(data, "rows"):
        yield Remark("error", "shape", "rows", "至少需要一行", "at least one row is needed")
    for number, row in enumerate(entries(data, "rows")):
        yield from _row_faults(f"rows/{number}", row, known)
    for number, test in enumerate(entries(data, "tests")):
        yield from _test_faults(f"tests/{number}", test, known["inputs"], known["outputs"])


def _row_faults(place: str, row: Data, known: Mapping[str, Mapping[str, Column]]) -> Iterator[Remark]:
    asked = row.get("when")
    for key, cell in asked.items() if isinstance(asked, dict) else ():
        if key in known["inputs"]:
            yield from _fault(f"{place}/when/{key}", known["inputs"][key], cell, in_when=True)
    yield from _answers(f"{place}/then", row.get("then"), known["outputs"])


def _test_faults(
    place: str, test: Data, inputs: Mapping[str, Column], outputs: Mapping[str, Column]
) -> Iterator[Remark]:
    given = test.get("given")
    for key, value in given.items() if isinstance(given, dict) else ():
        if key in inputs and value is not None:
            yield from _fault(f"{place}/given/{key}", inputs[key], value, in_when=False)
    yield from _answers(f"{place}/expect", test.get("expect"), outputs)


def _answers(place: str, cells: Any, outputs: Mapping[str, Column]) -> Iterator[Remark]:
    for key, column in outputs.items():
        value = cells.get(key) if isinstance(cells, dict) else None
        if value is None:
            yield Remark("error", "cell", f"{place}/{key}", "必须填写", "must be filled in")
        else:
            yield from _fault(f"{place}/{key}", column, value, in_when=False)


def _fault(place: str, column: Column, cell: Any, *, in_when: bool) -> Iterator[Remark]:
    try:
        if in_when:
            check_cell(column, cell)
        else:
            check_literal(column, cell)
    except NotAnOption as fault:
        said = fault.args[0]
        yield Remark("error", "cell", place, f"“{said}”不是此列的选项", f"“{said}” is none of its choices")
    except (NotOfItsType, TypeError):
        wanted = TYPES[column.type]
        yield Remark("error", "cell", place, f"应为{wanted.zh}", f"must be {wanted.en}")


def _shape(faults: ValidationError) -> Iterator[Remark]:
    """What no cell explains, as the language says it."""
    for fault in faults.errors(include_url=False, include_context=False):
        place = place_of(tuple(part for part in fault["loc"] if part != "[key]"))
        said = str(fault["msg"]).removeprefix("Value error, ")
        yield Remark(
            "error", "shape", place, f"{place or '决策表'}：{said}", f"{place or 'the table'}: {said}"
        )


def _tried(table: DecisionTable, number: int) -> Tried:
    test = table.tests[number]
    try:
        hit = evaluated(table, test.given)
    except NoRowApplies:
        return Tried(passes=False, row=None, outputs={}, instead=Text(zh="没有适用的行", en="no row applies"))
    except RowsOverlap as refused:
        rows = refused.params["rows"]
        said = Text(zh=f"第 {rows} 行同时适用", en=f"rows {rows} apply at once")
        return Tried(passes=False, row=None, outputs={}, instead=said)
    except ValueOfAnotherType as refused:
        said = Text(zh=refused.message("zh"), en=refused.message("en"))
        return Tried(passes=False, row=None, outputs={}, instead=said)
    return Tried(hit.outputs == dict(test.expect), hit.row, hit.outputs)


def _of_tests(table: DecisionTable, tried: Sequence[Tried]) -> Iterator[Remark]:
    if not table.tests:
        zh, en = "还没有验证行：请至少写一行", "there is no test row yet: write at least one"
        yield Remark("error", "tests", "tests", zh, en)
    for number, one in enumerate(tried):
        if one.passes:
            continue
        zh, en = f"验证行 {number + 1} 不符合预期", f"test row {number + 1} is not as expected"
        if one.row is not None:
            got = told(table.outputs, one.outputs)
            zh, en = (
                f"{zh}：第 {one.row} 行给出（{got.zh}）",
                f"{en}: row {one.row} gives ({got.in_language('en')})",
            )
        elif one.instead:
            zh, en = f"{zh}：{one.instead.zh}", f"{en}: {one.instead.in_language('en')}"
        yield Remark("error", "test", f"tests/{number}", zh, en)


def _of_coverage(table: DecisionTable, found: Coverage) -> Iterator[Remark]:
    if not found.whole:
        zh = f"组合超过 {MANY} 种，未逐一检查有无遗漏或重叠"
        en = f"more than {MANY} combinations: gaps and overlaps were not looked for"
        yield Remark("warning", "unchecked", "", zh, en)
    for values in found.gaps:
        said = told(table.inputs, values)
        yield Remark(
            "error", "gap", "rows", f"没有适用的行：{said.zh}", f"no row applies to: {said.in_language('en')}"
        )
    for one in found.overlaps:
        said, rows = told(table.inputs, one.values), [str(row) for row in one.rows]
        both = "both" if len(rows) == 2 else "all"  # noqa: PLR2004
        zh = f"第 {'、'.join(rows)} 行同时适用：{said.zh}"
        en = f"rows {', '.join(rows[:-1])} and {rows[-1]} {both} apply to: {said.in_language('en')}"
        yield Remark("error", "overlap", f"rows/{one.rows[1] - 1}", zh, en)
    for row in found.idle:
        zh = f"第 {row} 行永远不会用到：前面的行已经包含了它，或它的条件不可能同时成立"
        en = f"row {row} never counts: the rows before it answer first, or its conditions cannot all hold"
        yield Remark("warning", "idle", f"rows/{row - 1}", zh, en)


def _of_words(table: DecisionTable) -> Iterator[Remark]:
    if not table.title.en:
        yield Remark("warning", "words", "title", "缺少英文名称", "the English title is missing")
    for side, named in (("inputs", table.inputs), ("outputs", table.outputs)):
        for key, column in named.items():
            lacking = not column.label.en or any(not one.en for one in column.words.values())
            if lacking or set(column.options) - column.words.keys():
                zh = f"列“{column.label.zh}”的名称或选项缺少译文"
                en = f"names or choices of the column “{column.label.in_language('en')}” lack a language"
                yield Remark("warning", "words", f"{side}/{key}", zh, en)


def told(named: Mapping[str, Column], values: Mapping[str, Any]) -> Text:
    """Values by their columns in words: `运输方式 冷藏、到货温度 未提供`; whatever there may be for none."""
    parts = [(column.label, words_of(column, values[key])) for key, column in named.items() if key in values]
    if not parts:
        return Text(zh="任何取值", en="any values")
    return Text(
        zh="、".join(f"{label.zh} {said.zh}" for label, said in parts),
        en=", ".join(f"{label.in_language('en')} {said.in_language('en')}" for label, said in parts),
    )

"""Domain: what changed in a decision table that a procedure uses, in sentences with a risk class."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from domain.decision_table import Column, DecisionTable, Row
from domain.decision_table_cells import words_of
from domain.sop_changes import reasons as why
from domain.sop_changes.shape import Change, Fact, Risk
from domain.sop_changes.values import full, joined
from domain.sop_definition import Text

ANYTHING = Text(zh="不问", en="not asked")


def table_changes(old: Mapping[str, DecisionTable], new: Mapping[str, DecisionTable]) -> list[Change]:
    """Every change of the tables that both versions use; new and dropped ones are the step's."""
    return [
        change for key in old if key in new and old[key] != new[key] for change in _of(old[key], new[key])
    ]


def _of(old: DecisionTable, new: DecisionTable) -> Iterator[Change]:
    found = [*_columns(old, new), *_rows(old, new)]
    if old.deciding_output != new.deciding_output:
        was, now = (full(one.outputs[one.deciding_output].label) for one in (old, new))
        zh = f"决定去向的结果由“{was.zh}”改为“{now.zh}”"
        en = f"“{now.en}” decides where a procedure goes, instead of “{was.en}”"
        found.append(_change(new, "high", why.DATA, zh, en))
    if old.hit_policy != new.hit_policy:
        found.append(
            _change(new, "high", why.DATA, "适用行的规则改变", "which rows apply is told in another way")
        )
    if old.tests != new.tests:
        found.append(_change(new, "medium", why.PROOF, "验证行改变", "its test rows are different"))
    if not found:
        found.append(
            _change(new, "low", why.WORDS, "决策表的文字改变", "words of the decision table are different")
        )
    yield from found


def _columns(old: DecisionTable, new: DecisionTable) -> Iterator[Change]:
    for before, after in ((old.inputs, new.inputs), (old.outputs, new.outputs)):
        for name in dict.fromkeys((*before, *after)):
            one, other = before.get(name), after.get(name)
            label = full((other or one).label)  # type: ignore[union-attr] # one of the two has it
            if one is None or other is None:
                zh, en = ("取消", "removed") if other is None else ("新增", "added")
                yield _change(new, "high", why.DATA, f"{zh}列“{label.zh}”", f"column “{label.en}” {en}")
            elif _meaning(one) != _meaning(other):
                yield _change(
                    new,
                    "high",
                    why.DATA,
                    f"列“{label.zh}”的取值改变",
                    f"values of the column “{label.en}” are different",
                )


def _meaning(column: Column) -> tuple[Any, ...]:
    return column.type, tuple(column.options), column.optional


def _rows(old: DecisionTable, new: DecisionTable) -> Iterator[Change]:
    before, after = (
        [json.dumps(row.model_dump(mode="json"), sort_keys=True) for row in side.rows] for side in (old, new)
    )
    for tag, i, to_i, j, to_j in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for one, other in zip_longest(range(i, to_i), range(j, to_j)):
            yield _change(new, "high", why.DATA, *_row(old, one, new, other))


def _row(old: DecisionTable, one: int | None, new: DecisionTable, other: int | None) -> tuple[str, str]:
    """A row that came, went or says something else: then the cells that do."""
    if one is None or other is None:
        at, table, row = ("新增", new, other) if one is None else ("取消", old, one)
        verb, number = "added" if one is None else "removed", row or 0
        said = _said(table, table.rows[number])
        return f"第{number + 1}行{at}：{said.zh}", f"row {number + 1} {verb}: {said.in_language('en')}"
    cells = list(_cells(old, old.rows[one], new, new.rows[other]))
    zh = "；".join(f"{label.zh} 由 {was.zh} 改为 {now.zh}" for label, was, now in cells)
    en = "; ".join(
        f"{label.in_language('en')} {now.in_language('en')} instead of {was.in_language('en')}"
        for label, was, now in cells
    )
    return f"第{other + 1}行改变：{zh}", f"row {other + 1}: {en}"


def _cells(old: DecisionTable, one: Row, new: DecisionTable, other: Row) -> Iterator[tuple[Text, Text, Text]]:
    """What differs between two rows: the column, what was, what is."""
    for columns, before, after in (
        ((old.inputs, new.inputs), one.when, other.when),
        ((old.outputs, new.outputs), one.then, other.then),
    ):
        for name in dict.fromkeys((*columns[0], *columns[1])):
            was, now = _in(columns[0], before, name), _in(columns[1], after, name)
            if was != now:
                column = columns[1].get(name) or columns[0][name]
                yield full(column.label), was, now


def _in(columns: Mapping[str, Column], cells: Mapping[str, Any], name: str) -> Text:
    return words_of(columns[name], cells[name]) if name in columns and name in cells else ANYTHING


def _said(table: DecisionTable, row: Row) -> Text:
    asked = [_cell(table.inputs[name], cell) for name, cell in row.when.items()]
    given = [_cell(table.outputs[name], cell) for name, cell in row.then.items()]
    when, then = joined(asked) if asked else Text(zh="其余情形", en="otherwise"), joined(given)
    return Text(zh=f"{when.zh} → {then.zh}", en=f"{when.in_language('en')} → {then.in_language('en')}")


def _cell(column: Column, cell: Any) -> Text:
    label = full(column.label)
    said = words_of(column, cell)
    return Text(zh=f"{label.zh} {said.zh}", en=f"{label.en} {said.in_language('en')}")


def _change(table: DecisionTable, risk: Risk, reason: Text, zh: str, en: str) -> Change:
    title = full(table.title)
    where = Text(zh=f"决策表“{title.zh}”", en=f"Decision table “{title.en}”")
    fact = Fact("changed", None, ("table", table.key))
    return Change(None, where, Text(zh=zh, en=en[:1].upper() + en[1:]), risk, reason, fact, "table")

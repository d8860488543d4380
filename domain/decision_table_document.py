"""Domain: changing a decision table piece by piece, as data - columns, options, rows and tests.

What speaks of a column or an option follows when it is renamed or taken away. Places are those of
`sop_document`. A table under work may be incomplete: `decision_table_check` says what is missing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from domain import sop_document as document
from domain.decision_table_cells import cell_of, text_of, value_of
from domain.sop_document import KEY, Data, KeyNotFit, NoSuchPlace, place_of, value_at
from domain.yaml_text import Path

SIDES = {"inputs": ("when", "given"), "outputs": ("then", "expect")}
"""The columns, and where a row and a test have their cells."""
COLUMN, OPTION = 2, 4
"""How long the path of a column is (`inputs/mode`), and that of an option (`inputs/mode/options/2`)."""
_SIDE_OF = {part: side for side, parts in SIDES.items() for part in parts}


def new_table(key: str, zh: str, en: str) -> Data:
    """A table to begin with: one question, one answer, one row for everything."""
    return {
        "key": key,
        "version": 1,
        "title": {"zh": zh, "en": en} if en else {"zh": zh},
        "inputs": {"input": {"type": "string", "label": {"zh": "条件", "en": "Condition"}}},
        "outputs": {
            "result": {
                "type": "string",
                "label": {"zh": "结果", "en": "Result"},
                "options": ["yes", "no"],
                "words": {"yes": {"zh": "是", "en": "Yes"}, "no": {"zh": "否", "en": "No"}},
            }
        },
        "hit_policy": "first",
        "rows": [{"when": {}, "then": {"result": "no"}}],
    }


def columns(data: Data, side: str) -> dict[str, Data]:
    """The columns of a side by key; what is none is passed over."""
    found = data.get(side)
    named = found.items() if isinstance(found, dict) else ()
    return {key: one for key, one in named if isinstance(one, dict)}


def entries(data: Data, name: str) -> list[Data]:
    """The `rows` or `tests`, whatever stands there as a mapping."""
    found = data.get(name)
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


def put_cell(data: Data, path: Path, text: str) -> Data:
    """What was typed into a cell, at `rows/2/when/arrival` or `tests/0/expect/verdict`."""
    if len(path) != len(("rows", 0, "when", "key")) or path[0] not in {"rows", "tests"}:
        raise NoSuchPlace(place=place_of(path))
    _name, _number, part, key = path
    side = _SIDE_OF.get(str(part), "")
    column = columns(data, side).get(str(key))
    if column is None or value_at(data, path[:2]) is None:
        raise NoSuchPlace(place=place_of(path))
    type_ = str(column.get("type", "string"))
    value = cell_of(type_, text) if part == "when" else value_of(type_, text)
    if value_at(data, path[:3]) is None:
        data = document.put(data, path[:3], {})
    return document.put(data, path, value)


def add_row(data: Data) -> Data:
    """One more row at the end, with the answers still to be given."""
    return document.add(data, ("rows",), {"when": {}, "then": {}})


def add_test(data: Data) -> Data:
    """One more test at the end."""
    return document.add(data, ("tests",), {"given": {}, "expect": {}})


def copy_entry(data: Data, path: Path) -> Data:
    """A row or test once more, behind itself."""
    value, last = value_at(data, path), path[-1] if path else ""
    if not isinstance(value, dict) or not isinstance(last, int):
        raise NoSuchPlace(place=place_of(path))
    return document.add(data, path[:-1], value, at=last + 1)


def add_column(data: Data, side: str) -> Data:
    """One more question or answer."""
    taken = {**columns(data, "inputs"), **columns(data, "outputs")}
    key = document.free_key("input" if side == "inputs" else "result", taken)
    zh, en = ("新条件", "New condition") if side == "inputs" else ("新结果", "New result")
    return document.add(data, (side,), {"type": "string", "label": {"zh": zh, "en": en}}, key=key)


def rename(data: Data, path: Path, key: str) -> Data:
    """Another key of a column, or another code of an option; what speaks of it follows."""
    if path[:1] not in {(side,) for side in SIDES} or len(path) not in {COLUMN, OPTION}:
        raise NoSuchPlace(place=place_of(path))
    return _rename_column(data, path, key) if len(path) == COLUMN else _rename_option(data, path, key)


def _rename_column(data: Data, path: Path, key: str) -> Data:
    side, name = str(path[0]), str(path[1])
    made = copy.deepcopy(document.rename(data, path, key))
    if made.get("value") == name and side == "outputs":
        made["value"] = key
    for cells in _cells(made, side):
        if name in cells:
            document.reorder(cells, {key if one == name else one: cell for one, cell in cells.items()})
    return made


def _rename_option(data: Data, path: Path, key: str) -> Data:
    side, name, old = str(path[0]), str(path[1]), value_at(data, path)
    options = value_at(data, path[:-1])
    if not isinstance(old, str) or not isinstance(options, list):
        raise NoSuchPlace(place=place_of(path))
    if key == old:
        return data
    if not KEY.match(key) or key in options:
        raise KeyNotFit(key=key)
    made = document.put(data, path, key)
    words = value_at(made, (side, name, "words"))
    if isinstance(words, dict) and old in words:
        document.reorder(words, {key if one == old else one: text for one, text in words.items()})
    for cells in _cells(made, side):
        if name in cells:
            cells[name] = _replaced(cells[name], old, key)
    return made


def remove(data: Data, path: Path) -> Data:
    """Without a row, test, column or option, and without what speaks of the column."""
    if len(path) < COLUMN:
        raise NoSuchPlace(place=place_of(path))
    made = document.remove(data, path)
    side, name = str(path[0]), str(path[1])
    if side not in SIDES:
        return made
    if len(path) == COLUMN:
        for cells in _cells(made, side):
            cells.pop(name, None)
        return document.put(made, ("value",), None) if made.get("value") == name else made
    words = value_at(made, (side, name, "words"))
    if isinstance(words, dict):
        words.pop(str(value_at(data, path)), None)
    return _without_empty(made, (side, name))


def add_option(data: Data, path: Path) -> Data:
    """One more value that a column can have."""
    column = value_at(data, path)
    if not isinstance(column, dict):
        raise NoSuchPlace(place=place_of(path))
    options = column.get("options")
    key = document.free_key("option", dict.fromkeys(options if isinstance(options, list) else ()))
    made = document.add(data, (*path, "options"), key)
    return document.put(made, (*path, "words", key), {"zh": "新选项", "en": "New option"})


def put_type(data: Data, path: Path, type_: str) -> Data:
    """Another type of a column; only a text has options, and cells are read anew."""
    made = document.put(data, (*path, "type"), type_)
    if type_ != "string":
        made = document.put(document.put(made, (*path, "options"), None), (*path, "words"), None)
    side, key = str(path[0]), str(path[1])
    for name, part in zip(("rows", "tests"), SIDES[side], strict=True):
        for number, entry in enumerate(entries(made, name)):
            cells = entry.get(part)
            if isinstance(cells, dict) and cells.get(key) is not None:
                made = put_cell(made, (name, number, part, key), text_of(cells[key]))
    return made


def shift(data: Data, path: Path, by: int) -> Data:
    """A row, test, column or option moved up (-1) or down (+1); the answer that decides stays the same."""
    made = document.shift(data, path, by)
    answers = list(columns(data, "outputs"))
    if path[:1] == ("outputs",) and len(path) == COLUMN and "value" not in data and len(answers) > 1:
        made = document.put(made, ("value",), answers[0])
    return made


def _cells(data: Data, side: str) -> Iterator[dict[str, Any]]:
    """The cells of a side, row by row and test by test."""
    of_row, of_test = SIDES[side]
    for name, part in (("rows", of_row), ("tests", of_test)):
        for entry in entries(data, name):
            if isinstance(entry.get(part), dict):
                yield entry[part]


def _replaced(cell: Any, old: str, new: str) -> Any:
    if isinstance(cell, list):
        return [new if one == old else one for one in cell]
    return new if cell == old else copy.copy(cell)


def _without_empty(data: Data, path: Path) -> Data:
    for name in ("options", "words"):
        if value_at(data, (*path, name)) in ({}, []):
            data = document.put(data, (*path, name), None)
    return data

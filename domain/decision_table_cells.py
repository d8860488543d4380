"""Domain: cells of a decision table as people write and read them - text to value, value to text, to words.

An empty field is "not asked", `-` any given value, `''` "not given"; several values stand with `;` between
them. What cannot be read stays as it was written, for the check to tell of. It knows no table.
"""

from __future__ import annotations

import re
from typing import Any

from domain.decision_table import Column, Scalar
from domain.half_width import half_width
from domain.sop_definition import Text

ANY, NOT_GIVEN = "-", "''"
_LIKE = str.maketrans({"≥": ">=", "≧": ">=", "≤": "<=", "≦": "<=", "–": "-", "—": "-", "−": "-", "～": "~"})
_RANGE = re.compile(r"^(-?[\d.:-]*\d)\s*(?:\.\.+|…|~|至|到)\s*(-?\d[\d.:-]*)$")
_COMPARISON = re.compile(r"^(<=|>=|<|>)\s*(\S+)$")
_WHOLE = re.compile(r"^[-+]?\d{1,15}$", re.ASCII)
_BOOLS = {"true": True, "false": False}


def cell_of(type_: str, text: str) -> Any:
    """What was typed in a cell of `when`, None for "not asked"."""
    text = text.strip()
    if not text:
        return None
    if text.translate(_LIKE) in {ANY, "－"}:
        return ANY
    if text in {NOT_GIVEN, '""', "‘’", "’’"}:
        return ""
    parts = [one.strip() for one in re.split(r"[;；]", text) if one.strip()]
    found = [_part(type_, one) for one in parts]
    return found[0] if len(found) == 1 else found


def value_of(type_: str, text: str) -> Scalar | None:
    """What was typed as one value - an output, a value of a test; None for an empty field."""
    text = text.strip()
    if not text:
        return None
    if type_ == "string":
        return text
    plain = half_width(text).translate(_LIKE)
    if type_ == "bool":
        return _BOOLS.get(plain.lower(), text)
    return int(plain) if type_ == "int" and _WHOLE.match(plain) else plain


def text_of(cell: Any, *, absent: str = "") -> str:
    """A cell as it is typed; `absent` for what is not there."""
    if cell is None:
        return absent
    if cell == "":
        return NOT_GIVEN
    if isinstance(cell, list):
        return "; ".join(text_of(one) for one in cell)
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def words_of(column: Column, cell: Any) -> Text:
    """A cell or a value in words: options by what people call them, yes and no, what is not given."""
    if cell is None or cell == "":
        return Text(zh="未提供", en="not given")
    if isinstance(cell, list):
        parts = [words_of(column, one) for one in cell]
        return Text(
            zh="或".join(one.zh for one in parts), en=" or ".join(one.in_language("en") for one in parts)
        )
    if isinstance(cell, bool):
        return Text(zh="是", en="yes") if cell else Text(zh="否", en="no")
    if cell == ANY:
        return Text(zh="任意值", en="any value")
    said = column.words.get(str(cell))
    return Text(zh=said.zh, en=said.in_language("en")) if said else Text(zh=str(cell), en=str(cell))


def _part(type_: str, text: str) -> Any:
    if type_ == "string":
        return text
    plain = half_width(text).translate(_LIKE)
    if type_ != "bool" and (compared := _COMPARISON.match(plain)):
        return f"{compared[1]} {compared[2]}"
    if type_ != "bool" and (between := _RANGE.match(plain)):
        return f"{between[1]}..{between[2]}"
    return value_of(type_, text)

"""UI pages: the values of a case - how each is entered, read back, put in its place and taken away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.sop_document import value_at
from domain.yaml_text import Path
from ui.contexts.parts import Field, FieldType
from ui.designer.values import whole

EMPTY = "empty"
"""How a list is read that can only be said to be empty."""


@dataclass(frozen=True)
class Spot:
    """A value of the case with its field; `kind` says how it is read: whole, flag, empty, or as entered."""

    path: Path
    field: Field
    kind: str = ""


def plain_field(at: Path, label: str, kind: FieldType = "text") -> Spot:
    """A value that is entered as it is."""
    field_ = Field(name_of(at), label, kind, max_length=0 if kind == "date" else 500)
    return Spot(at, field_, "whole" if kind == "integer" else "")


def name_of(at: Path) -> str:
    """The name of the field of a value."""
    return "|".join(str(part) for part in at)


def value_of(spot: Spot, text: str) -> Any:
    """What an entry means; None takes the value away."""
    if not text:
        return None
    if spot.kind == EMPTY:
        return []
    if spot.kind == "flag":
        return {"true": True, "false": False}.get(text, text)
    return whole(text) if spot.kind == "whole" else text


def entered(spot: Spot, value: Any) -> str:
    """A value as its own field shows it."""
    if spot.kind == EMPTY:
        return "true" if value == [] else ""
    return text_of(value)


def text_of(value: Any) -> str:
    """A value as text; lists and mappings have none."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def put(made: Any, path: Path, value: Any) -> None:
    """A value put at its place, or taken away; what was emptied by that goes as well."""
    if value is None and value_at(made, path) is None:
        return
    first, rest = path[0], path[1:]
    if isinstance(made, list):
        if not made:
            made.append({})
    elif rest and not isinstance(made.get(first), dict | list):
        made[first] = [] if isinstance(rest[0], int) else {}
    if rest:
        put(made[first], rest, value)
        if value is None and made[first] in ({}, [], [{}]):
            made.pop(first)
    elif value is None:
        made.pop(first)
    else:
        made[first] = value

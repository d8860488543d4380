"""UI designer: what was entered as the value that the definition keeps; an empty entry is None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

AMOUNT = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")
UNITS = ("minutes", "hours", "days", "working_days")
LITERAL = re.compile(r"^'([^'\\]*)'$")


def entered(widget: str, given: Sequence[str], unit: str = "") -> Any:
    """The value of a widget from what was posted for it."""
    several = [one.strip() for one in given if one.strip()]
    text = several[-1] if several else ""
    if not text or (widget == "flag" and text != "true"):
        return None
    read = _READ.get(widget)
    return read(several, text, unit) if read else text


def whole(text: str) -> int | str:
    """A whole number; what is none stays as it is and is found by the check."""
    return int(text) if re.fullmatch(r"-?\d{1,15}", text) else text


def duration(amount: str, unit: str) -> Any:
    """A duration as the language writes it."""
    if not re.fullmatch(r"\d{1,5}", amount):
        return amount
    if unit == "working_days":
        return {"working_days": int(amount)}
    return {"minutes": f"PT{amount}M", "hours": f"PT{amount}H", "days": f"P{amount}D"}.get(unit, amount)


def amount_of(value: Any) -> tuple[str, str]:
    """Amount and unit of a duration; what people cannot enter in one unit is shown as it is written."""
    if isinstance(value, Mapping) and "working_days" in value:
        return str(value["working_days"]), "working_days"
    found = AMOUNT.match(value) if isinstance(value, str) else None
    parts = (
        {unit: found[n] for n, unit in ((1, "days"), (2, "hours"), (3, "minutes")) if found[n]}
        if found
        else {}
    )
    if len(parts) == 1:
        unit, amount = next(iter(parts.items()))
        return str(amount), unit
    if value is None:
        return "", "hours"
    return (value, "as_written") if isinstance(value, str) else ("", "as_written")


def literal_of(value: Any) -> str:
    """The code that a quoted expression stands for, else the expression."""
    found = LITERAL.match(value) if isinstance(value, str) else None
    return found[1] if found else str(value or "")


def _department(text: str) -> str:
    return f"'{text}'" if re.fullmatch(r"[a-z][a-z0-9_]*", text) else text


def _listed(text: str) -> list[str] | None:
    return [one.strip() for one in re.split(r"[;；\n]", text) if one.strip()] or None


_READ: dict[str, Callable[[list[str], str, str], Any]] = {
    "steps": lambda several, _text, _unit: several,
    "commands": lambda several, _text, _unit: several,
    "flag": lambda _several, _text, _unit: True,
    "number": lambda _several, text, _unit: whole(text),
    "bound": lambda _several, text, _unit: whole(text),
    "need": lambda _several, text, _unit: whole(text),
    "list": lambda _several, text, _unit: _listed(text),
    "department": lambda _several, text, _unit: _department(text),
    "duration": lambda _several, text, unit: duration(text, unit),
    "scan": lambda _several, text, _unit: True if text == "true" else text,
}

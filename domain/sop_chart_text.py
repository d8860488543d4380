"""Domain: how wide words are and where they break, for boxes of a chart. Estimates: fonts differ."""

from __future__ import annotations

from unicodedata import east_asian_width

WIDE, NARROW, SPACE = 1.0, 0.56, 0.3
"""Widths in units of the type size: of Chinese signs, of Latin letters and digits, of a space."""
_NEVER_LAST = "（《【“‘(["
_NEVER_FIRST = "，。；：、！？）》】”’,.;:!?)"


def width_of(text: str) -> float:
    """The width of a text in units of its type size."""
    return sum(_sign(sign) for sign in text)


def wrapped(text: str, most: float, lines: int = 3) -> list[str]:
    """A text in lines of at most `most` type sizes; what does not fit in `lines` ends with an ellipsis."""
    found, line = [], ""
    for part in _parts(text):
        if line and width_of(line + part) > most and not _NEVER_FIRST.count(part[0]):
            found.append(line.rstrip())
            line = part.lstrip()
        else:
            line += part
    found.append(line.rstrip())
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while width_of(last) > most - WIDE:
        last = last[:-1]
    return [*found[: lines - 1], last.rstrip() + "…"]


def _sign(sign: str) -> float:
    if sign == " ":
        return SPACE
    return WIDE if east_asian_width(sign) in "WF" else NARROW


def _parts(text: str) -> list[str]:
    """What is not broken: each Chinese sign, each Latin word with the space before it."""
    found: list[str] = []
    for sign in text:
        latin = east_asian_width(sign) not in "WF"
        joined = found and latin and sign != " " and east_asian_width(found[-1][-1]) not in "WF"
        if joined or (found and found[-1] in _NEVER_LAST):
            found[-1] += sign
        else:
            found.append(sign)
    return [part for part in found if part]

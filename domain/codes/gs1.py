"""Domain codes: GS1 element strings and Digital Link URIs, split by the `biip` library and checked here.

Syntax (lengths, separators) is the library's; check digits, dates, characters and contradictions are ours,
because a wrong batch or expiry read from a label is worse than a red scan.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import parse_qsl, urlsplit

from biip import ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message

from .digits import check_digit_fits, gs1_date, is_cset82
from .scanned import CodeCheckDigit, CodeContradictsItself, CodeKind, CodeNotReadable, ScannedCode

FNC1 = "\x1d"
SUBSTITUTES = ("<GS>", "{GS}", "[GS]", "<FNC1>", "{FNC1}", "[FNC1]", "\u241d", "^")
"""How readers and keyboards write FNC1. `^` and braces cannot be GS1 data; nobody prints `<GS>` as such."""

_CHECKED = {"00": 18, "01": 14, "02": 14, "03": 14}
_DATES = ("11", "12", "13", "15", "16", "17")
_TEXTS = ("10", "21", "22", "235", "240", "241")
_EXCLUSIVE = (("01", "02"), ("01", "37"), ("02", "03"))
_COUNTS = ("30", "37")

Elements = tuple[tuple[str, str], ...]


def with_fnc1(text: str, substitutes: Iterable[str] = SUBSTITUTES) -> str:
    """The text with every substitute replaced by FNC1, without one at its beginning or end."""
    for substitute in substitutes:
        text = text.replace(substitute, FNC1)
    return text.strip(FNC1)


def element_string(text: str) -> Elements:
    """The elements of `0106901234567892101726…`, or of the bracketed form `(01)…(10)…`."""
    bracketed = text.startswith("(")
    try:
        message = GS1Message.parse_hri(text) if bracketed else GS1Message.parse(with_fnc1(text))
    except (ParseError, ValueError, IndexError) as unreadable:
        raise CodeNotReadable(raw=text[:80]) from unreadable
    elements = _given(text, ((one.ai.ai, one.value) for one in message.element_strings))
    if bracketed and "".join(f"({ai}){value}" for ai, value in elements) != text:
        raise CodeNotReadable(raw=text[:80])
    return elements


def digital_link(text: str) -> Elements:
    """The elements of a GS1 Digital Link URI; keys of the query that are no AI are passed over."""
    try:
        link = GS1DigitalLinkURI.parse(text)
    except (ParseError, ValueError, IndexError) as unreadable:
        raise CodeNotReadable(raw=text[:80]) from unreadable
    elements = _given(text, ((one.ai.ai, one.value) for one in link.element_strings))
    known = [ai for ai, _ in elements]
    numeric = [
        key for key, _ in parse_qsl(urlsplit(text).query, keep_blank_values=True) if re.match(r"^\d+$", key)
    ]
    if len(set(known)) != len(known) or set(numeric) - set(known):
        raise CodeNotReadable(raw=text[:80])
    return elements


def read(raw: str, kind: CodeKind, elements: Elements, today: date) -> ScannedCode:
    """The facts that the elements state, each checked; a code that contradicts itself is refused."""
    _check(raw, elements, today)
    said = dict(elements)
    kind = CodeKind.SSCC if kind is CodeKind.GS1 and set(said) == {"00"} else kind
    return ScannedCode(
        kind=kind,
        raw=raw,
        gtin14=said.get("01") or said.get("02"),
        batch=said.get("10"),
        expires_on=gs1_date(said["17"], today) if "17" in said else None,
        produced_on=gs1_date(said["11"], today) if "11" in said else None,
        serial=said.get("21"),
        quantity=next((int(said[ai]) for ai in _COUNTS if ai in said), None),
        sscc=said.get("00"),
        elements=elements,
    )


def _given(text: str, elements: Iterable[tuple[str, str]]) -> Elements:
    found = tuple(elements)
    if not found or not all(value for _, value in found):
        raise CodeNotReadable(raw=text[:80])
    return found


def _check(raw: str, elements: Sequence[tuple[str, str]], today: date) -> None:
    said: dict[str, str] = {}
    for ai, value in elements:
        if said.setdefault(ai, value) != value:
            raise CodeContradictsItself(ai=ai, raw=raw[:80])
        _check_value(raw, ai, value, today)
    for one, other in _EXCLUSIVE:
        if one in said and other in said:
            raise CodeContradictsItself(ai=f"{one}, {other}", raw=raw[:80])


def _check_value(raw: str, ai: str, value: str, today: date) -> None:
    if ai in _CHECKED and (len(value) != _CHECKED[ai] or not check_digit_fits(value)):
        raise CodeCheckDigit(raw=raw[:80])
    if ai in _DATES and gs1_date(value, today) is None:
        raise CodeNotReadable(raw=raw[:80])
    if ai in _TEXTS and not is_cset82(value):
        raise CodeNotReadable(raw=raw[:80])
    if ai in _COUNTS and not (value.isascii() and value.isdigit()):
        raise CodeNotReadable(raw=raw[:80])

"""Domain codes: which kind of code a scan is, by its symbology where the reader tells it, else its form."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from . import gs1
from .digits import check_digit_fits
from .scanned import CodeCheckDigit, CodeKind, CodeNotReadable, CodeNotSupported, ScannedCode

MAX_LENGTH = 500
GS1_SYMBOLOGIES = ("]C1", "]d2", "]Q3", "]e0", "]J1")
"""GS1-128, DataMatrix, QR, DataBar, DotCode: these carry element strings, whatever they look like."""

_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_GTIN_LENGTHS = (8, 12, 13, 14)
_SSCC, _TRACE = 18, 20
_DRUG_TRACE_PREFIX = "8"
"""Drug identification codes, the first 7 digits of a trace code, begin with 8 (NMPAB/T 1002-2019)."""
_CHINA = "86"
_HIBC = re.compile(r"^\+[A-Z0-9$+\-./ %]{3,}$")


def parse_scan(
    code: str,
    symbology: str | None = None,
    *,
    today: date | None = None,
    substitutes: Iterable[str] = gs1.SUBSTITUTES,
) -> ScannedCode:
    """What a scanned (or typed) code says.

    `symbology` is the reader's identifier (`]d2`) where it is sent apart from the code; `substitutes` are the
    reader's ways to write FNC1; `today` fixes the century of two-digit years (default: today).
    Refused with CodeNotReadable, CodeCheckDigit, CodeContradictsItself, CodeNotSupported.
    """
    text = code.strip(" \t\r\n")
    if not text or len(text) > MAX_LENGTH:
        raise CodeNotReadable(raw=text[:80])
    found = _SYMBOLOGY.match(text)
    carrier = found[0] if found else (symbology or "")
    body = text[len(found[0]) :] if found else text
    day = today or datetime.now(UTC).date()
    if carrier in GS1_SYMBOLOGIES:
        elements = gs1.element_string(gs1.with_fnc1(body, substitutes))
        return gs1.read(text, CodeKind.GS1, elements, day)
    if body.lower().startswith(("http://", "https://")):
        return gs1.read(text, CodeKind.DIGITAL_LINK, gs1.digital_link(body), day)
    return _plain(text, body, carrier, day, substitutes)


def _plain(text: str, body: str, carrier: str, day: date, substitutes: Iterable[str]) -> ScannedCode:
    """A code whose carrier does not say that it is GS1."""
    if _HIBC.match(body):
        raise CodeNotSupported(system="HIBC", raw=text[:80])
    if body.upper().startswith("MA."):
        raise CodeNotSupported(system="MA", raw=text[:80])
    if body.isascii() and body.isdigit():
        return _digits(text, body, carrier, day)
    if carrier.startswith(("]E", "]I")):
        raise CodeNotReadable(raw=text[:80])
    elements = gs1.element_string(body if body.startswith("(") else gs1.with_fnc1(body, substitutes))
    return gs1.read(text, CodeKind.GS1, elements, day)


def _digits(text: str, digits: str, carrier: str, day: date) -> ScannedCode:
    """Digits alone say what they are by their number."""
    if len(digits) == _TRACE and digits.startswith(_DRUG_TRACE_PREFIX):
        return ScannedCode(CodeKind.TRACE_CODE, text, trace_code=digits)
    if len(digits) in _GTIN_LENGTHS:
        return _gtin(text, digits, carrier)
    if len(digits) == _SSCC and check_digit_fits(digits):
        return ScannedCode(CodeKind.SSCC, text, sscc=digits, elements=(("00", digits),))
    return gs1.read(text, CodeKind.GS1, gs1.element_string(digits), day)


def _gtin(text: str, digits: str, carrier: str) -> ScannedCode:
    """GTIN-8, -12, -13, -14; 本位码 has 14 digits, 86 first, and the same check digit.

    A GTIN-14 may begin with 86 , so a 本位码 also gives its digits as `gtin14`: who registered it finds it.
    """
    if not check_digit_fits(digits):
        raise CodeCheckDigit(raw=text[:80])
    padded = digits.zfill(14)
    if len(digits) == 14 and digits.startswith(_CHINA) and not carrier.startswith("]I"):  # noqa: PLR2004
        return ScannedCode(CodeKind.BASE_CODE, text, gtin14=padded)
    return ScannedCode(CodeKind.GTIN, text, gtin14=padded)

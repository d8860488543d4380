"""Services: a scanned code read into what a work list can be asked. It knows the parser and no table."""

from __future__ import annotations

from domain.codes import CodeNotReadable, parse_scan
from domain.errors import Refusal
from domain.half_width import half_width
from domain.scan_matching import Scanned

MAX_CODE = 500


def clean(code: str) -> str:
    """A code as it is kept: half width, without the blanks and line ends that readers add; GS stays."""
    return half_width(code).replace("\x00", "").strip(" \t\r\n")[:MAX_CODE]


def read_code(raw: str, symbology: str | None) -> Scanned:
    """What a code says; what no parser understands is a plain code, looked up as it stands.

    A batch number can look like a code with a wrong check digit: that is told only if nothing has the number.
    """
    try:
        code = parse_scan(raw, symbology)
    except CodeNotReadable:
        return Scanned(raw=raw)
    except Refusal as refusal:
        return Scanned(raw=raw, problem=(refusal.code, refusal.message("zh"), refusal.message("en")))
    return Scanned(
        raw=raw,
        gtin=code.gtin14,
        batch=code.batch,
        serial=code.serial or code.trace_code,
        expires_on=code.expires_on,
        quantity=code.quantity,
        sscc=code.sscc,
    )

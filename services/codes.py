"""Services: a scanned code read into what a work list can be asked. It knows the parser and no table."""

from __future__ import annotations

from domain.codes import parse_scan
from domain.errors import Refusal
from domain.scan_matching import Scanned


def read_code(raw: str, symbology: str | None) -> Scanned:
    """What a code says; what no parser understands is a plain code, looked up as it stands."""
    try:
        code = parse_scan(raw, symbology)
    except Refusal:
        return Scanned(raw=raw)
    return Scanned(
        raw=raw,
        gtin=code.gtin14,
        batch=code.batch,
        serial=code.serial or code.trace_code,
        expires_on=code.expires_on,
        quantity=code.quantity,
    )

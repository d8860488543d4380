"""Services: labels - one page of its own size with bars that a scanner reads, set by `label.typ`.

A label is plain data in the reader's language. Knows no kind of goods: `labels` fills it in.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from domain.labels import Barcode
from services import barcodes, print_notes

TEMPLATE = Path(__file__).resolve().parent / "label.typ"
MARGIN_MM = 4


@dataclass(frozen=True)
class Label:
    """What is printed: `large` is what is read from afar, `code` names the thing."""

    title: str
    code: str
    issuer: str
    facts: Sequence[tuple[str, str]]
    large: str = ""
    large_pt: int = 22
    bars: str = ""
    text: str = ""
    no_bars: str = ""
    width_mm: int = 100
    height_mm: int = 70
    language: str = "zh"


def with_bars(label: Label, barcode: Barcode | None, *, bars_mm: float, module_mm: float) -> Label:
    """The label with the bars of a code; without one it says so in words (`no_bars`)."""
    if barcode is None:
        return label
    drawn = barcodes.svg(
        barcode, width_mm=label.width_mm - 2 * MARGIN_MM, height_mm=bars_mm, module_mm=module_mm
    )
    return replace(label, bars=drawn, text=barcode.text)


async def pdf(label: Label) -> bytes:
    """The label as a PDF of one page; FontMissing where the font is not installed."""
    return await print_notes.typeset(TEMPLATE, "label", json.dumps(asdict(label), ensure_ascii=False))

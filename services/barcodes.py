"""Services: bars - Code 128 and GS1-128 as SVG, by python-barcode. Knows no label and no table."""

from barcode.codex import Code128, Gs1_128
from barcode.writer import SVGWriter

from domain.labels import Barcode

QUIET_MODULES = 10
"""Blank modules that a reader needs on either side (ISO/IEC 15417)."""


def svg(barcode: Barcode, *, width_mm: float, height_mm: float, module_mm: float) -> str:
    """The bars with their quiet zones; modules are `module_mm` wide, or narrower to fit into the width."""
    kind = Gs1_128 if barcode.symbology == "gs1_128" else Code128
    made = kind(barcode.content, writer=SVGWriter())
    modules = sum(len(line) for line in made.build()) + 2 * QUIET_MODULES
    module = min(module_mm, width_mm / modules)
    options = {
        "module_width": module,
        "module_height": height_mm,
        "quiet_zone": QUIET_MODULES * module,
        "write_text": False,
    }
    drawn: bytes = made.render(options)
    return drawn.decode()

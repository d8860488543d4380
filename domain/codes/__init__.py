"""Domain: what a scanned code says - GS1 in all its carriers, China's drug codes, and what is not understood.

It knows formats and check digits, no material and no batch: whether a batch exists is asked elsewhere.
"""

from .scanned import (
    CodeCheckDigit,
    CodeContradictsItself,
    CodeKind,
    CodeNotReadable,
    CodeNotSupported,
    ScannedCode,
)
from .scanning import parse_scan

__all__ = [
    "CodeCheckDigit",
    "CodeContradictsItself",
    "CodeKind",
    "CodeNotReadable",
    "CodeNotSupported",
    "ScannedCode",
    "parse_scan",
]

"""Services: printable notes - what goes with the goods or into the file, as a PDF with Chinese text.

A note is plain data; `note.typ` beside this module sets it. The font comes with the packages of
package-lock.json. Knows no kind of document: shipping notes, return notes and destruction records are made by
the services of their nouns.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import typst

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE / "note.typ"
FONTS = HERE.parent / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
WEIGHTS = ("400Regular", "700Bold")
AT_ONCE = asyncio.Semaphore(2)
"""Setting a page takes a core for about a tenth of a second; others have to be served meanwhile."""


class FontMissing(RuntimeError):
    """The Chinese font is not installed: the note would be printed without its words."""

    code = "font_missing"


@dataclass(frozen=True)
class NoteTable:
    """A table: its heading ('' for none), column labels, which columns stand right, rows of plain text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[int] = ()
    widths: Sequence[int] = ()
    """Relative widths of the columns; empty: all alike."""


@dataclass(frozen=True)
class NoteSignature:
    """A signature as it is printed: what it meant, the printed name, when (Part 11 11.50).

    `superseded` says of work that was sent back that its signature counts no more; '' of one that stands.
    """

    meaning: str
    name: str
    at: str
    superseded: str = ""


@dataclass(frozen=True)
class Note:
    """A printed note. Texts are in the reader's language already; `changed` says what was corrected since."""

    title: str
    number: str
    issuer: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[NoteTable]
    signatures: Sequence[NoteSignature] = ()
    signatures_title: str = ""
    blanks: Sequence[str] = ()
    """Lines to sign by hand, for people who have no account (a driver, a customer)."""
    remarks: Sequence[str] = ()
    footer: str = ""
    changed: str = ""
    language: str = "zh"
    landscape: bool = field(default=True)


async def pdf(note: Note) -> bytes:
    """The note as a PDF; FontMissing where the font is not installed."""
    return await typeset(TEMPLATE, "note", json.dumps(asdict(note), ensure_ascii=False))


async def typeset(template: Path, name: str, data: str) -> bytes:
    """A template set with JSON under `sys.inputs.<name>`, as a PDF; FontMissing without the font."""
    async with AT_ONCE:
        return await asyncio.to_thread(_set, template, {name: data})


def _set(template: Path, inputs: dict[str, str]) -> bytes:
    made: bytes = typst.compile(
        template, format="pdf", font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs
    )
    return made


@cache
def _fonts() -> list[Path]:
    found = [FONTS / weight for weight in WEIGHTS]
    if not all(folder.is_dir() for folder in found):
        raise FontMissing(f"no font in {FONTS.parent.name}/{FONTS.name}: run ./xunji, which installs it")
    return found

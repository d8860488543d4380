"""UI contexts: entering and correcting documents, importing them from files."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Field, Form, Table


@dataclass(frozen=True)
class Suggestions:
    """A list of known codes for a text field."""

    id: str
    values: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class DocumentEntryPage(Context):
    """A purchase order or dispatch advice with as many lines as it takes; also its correction."""

    template = "documents/entry.html"
    title: str
    eyebrow: str
    form: Form
    lines: Sequence[Sequence[Field]]
    blank: Sequence[Field]
    suggestions: Sequence[Suggestions]
    intro: str = ""


@dataclass(frozen=True)
class ImportPage(Context):
    """A file of documents: chosen, read, and what is wrong with which row."""

    template = "documents/import.html"
    title: str
    form: Form
    columns_note: str
    example: str
    report: Table | None = None
    verdict: str = ""
    verdict_tone: str = "info"

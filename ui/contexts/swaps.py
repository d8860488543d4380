"""UI contexts: small parts that HTMX swaps in on their own."""

from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.parts import Field, Tone


@dataclass(frozen=True)
class NoticePart(Context):
    """Words about what happened, swapped into the page's notice region."""

    template = "_components/notice_part.html"
    message: str
    tone: Tone = "info"
    hint: str = ""


@dataclass(frozen=True)
class UploadPart(Context):
    """An attachment field after a file was added or taken off."""

    template = "_components/upload.html"
    field: Field


@dataclass(frozen=True)
class TodoPart(Context):
    """The live number of tasks; the number itself stands in the frame."""

    template = "_components/todo.html"

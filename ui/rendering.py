"""UI: the template environment of each language, and how a context becomes HTML.

Undefined names are errors, everything is escaped, and no template sees more than its context and the frame.
"""

import hashlib
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services import command_sheet
from ui import formats
from ui.contexts import Context
from ui.contexts.frame import Frame
from ui.translation import Language, translations

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"


@cache
def static_url(path: str) -> str:
    """The address of one of our own static files with its content hash, so that it may be cached for ever."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"


@cache
def environment(language: Language) -> Environment:
    """The environment of a language: its words and formats are bound to it."""
    words = translations(language)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.globals.update(
        _=words.gettext,
        ngettext=words.ngettext,
        static_url=static_url,
        language=language,
        phrases=[words.pick({"zh": zh, "en": en}) for zh, en in command_sheet.PHRASES],
    )
    made.filters.update(
        quantity=formats.quantity,
        day=formats.day,
        instant=formats.instant,
        offset=formats.offset,
        short_hash=formats.short_hash,
        pick=words.pick,
    )
    return made


def render(context: Context, frame: Frame, language: Language) -> str:
    """A context as HTML; fields of the context are the template's names, the frame is `page`."""
    values: dict[str, Any] = {field.name: getattr(context, field.name) for field in fields(context)}
    return environment(language).get_template(context.template).render(page=frame, **values)

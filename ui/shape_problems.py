"""UI: what is wrong with a posted shape, in words and by the path of its field (`lines[3].material`)."""

from collections.abc import Iterable

from pydantic import ValidationError

from domain.errors import FieldProblem, Invalid
from ui.translation import Translations, mark

SAYINGS = (
    ("missing", mark("This is required.")),
    ("string_too_short", mark("This is required.")),
    ("too_short", mark("At least one is needed.")),
    ("string_too_long", mark("This is too long.")),
    ("date", mark("Not a date such as 2027-11-30.")),
    ("timezone", mark("Not a date and time.")),
    ("datetime", mark("Not a date and time.")),
    ("int", mark("Not a whole number.")),
    ("greater_than", mark("This is too small.")),
    ("less_than", mark("This is too large.")),
    ("string_pattern_mismatch", mark("This does not have the expected form.")),
    ("literal_error", mark("Choose one of the options.")),
    ("extra_forbidden", mark("The form does not know this field.")),
)


def path_of(parts: Iterable[int | str]) -> str:
    """A path as services write it; alternatives of a union are left out."""
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.isidentifier() and part not in {"int", "str"}:
            path += f".{part}" if path else part
    return path


def of_shape(wrong: ValidationError, words: Translations) -> dict[str, str]:
    """Problems of a shape, the first of each field."""
    found: dict[str, str] = {}
    for error in wrong.errors(include_url=False, include_input=False):
        found.setdefault(path_of(error["loc"]), _saying(error["type"], error["msg"], words))
    return found


def of_refusal(refusal: Invalid, words: Translations) -> dict[str, str]:
    """Problems of a service's refusal, by path."""
    return of_fields(refusal.fields, words)


def of_fields(problems: Iterable[FieldProblem], words: Translations) -> dict[str, str]:
    """Problems by path, in words."""
    return {problem.field: problem.message(words.language) for problem in problems}


def _saying(kind: str, message: str, words: Translations) -> str:
    if kind == "value_error":
        zh, _, en = message.removeprefix("Value error, ").partition(" / ")
        return en if words.language == "en" and en else zh
    known = next((saying for start, saying in SAYINGS if kind.startswith(start)), None)
    return words.gettext(known) if known else words.gettext("This cannot be accepted.")

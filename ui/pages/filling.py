"""UI pages: filling in forms - what was posted goes back into its fields, with what is wrong next to it."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from domain.errors import Invalid, Refusal
from domain.half_width import half_width
from ui.answers import status_of
from ui.contexts.parts import Field, Form, Group, Tone
from ui.shape_problems import of_refusal, of_shape
from ui.view import View

T = TypeVar("T")
INVALID = 422


@dataclass(frozen=True)
class Problems:
    """Why a form was not accepted: by field, as a whole, and the status of the answer."""

    by_field: Mapping[str, str] = field(default_factory=dict)
    whole: str = ""
    status: int = INVALID


NONE = Problems()


async def tried(view: View, command: Awaitable[T]) -> T | Problems:
    """The command's result, or why it was refused, in words."""
    try:
        return await command
    except ValidationError as wrong:
        return Problems(of_shape(wrong, view.words))
    except Refusal as refusal:
        return problems_of(view, refusal)


def problems_of(view: View, refusal: Refusal) -> Problems:
    """A refusal by field where it says which; what belongs to no field stands at the top."""
    by_field = of_refusal(refusal, view.words) if isinstance(refusal, Invalid) else {}
    whole = by_field.pop("", "") if by_field else refusal.message(view.language)
    return Problems(by_field, whole, status_of(refusal))


def filled(fields: Sequence[Field], values: Mapping[str, Any], problems: Problems = NONE) -> list[Field]:
    """The fields with values and problems put in. A field without a value keeps its own."""
    return focused(
        [
            replace(one, value=values.get(one.name, one.value), error=_problem(one.name, problems))
            for one in fields
        ],
        wrong=bool(problems.by_field),
    )


def focused(fields: Sequence[Field], *, wrong: bool) -> list[Field]:
    """When something is wrong the first such field has the focus, not the one at which the form begins."""
    first = next((one.name for one in fields if one.error), None)
    return [replace(one, autofocus=one.name == first) for one in fields] if wrong else list(fields)


def form(
    action: str,
    submit: str,
    fields: Sequence[Field],
    values: Mapping[str, Any] | None = None,
    problems: Problems = NONE,
    *,
    cancel_href: str = "",
    legend: str = "",
    tone: Tone = "info",
    hint: str = "",
    multipart: bool = False,
) -> Form:
    """One group of fields as a form; problems that no field shows stand at the top."""
    shown = filled(fields, values or {}, problems)
    names = {one.name for one in shown if one.error}
    stray = [f"{path}: {said}" for path, said in problems.by_field.items() if not _shown(path, names)]
    whole = " ".join(filter(None, (problems.whole, "; ".join(stray))))
    return Form(action, submit, [Group(shown, legend)], cancel_href, whole, hint, multipart, tone)


def _problem(name: str, problems: Problems) -> str:
    if name in problems.by_field:
        return problems.by_field[name]
    inner = [said for path, said in problems.by_field.items() if path.startswith((f"{name}[", f"{name}."))]
    return " ".join(dict.fromkeys(inner))


def _shown(path: str, names: set[str]) -> bool:
    return any(path == name or path.startswith((f"{name}[", f"{name}.")) for name in names)


async def several(view: View, name: str) -> list[str]:
    """All values posted under one name (checkboxes)."""
    return [v for v in (await view.posted()).getlist(name) if isinstance(v, str) and v]


def number(text: str) -> int | str:
    """A whole number where the text is one; else the text, for the shape to refuse."""
    digits = half_width(text).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else text  # noqa: PLR2004 # 2^53


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what was filled in."""
    return {name: value for name, value in values.items() if value not in ("", None, [])}

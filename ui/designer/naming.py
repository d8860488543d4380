"""UI designer: names of expressions in words - which step, which field - with types as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from domain.sop_document import steps
from ui.translation import mark

if TYPE_CHECKING:
    from ui.designer.desk import Desk

GIVEN = "_given"
TYPES: Mapping[str, str] = {
    "string": mark("text"),
    "int": mark("whole number"),
    "decimal": mark("number with decimals"),
    "bool": mark("yes or no"),
    "date": mark("date"),
    "timestamp": mark("instant"),
}
OF_A_STEP: Mapping[str, str] = {
    "outcome": mark("outcome"),
    "reason": mark("reason"),
    "value": mark("result"),
    "completed_at": mark("completed at"),
    "count": mark("number of lines"),
}
FIELDS = (("human", "form"), ("wait", "data"))


def type_in_words(desk: Desk, type_: str) -> str:
    """What a value is; a type without words of its own as it is."""
    known = TYPES.get(type_.removesuffix("?"))
    return desk.view.words.gettext(known) if known else type_


def name_in_words(desk: Desk, name: str) -> str:
    """`arrival.temperature` is “Check on arrival · Temperature”; '' where nothing is known."""
    _ = desk.view.words.gettext
    head, _dot, field = name.partition(".")
    asked = field.endswith(GIVEN)
    field = field.removesuffix(GIVEN)
    if head == "inputs":
        label = _label(desk, desk.data.get("inputs"), field)
        said = _("Given at the start · %(what)s", what=label) if label else ""
    else:
        step = next((one for _path, one in steps(desk.data) if one.get("id") == head), None)
        if step is None:
            return ""
        said = " · ".join(filter(None, (desk.title(step), _of_step(desk, step, field))))
    return _("%(what)s: filled in or not", what=said) if said and asked else said


def _of_step(desk: Desk, step: Mapping[str, Any], field: str) -> str:
    for part, form in FIELDS:
        inside = step.get(part)
        label = _label(desk, inside.get(form), field) if isinstance(inside, Mapping) else ""
        if label:
            return label
    known = OF_A_STEP.get(field)
    return desk.view.words.gettext(known) if known else ""


def _label(desk: Desk, entries: Any, key: str) -> str:
    entry = entries.get(key) if isinstance(entries, Mapping) else None
    return desk.pick(entry.get("label")) if isinstance(entry, Mapping) else ""

"""UI designer: names of expressions in words - which step, which field - with types as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from domain.sop_document import steps, value_at
from ui.pages.value_words import column_word, type_word
from ui.translation import mark

if TYPE_CHECKING:
    from ui.designer.desk import Desk

GIVEN = "_given"
OF_A_STEP: Mapping[str, str] = {
    "outcome": mark("outcome"),
    "reason": mark("reason"),
    "value": mark("result"),
    "completed_at": mark("completed at"),
    "count": mark("number of lines"),
    "lines": mark("its lines"),
    "lines.count": mark("number of lines"),
}
FIELDS = (("human", "form"), ("wait", "data"))
COUNT, SUM, ANY = "lines.count_", "lines.sum_", "lines.any_"


def type_in_words(desk: Desk, type_: str) -> str:
    """What a value is; a type without words of its own as it is."""
    return type_word(type_, desk.view.words)


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
        step = desk.steps.get(head)
        if step is None:
            said = _of_line(desk, head, field)
            return _("%(what)s: filled in or not", what=said) if said and asked else said
        said = " · ".join(filter(None, (desk.title(step), _of_step(desk, step, field))))
    return _("%(what)s: filled in or not", what=said) if said and asked else said


def lists_at_hand(desk: Desk) -> Mapping[str, str]:
    """What lines are called inside the `for_each`s around the open card, and the list of each."""
    found = {}
    for path, step in steps(desk.data):
        each = step.get("for_each")
        if isinstance(each, Mapping) and desk.path[: len(path)] == path and desk.path != path:
            found[str(each.get("as") or "line")] = str(each.get("lines") or "")
    return found


def _of_line(desk: Desk, head: str, field: str) -> str:
    """A value of the line that a `for_each` is at."""
    lists = lists_at_hand(desk)
    if head not in lists:
        return ""
    source = lists[head].partition(".")[0]
    step = desk.steps.get(source, {})
    said = _label(desk, value_at(step, ("human", "lines", "form")), field)
    said = said or column_word(field, desk.view.words)
    return desk.view.words.gettext("Of the line · %(what)s", what=said) if said else ""


def _of_step(desk: Desk, step: Mapping[str, Any], field: str) -> str:
    for part, form in FIELDS:
        inside = step.get(part)
        label = _label(desk, inside.get(form), field) if isinstance(inside, Mapping) else ""
        if label:
            return label
    words = desk.view.words
    if field in OF_A_STEP:
        return words.gettext(OF_A_STEP[field])
    if field.startswith(COUNT):
        outcomes = value_at(step, ("human", "lines", "outcomes"))
        said = _label(desk, outcomes, field.removeprefix(COUNT)) or field.removeprefix(COUNT)
        return words.gettext("number of lines with “%(name)s”", name=said)
    if field.startswith(SUM):
        name = field.removeprefix(SUM)
        return words.gettext("sum of “%(name)s”", name=column_word(name, words) or name)
    if field.startswith(ANY):
        name = field.removeprefix(ANY)
        return words.gettext("any line with “%(name)s”", name=column_word(name, words) or name)
    return ""


def _label(desk: Desk, entries: Any, key: str) -> str:
    entry = entries.get(key) if isinstance(entries, Mapping) else None
    return desk.pick(entry.get("label")) if isinstance(entry, Mapping) else ""

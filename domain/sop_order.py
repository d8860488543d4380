"""Domain: the order in which an author wrote what people read - fields, options, outcomes, inputs.

Canonical JSON and jsonb keep no order of keys, so a bundle carries it beside the definition and a task's
content beside the form. Paths are `inputs`, `<step>/form`, `<step>/form/<field>` (its options),
`<step>/outcomes`, `<step>/lines/form` and so on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from domain.sop_definition import Form, Human, SopDefinition

T = TypeVar("T")
Order = Mapping[str, Sequence[str]]


def order_of(definition: SopDefinition) -> dict[str, list[str]]:
    """The order of everything with more than one entry, in a definition as it was parsed."""
    found = {"inputs": list(definition.inputs), "sections": list(definition.sections)}
    for step in definition.walk():
        if step.human:
            found |= {f"{step.id}/{path}": names for path, names in _of_human(step.human)}
        if step.wait:
            found |= {f"{step.id}/{path}": names for path, names in _of_form("data", step.wait.data)}
    return {path: names for path, names in found.items() if len(names) > 1}


def of_step(order: Order, step: str) -> dict[str, list[str]]:
    """The part of an order that is one step's, by paths within the step."""
    return {
        path[len(step) + 1 :]: list(names) for path, names in order.items() if path.startswith(f"{step}/")
    }


def arranged(entries: Mapping[str, T], names: Sequence[str]) -> dict[str, T]:
    """Entries in the named order; what is not named stands behind."""
    known = [name for name in names if name in entries]
    return {name: entries[name] for name in [*known, *(n for n in entries if n not in set(known))]}


def form_as_written(order: Order, path: str, form: Form) -> Form:
    """A form whose fields and options stand as their author wrote them."""
    return {
        name: field.model_copy(update={"options": arranged(field.options, order.get(f"{path}/{name}", ()))})
        for name, field in arranged(form, order.get(path, ())).items()
    }


def _of_human(human: Human) -> Iterator[tuple[str, list[str]]]:
    yield from _of_form("form", human.form)
    yield "outcomes", list(human.outcomes)
    if human.lines:
        yield from _of_form("lines/form", human.lines.form)
        yield "lines/outcomes", list(human.lines.outcomes)


def _of_form(path: str, form: Form) -> Iterator[tuple[str, list[str]]]:
    yield path, list(form)
    for name, field in form.items():
        yield f"{path}/{name}", list(field.options)

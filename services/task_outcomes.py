"""Services: the outcomes of a task as its content shows them - their names and where each leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from domain.sop_definition import Outcome, Step, Text

if TYPE_CHECKING:
    from domain.sop_bundle import Bundle


def step_title(step: Step) -> Text:
    """A step's title; without one, its id."""
    return step.title or Text(zh=step.id, en=step.id)


def outcomes_of(outcomes: Mapping[str, Outcome], bundle: Bundle, step: Step) -> dict[str, Any]:
    """The outcomes by name, with labels in both languages."""
    return {
        name: {
            "label": outcome.label.model_dump(),
            "consequence": outcome.consequence.model_dump() if outcome.consequence else None,
            "reason": outcome.reason,
            "go": outcome.go,
            "leads_to": _leads_to(bundle, step, outcome.go).model_dump(),
        }
        for name, outcome in outcomes.items()
    }


def _leads_to(bundle: Bundle, step: Step, go: str) -> Text:
    """Where an outcome leads, in words; the end of the list when nothing follows."""
    definition = bundle.definition
    target = go if go != "next" else step.go
    found = definition.sections[target][0] if target in definition.sections else bundle.steps.get(target)
    if found is None:
        found = _following(bundle, step)
    return step_title(found) if found else Text(zh="继续流程", en="The run goes on")


def _following(bundle: Bundle, step: Step) -> Step | None:
    definition = bundle.definition
    bodies: list[Sequence[Step]] = [definition.steps, *definition.sections.values()]
    bodies += [body for outer in definition.walk() for _, body in outer.bodies()]
    for body in bodies:
        for index, other in enumerate(body):
            if other.id == step.id:
                return body[index + 1] if index + 1 < len(body) else None
    return None

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
    """Where an outcome leads, in words: what people call the next step, or that the run ends."""
    definition = bundle.definition
    target = go if go != "next" else step.go
    found = definition.sections[target][0] if target in definition.sections else bundle.steps.get(target)
    if found is not None:
        return _said(found)
    return _following(bundle, step) or Text(zh="继续流程", en="The run goes on")


def _said(step: Step) -> Text:
    """A step as a consequence; an end without a title has only an id, which says nothing to people."""
    if step.end and not step.title:
        return Text(zh="流程结束", en="The run ends")
    return step_title(step)


def _following(bundle: Bundle, step: Step) -> Text | None:
    """What comes after a step. The last one of a body is followed by what follows the step around it."""
    definition = bundle.definition
    around: list[tuple[Step | None, Sequence[Step]]] = [(None, definition.steps)]
    around += [(None, body) for body in definition.sections.values()]
    around += [(outer, body) for outer in definition.walk() for _, body in outer.bodies()]
    for outer, body in around:
        for other, after in zip(body, [*body[1:], None], strict=True):
            if other.id != step.id:
                continue
            if after is not None:
                return _said(after)
            return _leads_on(bundle, outer) if outer else None
    return None


def _leads_on(bundle: Bundle, outer: Step) -> Text:
    """What follows the last step inside another one; a repeat may begin again, which its end decides."""
    then = _leads_to(bundle, outer, "next")
    if outer.repeat is None:
        return then
    return Text(zh=f"再做一轮，或：{then.zh}", en=f"Another round, or: {then.en or then.zh}")

"""Domain: what the steps, outcomes and refusals of a run are called, by the definition that it is pinned to.

A name that the definition does not give is the id itself, so that nothing of a history goes untold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.action_catalogue import CATALOGUE
from domain.sop_definition import SopDefinition, Step, Text

WAY = Text(zh="走哪条路", en="which way to go")
"""What a decision without a title decides."""
DONE = "done"
"""The outcome of a work list that has none of its own."""


@dataclass(frozen=True)
class Names:
    """Titles of tasks by path, steps by id."""

    tasks: Mapping[str, Text] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)

    def step(self, path: str, action: str | None = None) -> Text:
        """What happens at a path (or at a step id): the task's title, the step's, the action's."""
        step = self.steps.get(step_of(path))
        known = self.tasks.get(path) or self.tasks.get(path.partition("/")[0]) or (step and step.title)
        if known:
            return known
        spec = CATALOGUE.get(action or "")
        if spec is None and step is not None and step.kind == "decide":
            return WAY
        return spec.title if spec else _as_it_is(action or path)

    def outcome(self, path: str, outcome: str) -> Text | None:
        """The label of an outcome, None for the plain end of a work list."""
        step = self.steps.get(step_of(path))
        label = step.human.outcomes[outcome].label if step and _has(step, outcome) and step.human else None
        if label is None and outcome in {"", DONE}:
            return None
        return label or _as_it_is(outcome)

    def problem(self, action: str | None, code: str, message: str = "") -> Text:
        """Why an action was refused: in the catalogue's words, then in those of the case itself."""
        spec = CATALOGUE.get(action or "")
        named = (spec.refusals.get(code) if spec else None) or _as_it_is(code)
        if message in {"", code}:
            return named
        case = in_both(message)
        return Text(zh=f"{named.zh}（{case.zh}）", en=f"{named.in_language('en')} ({case.in_language('en')})")


def names_of(definition: SopDefinition | None, tasks: Sequence[Mapping[str, Any]]) -> Names:
    """The names of a run: by its definition and by the titles that its tasks had when they were opened."""
    return Names(
        tasks={task["path"]: Text(zh=task["title_zh"], en=task["title_en"]) for task in tasks},
        steps={step.id: step for step in definition.walk()} if definition else {},
    )


def in_both(message: str) -> Text:
    """A message as actions write it, `Chinese / English`, taken apart; one in a single language stays."""
    zh, _, en = message.partition(" / ")
    return Text(zh=zh, en=en or zh)


def step_of(path: str) -> str:
    """The step id of a path: `acceptance` of `inspect#2[17].acceptance#1`."""
    return path.partition("/")[0].rpartition(".")[2].partition("#")[0]


def _has(step: Step, outcome: str) -> bool:
    return step.human is not None and outcome in step.human.outcomes


def _as_it_is(code: str) -> Text:
    return Text(zh=code or "–", en=code or "–")

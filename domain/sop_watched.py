"""Domain: a run that notes where it went - the steps entered at any depth, the ways by which they were left.

For trying definitions out: the same state machine, only looked at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.advance import AskedResult
from domain.sop_case import Way
from domain.sop_definition import Step
from domain.sop_progress import Node, Progress, Scope


class Watched(Progress):
    """Progress with what was walked: step ids in the order in which they were first entered, and ways."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.walked: dict[str, None] = {}
        self.ways: set[Way] = set()

    def begin(self, scope: Scope, step: Step) -> Node:
        """The next pass of a step, noted."""
        self.walked[step.id] = None
        return super().begin(scope, step)

    def answer(self, result: AskedResult, now: datetime) -> None:
        """Takes in an answer; a refusal that the step has a way for is that way."""
        node = self.state.nodes.get(result.path.partition("@")[0])
        if node and result.refused is not None and result.refused in self.plan.steps[node.step].refusals:
            self.ways.add(Way(node.step, "refusal", result.refused))
        super().answer(result, now)

    def finish(self, node: Node, values: dict[str, Any] | None, target: str) -> None:
        """A node is over: by its outcome, its route, or because its time was over."""
        step = self.plan.steps[node.step]
        if step.human and values is not None and values.get("outcome") in step.human.outcomes:
            self.ways.add(Way(step.id, "outcome", str(values["outcome"])))
        elif step.decide and step.routes and values is not None:
            value = values["value"]
            self.ways.add(
                Way(step.id, "route", str(value).lower() if isinstance(value, bool) else str(value))
            )
        elif step.wait and step.wait.timeout and values is None:
            self.ways.add(Way(step.id, "timeout", ""))
        super().finish(node, values, target)

    def _next(self, scope: Scope, step: Step) -> Node | None:
        """The step's node; one whose condition is false is passed over."""
        node = super()._next(scope, step)
        if node is None:
            self.ways.add(Way(step.id, "skip", "when"))
        return node

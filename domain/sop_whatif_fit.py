"""Domain: a recorded answer held against the task as another definition asks for it.

What the task does not ask for any more is left out, what it asks for in addition is assumed, and what it
would not accept is told by field and rule. Who signs, and what the run accepts, is asked of the run itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.commands import CompleteTask
from contracts.payload import LineSetRef
from domain.errors import FieldProblem
from domain.expression_errors import ExpressionFailed
from domain.form_checks import broken, brought_by, names_of
from domain.forms import check_form
from domain.sop_bundle import Bundle
from domain.sop_definition import Form, Human, WorkList
from domain.sop_plausible import Plausible
from domain.sop_progress import Node
from domain.sop_whatif_walk import Note

ASSUMED_REASON = "assumed"
MOST_TOLD = 5
"""Refused lines of one task that are told; a list of ten thousand says the same of each."""


@dataclass
class Fitted:
    """The answer as the task takes it, with what was assumed and what it would refuse."""

    outcome: str
    data: dict[str, Any]
    lines: LineSetRef | None
    reason: str | None
    assumed: list[Note] = field(default_factory=list)
    refused: list[Note] = field(default_factory=list)


@dataclass(frozen=True)
class Fitting:
    """Holds answers against the tasks of `bundle`; `before` is the bundle under which they were given."""

    bundle: Bundle
    before: Bundle
    plausible: Plausible

    def fit(self, node: Node, said: CompleteTask, numbered: Mapping[int, Mapping[str, Any]]) -> Fitted:
        """The answer for the node's task; `numbered` are the lines that its results stand on, by number."""
        human = self.bundle.steps[node.step].human
        assert human is not None
        fitted = Fitted(said.outcome, {}, None, said.reason)
        if said.outcome not in (human.outcomes or ("done",)):
            fitted.outcome = self.plausible.outcome(node.step)
            fitted.assumed.append(Note("outcome", node.step, fitted.outcome))
        chosen = human.outcomes.get(fitted.outcome)
        if chosen and chosen.reason == "required" and not (said.reason or "").strip():
            fitted.reason = ASSUMED_REASON
            fitted.assumed.append(Note("reason", node.step))
        if human.lines is not None:
            self._fit_lines(node, human.lines, said, fitted, numbered)
        else:
            fitted.data = self._filled(node, node.required, human.form, said.data, fitted)
        return fitted

    def _filled(
        self, node: Node, required: list[str], form: Form, data: Mapping[str, Any], fitted: Fitted
    ) -> dict[str, Any]:
        """The fields that the form knows; those that it requires and nobody filled in are assumed."""
        kept = {name: value for name, value in data.items() if name in form}
        lacking = [name for name in required if kept.get(name) in (None, "", [])]
        if not lacking:
            return kept
        stand_in = self.plausible.stand_in(node.step, form, lacking)
        known = {(note.kind, note.what) for note in fitted.assumed}
        fitted.assumed += [Note("field", node.step, n) for n in lacking if ("field", n) not in known]
        return {**stand_in, **{name: value for name, value in kept.items() if name not in lacking}}

    # -- work lists ------------------------------------------------------------------------------

    def _fit_lines(
        self,
        node: Node,
        work: WorkList,
        said: CompleteTask,
        fitted: Fitted,
        numbered: Mapping[int, Mapping[str, Any]],
    ) -> None:
        if said.lines is None:  # it was a form then: nobody has answered the lines
            fitted.lines = self.plausible.results(node, [{}], "assumed")
            fitted.assumed.append(Note("lines", node.step))
            return
        was = self.before.steps.get(node.step)
        before = was.human if was else None
        if before is not None and _same_list(before, work) and self._tells_enough(node.step, said.lines):
            fitted.lines = said.lines
            return
        results = []
        for number, line in numbered.items():
            results.append(self._line(node, work, number, line, fitted))
        fitted.lines = self.plausible.kept(node.step, results)

    def _tells_enough(self, step: str, lines: LineSetRef) -> bool:
        """Whether the recorded results carry every aggregate that an expression may ask for now."""
        return set(self.bundle.evaluator.results(step).aggregates) <= set(lines.aggregates)

    def _line(
        self, node: Node, work: WorkList, number: int, line: Mapping[str, Any], fitted: Fitted
    ) -> dict[str, Any]:
        outcome = line.get("outcome")
        if work.outcomes and outcome not in work.outcomes:
            outcome = self.plausible.line_outcome(node.step)
            note = Note("outcome", node.step, str(outcome))
            if note not in fitted.assumed:
                fitted.assumed.append(note)
        answer = {name: line[name] for name in work.form if name in line}
        data = self._filled(node, node.required, work.form, answer, fitted)
        clean, problems = check_form(work.form, data, required=lambda name: name in node.required)
        if not problems:
            problems = self._broken(node, work, clean, str(outcome or "done"), line)
        if problems and len(fitted.refused) < MOST_TOLD:
            fitted.refused += [refusal(node.step, one, number) for one in problems]
        return {**line, **clean, **({"outcome": outcome} if outcome else {})}

    def _broken(
        self, node: Node, work: WorkList, data: Mapping[str, Any], outcome: str, line: Mapping[str, Any]
    ) -> list[FieldProblem]:
        if not work.checks:
            return []
        evaluator = self.bundle.evaluator
        columns = evaluator.columns(node.step)
        names = names_of(work.form, columns, evaluator.types(node.step, brought_by(work.checks)))
        source = {name: value for name, value in line.items() if name in columns}
        try:
            return broken(work.checks, names, data, outcome=outcome, line=source, brought=node.brought)
        except ExpressionFailed as failed:
            return [FieldProblem("", "check_failed", failed.message("zh"), failed.message("en"))]


def refusal(step: str, problem: FieldProblem, line: int | None = None) -> Note:
    """A field that would not be accepted, with the rule that says so."""
    place = f"{line}." if line is not None else ""
    return Note("refused", step, f"{place}{problem.field}", problem.code, problem.zh, problem.en)


def _same_list(before: Human, work: WorkList) -> bool:
    """Whether the lines were answered under the same form, outcomes and checks."""
    old = before.lines
    return old is not None and (old.form, old.outcomes, old.checks) == (work.form, work.outcomes, work.checks)

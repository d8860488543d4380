"""Domain: a task answered plausibly where nobody has answered it - the form as its author wrote it, filled.

What is given stands; required fields that are not given are filled in always in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.payload import LineSetRef
from domain.errors import FieldProblem
from domain.forms import check_form
from domain.sop_bundle import Bundle
from domain.sop_definition import Form, Human, WorkList
from domain.sop_order import arranged, form_as_written
from domain.sop_progress import Node
from domain.sop_stand_in import LineSets, filled


class Unanswerable(Exception):
    """What is given for a field of a step is not accepted by its form."""

    def __init__(self, step: str, problem: FieldProblem) -> None:
        super().__init__(problem.en)
        self.step, self.problem = step, problem


class Plausible:
    """Answers to the tasks of one bundle, over line sets in memory."""

    def __init__(self, bundle: Bundle, sets: LineSets) -> None:
        self.bundle, self.sets = bundle, sets

    def outcome(self, step: str) -> str:
        """The outcome that the author wrote first: what people choose where nothing is said."""
        return self._first(f"{step}/outcomes", self._human(step).outcomes) or "done"

    def line_outcome(self, step: str) -> str | None:
        """The same of a line of a work list; None for a list that has no outcomes of its own."""
        return self._first(f"{step}/lines/outcomes", self._work(step).outcomes)

    def data(self, node: Node, given: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a form; Unanswerable."""
        form = self._human(node.step).form
        return self._filled(node.step, f"{node.step}/form", form, given, node.required)

    def line_data(self, step: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The data of a line of a work list; Unanswerable."""
        form = self._work(step).form
        needed = [name for name, part in form.items() if part.required]
        return self._filled(step, f"{step}/lines/form", form, given, needed)

    def results(self, node: Node, given: Sequence[Mapping[str, Any]], actor: str) -> LineSetRef:
        """The results of a work list: the answers in order, the last for all further; Unanswerable."""
        results = []
        for index, line in enumerate(self.sets.of(node.line_set)):
            said = dict(given[min(index, len(given) - 1)])
            outcome = said.pop("outcome", self.line_outcome(node.step))
            more = {"outcome": outcome} if outcome else {}
            results.append({**line, **self.line_data(node.step, said), **more, "actor": actor})
        return self.kept(node.step, results)

    def stand_in(self, step: str, form: Form, names: Sequence[str]) -> dict[str, Any]:
        """Plausible values of some fields of a step's form."""
        part = "lines/form" if self._human(step).lines else "form"
        written = form_as_written(self.bundle.order, f"{step}/{part}", form)
        return filled(written, {}, list(names))

    def kept(self, step: str, results: list[dict[str, Any]]) -> LineSetRef:
        """Results as a line set with the aggregates that the step's list declares."""
        return LineSetRef.model_validate(self.sets.create(results, self.bundle.evaluator.results(step)))

    def _human(self, step: str) -> Human:
        human = self.bundle.steps[step].human
        assert human is not None
        return human

    def _work(self, step: str) -> WorkList:
        work = self._human(step).lines
        assert work is not None
        return work

    def _first(self, path: str, outcomes: Mapping[str, Any]) -> str | None:
        return next(iter(arranged(outcomes, self.bundle.order.get(path, ()))), None)

    def _filled(
        self, step: str, path: str, form: Form, given: Mapping[str, Any], needed: list[str]
    ) -> dict[str, Any]:
        written = form_as_written(self.bundle.order, path, form)
        data, errors = check_form(
            written, filled(written, given, needed), required=lambda name: name in needed
        )
        if errors:
            raise Unanswerable(step, errors[0])
        return data

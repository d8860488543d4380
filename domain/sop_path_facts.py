"""Domain: what is certain on one path of a procedure - what became of its steps, what its conditions are.

A proof looks at every way that the control flow allows. Some of these no run can take: a condition that the
answers on the path settle, or one that was true a moment ago and of which nothing has changed since. Those
are ruled out, each with its reason; whatever is not settled may go either way. It knows no proofs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from domain.decision_table import DecisionTable
from domain.expression_errors import ExpressionInvalid
from domain.expressions import GIVEN, Environment
from domain.sop_definition import Step
from domain.sop_moves import PERFORMED, Guard, Move, Moves
from domain.sop_scope import UNTIL, Scope

Facts = Mapping[str, str]
"""Of each watched step how it was left (`outcome:approved`); of a condition (`=source`) its value."""
_UNKNOWN = "unknown:"
_LEFT = PERFORMED | {"skipped", "refused", "timed_out"}


def performed(facts: Facts, step: str) -> bool:
    """Whether the step was done on the path and still counts."""
    return facts.get(step, _UNKNOWN).partition(":")[0] in PERFORMED


def answer(facts: Facts, step: str) -> str:
    """The outcome or route with which the step was done."""
    return facts.get(step, _UNKNOWN).partition(":")[2]


class Conditions:
    """The conditions of a definition that a path can settle."""

    def __init__(
        self, space: Moves, scopes: Mapping[str, Scope], tables: Mapping[str, DecisionTable]
    ) -> None:
        self.space = space
        self._routed = {s.id: _routed_by(s, tables) for s in space.steps.values() if s.decide and s.routes}
        self._environments = {key: Environment(scope.types) for key, scope in scopes.items()}
        self._names: dict[Guard, tuple[str, ...]] = {}
        places: dict[str, set[str]] = defaultdict(set)
        for step in space.steps.values():
            for guard in _guards(step):
                places[guard.source].add(guard.scope)
                self._names[guard] = self._names_in(guard)
        self._roots = {guard.source: {n.partition(".")[0] for n in ns} for guard, ns in self._names.items()}
        self.steps = frozenset(r for roots in self._roots.values() for r in roots if r in space.steps)
        lines = {s.for_each.as_: space.inside[s.id] for s in space.steps.values() if s.for_each}
        self._void = {
            source: frozenset[str]().union(*(lines.get(r, frozenset({r})) for r in roots))
            for source, roots in self._roots.items()
        }
        known = {"inputs", *lines, *(s for s in self.steps if not list(space.steps[s].bodies()))}
        self.remembered = frozenset(s for s, r in self._roots.items() if len(places[s]) > 1 and r <= known)

    def _names_in(self, guard: Guard) -> tuple[str, ...]:
        try:
            return self._environment(guard).names_in(guard.source)
        except ExpressionInvalid:
            return ("run.now",)  # noted where expressions are checked; here it may be anything

    def _environment(self, guard: Guard) -> Environment:
        return self._environments.get(guard.scope) or self._environments[guard.scope.removesuffix(UNTIL)]

    def changed_by(self, step: str) -> Iterable[str]:
        """The remembered conditions that a further answer of the step may change."""
        return (source for source in self.remembered if step in self._roots[source])

    def void_without(self, cleared: frozenset[str]) -> Iterable[str]:
        """The remembered conditions that rest on answers that count no more."""
        return (source for source in self.remembered if cleared & self._void[source])

    def settled(self, guard: Guard, facts: Facts) -> str | None:
        """The value of the guard's condition on this path, None if it is not settled."""
        remembered = facts.get("=" + guard.source)
        if remembered is not None:
            return remembered
        names = self._names[Guard(guard.scope, guard.source, "")]
        known = {name: value for name in names if (value := self._known(guard, name, facts)) is not None}
        if not known:
            return None
        value = self._environment(guard).settled(guard.source, known)
        return None if value is None else str(value).lower()

    def _known(self, guard: Guard, name: str, facts: Facts) -> Any:
        """The value of a name as far as the path tells: what was answered, and whether there is an answer."""
        id_, _, field = name.partition(".")
        step = self.space.steps.get(id_)
        if step is None or list(step.bodies()):
            return None
        left = facts.get(id_, "absent:")
        if field.endswith(GIVEN) and left != _UNKNOWN:
            there = performed(facts, id_)
            return None if there and not _always_there(step, field.removesuffix(GIVEN)) else there
        if not performed(facts, id_):
            return None
        said = answer(facts, id_)
        if step.human and field == "outcome":
            return said or "done"
        if field in self._routed.get(id_, ()):
            type_ = self._environment(guard).names.get(name)
            return {"bool": said == "true", "string": said}.get(str(type_))
        return None


def _guards(step: Step) -> Iterable[Guard]:
    if step.when is not None:
        yield Guard(step.id, step.when, "")
    if step.decide and step.decide.value is not None and step.routes:
        yield Guard(step.id, step.decide.value, "")
    if step.repeat:
        yield Guard(step.id + UNTIL, step.repeat.until, "")


def _routed_by(step: Step, tables: Mapping[str, DecisionTable]) -> set[str]:
    """The names of a decision that tell its route: its value, and the table's first output."""
    table = tables.get(step.decide.table or "") if step.decide else None
    return {"value", table.deciding_output} if table else {"value"}


def _always_there(step: Step, field: str) -> bool:
    """Whether a step that was done has this value for certain."""
    first = field.partition(".")[0]
    if step.human:
        form = step.human.form
        return first in {"outcome", "lines"} or (first in form and form[first].required)
    if step.wait:
        return first == "at" or (first in step.wait.data and step.wait.data[first].required)
    return step.action is not None or step.decide is not None


class Watch:
    """What is watched on every path: how some steps were left, and - with `conditions` - what is settled."""

    def __init__(self, steps: Iterable[str], conditions: Conditions | None = None) -> None:
        self._conditions = conditions
        self._steps = frozenset(steps) | (conditions.steps if conditions else frozenset())
        self.ruled_out: dict[tuple[str, Guard], None] = {}

    def after(self, facts: Facts, move: Move) -> Facts | None:
        """The facts after a move - the same object if it changes none - or None if the facts rule it out."""
        conditions = self._conditions
        touched = conditions is not None and (move.guards or move.step in conditions.steps)
        if not touched and not move.cleared and move.step not in self._steps:
            return facts
        now = dict(facts)
        if self._conditions:
            for source in self._conditions.changed_by(move.step):
                now.pop("=" + source, None)
        if move.step in self._steps and move.why in _LEFT:
            now[move.step] = f"{move.why}:{move.answer or ''}"
        if self._conditions:
            for guard in move.guards:
                value = self._conditions.settled(guard, now)
                if value is not None and value != guard.value:
                    self.ruled_out[move.step, guard] = None
                    return None
                if guard.source in self._conditions.remembered:
                    now["=" + guard.source] = guard.value
        return self._cleared(now, move)

    def _cleared(self, now: dict[str, str], move: Move) -> Facts:
        if not move.cleared:
            return now
        for step in self._steps & move.cleared:
            if step in move.voided:
                now.pop(step, None)
            elif step in now:
                now[step] = _UNKNOWN
        for source in self._conditions.void_without(move.cleared) if self._conditions else ():
            now.pop("=" + source, None)
        return now

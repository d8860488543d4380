"""Domain: proofs - whether a sentence about a procedure holds on every path, and if not, on which it fails.

All paths are walked breadth first: the control states (`sop_moves`) with what the sentence asks about. That
is finite, so loops, lines and send-backs are walked any number of times; only the number of states is
bounded, and a sentence that needs more is not proven. Answers and data may be anything that the definition
allows, so what holds here holds in every run. When the sentence fails that way, the walk is repeated with the
conditions that a path settles (`sop_path_facts`), and what they rule out is reported. A path on which a
sentence fails is a shortest one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from domain.action_catalogue import ActionSpec
from domain.decision_table import DecisionTable
from domain.sign_policy import Asked
from domain.sop_calls import Ends
from domain.sop_deeds import steps_doing
from domain.sop_definition import SopDefinition, Step
from domain.sop_moves import PERFORMED, Guard, Move, Moves, Place, Why
from domain.sop_path_facts import Conditions, Facts, Watch, answer, performed
from domain.sop_proof import Event, Evidence, Proof
from domain.sop_scope import scopes

MOST_STATES = 20_000
Verdict = Literal["holds", "fails", "undecided", "idle"]
_HAPPENED = "@after"


@dataclass(frozen=True)
class PathStep:
    """A step of a path, and how it was left: its outcome, route or refusal, or that it was skipped."""

    step: str
    why: Why
    answer: str | None = None


@dataclass(frozen=True)
class Result:
    """What came of a proof. `idle`: nothing in the procedure does it, so that the sentence says nothing.

    `states` were looked at, at most `bound`; `path` is the one on which it fails; `ruled_out` are the steps
    at which a condition, with the value that it cannot have there, closed a way.
    """

    proof: Proof
    verdict: Verdict
    states: int
    path: tuple[PathStep, ...] = ()
    ruled_out: tuple[tuple[str, Guard], ...] = ()
    bound: int = MOST_STATES


class Prover:
    """Proves sentences of one definition, whose flow must be sound (`sop_lint_flow` without errors)."""

    def __init__(
        self,
        definition: SopDefinition,
        catalogue: Mapping[str, ActionSpec],
        tables: Mapping[str, DecisionTable],
        called: Mapping[str, Ends] | None = None,
        bound: int = MOST_STATES,
        space: Moves | None = None,
    ) -> None:
        self.definition = definition
        self.space = space or Moves(definition)
        self.bound = bound
        self._given = (catalogue, tables, called)

    @cached_property
    def _conditions(self) -> Conditions:
        catalogue, tables, called = self._given
        return Conditions(self.space, scopes(self.definition, catalogue, tables, calls=called), tables)

    def prove(self, proof: Proof) -> Result:
        """Whether the sentence holds. What it names must exist (`sop_lint_proofs`)."""
        question = _Question(self.definition, proof)
        if proof.never is not None and not question.targets:
            return Result(proof, "idle", 0, bound=self.bound)
        result = self._walk(proof, question, Watch(question.steps))
        if result.verdict != "fails":
            return result
        return self._walk(proof, question, Watch(question.steps, self._conditions))

    def _walk(self, proof: Proof, question: _Question, watch: Watch) -> Result:
        start: _State = (self.space.start, frozenset())
        came: dict[_State, tuple[_State, Move] | None] = {start: None}
        ahead = deque([start])
        reached = proof.never is None
        while ahead:
            state = ahead.popleft()
            place, facts = state[0], dict(state[1])
            for move in self.space.moves(place):
                after = watch.after(facts, move)
                if after is None:
                    continue
                reached = reached or question.does(move)
                if question.fails(facts, move):
                    ruled_out = tuple(watch.ruled_out)
                    path = _path(came, state, move)
                    return Result(proof, "fails", len(came), path, ruled_out, self.bound)
                if move.to is None:
                    continue
                then = question.after(facts, after, move)
                to = (move.to, state[1] if then is facts else frozenset(then.items()))
                if to not in came:
                    if len(came) >= self.bound:
                        return Result(proof, "undecided", len(came), bound=self.bound)
                    came[to] = (state, move)
                    ahead.append(to)
        verdict: Verdict = "holds" if reached else "idle"
        return Result(proof, verdict, len(came), (), tuple(watch.ruled_out), self.bound)


_State = tuple[Place, frozenset[tuple[str, str]]]


def _path(
    came: Mapping[_State, tuple[_State, Move] | None], state: _State, last: Move
) -> tuple[PathStep, ...]:
    moves = [last]
    before = came[state]
    while before is not None:
        state, move = before
        moves.append(move)
        before = came[state]
    return tuple(PathStep(m.step, m.why, m.answer) for m in reversed(moves))


class _Question:
    """A proof as a question to each move: what it looks at, and whether this move breaks it."""

    def __init__(self, definition: SopDefinition, proof: Proof) -> None:
        self._proof = proof
        people = {step.id: step for step in definition.walk() if step.human}
        never = proof.never
        self.targets: frozenset[str] = frozenset()
        if never is not None:
            named = steps_doing(definition, never.deed) if never.deed else ()
            self.targets = frozenset(s.id for s in named) or frozenset(s for s in [never.step] if s)
        self.steps, self._stands = _evidence(people, proof.without)

    def does(self, move: Move) -> bool:
        """Whether the move does what the sentence is about."""
        return move.step in self.targets and move.why in PERFORMED

    def fails(self, facts: Facts, move: Move) -> bool:
        """Whether the move breaks the sentence."""
        if self._proof.after is not None and _HAPPENED not in facts:
            return False
        if self._proof.ends is not None:
            return move.to is None and (move.answer or "") not in self._proof.ends
        return self.does(move) and not self._stands(facts)

    def after(self, before: Facts, facts: Facts, move: Move) -> Facts:
        """The facts with whether the `after` of the sentence has happened and still stands."""
        event = self._proof.after
        if event is None:
            return facts
        had = happened = _HAPPENED in before
        if move.step == event.step and move.why in PERFORMED:
            happened = _is(event, move)
        if event.step in move.voided and (move.why == "back" or self.targets <= move.voided):
            happened = False
        if happened == had == (_HAPPENED in facts):
            return facts
        rest = {name: value for name, value in facts.items() if name != _HAPPENED}
        return {**rest, _HAPPENED: ""} if happened else rest


def _is(event: Event, move: Move) -> bool:
    return event.outcome is None or event.outcome == (move.answer or "done")


def _evidence(
    people: Mapping[str, Step], wanted: Evidence | None
) -> tuple[Iterable[str], Callable[[Facts], bool]]:
    """The steps that an evidence looks at, and whether it stands by what is known of them."""
    if wanted is None:
        return (), lambda _: False
    if wanted.done is not None:
        step, outcome = wanted.done, wanted.outcome
        return {step}, lambda facts: performed(facts, step) and outcome in (None, answer(facts, step))
    if wanted.persons is not None:
        return _two_persons(people, wanted.persons)
    if wanted.signed is not None:
        able = {wanted.signed} if certain_signers(people.get(wanted.signed)) else set()
    else:
        able = {id_ for id_, step in people.items() if wanted.signed_by in certain_posts(step)}
    return able, lambda facts: any(performed(facts, step) for step in able)


def _two_persons(
    people: Mapping[str, Step], named: Literal["any"] | list[str]
) -> tuple[Iterable[str], Callable[[Facts], bool]]:
    among = list(people) if named == "any" else named
    alone = {step for step in among if certain_signers(people.get(step)) > 1}
    pairs = [(a, b) for a in among for b in among if a < b and apart(people.get(a), people.get(b))]
    if named != "any":
        alone = alone if len(named) == 1 else set()

    def stands(facts: Facts) -> bool:
        return any(performed(facts, step) for step in alone) or any(
            performed(facts, a) and performed(facts, b) for a, b in pairs
        )

    return alone | {step for pair in pairs for step in pair}, stands


def apart(one: Step | None, other: Step | None) -> bool:
    """Whether two steps are certainly done by different persons."""
    if one is None or other is None or one.human is None or other.human is None:
        return False
    return one.id in other.human.separate_from or other.id in one.human.separate_from


def certain_signers(step: Step | None) -> int:
    """How many different persons sign the step whatever the data are."""
    human = step.human if step else None
    if human is None:
        return 0
    certain = [n for n, rule in enumerate(human.signature_rules) if rule.when is None]
    counted = frozenset(human.counted_rules).intersection(certain)
    policy = human.signature_policy
    return Asked(tuple(certain), counted, policy.need if policy else "all").needed(())


def certain_posts(step: Step | None) -> frozenset[str]:
    """The posts of which somebody signs the step whatever the data are."""
    human = step.human if step else None
    if human is None:
        return frozenset()
    every = human.signature_policy is None or human.signature_policy.need == "all"
    counted = set(human.counted_rules)
    return frozenset(
        rule.post or human.post
        for number, rule in enumerate(human.signature_rules)
        if rule.when is None and (every or number not in counted)
    )

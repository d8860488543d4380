"""Domain: every move that a run of a definition can make - its control states, for proofs about all paths.

A place is the id of the step that comes next, or, inside a `parallel`, that step with a place per branch
(OVER is a branch that is over), so that branches are walked in every order. From a place `moves` gives what
can happen: each outcome, route, routed refusal, time-out, skip, send-back, a further line or round, the end.
Loops have no bound here: a place met again is the same place. It knows no values; what a refusal without a
route, an incident or a cancelled run does is no move (the step is tried again, or the run ends undone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from domain.sop_definition import SopDefinition, Step
from domain.sop_flow import NEXT, Jump, jumps
from domain.sop_scope import UNTIL

Place = str | tuple[str, tuple["Place", ...]]
OVER = ""
Why = Literal["done", "outcome", "route", "skipped", "refused", "timed_out", "back", "entered", "ended"]
PERFORMED: frozenset[Why] = frozenset(["done", "outcome", "route"])
_WHY: Mapping[str, Why] = {
    "go": "done",
    "outcome": "outcome",
    "route": "route",
    "refusal": "refused",
    "timeout": "timed_out",
}


class Guard(NamedTuple):
    """An expression that must have this value (in lower case) for the move, and in whose scope it stands."""

    scope: str
    source: str
    value: str


class Move(NamedTuple):
    """What happened at a step, and where the run stands then.

    `to` is None when the run has ended, with the outcome `answer` (None: it ran out without an end).
    `voided` are the steps whose answers count no more: they were sent back, or it is another line's turn;
    `cleared` has those of the last round of a `repeat` as well, which are to be given anew.
    """

    step: str
    why: Why
    answer: str | None
    to: Place | None
    guards: tuple[Guard, ...] = ()
    voided: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()


class Moves:
    """The moves of one definition. Its targets must lead where they may (`sop_lint_flow`)."""

    def __init__(self, definition: SopDefinition) -> None:
        self.definition = definition
        self.steps = {step.id: step for step in definition.walk()}
        self.inside: dict[str, frozenset[str]] = {}
        self._lists: dict[str, tuple[list[Step], int]] = {}
        self._parents: dict[str, Step] = {}
        self._known: dict[Place, tuple[Move, ...]] = {}
        for steps in (definition.steps, *definition.sections.values()):
            self._take_in(steps)
        self.start: Place = definition.steps[0].id

    def _take_in(self, steps: list[Step]) -> None:
        for index, step in enumerate(steps):
            self._lists[step.id] = (steps, index)
            inner: frozenset[str] = frozenset()
            for _, body in step.bodies():
                self._take_in(body)
                self._parents.update(dict.fromkeys((one.id for one in body), step))
                inner = inner.union(*(self.inside[one.id] for one in body))
            self.inside[step.id] = inner | {step.id}

    def moves(self, place: Place) -> tuple[Move, ...]:
        """Every move from a place."""
        known = self._known.get(place)
        if known is None:
            found = self._moves(place)
            known = tuple(move._replace(to=None, answer=None) if move.to == OVER else move for move in found)
            self._known[place] = known
        return known

    def _moves(self, place: Place) -> Iterator[Move]:
        if isinstance(place, str):
            yield from self._of_step(self.steps[place])
            return
        around, branches = place
        for index, inner in enumerate(branches):
            if inner != OVER:
                for move in self._moves(inner):
                    yield from self._in_branch(self.steps[around], branches, index, move)

    def _in_branch(self, around: Step, branches: tuple[Place, ...], index: int, move: Move) -> Iterator[Move]:
        """A move inside a branch, seen from outside: it may end the branch, the `parallel`, or the run."""
        body = list(around.bodies())[index][1]
        outward = move.why == "back" and isinstance(move.to, str) and not self._among(move.to, body)
        if move.to is None or outward:
            yield move
            return
        after = (*branches[:index], move.to, *branches[index + 1 :])
        assert around.parallel is not None
        wait_for = around.parallel.wait_for
        needed = {"all": len(after), "any": 1}.get(str(wait_for)) or int(wait_for)
        if move.to == OVER and sum(one == OVER for one in after) >= min(needed, len(after)):
            yield from self._followed(move, around, around.go)
        else:
            yield move._replace(to=(around.id, after))

    def _among(self, step: str, body: list[Step]) -> bool:
        return any(step in self.inside[one.id] for one in body)

    def _of_step(self, step: Step) -> Iterator[Move]:
        when = ((step.id, step.when, "true"),) if step.when is not None else ()
        guards = tuple(Guard(*one) for one in when)
        if step.when is not None:
            skip = Move(step.id, "skipped", None, OVER, (Guard(step.id, step.when, "false"),))
            yield from self._followed(skip, step, NEXT)
        if step.end is not None:
            yield Move(step.id, "ended", step.end, None, guards)
            return
        inner = self.inside[step.id] - {step.id}
        entered = Move(step.id, "entered", None, OVER, guards, inner, inner)
        if step.parallel:
            yield entered._replace(to=(step.id, tuple(body[0].id for _, body in step.bodies())))
        elif step.for_each or step.repeat:
            yield entered._replace(to=self._first(step))
            if step.for_each:  # there may be no line
                yield from self._followed(entered, step, step.go)
        else:
            yield from self._answered(step, guards)

    def _answered(self, step: Step, guards: tuple[Guard, ...]) -> Iterator[Move]:
        for jump in jumps(step):
            if jump.by != "skip":
                move = Move(
                    step.id, _WHY[jump.by], jump.label or None, OVER, guards + self._route(step, jump)
                )
                yield from self._followed(move, step, jump.target)
        for target in step.human.send_back if step.human else ():
            back = self._from(target)
            yield Move(step.id, "back", target, target, guards, back, back)

    @staticmethod
    def _route(step: Step, jump: Jump) -> tuple[Guard, ...]:
        decided = step.decide.value if step.decide and jump.by == "route" else None
        return (Guard(step.id, decided, jump.label.lower()),) if decided is not None else ()

    def _from(self, target: str) -> frozenset[str]:
        """What a send-back to a step takes back: the step, what follows it in its list, what is inside."""
        steps, index = self._lists[target]
        later = list(steps[index:])
        if target not in self._parents:  # behind the main list come the sections
            sections = list(self.definition.sections.values())
            here = next((n for n, section in enumerate(sections) if section is steps), -1)
            later += [step for section in sections[here + 1 :] for step in section]
        return frozenset[str]().union(*(self.inside[step.id] for step in later))

    def _followed(self, move: Move, step: Step, target: str) -> Iterator[Move]:
        """The move with what comes next: a step, a section, or what follows the end of the list."""
        steps, index = self._lists[step.id]
        if target in self.definition.sections:
            yield move._replace(to=self.definition.sections[target][0].id)
        elif target != NEXT:
            yield move._replace(to=target)
        elif index + 1 < len(steps):
            yield move._replace(to=steps[index + 1].id)
        else:
            yield from self._list_over(move, self._parents.get(step.id))

    def _list_over(self, move: Move, around: Step | None) -> Iterator[Move]:
        """Behind the last step of a list: the next line or round, or what follows the step around it."""
        if around is None or around.parallel:
            yield move._replace(to=OVER)
            return
        inner = self.inside[around.id] - {around.id}
        voided = move.voided | inner if around.for_each else move.voided
        again = move._replace(to=self._first(around), voided=voided, cleared=move.cleared | inner)
        left = move._replace(voided=voided, cleared=move.cleared | voided)
        if around.repeat:
            until = (around.id + UNTIL, around.repeat.until)
            again = again._replace(guards=(*again.guards, Guard(*until, "false")))
            left = left._replace(guards=(*left.guards, Guard(*until, "true")))
        yield again
        yield from self._followed(left, around, around.go)

    @staticmethod
    def _first(step: Step) -> Place:
        return next(body for _, body in step.bodies())[0].id

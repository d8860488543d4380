"""Domain: the flow of a definition - which steps can follow which, and what has certainly happened before.

Jumps lead forward in their own step list, or from the root (or a section) to a section declared later; only a
person's send-back goes back, and it repeats what it passes. So every list is walked once. It knows
steps and targets, not names or types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.sop_definition import SopDefinition, Step

NEXT = "next"


@dataclass(frozen=True)
class State:
    """The steps that certainly were done before a point, and those that may have been."""

    certain: frozenset[str] = frozenset()
    maybe: frozenset[str] = frozenset()

    def after(self, step: str, *, certain: bool = True) -> State:
        """The state when the step is over; a skipped or refused step only may have been done."""
        return State(self.certain | {step} if certain else self.certain, self.maybe | {step})


@dataclass(frozen=True)
class Jump:
    """A way out of a step: by what, its name, and where to.

    By what: `go`, `outcome`, `route`; `skip`, `refusal` and `timeout` leave a step without its values.
    """

    by: str
    label: str
    target: str


@dataclass
class Flow:
    """Before each reachable step its state; each step's surrounding step and list; lists that run out.

    `assumed` is the state before every step: of one that nothing reaches that of the step before it.
    """

    before: dict[str, State] = field(default_factory=dict)
    assumed: dict[str, State] = field(default_factory=dict)
    after: dict[str, State] = field(default_factory=dict)
    parent: dict[str, str | None] = field(default_factory=dict)
    run_out: list[str] = field(default_factory=list)
    wrong: list[tuple[Step, Jump]] = field(default_factory=list)
    reached_sections: set[str] = field(default_factory=set)

    def enclosing(self, step: str) -> Iterator[str]:
        """The steps around a step, innermost first."""
        around = self.parent.get(step)
        while around is not None:
            yield around
            around = self.parent.get(around)


def jumps(step: Step) -> Iterator[Jump]:
    """Every way out of a step but its end: `next` of an outcome or route means the step's own `go`."""
    if step.when is not None:
        yield Jump("skip", "when", NEXT)
    for name, target in step.refusals.items():
        yield Jump("refusal", name, step.go if target == NEXT else target)
    if step.wait and step.wait.timeout:
        target = step.wait.timeout.go
        yield Jump("timeout", "", step.go if target == NEXT else target)
    if step.kind == "end":
        return
    ways: dict[str, str] = {}
    if step.human:
        ways = {name: outcome.go for name, outcome in step.human.outcomes.items()}
    elif step.decide:
        ways = step.routes
    by = "outcome" if step.human else "route"
    for name, target in ways.items():
        yield Jump(by, name, step.go if target == NEXT else target)
    if not ways:
        yield Jump("go", "", step.go)


def flow_of(definition: SopDefinition) -> Flow:
    """The flow of a whole definition, walked from its first step."""
    flow = Flow()
    sections: dict[str, list[State]] = {name: [] for name in definition.sections}
    _Walk(flow, sections, list(definition.sections)).steps(definition.steps, State(), None, 0)
    for number, (name, steps) in enumerate(definition.sections.items(), 1):
        entries = sections[name]
        if entries:
            flow.reached_sections.add(name)
        walk = _Walk(flow, sections, list(definition.sections)[number:])
        walk.steps(steps, _merge(entries) or State(), None, 0, reached=bool(entries))
    return flow


def _merge(states: list[State]) -> State | None:
    if not states:
        return None
    certain = frozenset.intersection(*(s.certain for s in states))
    return State(certain, frozenset().union(*(s.maybe for s in states)))


@dataclass
class _Walk:
    flow: Flow
    sections: dict[str, list[State]]
    open_sections: list[str]

    def steps(
        self, steps: list[Step], entry: State, parent: str | None, depth: int, *, reached: bool = True
    ) -> State | None:
        """Walks one list; the state at its end, or None when it never runs out."""
        incoming: list[list[State]] = [[] for _ in range(len(steps) + 1)]
        if reached:
            incoming[0].append(entry)
        places = {step.id: index for index, step in enumerate(steps)}
        last = entry
        for index, step in enumerate(steps):
            self.flow.parent[step.id] = parent
            before = _merge(incoming[index])
            if before is not None:
                self.flow.before[step.id] = last = before
            self.flow.assumed[step.id] = before or last
            done = self._inside(step, before or last, depth, reached=before is not None)
            self.flow.after[step.id] = done
            for jump in jumps(step):
                state = (before or last).after(step.id, certain=False)
                if jump.by not in {"skip", "refusal", "timeout"}:
                    state = done
                to = index + 1 if jump.target == NEXT else places.get(jump.target, -1)
                if to <= index:
                    self._leave(step, jump, state if before is not None else None, depth)
                elif before is not None:
                    incoming[to].append(state)
        if depth == 0 and incoming[-1]:
            self.flow.run_out.append(steps[-1].id)
        return _merge(incoming[-1])

    def _leave(self, step: Step, jump: Jump, state: State | None, depth: int) -> None:
        """A jump out of the list: only from the root or a section, and to a later section."""
        if depth > 0 or jump.target not in self.open_sections:
            self.flow.wrong.append((step, jump))
        elif state is not None:
            self.sections[jump.target].append(state)

    def _inside(self, step: Step, before: State, depth: int, *, reached: bool) -> State:
        """The state after a step, with what was done inside it where that stays visible."""
        certain, maybe = before.certain, before.maybe
        for _, body in step.bodies():
            end = self.steps(body, before, step.id, depth + 1, reached=reached)
            if end is None:
                continue
            if step.repeat or (step.parallel and step.parallel.wait_for == "all"):
                certain, maybe = certain | end.certain, maybe | end.maybe
        return State(certain, maybe).after(step.id)

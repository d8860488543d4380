"""Domain: Progress - commands, answers and the clock in; the operations of the next advance out.

Rules that belong to one step kind are in `kinds/`, to a person's command in `commands`, to sending back and
cancelling in `rework`. This module holds what they share: scopes, values, entering, following, asking.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from contracts.advance import AskedResult, EndRun, Operation
from contracts.runs import RunStart
from contracts.tasks import OpenIncident, Recipient
from domain.canonical import instant as instant_text
from domain.durations import instant_after
from domain.errors import Refusal
from domain.sop_bundle import Bundle, Evaluator
from domain.sop_definition import Address, Duration, SignatureRule, Step

from .kinds import ANSWERED, ENTER, SCOPE_CLOSED, WOKEN
from .plan import Plan
from .rework import undone
from .state import Node, Scope, State
from .withdrawal import ASKING, drop


class _Stays(Enum):
    """What is known of a step while it is being entered: it stays open until it says what follows it."""

    STAYS = 0


STAYS = _Stays.STAYS


class Progress:
    """One run of one bundle. Every method is deterministic; `now` is always an argument."""

    def __init__(
        self, bundle: Bundle, evaluator: Evaluator, plan: Plan, start: RunStart, state: State
    ) -> None:
        self.bundle, self.evaluator, self.plan = bundle, evaluator, plan
        self.given = start
        self.state = state
        self.now: datetime
        self.pumping: set[str] = set()
        self.entering: dict[str, Step | _Stays | None] = {}

    # -- driving ---------------------------------------------------------------------------------

    def start(self, now: datetime) -> None:
        """Enters the first step."""
        self.now = now
        self.state.scopes[""] = Scope(path="")
        self.enter(self.state.scopes[""], self.plan.definition.steps[0])

    def take(self) -> list[Operation]:
        """The operations of the next advance: all that wait, but at most one that asks for an answer."""
        taken: list[Operation] = []
        left: list[Operation] = []
        asked = self.state.suspended  # what is suspended asks for nothing new
        for operation in self.state.queue:
            if isinstance(operation, ASKING):
                (left if asked else taken).append(operation)
                asked = True
            else:
                taken.append(operation)
        self.state.queue = left
        return taken

    def answer(self, result: AskedResult, now: datetime) -> None:
        """Takes in the answer to the asking operation of the last advance."""
        self.now = now
        rework = self.state.reworks.get(result.path)
        if rework:
            undone(self, rework, result)
            return
        node = self.state.nodes.get(result.path.partition("@")[0])
        if node is None or node.status != "asked":
            return  # withdrawn meanwhile: the effect stands in the ledger of effects and is undone from there
        ANSWERED[node.kind](self, node, result)

    def fire(self, now: datetime) -> None:
        """Does what the clock asks for: reminders, lateness, escalation, the end of a wait."""
        self.now = now
        if self.state.suspended or self.state.ending:
            return
        for path in list(self.state.nodes):
            node = self.state.nodes.get(path)
            if node is None:
                continue
            due = [t for t in node.timers if t.at <= now]
            node.timers = [t for t in node.timers if t.at > now]
            for timer in due:
                WOKEN[node.kind](self, node, timer)

    def next_wakeup(self) -> datetime | None:
        """The next instant at which `fire` has something to do."""
        if self.state.suspended or self.state.ending:
            return None
        return min((t.at for n in self.state.nodes.values() for t in n.timers), default=None)

    @property
    def over(self) -> bool:
        """Whether the run has ended and nothing of it is left to do."""
        return self.state.ended is not None and not self.state.queue

    @property
    def run_state(self) -> str:
        """What lists show: running, suspended, incident, completed or cancelled."""
        if self.state.ended:
            return self.state.ended
        if self.state.suspended:
            return "suspended"
        return "incident" if any(n.kind == "incident" for n in self.state.nodes.values()) else "running"

    def current(self) -> list[str]:
        """The paths of the innermost steps in execution, at most 20."""
        return [n.path for n in self.state.nodes.values() if n.status != "inside" and n.kind != "incident"][
            :20
        ]

    # -- walking ---------------------------------------------------------------------------------

    def enter(self, scope: Scope, step: Step | None) -> None:
        """Enters a step of a scope; skips it when its condition is false; closes the scope at its end.

        What follows a step that is over at once is entered in this loop: however many such steps a
        procedure has in a row, the calls do not nest.
        """
        while step is not None:
            node = self._next(scope, step)
            if node is None:
                step = self.plan.next_of(step)
                continue
            if node.status == "incident":
                return
            self.entering[node.path] = STAYS
            try:
                ENTER[step.kind](self, scope, step, node)
            except Refusal as refusal:
                self.incident(node, refusal.code, refusal.message("zh"))
            following = self.entering.pop(node.path)
            if following is STAYS:
                return
            step = following
        self.close(scope)

    def _next(self, scope: Scope, step: Step) -> Node | None:
        """The step's node; None when its condition is false, an incident when it has no value."""
        try:
            if step.when is not None and not self.value(scope, step, step.when):
                return None
        except Refusal as refusal:
            node = self.begin(scope, step)
            self.incident(node, refusal.code, refusal.message("zh"))
            return node
        return self.begin(scope, step)

    def begin(self, scope: Scope, step: Step) -> Node:
        """The next pass of a step, as a node."""
        number = scope.passes[step.id] = scope.passes.get(step.id, 0) + 1
        scope.trail.append(f"{step.id}#{number}")
        path = self.path_of(scope, step)
        node = Node(path=path, step=step.id, scope=scope.path, kind=step.kind, status="inside")
        self.state.nodes[path] = node
        return node

    def path_of(self, scope: Scope, step: Step) -> str:
        """The path of a step's present pass: `step#pass` after the scope's prefix."""
        return f"{scope.path}{step.id}#{scope.passes[step.id]}"

    def finish(self, node: Node, values: dict[str, Any] | None, target: str) -> None:
        """A node is over: keeps its values for later steps and follows the target."""
        self.state.nodes.pop(node.path, None)
        scope, step = self.state.scopes[node.scope], self.plan.steps[node.step]
        if values is not None:
            scope.values[step.id] = values
        following = self.plan.target_of(step, target if target != "next" else step.go)
        if node.path in self.entering:
            self.entering[node.path] = following
        else:
            self.enter(scope, following)

    def open_scope(self, owner: Node, path: str, loop: dict[str, Any] | None = None) -> Scope:
        """Opens a scope inside a node: a branch, a line, a round."""
        scope = Scope(path=path, owner=owner.path, parent=owner.scope, loop=loop or {})
        self.state.scopes[path] = scope
        return scope

    def close(self, scope: Scope) -> None:
        """A list of steps is over: the step around it decides; after the run's own list the run ends."""
        if scope.owner is None:
            self.end("completed", None)
            return
        self.state.scopes.pop(scope.path, None)
        outer = self.state.scopes[scope.parent or ""]
        for step, persons in scope.performers.items():
            self.performed(outer, step, persons)
        node = self.state.nodes[scope.owner]
        try:
            SCOPE_CLOSED[node.kind](self, node, scope)
        except Refusal as refusal:
            self.incident(node, refusal.code, refusal.message("zh"))

    def end(self, outcome: str, path: str | None) -> None:
        """The run is over: whatever is still open is withdrawn."""
        drop(self, "", "ended")
        self.state.ended, self.state.outcome = "completed", outcome
        self.emit(
            EndRun(path=path or "end", state="completed", outcome=outcome, not_undone=self.state.not_undone)
        )

    # -- what steps use --------------------------------------------------------------------------

    def emit(self, operation: Operation) -> None:
        """Queues an operation for the next advance."""
        self.state.queue.append(operation)

    def ask(self, node: Node, operation: Operation) -> None:
        """Queues an operation whose answer the node waits for."""
        node.status = "asked"
        self.emit(operation)

    def chain(self, path: str) -> list[Scope]:
        """A scope and those around it, innermost first."""
        found = [self.state.scopes[path]]
        while found[-1].parent is not None:
            found.append(self.state.scopes[found[-1].parent])
        return found

    def context(self, scope: Scope) -> dict[str, Any]:
        """What an expression in this scope sees: inputs, finished steps, loop variables, run.now."""
        seen: dict[str, Any] = {"inputs": self.given.inputs, "run": {"now": instant_text(self.now)}}
        for outer in reversed(self.chain(scope.path)):
            seen.update(outer.values)
            seen.update(outer.loop)
        return seen

    def value(self, scope: Scope, step: Step, expression: str) -> Any:
        """The value of an expression of a step; raises a Refusal when it has none."""
        return self.evaluator.value(step.id, expression, self.context(scope))

    def values(self, scope: Scope, step: Step, expressions: dict[str, str]) -> dict[str, Any]:
        """The values of named expressions; an optional name that has no value is left out."""
        return self.evaluator.given(step.id, expressions, self.context(scope))

    def recipient(self, scope: Scope, step: Step, to: Address | SignatureRule | Any) -> Recipient:
        """A post in the run's site and department unless the address names its own."""
        site = self.value(scope, step, to.site) if to.site else self.given.site
        department = self.value(scope, step, to.department) if to.department else self.given.department
        return Recipient(post=to.post, site=site, department=department)

    def owner(self) -> Recipient:
        """The owner of the procedure, who gets incidents."""
        owner = self.plan.definition.owner
        return Recipient(post=owner.post, site=None, department=owner.department)

    def instant(self, scope: Scope, step: Step, duration: Duration) -> datetime:
        """The absolute instant that lies a duration from now."""
        class_ = getattr(duration, "class_", None)
        return instant_after(
            duration,
            start=self.now,
            time_zone=self.given.time_zone,
            calendar=self.bundle.calendar,
            limits=self.bundle.limits,
            class_value=self.value(scope, step, class_) if class_ else None,
        )

    def performed(self, scope: Scope, step: str, persons: list[str]) -> None:
        """Remembers who performed a step, over all its passes; sorted, each once."""
        known = scope.performers.get(step, [])
        scope.performers[step] = sorted({*known, *persons})

    def incident(self, node: Node, code: str, message: str) -> None:
        """An unrouted refusal or error: the step stops and the SOP's owner gets a task. Nothing is lost.

        A pass of a step has one incident at most: trying again is its next pass.
        """
        node.status = "incident"
        node.timers = []
        path = f"{node.path}!1"
        self.state.nodes[path] = Node(
            path=path, step=node.step, scope=node.scope, kind="incident", status="open", of=node.path
        )
        self.emit(
            OpenIncident(
                path=path,
                of=node.path,
                step=node.step,
                to=self.owner(),
                epoch=1,
                code=code,
                message=message[:500],
            )
        )

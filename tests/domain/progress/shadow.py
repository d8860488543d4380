"""A second, simpler account of a run: what must be true of it whatever it was told, in whatever order.

It knows paths and persons only, not how the state machine walks; `look` compares the two.
"""

from __future__ import annotations

import re
from typing import Any

from contracts.advance import Act, AskedResult, EndRun, FetchLines, SettleChangeover, SettleCommand
from contracts.calls import CallRuns, CancelCalls, ReadCalls
from contracts.commands import CommandTask, CompleteTask, SignTask
from contracts.signals import SettleSignal
from contracts.tasks import OpenTask, Remind, ReturnTask, SettleTask, SettleTaskCommand
from domain.sop_progress import Node, signing
from domain.sop_progress.called import waiting_calls
from domain.sop_progress.withdrawal import OF_REWORKS, OF_STEPS
from tests.domain.progress.driving import Driver
from tests.effects import Effects, below

_PASS = re.compile(r"[#~]\d+")


class Moody(Effects):
    """The stand-in for the database, whose next action may fail or want to be called again."""

    def __init__(self) -> None:
        super().__init__()
        self.mood = "fine"
        self.performed: dict[str, int] = {}
        self.number = 0
        self.never_undone: set[str] = set()
        self.leaving: set[str] = set()
        self.came_to: list[tuple[str, set[str]]] = []

    def perform(self, given: Any) -> Any:
        self.number = given.number
        return super().perform(given)

    def _of_calls(self, asked: CallRuns | ReadCalls | CancelCalls) -> AskedResult:
        result = super()._of_calls(asked)
        if isinstance(asked, ReadCalls) and result.calls and not result.calls.open:
            self.came_to.append((asked.paths[-1], set(result.calls.performers)))
        return result

    def _act(self, act: Act) -> AskedResult:
        mood, self.mood = self.mood, "fine"
        if mood == "failing":
            return AskedResult(path=act.path, error="action_failed", message="boom")
        result = super()._act(act)
        if act.action == "probe.effect":
            self.performed[act.path] = self.number
            if act.step in self.leaving:
                self.irreversible.add(act.path)
                self.never_undone.add(act.path)
            if mood == "chunked":
                result = result.model_copy(update={"cursor": act.chunk + 1})
        return result


def same_line(one: str, other: str, loops: set[str]) -> bool:
    """Whether two paths are in the same line of the innermost loop that both are in, whichever the pass."""
    lines = [_lines(path, loops) for path in (one, other)]
    shared = [(a, b) for a, b in zip(*lines, strict=False) if a[0] == b[0]]
    return all(a == b for a, b in shared)


def _lines(path: str, loops: set[str]) -> list[tuple[str, str]]:
    """(loop, line) from the outermost loop inwards; passes and rounds left out."""
    found = re.findall(r"(\w+)\[(\d+)\]", _PASS.sub("", path))
    return [(loop, line) for loop, line in found if loop in loops]


class Shadow(Driver):
    """A driven run that is compared with the second account after everything that happens to it."""

    effects: Moody

    def __init__(self, raw: dict[str, Any]) -> None:
        self.looking = False
        self.entered: dict[str, int] = {}
        self.worked: list[tuple[str, str, set[str]]] = []
        self.expected: tuple[str, set[str], int] | None = None
        self.taken_back: set[str] = set()
        effects = Moody()
        super().__init__(raw, effects)
        self.loops = {step.id for step in self.run.plan.steps.values() if step.for_each}
        self.apart: dict[frozenset[str], str] = {}
        for one in self.run.plan.steps.values():
            for other in one.human.separate_from if one.human else ():
                pair = frozenset((one.id, other))
                self.apart[pair] = "all" if "all" in (one.human.across, self.apart.get(pair)) else "line"  # type: ignore[union-attr]
        effects.leaving = {step.id for step in self.run.plan.steps.values() if step.irreversible}
        self.looking = True
        self.look()

    def written_down(self) -> None:
        super().written_down()
        self.look()

    # -- what was done ---------------------------------------------------------------------------

    def note_work(self, command: CompleteTask | SignTask, step: str) -> None:
        """An accepted completion or signature: nobody in it may have worked on a separated step."""
        persons = {command.actor, *command.performers}
        for done, path, before in self.worked:
            pair = self.apart.get(frozenset((step, done)))
            if pair == "all" or (pair and same_line(path, command.path, self.loops)):
                assert not persons & before, (step, done, persons & before)
        self.worked.append((step, command.path, persons))

    def note_send_back(self, scope: str, entry: str) -> None:
        """What a send-back must undo: what happened in the scope since the step was entered, and nothing else."""
        since = self.entered[scope + entry]
        later = {
            path
            for path in self.effects.done
            if path.startswith(scope) and self.effects.performed[path] > since
        } - self.effects.never_undone
        self.expected = (scope, later, len(self.effects.undone))
        trail = self.run.state.scopes[scope].trail
        self.taken_back |= {scope + one for one in trail[trail.index(entry) :]}

    def note_command(self, command: CommandTask, node: Node | None, step: str) -> None:
        """An accepted task command: whoever gets the task or a signature is not barred from the step."""
        given = {command.person} if command.person else set()
        if command.kind in {"delegate", "refuse"}:
            given.add(command.actor)
        if node is not None and node.kind == "incident":
            return
        for done, path, before in self.worked:
            pair = self.apart.get(frozenset((step, done)))
            if pair == "all" or (pair and same_line(path, command.path, self.loops)):
                assert not given & before, (command.kind, step, done, given & before)
        if command.kind == "delegate":
            self.worked.append((step, command.path, given))
        elif command.kind == "refuse":
            self.worked.append((step, command.path, {command.actor}))

    def note_taken_back(self, scope: str, entry: str) -> None:
        """A withdrawn completion: nothing that counts has been done in its scope since the step was entered."""
        since = self.entered[scope + entry]
        left = [p for p in self.effects.done if p.startswith(scope) and self.effects.performed[p] > since]
        assert left == [], (scope, entry, left)
        trail = self.run.state.scopes[scope].trail
        self.taken_back |= {scope + one for one in trail[trail.index(entry) :]}

    # -- what must be true -----------------------------------------------------------------------

    def look(self) -> None:
        state = self.run.state
        for scope in state.scopes.values():
            for entry in scope.trail:
                self.entered.setdefault(scope.path + entry, self.number)
        for path, persons in self.effects.came_to:  # who performed in called runs performed the call
            self.worked.append((path.rpartition(".")[2].partition("#")[0], path, persons))
        self.effects.came_to = []
        if not self.looking:
            return
        self._everything_once()
        self._structure_holds()
        self._never_stuck()
        self._performers_are_known()
        self._undone_what_had_to_be()
        if state.ended and not state.queue:
            self._nothing_is_left()

    def _everything_once(self) -> None:
        keys = [_key(o) for o in self.effects.operations if not isinstance(o, FetchLines)]
        assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]
        assert len(self.effects.undone) == len(set(self.effects.undone))

    def _structure_holds(self) -> None:
        """Every node is in a live scope, every scope in a live node; nothing that is over is remembered."""
        state = self.run.state
        for node in state.nodes.values():
            assert node.scope in state.scopes
            assert node.of is None or state.nodes[node.of].status == "incident"
            if node.status == "inside":
                inner = [s for s in state.scopes.values() if s.owner == node.path]
                assert inner, f"{node.path} has nothing inside"
        for scope in state.scopes.values():
            assert scope.owner is None or state.nodes[scope.owner].scope == scope.parent
            assert not self.taken_back.intersection(scope.path + entry for entry in scope.trail)
            walked = {entry.partition("#")[0] for entry in scope.trail}
            inside = {step.id for outer in walked for step in self.run.plan.inside(outer)}
            assert scope.values.keys() <= inside
        for rework in state.reworks.values():
            assert rework.scope in state.scopes
        asked = [n.path for n in state.nodes.values() if n.status == "asked"]
        waiting = [o.path.partition("@")[0] for o in state.queue if isinstance(o, OF_STEPS)]
        assert sorted(asked) == sorted(waiting)
        quiet = {path for path, back in state.reworks.items() if back.calling_off == "waiting"}
        assert sorted(state.reworks.keys() - quiet) == sorted(
            o.path for o in state.queue if isinstance(o, OF_REWORKS)
        )

    def _never_stuck(self) -> None:
        state = self.run.state
        if state.ended or state.suspended or state.queue:
            return
        called = waiting_calls(self.run)
        assert self.effects.open or self.effects.waits or called or self.run.next_wakeup() is not None
        for path in called:  # there will be word: some of it is still open, or there was word just now
            runs = [run for one, runs in self.effects.called.items() if below(one, path) for run in runs]
            assert any(run.outcome is None for run in runs), path
        assert sorted(self.effects.waits) == sorted(
            n.path for n in state.nodes.values() if n.event is not None
        )
        live = [n.path for n in state.nodes.values() if n.status in ("open", "awaiting_signature")]
        assert sorted(live) == self.open
        for index, operation in enumerate(self.effects.operations):
            if isinstance(operation, OpenTask) and operation.path in live:
                later = self.effects.operations[index:]
                resumed = sum(isinstance(o, SettleCommand) and o.kind == "resume" for o in later)
                assert state.nodes[operation.path].epoch == operation.epoch + resumed + _grown(later)
        for node in state.nodes.values():
            if node.status == "awaiting_signature":
                asked = signing.asked(self.run, node)
                assert asked.turn(node.signed, node.refused), node.path
                spoken = [*node.signed.values(), *node.refused.values()]
                assert len(spoken) == len(set(spoken)), node

    def _performers_are_known(self) -> None:
        known: dict[str, set[str]] = {}
        for scope in self.run.state.scopes.values():
            for step, persons in scope.performers.items():
                known.setdefault(step, set()).update(persons)
        done: dict[str, set[str]] = {}
        for name, _, workers in self.worked:
            done.setdefault(name, set()).update(workers)
        assert known == done

    def _undone_what_had_to_be(self) -> None:
        state = self.run.state
        if self.expected is None or state.reworks:
            return
        (scope, later, before), self.expected = self.expected, None
        if scope in state.scopes and not state.ended:
            undone = self.effects.undone[before:]
            assert set(undone) == later, (scope, undone, later)
            order = list(self.effects.performed)
            assert undone == sorted(undone, key=order.index, reverse=True)

    def _nothing_is_left(self) -> None:
        state = self.run.state
        assert not state.nodes
        assert not state.reworks
        assert self.run.next_wakeup() is None
        assert not self.effects.open
        assert not self.effects.waits
        for called in self.effects.called.values():  # no run is left that nobody stopped or let go
            for run in called:
                assert run.outcome or "cancel" in run.ordered or not run.awaited
                assert run.outcome or state.ended != "cancelled"
        ends = [o for o in self.effects.operations if isinstance(o, EndRun)]
        assert len(ends) == 1
        if state.ended == "cancelled":
            assert self.effects.done == []
            assert set(ends[0].not_undone) == self.effects.never_undone


def _grown(later: list[Any]) -> int:
    """How often the epoch of the task whose opening comes first has grown by what was done with it."""
    path = later[0].path
    return sum(
        o.path == path
        and (isinstance(o, ReturnTask) or (isinstance(o, SettleTaskCommand) and o.epoch > o.of_epoch))
        for o in later
        if isinstance(o, ReturnTask | SettleTaskCommand) and getattr(o, "kind", "") != "remind"
    )


def _key(operation: Any) -> tuple[str, str]:
    """What makes an operation one of its kind in the database of effects."""
    if isinstance(operation, SettleCommand | SettleChangeover):
        return operation.op, operation.submission
    more = ""
    if isinstance(operation, SettleTask | SettleSignal | SettleTaskCommand):
        more = operation.submission
    elif isinstance(operation, ReturnTask):
        more = str(operation.epoch)
    elif isinstance(operation, Remind):
        more = str(operation.n)
    return operation.op, f"{operation.path}/{more}"

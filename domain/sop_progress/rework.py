"""Domain: sending back and cancelling - effects are undone last first, then the step is entered again.

What cannot be undone is reported with the end of the run, never dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.advance import AskedResult, EndRun, Undo
from contracts.calls import CancelCalls

from .refusals import IrreversibleBetween, StepAmbiguous, StepNotPerformed, TaskDone
from .state import Rework
from .withdrawal import drop, left_standing

if TYPE_CHECKING:
    from contracts.calls import CallsRead
    from contracts.commands import CommandRun
    from domain.sop_definition import Step

    from .machine import Progress
    from .state import Node, Scope

FAILED_PASSES_COUNT = 2
"""From this semantics number on a pass that failed and was tried again, and what is over of a loop in another
step, may have had effects."""
EFFECTFUL = ("action", "call", "parallel", "for_each", "repeat")


def scope_of(run: Progress, to: str, path: str | None) -> Scope:
    """The open scope in which the step was performed; from a task, the nearest one around it.

    Refused when there is none, when there are several, or when an irreversible action came after it. What an
    earlier send-back took back and nobody has performed again does not count as performed.
    """
    if path is None:
        found = [s for s in run.state.scopes.values() if last_pass(s, to) is not None]
    elif path in run.state.nodes:
        around = run.chain(run.state.nodes[path].scope)
        found = [s for s in around if last_pass(s, to) is not None][:1]
    else:
        raise TaskDone
    if not found:
        raise StepNotPerformed(step=to)
    if len(found) > 1:
        raise StepAmbiguous(step=to)
    for entry in found[0].trail[last_pass(found[0], to) :]:
        for step in run.plan.inside(entry.partition("#")[0]):
            if _irreversible(run, step) and performed(run, found[0], entry, step):
                raise IrreversibleBetween(step=step.id)
    return found[0]


def _irreversible(run: Progress, step: Step) -> bool:
    if step.call is not None:
        return run.bundle.calls[step.call.sop].irreversible
    pinned = run.bundle.actions.get(step.action or "")
    return bool(step.irreversible or (pinned and pinned.irreversible and not step.undo))


def performed(run: Progress, scope: Scope, entry: str, step: Step) -> bool:
    """Whether a step that is (inside) a step of the trail has been performed - or may have been.

    What happened inside a step that is over, in a line or round that is over, or in a pass that failed and
    was tried again, is no longer known. An action in chunks counts from its first chunk on, a call from its
    first run.
    """
    outer, path = entry.partition("#")[0], f"{scope.path}{entry}"
    node = run.state.nodes.get(path)
    if step.id == outer:
        return outer in scope.values or (node is not None and node.chunk > 0)
    if outer in scope.values or (node is not None and node.count):
        return True
    below = tuple(path + sign for sign in ".[~")
    begun = any(n.chunk and n.step == step.id and n.path.startswith(below) for n in run.state.nodes.values())
    inner = [s for s in run.state.scopes.values() if s.path.startswith(below)]
    if begun or any(step.id in s.values for s in inner):
        return True
    if run.given.semantics < FAILED_PASSES_COUNT:
        return False
    if any(n.count and n.path.startswith(below) and _holds(run, n, step) for n in run.state.nodes.values()):
        return True  # a loop deeper inside, some lines or rounds of which are over
    return node is None or any(_around_and_gone(run, s, step) for s in inner)


def _holds(run: Progress, node: Node, step: Step) -> bool:
    return node.step != step.id and step in run.plan.inside(node.step)


def _around_and_gone(run: Progress, scope: Scope, step: Step) -> bool:
    """Whether a pass of this scope that had the step inside it is over or was tried again."""
    entered = (entry for entry in scope.trail if f"{scope.path}{entry}" not in run.state.nodes)
    outer = (entry.partition("#")[0] for entry in entered)
    return any(name != step.id and step in run.plan.inside(name) for name in outer)


def last_pass(scope: Scope, step: str) -> int | None:
    """Where in the trail the step was last entered, None if it stands nowhere in it."""
    found = (i for i, entry in enumerate(scope.trail) if entry.partition("#")[0] == step)
    return max(found, default=None)


def send_back(run: Progress, command: CommandRun) -> None:
    """Withdraws what is open in the scope, undoes what lies after the step's last pass, enters it again."""
    scope = scope_of(run, command.to or "", command.path)
    last = last_pass(scope, command.to or "")
    rolled_back, scope.trail = scope.trail[last:], scope.trail[:last]
    drop(run, scope.path, "sent_back")
    run.state.scopes[scope.path] = scope  # the scope itself stays: its step is entered again
    steps = [entry.partition("#")[0] for entry in rolled_back]
    for inner in [inner for step in steps for inner in run.plan.inside(step)]:
        scope.values.pop(inner.id, None)
        scope.completed.pop(inner.id, None)
    prefixes = [
        f"{scope.path}{entry}"
        for entry, step in zip(rolled_back, steps, strict=True)
        if run.plan.steps[step].kind in EFFECTFUL
    ]
    back = Rework(
        path=f"{scope.path}undo#{run.state.commands}",
        prefixes=prefixes,
        why="sent_back",
        actor=command.actor,
        reason=command.reason,
        scope=scope.path,
        to=command.to,
    )
    if prefixes:
        _begin(run, back)
    else:
        run.enter(scope, run.plan.steps[command.to or ""])


def cancel(run: Progress, command: CommandRun) -> None:
    """Withdraws everything and undoes all effects of the run in reverse order; then the run ends."""
    drop(run, "", "cancelled")
    run.state.ending = True
    run.state.suspended = False
    _begin(
        run,
        Rework(
            path=f"undo#{run.state.commands}",
            prefixes=[""],
            why="cancelled",
            actor=command.actor,
            reason=command.reason,
        ),
    )


def _begin(run: Progress, rework: Rework) -> None:
    """What the run has called is cancelled before anything of its own is undone."""
    if run.plan.calls:
        _call_off(run, rework)
    else:
        _ask(run, rework)


def _call_off(run: Progress, rework: Rework) -> None:
    rework.asks += 1
    rework.told, rework.calling_off = False, "asked"
    _named(run, rework, f"@calls{rework.asks}")
    run.emit(
        CancelCalls(path=rework.path, prefixes=rework.prefixes, actor=rework.actor, reason=rework.reason)
    )


def calls_ended(run: Progress, rework: Rework) -> None:
    """Some of what was called has ended: asks whether all has."""
    rework.told = True
    if rework.calling_off == "waiting":
        _call_off(run, rework)


def _ask(run: Progress, rework: Rework) -> None:
    rework.rounds += 1
    rework.calling_off = ""
    _named(run, rework, "" if rework.rounds == 1 else f"@{rework.rounds}")
    run.emit(
        Undo(
            path=rework.path,
            prefixes=rework.prefixes,
            why=rework.why,
            actor=rework.actor,
            reason=rework.reason,
        )
    )


def _named(run: Progress, rework: Rework, round_: str) -> None:
    """Each question of a rework has a path of its own, under which its answer finds it."""
    run.state.reworks.pop(rework.path, None)
    rework.path = rework.path.partition("@")[0] + round_
    run.state.reworks[rework.path] = rework


def _called_off(run: Progress, rework: Rework, read: CallsRead) -> None:
    if read.more or (read.open and rework.told):
        _call_off(run, rework)
    elif read.open:
        rework.calling_off = "waiting"
    else:
        _ask(run, rework)


def undone(run: Progress, rework: Rework, result: AskedResult) -> None:
    """The called runs have ended, or one effect was undone: the next, or what the rework was for."""
    rework.irreversible += [path for path in result.irreversible if path not in rework.irreversible]
    if result.calls is not None:
        _called_off(run, rework, result.calls)
        return
    if result.remaining:
        _ask(run, rework)
        return
    run.state.reworks.pop(rework.path)
    left_standing(run, rework.irreversible)
    if rework.why == "sent_back":
        run.enter(run.state.scopes[rework.scope], run.plan.steps[rework.to or ""])
        return
    run.state.ended, run.state.outcome = "cancelled", "cancelled"
    run.emit(EndRun(path="end", state="cancelled", outcome="cancelled", not_undone=run.state.not_undone))

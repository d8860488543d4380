"""Domain: a completion is withdrawn by who gave it, as long as nobody and nothing has acted on it (撤回).

A task that awaits signatures is open again. A task that is done is done again in its step's next pass; what
had been opened after it is taken back, and the new task is its completer's at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refusals import (
    ActedSince,
    CommandRefused,
    EffectSince,
    MovedOn,
    NotTheCompleter,
    ReworkInProgress,
    StaleEpoch,
)
from .rework import last_pass, performed
from .withdrawal import drop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contracts.commands import CommandTask
    from domain.sop_definition import Step

    from .machine import Progress
    from .state import Node, Scope


def check_unsigned(node: Node, command: CommandTask, title: tuple[str, str]) -> None:
    """A task that awaits signatures: only its completer has signed, and nobody has refused."""
    if node.completer != command.actor:
        raise NotTheCompleter
    if {*node.signed.values(), *node.refused.values()} - {command.actor}:
        raise ActedSince(step_zh=title[0], step_en=title[1])


def scope_of(run: Progress, command: CommandTask) -> Scope:
    """The open scope in which the task was completed; every reason why it cannot be taken back."""
    found = next(
        (
            scope
            for scope in run.state.scopes.values()
            if any(done.path == command.path for done in scope.completed.values())
        ),
        None,
    )
    if found is None:
        raise MovedOn
    step = step_of(command.path)
    done = found.completed[step]
    if done.actor != command.actor:
        raise NotTheCompleter
    if done.signed:
        raise _said(ActedSince, run.plan.steps[step])
    if done.epoch != command.epoch:
        raise StaleEpoch
    if run.state.reworks:
        raise ReworkInProgress
    at = last_pass(found, step)
    if at is None or f"{found.path}{found.trail[at]}" != command.path:
        raise MovedOn
    _check_since(run, found, at)
    return found


def take_back(run: Progress, scope: Scope, command: CommandTask) -> None:
    """Withdraws what was opened since, and opens the step's next pass for who had completed it."""
    step = step_of(command.path)
    at = last_pass(scope, step)
    later, scope.trail = scope.trail[at:], scope.trail[:at]
    drop(run, scope.path, "sent_back")
    run.state.scopes[scope.path] = scope  # the scope itself stays: its step is entered again
    for entry in later:
        for inner in run.plan.inside(entry.partition("#")[0]):
            scope.values.pop(inner.id, None)
            scope.completed.pop(inner.id, None)
    scope.reserved[step] = command.actor
    run.enter(scope, run.plan.steps[step])


def step_of(path: str) -> str:
    """The step of a task's path."""
    return path.rpartition(".")[2].partition("#")[0]


def _check_since(run: Progress, scope: Scope, at: int) -> None:
    """Nobody has worked on, and no effect was had by, anything that came after this entry of the trail."""
    for entry in scope.trail[at + 1 :]:
        for step in run.plan.inside(entry.partition("#")[0]):
            somebody = step.human is not None or bool(step.wait and step.wait.event)
            if somebody and (_performed(run, scope, entry, step) or _begun(run, scope, entry, step)):
                raise _said(ActedSince, step)
            if _has_effect(run, step) and _performed(run, scope, entry, step):
                raise _said(EffectSince, step)


def _performed(run: Progress, scope: Scope, entry: str, step: Step) -> bool:
    """Whether it has been performed, or may have been: of a pass that failed inside and was tried again."""
    inner = step.id != entry.partition("#")[0]
    return (inner and f"{scope.path}{entry}" not in run.state.nodes) or performed(run, scope, entry, step)


def _begun(run: Progress, scope: Scope, entry: str, step: Step) -> bool:
    """Whether somebody has answered, delegated or signed a task of the step that is still open."""
    return any(
        node.status == "awaiting_signature" or node.delegation is not None or node.added
        for node in _nodes(run, f"{scope.path}{entry}", step)
    )


def _nodes(run: Progress, prefix: str, step: Step) -> Iterator[Node]:
    inside = tuple(prefix + sign for sign in ".[~")
    for node in run.state.nodes.values():
        if node.step == step.id and (node.path == prefix or node.path.startswith(inside)):
            yield node


def _has_effect(run: Progress, step: Step) -> bool:
    """An action that leaves something behind; whatever else reaches out of the run counts as one."""
    if step.call is not None:
        return True
    pinned = run.bundle.actions.get(step.action or "")
    return bool(step.undo or step.irreversible or (pinned and (pinned.undo or pinned.irreversible)))


def _said(refusal: type[CommandRefused], step: Step) -> CommandRefused:
    title = step.title
    zh, en = (title.zh, title.in_language("en")) if title else (step.id, step.id)
    return refusal(step_zh=zh, step_en=en)

"""Domain: what persons may do to a run, checked here whatever door the command came through.

`check_*` raise a `CommandRefused` with a stable code and change nothing (they are the Update validators);
`complete`, `sign` and `command` check again, because the state may have moved on, and then act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.advance import SettleCommand
from contracts.calls import OrderCalls
from contracts.commands import CommandResult, CommandRun, CompleteTask, SignTask
from contracts.tasks import SettleTask
from domain.answers import answer_hash
from domain.errors import FieldProblem
from domain.expression_errors import ExpressionFailed
from domain.form_checks import broken, brought_by, names_of
from domain.forms import check_form

from . import rework, signing
from .kinds import action, call
from .refusals import (
    AlreadySigned,
    ContentChanged,
    FormInvalid,
    LinesMissing,
    NothingToSign,
    NotSegregated,
    ReasonRequired,
    ReworkInProgress,
    RunEnded,
    RunNotSuspended,
    RunSuspended,
    SignatureRequired,
    StaleEpoch,
    TaskDone,
    UnknownOutcome,
)
from .segregation import barred, barring
from .state import Completion
from .withdrawal import drop

if TYPE_CHECKING:
    from domain.sop_definition import Human

    from .machine import Progress
    from .state import Node, Scope

GO_ON = {"action": action.go_on, "call": call.go_on}
INCIDENT_OUTCOMES = ("retry",)
"""What the owner can answer to an incident: try the step again. Ending the run is the cancel command."""


def _open_node(run: Progress, path: str, epoch: int) -> Node:
    state = run.state
    if state.ended or state.ending:
        raise RunEnded
    if state.suspended:
        raise RunSuspended
    node = state.nodes.get(path)
    if node is None or node.status not in ("open", "awaiting_signature"):
        raise TaskDone
    if node.epoch != epoch:
        raise StaleEpoch
    return node


def check_segregation(run: Progress, node: Node, persons: list[str]) -> None:
    """NotSegregated when one of them may not perform the node's step; it names the step that bars."""
    if not barred(run, node).intersection(persons):
        return
    steps = (run.plan.steps[other].title for other in barring(run, node, persons))
    title = next((title for title in steps if title), None)
    raise NotSegregated(*((title.zh, title.en) if title else ()))


def check_complete(run: Progress, command: CompleteTask) -> Node:
    """State, epoch, segregation, outcome, form and signature rule of a completion."""
    node = _open_node(run, command.path, command.epoch)
    if node.kind == "incident":
        if command.outcome not in INCIDENT_OUTCOMES:
            raise UnknownOutcome
        return node
    step = run.plan.steps[node.step]
    human = step.human
    assert human is not None
    check_segregation(run, node, sorted({command.actor, *command.performers}))
    outcomes = human.outcomes
    if command.outcome not in (outcomes or ("done",)):
        raise UnknownOutcome
    chosen = outcomes.get(command.outcome)
    if chosen and chosen.reason == "required" and not (command.reason or "").strip():
        raise ReasonRequired
    if human.lines is not None:
        if command.lines is None:
            raise LinesMissing
    else:
        _check_answers(run, node, human, command)
    if node.rules and command.rule not in node.rules:
        raise SignatureRequired
    if command.actor in [signer.person for signer in node.added]:
        raise AlreadySigned  # who was named to sign what another completes does not complete it
    return node


def _check_answers(run: Progress, node: Node, human: Human, command: CompleteTask) -> None:
    clean, errors = check_form(human.form, command.data, required=lambda name: name in node.required)
    if not errors:
        try:
            names = names_of(human.form, {}, run.evaluator.types(node.step, brought_by(human.checks)))
            errors = broken(human.checks, names, clean, outcome=command.outcome, brought=node.brought)
        except ExpressionFailed as failed:
            words = failed.message("zh"), failed.message("en")
            raise FormInvalid([FieldProblem("", "check_failed", *words)]) from failed
    if errors:
        raise FormInvalid(errors)


def complete(run: Progress, command: CompleteTask) -> CommandResult:
    """Takes the outcome; the task is done unless signatures are missing. New content voids earlier ones."""
    node = check_complete(run, command)
    if node.kind == "incident":
        return _retry(run, node, command)
    node.outcome, node.data = command.outcome, command.data
    node.lines = command.lines.model_dump() if command.lines else None
    node.lines_root = command.lines.root if command.lines else None
    node.content_hash = command.hash
    node.performers = sorted({*node.performers, command.actor, *command.performers})
    node.signed = {} if command.rule is None else {command.rule: command.actor}
    node.refused, node.completer = {}, command.actor
    if command.reason:
        node.data = {**node.data, "reason": command.reason}
    return _settle(run, node, command, command.outcome, "complete")


def check_sign(run: Progress, command: SignTask) -> Node:
    """The task awaits this signature, over the same content, from a person who has not signed yet."""
    node = _open_node(run, command.path, command.epoch)
    if node.status != "awaiting_signature":
        raise NothingToSign
    if command.content_hash != node.content_hash:
        raise ContentChanged
    signing.check_turn(run, node, command.rule, command.actor)
    check_segregation(run, node, sorted({command.actor, *command.performers}))
    return node


def sign(run: Progress, command: SignTask) -> CommandResult:
    """Adds a signature; the last one completes the task."""
    node = check_sign(run, command)
    node.signed[command.rule] = command.actor
    node.performers = sorted({*node.performers, command.actor, *command.performers})
    return _settle(run, node, command, node.outcome or "done", "sign")


def _settle(
    run: Progress, node: Node, command: CompleteTask | SignTask, outcome: str, kind: Any
) -> CommandResult:
    missing = signing.missing(run, node)
    node.status = "awaiting_signature" if missing else "open"
    run.emit(
        SettleTask(
            path=node.path,
            submission=command.submission,
            kind=kind,
            actor=command.actor,
            performers=command.performers,
            outcome=outcome,
            hash=command.hash,
            lines_root=node.lines_root if kind == "complete" else None,
            state="awaiting_signature" if missing else "done",
            epoch=node.epoch,
            missing=missing,
            answer=_answer(command) if isinstance(command, CompleteTask) else None,
        )
    )
    scope, step = run.state.scopes[node.scope], run.plan.steps[node.step]
    assert step.human is not None
    run.performed(scope, step.id, node.performers)
    if missing:
        return CommandResult(state="awaiting_signature", missing=missing)
    values: dict[str, Any] = {**node.data, "outcome": outcome}
    if node.lines is not None:
        values["lines"] = node.lines
    chosen = step.human.outcomes.get(outcome)
    _note_completion(scope, node)
    run.finish(node, values, chosen.go if chosen else "next")
    return CommandResult(state="done", missing=[])


def _note_completion(scope: Scope, node: Node) -> None:
    """What one person alone has completed, that person may take back; what others have signed stands."""
    if node.completer is not None:
        others = {*node.signed.values()} - {node.completer}
        scope.completed[node.step] = Completion(
            path=node.path, actor=node.completer, epoch=node.epoch, signed=bool(others)
        )


def _answer(command: CompleteTask) -> str:
    """The hash of what was taken in; the settling activity compares it with the submission."""
    lines = command.lines.model_dump() if command.lines else None
    return answer_hash(outcome=command.outcome, data=command.data, lines=lines, reason=command.reason)


def _retry(run: Progress, node: Node, command: CompleteTask) -> CommandResult:
    run.emit(
        SettleTask(
            path=node.path,
            submission=command.submission,
            kind="complete",
            actor=command.actor,
            performers=command.performers,
            outcome=command.outcome,
            hash=command.hash,
            state="done",
            epoch=node.epoch,
            answer=_answer(command),
        )
    )
    stopped = run.state.nodes[node.of or ""]
    run.state.nodes.pop(node.path)
    drop(run, stopped.path, "sent_back")
    scope, step = run.state.scopes[stopped.scope], run.plan.steps[stopped.step]
    if stopped.chunk:
        GO_ON[stopped.kind](run, scope, step, stopped)
    else:
        run.enter(scope, step)
    return CommandResult(state="done", missing=[])


def check_command(run: Progress, command: CommandRun) -> None:
    """Whether suspend, resume, cancel or send back is possible now."""
    state = run.state
    if state.ended or state.ending:
        raise RunEnded
    if not command.reason.strip():
        raise ReasonRequired
    if command.kind == "suspend" and state.suspended:
        raise RunSuspended
    if command.kind == "resume" and not state.suspended:
        raise RunNotSuspended
    if command.kind == "send_back":
        if state.suspended:
            raise RunSuspended
        if state.reworks:
            raise ReworkInProgress
        rework.scope_of(run, command.to or "", command.path)


def command(run: Progress, command: CommandRun) -> CommandResult:
    """Carries out suspend, resume, cancel or send back; the verdict is settled by the next advance."""
    check_command(run, command)
    state = run.state
    state.commands += 1
    if command.kind in ("suspend", "resume"):
        state.suspended = command.kind == "suspend"
        for node in state.nodes.values():
            if command.kind == "resume" and node.status in ("open", "awaiting_signature"):
                node.epoch += 1
                if node.kind == "human":
                    run.state.scopes[node.scope].epochs[node.step] = node.epoch
    settled = {"suspend": "suspended", "cancel": "cancelling"}.get(command.kind, "running")
    run.emit(
        SettleCommand(
            kind=command.kind,
            submission=command.submission,
            actor=command.actor,
            hash=command.hash,
            state=settled,
            answer=answer_hash(
                outcome=command.to or "",
                data={"to": command.to, "task": command.path},
                lines=None,
                reason=command.reason,
            ),
        )
    )
    if run.plan.calls and command.kind in ("suspend", "resume"):
        path, hold = f"orders#{state.commands}", command.kind
        actor, reason = command.actor, command.reason
        run.emit(OrderCalls(path=path, kind=hold, prefixes=[""], actor=actor, reason=reason))
    if command.kind == "cancel":
        rework.cancel(run, command)
    elif command.kind == "send_back":
        rework.send_back(run, command)
    return CommandResult(state=settled, missing=[])

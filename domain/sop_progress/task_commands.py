"""Domain: what people do with a task besides answering - hand over, delegate, add a signer, refuse, withdraw.

`check` raises a `CommandRefused` and changes nothing (it is the Update's validator); `command` checks again
and acts. Segregation never relaxes: who may not perform the step gets it by no door. Who holds the task, and
whether a person has the post and the training, is known to the services alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from contracts.commands import CommandResult
from contracts.payload import ADDED_FROM, AddedSigner
from contracts.tasks import SettleTaskCommand
from domain.answers import task_command_answer

from . import signing, taking_back
from .commands import check_segregation
from .refusals import (
    CommandNotOffered,
    DelegatedTask,
    NothingToSign,
    ReasonRequired,
    RemindedAlready,
    RunEnded,
    RunSuspended,
    SamePerson,
    SignerKnown,
    StaleEpoch,
    TaskAnswered,
    TaskDone,
    TooManySigners,
    UntilInvalid,
)
from .state import Delegation, Timer

if TYPE_CHECKING:
    from contracts.commands import CommandTask

    from .machine import Progress
    from .state import Node

MOST_DAYS = 31
"""A delegation is for an absence; who is away for longer is replaced in the post."""
MOST_ADDED = 10
REMIND_EVERY = timedelta(minutes=15)
"""A task is not reminded of more often than this, whoever asks."""


def check(run: Progress, command: CommandTask, now: datetime) -> None:
    """Every reason why the run does not accept the command now."""
    if run.state.ended or run.state.ending:
        raise RunEnded
    if run.state.suspended:
        raise RunSuspended
    if command.kind != "remind" and not (command.reason or "").strip():
        raise ReasonRequired
    node = run.state.nodes.get(command.path)
    if node is None or node.status not in ("open", "awaiting_signature"):
        if command.kind != "withdraw":
            raise TaskDone
        taking_back.scope_of(run, command)
        _check_offered(run, taking_back.step_of(command.path), command.kind)
        return
    if command.kind != "remind" and node.epoch != command.epoch:
        raise StaleEpoch
    if node.kind == "incident" and command.kind not in ("delegate", "hand_over", "remind"):
        raise CommandNotOffered
    if node.kind != "incident":
        _check_offered(run, node.step, command.kind)
    CHECKS[command.kind](run, node, command)
    _check_time(node, command, now)


def _check_time(node: Node, command: CommandTask, now: datetime) -> None:
    """A delegation ends soon enough; nobody is reminded again at once."""
    if command.kind == "delegate":
        until = command.until
        if until is None or not now < until <= now + timedelta(days=MOST_DAYS):
            raise UntilInvalid(days=MOST_DAYS)
    elif command.kind == "remind" and node.reminded_at is not None:
        left = node.reminded_at + REMIND_EVERY - now
        if left > timedelta():
            raise RemindedAlready(minutes=-(-int(left.total_seconds()) // 60))


def command(run: Progress, command: CommandTask) -> CommandResult:
    """Carries the command out; the verdict is settled by the next advance."""
    check(run, command, run.now)
    node = run.state.nodes.get(command.path)
    if node is None:
        return _withdraw_done(run, command)
    changed = ACTS[command.kind](run, node, command)
    state = changed.get("state") or ("awaiting_signature" if node.status == "awaiting_signature" else "open")
    missing = signing.missing(run, node) if node.status == "awaiting_signature" else []
    _settle(run, command, node.epoch, missing=missing, **changed)
    return CommandResult(state=state, missing=missing)


def _settle(run: Progress, command: CommandTask, epoch: int, **changed: Any) -> None:
    run.emit(
        SettleTaskCommand(
            path=command.path,
            kind=command.kind,
            submission=command.submission,
            actor=command.actor,
            hash=command.hash,
            answer=task_command_answer(command),
            of_epoch=command.epoch,
            epoch=epoch,
            **changed,
        )
    )


def _check_offered(run: Progress, step: str, kind: str) -> None:
    human = run.plan.steps[step].human
    if kind != "refuse" and (human is None or not human.allows(kind)):
        raise CommandNotOffered


def _check_person(run: Progress, node: Node, person: str | None) -> None:
    """Nobody whom segregation bars gets the task or signs it; an incident is no step of the procedure."""
    if person is not None and node.kind != "incident":
        check_segregation(run, node, [person])


# -- delegate (委派) and hand over (转办) ------------------------------------------------------------


def _check_given(run: Progress, node: Node, command: CommandTask) -> None:
    if node.status != "open":
        raise TaskAnswered
    if command.person in signing.signers(node):
        raise SignerKnown
    _check_person(run, node, command.person)


def _check_delegate(run: Progress, node: Node, command: CommandTask) -> None:
    if node.delegation is not None:
        raise DelegatedTask
    if command.person is None or command.person == command.actor:
        raise SamePerson
    _check_given(run, node, command)
    _check_person(run, node, command.actor)


def _delegate(run: Progress, node: Node, command: CommandTask) -> dict[str, Any]:
    """Both are performers from now on, whoever of them does it."""
    assert command.person is not None
    assert command.until is not None
    node.delegation = Delegation(by=command.actor, to=command.person, until=command.until)
    node.timers.append(Timer(at=command.until, kind="return"))
    node.performers = sorted({*node.performers, command.actor, command.person})
    if node.kind != "incident":
        run.performed(run.state.scopes[node.scope], node.step, node.performers)
    signing.grow(run, node)
    return {"state": "claimed", "assignee": command.person, "until": command.until}


def _check_hand_over(run: Progress, node: Node, command: CommandTask) -> None:
    given = node.delegation
    if given is not None:
        if command.person != given.by or command.actor not in (given.by, given.to):
            raise DelegatedTask
    elif command.person is None or command.person == command.actor:
        raise SamePerson
    _check_given(run, node, command)


def _hand_over(run: Progress, node: Node, command: CommandTask) -> dict[str, Any]:
    """Also ends a delegation early: given back, or taken back."""
    node.delegation = None
    node.timers = [timer for timer in node.timers if timer.kind != "return"]
    signing.grow(run, node)
    return {"state": "claimed", "assignee": command.person}


# -- add a signer (加签), refuse to sign ------------------------------------------------------------


def _check_add_signer(run: Progress, node: Node, command: CommandTask) -> None:
    if (command.person is None) == (command.post is None):
        raise SamePerson
    if len(node.added) >= MOST_ADDED:
        raise TooManySigners(limit=MOST_ADDED)
    if command.person is not None and command.person in {*signing.signers(node), *signing.hands(node)}:
        raise SignerKnown
    _check_person(run, node, command.person)


def _add_signer(run: Progress, node: Node, command: CommandTask) -> dict[str, Any]:
    signer = AddedSigner(
        rule=ADDED_FROM + len(node.added),
        by=command.actor,
        person=command.person,
        post=command.post,
        site=command.site,
        department=command.department,
        order=command.order or "after",
    )
    node.added.append(signer)
    signing.grow(run, node)
    return {"signer": signer}


def _check_refuse(run: Progress, node: Node, command: CommandTask) -> None:
    if node.status != "awaiting_signature" or command.rule is None:
        raise NothingToSign
    signing.check_turn(run, node, command.rule, command.actor)
    _check_person(run, node, command.actor)


def _refuse(run: Progress, node: Node, command: CommandTask) -> dict[str, Any]:
    """By the policy: the task goes back to who completed it, or the refusal counts."""
    assert command.rule is not None
    node.refused[command.rule] = command.actor
    node.performers = sorted({*node.performers, command.actor})
    run.performed(run.state.scopes[node.scope], node.step, [command.actor])
    asked = signing.asked(run, node)
    if asked.on_refusal == "continue" and asked.reachable(node.signed, node.refused):
        return {"state": "awaiting_signature"}
    return {"state": "claimed", "assignee": signing.reopen(run, node)}


# -- withdraw (撤回), remind (催办) -----------------------------------------------------------------


def _check_withdraw(run: Progress, node: Node, command: CommandTask) -> None:
    if node.status != "awaiting_signature":
        raise TaskDone
    title = run.plan.steps[node.step].title
    words = (title.zh, title.in_language("en")) if title else (node.step, node.step)
    taking_back.check_unsigned(node, command, words)


def _withdraw(run: Progress, node: Node, _command: CommandTask) -> dict[str, Any]:
    return {"state": "claimed", "assignee": signing.reopen(run, node)}


def _withdraw_done(run: Progress, command: CommandTask) -> CommandResult:
    scope = taking_back.scope_of(run, command)
    _settle(run, command, command.epoch, state="withdrawn")
    taking_back.take_back(run, scope, command)
    return CommandResult(state="withdrawn")


def _check_remind(_run: Progress, _node: Node, _command: CommandTask) -> None:
    """Anybody may; only not too often, which is a matter of time."""


def _remind(run: Progress, node: Node, _command: CommandTask) -> dict[str, Any]:
    node.reminded_at = run.now
    return {}


CHECKS: Mapping[str, Callable[[Progress, Node, CommandTask], None]] = {
    "delegate": _check_delegate,
    "hand_over": _check_hand_over,
    "add_signer": _check_add_signer,
    "refuse": _check_refuse,
    "withdraw": _check_withdraw,
    "remind": _check_remind,
}
ACTS: Mapping[str, Callable[[Progress, Node, CommandTask], dict[str, Any]]] = {
    "delegate": _delegate,
    "hand_over": _hand_over,
    "add_signer": _add_signer,
    "refuse": _refuse,
    "withdraw": _withdraw,
    "remind": _remind,
}

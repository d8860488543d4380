"""Services: what a person may do with a task, and why not what is not offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refusal
from domain.sop_progress.refusals import NothingToSign
from domain.submissions import AlreadyClaimed, NotClaimed
from services import eligibility, task_commands, task_completion
from services.permissions import NotPermitted, Permission, require_person
from services.task_commands import KINDS

if TYPE_CHECKING:
    from contracts.commands import TaskCommandKind
    from db.queries.tasks import TaskAct
    from services.platform import Actor


@dataclass(frozen=True)
class Allowed:
    """Whether an act is offered; if not, why not, with the code that trying it would give."""

    allowed: bool
    code: str | None = None
    reason: Mapping[str, str] | None = None


def allowed_of(task: TaskAct, actor: Actor) -> dict[str, Allowed]:
    """What the actor may do, by the name of the act."""
    checks: dict[str, Callable[[], object]] = {
        "claim": lambda: _claim(task, actor),
        "release": lambda: eligibility.check_assignee(task, actor),
        "complete": lambda: _work(task, actor),
        "sign": lambda: _sign(task, actor),
        "send_back": lambda: _may_send_back(task, actor),
    }
    may = {name: _allowed(task, actor, check) for name, check in checks.items()}
    return may | {kind: _allowed(task, actor, _doing(task, actor, kind), is_open=False) for kind in KINDS}


def _doing(task: TaskAct, actor: Actor, kind: TaskCommandKind) -> Callable[[], object]:
    return lambda: task_commands.check(task, actor, kind)


def _allowed(task: TaskAct, actor: Actor, check: Callable[[], object], *, is_open: bool = True) -> Allowed:
    """Whether the check passes; most acts are for open tasks only."""
    try:
        require_person(actor)
        if is_open:
            eligibility.check_open(task)
        check()
    except Refusal as refusal:
        return Allowed(
            allowed=False,
            code=refusal.code,
            reason={"zh": refusal.message("zh"), "en": refusal.message("en")},
        )
    return Allowed(allowed=True)


def _claim(task: TaskAct, actor: Actor) -> None:
    eligibility.check_performer(task, actor)
    if task.assignee_id is not None:
        raise AlreadyClaimed(winner=task.assignee or "")


def _work(task: TaskAct, actor: Actor) -> None:
    eligibility.check_performer(task, actor)
    eligibility.check_assignee(task, actor)


def _sign(task: TaskAct, actor: Actor) -> None:
    if task.state != "awaiting_signature":
        raise NothingToSign
    task_completion.rule_to_sign(task, actor, task.epoch)


def _may_send_back(task: TaskAct, actor: Actor) -> None:
    if not task.send_back:
        raise NotPermitted(permission=Permission.RUN_SEND_BACK.value)
    if task.assignee_id is None and not actor.may(Permission.RUN_SEND_BACK, task.site_id):
        raise NotClaimed
    if task.assignee_id != actor.person_id and not actor.may(Permission.RUN_SEND_BACK, task.site_id):
        raise NotPermitted(permission=Permission.RUN_SEND_BACK.value)

"""Services: what people do with a task besides answering it, each a submission of its kind (decision 3).

Delegate, hand over, add a signer, refuse to sign, withdraw, remind. Post, training and segregation of who
acts and of who is chosen are checked here, segregation again by the run; every refusal is audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from contracts.commands import TaskCommandKind
from db import tables as t
from db.ids import new_id
from db.queries import tasks as queries
from domain.answers import task_command_data
from domain.sop_progress.refusals import (
    ActedSince,
    CommandNotOffered,
    DelegatedTask,
    NotTheCompleter,
    ReasonRequired,
    RunEnded,
    RunSuspended,
    SamePerson,
    StaleEpoch,
    TaskAnswered,
    TaskDone,
)
from domain.submissions import (
    NotClaimed,
    NothingToWithdraw,
    SubmissionPending,
    printable,
    task_command_content,
)
from services import audit, eligibility, submissions, task_completion, task_receivers, withdrawing
from services.permissions import Permission, require, require_person
from services.submissions import CommandAnswer, Pending

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Transaction
    from services.platform import Actor, Platform

KINDS: tuple[TaskCommandKind, ...] = ("delegate", "hand_over", "add_signer", "refuse", "withdraw", "remind")
OF_INCIDENTS = ("delegate", "hand_over", "remind")
ENDED = ("completed", "cancelled", "failed")


@dataclass(frozen=True)
class Wanted:
    """A task command as it is asked for. `person` is a username or an id, `post` a code.

    `until` ends a delegation; `order` says whether an added signer signs before or after the others. `epoch`
    None: whatever the task's is (a reminder is about no content).
    """

    kind: TaskCommandKind
    epoch: int | None = None
    reason: str | None = None
    person: str | None = None
    post: str | None = None
    order: Literal["before", "after"] = "after"
    until: datetime | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


async def command(
    platform: Platform,
    task_id: UUID,
    wanted: Wanted,
    *,
    actor: Actor,
    submission_id: UUID | None = None,
    request_id: str = "",
) -> CommandAnswer | Pending:
    """Submits the command; the same submission id again gives the first final answer."""
    again = await submissions.repeated(
        platform, submission_id, actor=actor, kind=wanted.kind, task_id=task_id, request_id=request_id
    )
    if again is not None:
        return again
    action = f"{wanted.kind}.task"
    async with audit.refusals(platform, actor, action, "task", task_id, request_id=request_id) as attempt:
        require_person(actor)
        wanted = replace(wanted, reason=printable(wanted.reason or "").strip() or None)
        async with platform.database.write(actor.ref, request_id) as tx:
            task = await eligibility.task_for(tx, task_id, actor, attempt, held=True)
            check(task, actor, wanted.kind)
            if wanted.kind != "remind":
                if wanted.reason is None:
                    raise ReasonRequired
                if wanted.epoch != task.epoch:
                    raise StaleEpoch
            wanted = replace(wanted, said=await _said(tx, task, actor, wanted))
            made = submission_id or new_id()
            await _submit(tx, task, wanted, made, actor)
            if wanted.kind == "withdraw" and task.state == "done":
                await withdrawing.reserve(tx, task, made)
    return await submissions.answer_of(platform, made, request_id=request_id)


def check(task: TaskAct, actor: Actor, kind: TaskCommandKind) -> None:
    """Whether the actor may do this with the task now; what is chosen with it is checked when it is done.

    Also what the page offers: the same refusals with the same codes.
    """
    if task.run_state == "suspended":
        raise RunSuspended
    if task.run_state in ENDED:
        raise RunEnded
    if task.kind != "step" and (task.kind != "incident" or kind not in OF_INCIDENTS):
        raise CommandNotOffered
    if kind != "refuse" and kind not in task.content.get("commands", KINDS):
        raise CommandNotOffered
    if task.state not in (*queries.OPEN, *(("done",) if kind == "withdraw" else ())):
        raise TaskDone
    MAY[kind](task, actor)
    if task.pending:
        raise SubmissionPending


def _may_delegate(task: TaskAct, actor: Actor) -> None:
    _may_give_away(task)
    eligibility.check_performer(task, actor)
    eligibility.check_assignee(task, actor)
    if task.delegated_by_id is not None:
        raise DelegatedTask


def _may_hand_over(task: TaskAct, actor: Actor) -> None:
    """Who has claimed it; of a delegation either side; and the post that it was escalated to."""
    _may_give_away(task)
    require(actor, Permission.TASK_WORK, task.site_id)
    if actor.person_id in {task.assignee_id, task.delegated_by_id}:
        return
    if task.escalate_post_id is not None and actor.holding(task.escalate_post_id, task.site_id, None):
        return
    eligibility.check_assignee(task, actor)


def _may_give_away(task: TaskAct) -> None:
    if task.state == "awaiting_signature":
        raise TaskAnswered
    if task.assignee_id is None:
        raise NotClaimed


def _may_add_signer(task: TaskAct, actor: Actor) -> None:
    """Who has claimed or completed it; while it waits for signatures also who may sign it."""
    require(actor, Permission.TASK_WORK, task.site_id)
    if task.assignee_id == actor.person_id:
        return
    if task.state == "awaiting_signature":
        task_completion.rule_to_sign(task, actor, task.epoch)
        return
    eligibility.check_assignee(task, actor)


def _may_refuse(task: TaskAct, actor: Actor) -> None:
    task_completion.rule_to_sign(task, actor, task.epoch)


def _may_withdraw(task: TaskAct, actor: Actor) -> None:
    require(actor, Permission.TASK_WORK, task.site_id)
    if task.state not in {"awaiting_signature", "done"} or not task.result:
        raise NothingToWithdraw
    if task.result.get("completer", str(actor.person_id)) != str(actor.person_id):
        raise NotTheCompleter
    spoken = {*task.result.get("signed", {}).values(), *task.result.get("refused", {}).values()}
    if spoken - {str(actor.person_id)}:
        raise ActedSince(step_zh=task.title_zh, step_en=task.title_en)


def _may_remind(task: TaskAct, actor: Actor) -> None:
    """Who sees the task and works or leads; who only reads, an auditor, leaves nothing behind."""
    require(actor, Permission.TASK_READ, task.site_id)
    if not actor.may(Permission.RUN_SUSPEND, task.site_id):
        require(actor, Permission.TASK_WORK, task.site_id)


MAY = {
    "delegate": _may_delegate,
    "hand_over": _may_hand_over,
    "add_signer": _may_add_signer,
    "refuse": _may_refuse,
    "withdraw": _may_withdraw,
    "remind": _may_remind,
}


async def _said(tx: Transaction, task: TaskAct, actor: Actor, wanted: Wanted) -> dict[str, Any]:
    """What the submission says beside its kind and reason: ids, codes, an instant."""
    said: dict[str, Any] = {}
    if wanted.kind in {"delegate", "hand_over"}:
        said["person"] = str(await task_receivers.of_task(tx, task, wanted.person))
    elif wanted.kind == "add_signer":
        said = await task_receivers.of_signature(tx, task, wanted.person, wanted.post)
        said["order"] = wanted.order
    elif wanted.kind == "refuse":
        said["rule"] = task_completion.rule_to_sign(task, actor, task.epoch).index
    if wanted.kind == "delegate" and wanted.until is not None:
        said["until"] = wanted.until.astimezone(UTC)
    if said.get("person") == str(actor.person_id) and task.delegated_by_id != actor.person_id:
        raise SamePerson
    return task_command_data(said)


async def _submit(tx: Transaction, task: TaskAct, wanted: Wanted, made: UUID, actor: Actor) -> None:
    await tx.execute(
        sa.insert(t.submission).values(
            id=made,
            kind=wanted.kind,
            run_id=task.run_id,
            task_id=task.id,
            epoch=task.epoch,
            actor_id=actor.person_id,
            data=dict(wanted.said),
            performers=[actor.person_id],
            content_hash=task_command_content(
                kind=wanted.kind,
                task=str(task.id),
                epoch=task.epoch,
                actor=str(actor.person_id),
                data=wanted.said,
                reason=wanted.reason,
            ),
            reason=wanted.reason,
        )
    )
    tx.audited_elsewhere("a submission is the audited attempt; its verdict is audited when it is settled")

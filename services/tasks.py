"""Services: the task inbox - claim, release, save, and the doors to completing and signing (T1, T2).

Claims are compare-and-set on the row, audited, no Update: two people claim, one wins, the other is told who.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import notifications, task_lists
from db.queries.task_lists import TaskRow
from db.queries.task_scope import Held, TaskFilter
from domain.errors import NotFound, Refusal
from domain.sop_progress.refusals import DelegatedTask
from domain.submissions import AlreadyClaimed, NotClaimed, SubmissionPending, printable
from services import audit, eligibility, given_up_transfers, submissions, task_drafts
from services.codes import clean, read_code
from services.permissions import Permission, require_person, visible_sites
from services.submissions import CommandAnswer, Pending, SubmissionView
from services.task_completion import complete, sign
from services.task_view import TaskView, get, standing, standing_of

if TYPE_CHECKING:
    from db.queries._paging import Page
    from services.platform import Actor, Platform

__all__ = [
    "CommandAnswer",
    "Pending",
    "SubmissionView",
    "TaskRow",
    "TaskView",
    "claim",
    "claim_many",
    "complete",
    "counts",
    "get",
    "list_tasks",
    "release",
    "save_draft",
    "sign",
    "standing",
    "standing_of",
    "submission",
]

MAX_BULK = 100


@dataclass(frozen=True)
class InboxCounts:
    """The numbers of an inbox."""

    mine: int
    claimable: int
    overdue: int
    notices: int


@dataclass(frozen=True)
class ClaimAnswer:
    """What became of one claim of many."""

    id: UUID
    claimed: bool
    code: str | None = None
    message: Mapping[str, str] | None = None


async def list_tasks(
    platform: Platform,
    *,
    actor: Actor,
    assignee: Literal["me", "none"] | None = None,
    claimable: bool | None = None,
    state: str | None = None,
    site: str | None = None,
    run_id: UUID | None = None,
    text: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[TaskRow]:
    """A page of the tasks that the actor may see, overdue first; open ones unless a state is asked for."""
    wanted = scope_of(
        actor, assignee=assignee, claimable=claimable, state=state, site=site, run_id=run_id, text=text
    )
    async with platform.database.read() as tx:
        return await task_lists.page(tx, wanted, after=after, limit=limit)


async def counts(platform: Platform, *, actor: Actor) -> InboxCounts:
    """How many tasks are mine, claimable, overdue, and how many notices are unread."""
    wanted = scope_of(actor)
    async with platform.database.read() as tx:
        found = await task_lists.counts(tx, wanted)
        unread = await notifications.unread(tx, actor.person_id, wanted.held)
    return InboxCounts(**found, notices=unread)


async def todo(platform: Platform, *, actor: Actor) -> tuple[int, int]:
    """How many tasks are mine or claimable, and how many of them are overdue."""
    async with platform.database.read() as tx:
        found = await task_lists.counts(tx, scope_of(actor))
    return found["mine"] + found["claimable"], found["overdue"]


def scope_of(actor: Actor, **looked_for: Any) -> TaskFilter:
    """The one row scope of tasks: own posts, own claims, and sites whose tasks the actor may read."""
    held = tuple(Held(a.post_id, a.site_id, a.department_id) for a in actor.assignments)
    sites = visible_sites(actor, Permission.TASK_READ)
    return TaskFilter(person_id=actor.person_id, held=held, sites=sites, **looked_for)


async def claim(platform: Platform, task_id: UUID, *, actor: Actor, request_id: str = "") -> None:
    """Claims an open task; AlreadyClaimed names the winner. Claiming twice is claiming once."""
    async with audit.refusals(
        platform, actor, "claim.task", "task", task_id, request_id=request_id
    ) as attempt:
        require_person(actor)
        async with platform.database.write(actor.ref, request_id) as tx:
            task = await eligibility.task_for(tx, task_id, actor, attempt)
            eligibility.check_open(task)
            eligibility.check_performer(task, actor)
            if task.state == "claimed" and task.assignee_id == actor.person_id:
                return
            k = t.task.c
            won = await tx.one_or_none(
                sa.update(t.task)
                .where(k.id == task_id, k.state == "open", k.recalled_by.is_(None))
                .values(state="claimed", assignee_id=actor.person_id, claimed_at=sa.func.clock_now())
                .returning(k.id)
            )
            if won is None:
                winner = await eligibility.task_for(tx, task_id, actor)
                eligibility.check_open(winner)
                if winner.recalled_by is not None:
                    raise SubmissionPending  # what came before it is being withdrawn
                raise AlreadyClaimed(winner=winner.assignee or "")
            await tx.audit("claim.task", "task", str(task_id), after={"path": task.path}, run_id=task.run_id)


async def release(platform: Platform, task_id: UUID, *, actor: Actor, request_id: str = "") -> None:
    """Puts a claimed task back; what was saved stays, and who saved it stays a performer."""
    async with audit.refusals(
        platform, actor, "release.task", "task", task_id, request_id=request_id
    ) as attempt:
        require_person(actor)
        async with platform.database.write(actor.ref, request_id) as tx:
            task = await eligibility.task_for(tx, task_id, actor, attempt, held=True)
            eligibility.check_open(task)
            eligibility.check_assignee(task, actor)
            if task.pending:
                raise SubmissionPending
            if task.state != "claimed":
                raise NotClaimed
            if task.delegated_by_id is not None:
                raise DelegatedTask
            await tx.execute(
                sa.update(t.task)
                .where(t.task.c.id == task_id)
                .values(state="open", assignee_id=None, claimed_at=None)
            )
            await tx.audit(
                "release.task", "task", str(task_id), after={"path": task.path}, run_id=task.run_id
            )


async def claim_many(
    platform: Platform, task_ids: list[UUID], *, actor: Actor, request_id: str = ""
) -> list[ClaimAnswer]:
    """Claims several tasks, an answer for each."""
    answers = []
    for task_id in dict.fromkeys(task_ids[:MAX_BULK]):
        try:
            await claim(platform, task_id, actor=actor, request_id=request_id)
            answers.append(ClaimAnswer(task_id, claimed=True))
        except Refusal as refusal:
            words = {"zh": refusal.message("zh"), "en": refusal.message("en")}
            answers.append(ClaimAnswer(task_id, claimed=False, code=refusal.code, message=words))
    return answers


async def save_draft(
    platform: Platform,
    task_id: UUID,
    *,
    epoch: int,
    data: Mapping[str, Any],
    actor: Actor,
    request_id: str = "",
) -> None:
    """Keeps what is filled in so far; who saves is a performer, so an excluded person is refused at once."""
    async with (
        audit.refusals(
            *(platform, actor, "save.draft", "task", task_id),
            request_id=request_id,
            unless=task_drafts.TOO_LATE,
        ) as attempt,
        platform.database.write(actor.ref, request_id) as tx,
    ):
        task = await eligibility.task_for_performance(tx, task_id, actor, epoch, attempt)
        await task_drafts.put(tx, task_id, printable(data), actor.person_id, epoch)
        await eligibility.record_performer(tx, task, actor, "draft")
        tx.audited_elsewhere("a draft is no record; who saved it is kept as a performer")


async def submission(platform: Platform, submission_id: UUID, *, actor: Actor) -> SubmissionView:
    """The verdict of a submission."""
    return await submissions.view(platform, submission_id, actor=actor)


async def task_of_code(platform: Platform, code: str, *, actor: Actor) -> UUID:
    """The open task that a scanned code belongs to: own ones first; NotFound, TransferGivenUp."""
    scanned = read_code(clean(code), None)
    async with platform.database.read() as tx:
        found = await task_lists.of_code(tx, scope_of(actor), scanned)
        given_up = None if found else await given_up_transfers.refusal_for(tx, scanned.raw, actor)
    if given_up is not None:
        raise given_up
    if found is None:
        raise NotFound(what=f"与此码相关的任务 / a task for the code {code[:80]}")
    return found

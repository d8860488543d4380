"""Services: whether a person may act on a task - post, site, department, training, segregation.

One rule for claiming, saving, scanning, completing, signing and for what the page offers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Insert, insert

from db import tables as t
from db.queries import tasks as queries
from domain.errors import NotFound, Refusal
from domain.signatures import Rule
from domain.sop_progress.refusals import NotSegregated, RunSuspended, StaleEpoch, TaskDone
from domain.submissions import AlreadyClaimed, NotClaimed, NotTrained, NotYourPost, SubmissionPending
from services.permissions import Permission, require, require_person

if TYPE_CHECKING:
    from db.queries.tasks import TaskAct
    from db.session import Reader, Transaction
    from services.audit import Attempt
    from services.platform import Actor, Assignment

Look = Callable[[], Awaitable[Mapping[str, Any] | None]]


async def task_for(
    tx: Reader, task_id: UUID, actor: Actor, attempt: Attempt | None = None, *, held: bool = False
) -> TaskAct:
    """The task as the actor meets it, on demand held; NotFound. The attempt learns which run it is about."""
    find = queries.held_for_act if held else queries.for_act
    task = await find(tx, task_id, actor.person_id)
    if task is None:
        raise NotFound(what=f"任务 / task {task_id}")
    if attempt is not None:
        attempt.run_id = task.run_id
    return task


async def task_for_performance(
    tx: Transaction, task_id: UUID, actor: Actor, epoch: int, attempt: Attempt | None = None
) -> TaskAct:
    """The task, held, for an act that makes its actor a performer; every refusal that can apply."""
    require_person(actor)
    task = await task_for(tx, task_id, actor, attempt, held=True)
    check_open(task)
    check_performer(task, actor)
    if task.epoch != epoch:
        raise StaleEpoch
    check_assignee(task, actor)
    if task.pending:
        raise SubmissionPending
    return task


@dataclass(frozen=True)
class KeptBefore:
    """What was kept under the id that a device sends again."""

    row: Mapping[str, Any]


async def task_unless_kept(
    tx: Transaction, task_id: UUID, actor: Actor, epoch: int, attempt: Attempt, look: Look
) -> TaskAct | KeptBefore:
    """The task as for performance, or what `look` finds to be kept already: a repeat is not refused.

    Looked for once the task is held: of what is sent twice at the same moment the second finds the first.
    """
    try:
        task = await task_for_performance(tx, task_id, actor, epoch, attempt)
    except Refusal:
        known = await look()
        if known is None:
            raise
        return KeptBefore(known)
    known = await look()
    return task if known is None else KeptBefore(known)


def check_open(task: TaskAct) -> None:
    """TaskDone for a closed task, RunSuspended while its run is suspended."""
    if task.state not in queries.OPEN:
        raise TaskDone
    if task.run_state == "suspended":
        raise RunSuspended


def check_performer(task: TaskAct, actor: Actor) -> Assignment:
    """The post by which the actor may perform the task; NotYourPost, NotTrained, NotSegregated."""
    held = held_post(task, actor)
    if held is None:
        raise NotYourPost(post=task.post_zh if actor.language == "zh" else task.post_en)
    require(actor, Permission.TASK_WORK, task.site_id)
    check_person(task)
    return held


def check_person(task: TaskAct) -> None:
    """The training gate (steps only: an incident is no step of the procedure) and segregation."""
    if task.kind == "step" and not task.trained:
        raise NotTrained(version=task.version)
    if task.barred_step is not None:
        raise NotSegregated(task.barred_step["zh"], task.barred_step["en"])


def check_assignee(task: TaskAct, actor: Actor) -> None:
    """Work is done by who has claimed the task; NotClaimed, or AlreadyClaimed by somebody else."""
    if task.assignee_id is None:
        raise NotClaimed
    if task.assignee_id != actor.person_id:
        raise AlreadyClaimed(winner=task.assignee or "")


def held_post(task: TaskAct, actor: Actor) -> Assignment | None:
    """The task's own post, or the superior post that it was escalated to."""
    held = actor.holding(task.post_id, task.site_id, task.department_id)
    if held is None and task.escalate_post_id is not None:
        held = actor.holding(task.escalate_post_id, task.site_id, None)
    return held


def own_rules(task: TaskAct) -> list[Rule]:
    """The signature rules of the definition that apply to the task."""
    return [Rule.read(stored) for stored in task.content.get("rules", ())]


def rules_of(task: TaskAct) -> list[Rule]:
    """All signatures that the task asks for: the definition's, and those that people have added."""
    return [*own_rules(task), *(Rule.read(stored) for stored in task.added_rules)]


def hands(task: TaskAct) -> set[str]:
    """In whose hands the content was, who completes and who delegates: they add no second signature."""
    completer = (task.result or {}).get("completer")
    return {str(person) for person in (completer, task.delegated_by_id) if person}


def rule_holder(task: TaskAct, actor: Actor, rule: Rule) -> Assignment | None:
    """The post by which the actor may give this signature: the rule's own, or the task's.

    Who was asked in person signs under the own post at the task's site, whichever that is.
    """
    if rule.person_id is not None:
        held = [a for a in actor.assignments if a.site_id in {None, task.site_id}]
        return held[0] if rule.person_id == str(actor.person_id) and held else None
    if rule.post_id is None:
        return held_post(task, actor)
    return actor.holding(
        UUID(rule.post_id),
        UUID(rule.site_id) if rule.site_id else None,
        UUID(rule.department_id) if rule.department_id else None,
    )


async def record_performer(tx: Transaction, task: TaskAct, actor: Actor, how: str) -> None:
    """Remembers that the person took part in this pass of the step; a second time changes nothing."""
    await tx.execute(performer_row(task, actor.person_id, how))


def performer_row(task: TaskAct, person_id: UUID, how: str) -> Insert:
    """The statement that remembers a performer."""
    return (
        insert(t.task_performer)
        .values(
            task_id=task.id,
            person_id=person_id,
            how=how,
            run_id=task.run_id,
            path=task.path,
            step_id=task.step_id,
        )
        .on_conflict_do_nothing()
    )

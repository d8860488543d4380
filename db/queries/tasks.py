"""Db queries: one task for somebody's act, with all that decides whether it is allowed - in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Kept
from db.queries.blind_counts import posts_of_run
from db.queries.called_runs import same_line
from db.session import Reader

OPEN = ("open", "claimed", "awaiting_signature")
ASSIGNEE = t.person.alias("assignee")


def is_open() -> sa.ColumnElement[bool]:
    """Spelled out as the index of waiting tasks has it: a plan made once for all values can use it."""
    spelled: sa.BindParameter[Any] = sa.bindparam("open", OPEN, expanding=True, literal_execute=True)
    return t.task.c.state.in_(spelled)


@dataclass(frozen=True)
class TaskAct:
    """A task and its run as they are now, seen by one person.

    `blind_posts` are those of the run's blind lists. `trained`, `barred_step` (the title of a step that this
    person performed and that the task is separate from) and `pending` (a submission without verdict) belong
    to that person and moment. `performers` are all who completed, signed, scanned, attached or saved data in
    this task, each once, in the order of their ids.
    """

    id: UUID
    run_id: UUID
    path: str
    step_id: str
    kind: str
    state: str
    epoch: int
    title_zh: str
    title_en: str
    object: str
    post_id: UUID
    post: str
    post_zh: str
    post_en: str
    site_id: UUID
    site: str
    site_zh: str
    site_en: str
    time_zone: str
    department_id: UUID | None
    assignee_id: UUID | None
    assignee: str | None
    opened_at: datetime
    claimed_at: datetime | None
    due_at: datetime | None
    escalated_at: datetime | None
    escalate_post_id: UUID | None
    closed_at: datetime | None
    outcome: str | None
    content: Mapping[str, Any]
    content_sha256: str
    line_set_id: UUID | None
    separate_from: list[str]
    send_back: list[str]
    result: Mapping[str, Any] | None
    run_state: str
    run_site_id: UUID
    sop: str
    version: int
    sop_title_zh: str
    sop_title_en: str
    sha256: str
    sop_version_id: UUID
    object_en: str
    delegated_by_id: UUID | None
    delegator: str | None
    delegated_until: datetime | None
    added_rules: list[dict[str, Any]]
    reminded_at: datetime | None
    recalled_by: UUID | None
    blind_posts: list[str] | None
    trained: bool
    barred_step: Mapping[str, str] | None
    pending: bool
    performers: list[UUID]


Person = UUID | sa.BindParameter[UUID] | sa.ColumnElement[UUID]


def trained(person_id: Person) -> sa.ColumnElement[bool]:
    """Whether the person is trained on the run's version of the SOP (T8)."""
    c = t.training_record.c
    return sa.exists().where(
        c.person_id == person_id, c.sop_key == t.sop.c.key, c.version == t.sop_version.c.version
    )


def barred_step(person_id: Person) -> sa.ColumnElement[Any]:
    """What the step is called that the person performed and that the task is separate from (S5), or null.

    As `{zh, en}`. Inside a for_each the same line counts, with the lists of steps around it, unless the step
    says `across: all`. What was done in a run that this one has called, or that has called it, counts too.
    """
    return sa.func.coalesce(
        _barred_here(person_id), _barred_by_caller(person_id), _barred_by_called(person_id)
    )


def _title_of(performed: Any) -> sa.Label[Any]:
    """What the step is called that somebody performed, by the task in which it was done."""
    done = t.task.alias("done")
    title = sa.func.jsonb_build_object("zh", done.c.title_zh, "en", done.c.title_en)
    return sa.select(title).where(done.c.id == performed.task_id).scalar_subquery().label("step")


def _barred_here(person_id: Person) -> sa.ScalarSelect[Any]:
    p = t.task_performer.c
    scope = t.task.c.content["line_scope"].astext
    return (
        sa.select(_title_of(p))
        .where(
            p.run_id == t.task.c.run_id,
            p.person_id == person_id,
            p.step_id == sa.func.any(t.task.c.separate_from),
            same_line(scope, p.path),
        )
        .limit(1)
        .correlate(t.task, t.person)
        .scalar_subquery()
    )


def _barred_by_caller(person_id: Person) -> sa.ScalarSelect[Any]:
    """In a called run nothing is for who performed, in the caller, a step that the call is separate from."""
    p, c, k = t.task_performer.c, t.run_separation.c, t.task.c
    performed = sa.select(_title_of(p)).where(
        p.run_id == c.other_id,
        p.step_id == c.step_id,
        p.person_id == person_id,
        same_line(c.line_scope, p.path),
    )
    return _first_of(performed, c.run_id == k.run_id, k.kind == "step")


def _barred_by_called(person_id: Person) -> sa.ScalarSelect[Any]:
    """A step that a call is separate from is not for who has performed anything in a called run."""
    p, c, k = t.task_performer.c, t.run_separation.c, t.task.c
    there = t.task.alias("done_there")
    kind = sa.select(there.c.kind).where(there.c.id == p.task_id).scalar_subquery()
    performed = sa.select(_title_of(p)).where(p.run_id == c.run_id, p.person_id == person_id, kind == "step")
    here = (c.other_id == k.run_id, c.step_id == k.step_id, k.kind == "step", same_line(c.line_scope, k.path))
    return _first_of(performed, *here)


def _first_of(performed: sa.Select[Any], *separations: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """The first step performed against one of the separations, of which a run has few or none.

    They are read first, whatever the planner thinks of tables that have just begun to grow: read the other
    way about, a list of tasks looks at everything that a person has ever performed.
    """
    one = performed.limit(1).correlate(t.run_separation).lateral("performed")
    return (
        sa.select(one.c.step)
        .select_from(t.run_separation.join(one, sa.true()))
        .where(*separations)
        .limit(1)
        .correlate(t.task, t.person)
        .scalar_subquery()
    )


def pending() -> sa.ColumnElement[bool]:
    """Whether a submission on the task has no verdict yet."""
    s, v = t.submission.c, t.submission_verdict.c
    return sa.exists().where(
        s.task_id == t.task.c.id, ~sa.exists().where(v.submission_id == s.id).correlate(t.submission)
    )


def joined() -> sa.FromClause:
    """Tasks with their run, SOP, post and site, and who has claimed them."""
    k = t.task.c
    return (
        t.task.join(t.run, t.run.c.id == k.run_id)
        .join(t.sop, t.sop.c.id == t.run.c.sop_id)
        .join(t.sop_version, t.sop_version.c.id == t.run.c.sop_version_id)
        .join(t.post, t.post.c.id == k.post_id)
        .join(t.site, t.site.c.id == k.site_id)
        .outerjoin(ASSIGNEE, ASSIGNEE.c.id == k.assignee_id)
    )


async def held_for_act(tx: Reader, task_id: UUID, person_id: UUID) -> TaskAct | None:
    """The task as this person meets it, held until the transaction ends; and its run, if it is separated.

    Holding is a statement of its own before `for_act`'s, so that what is read is what others have committed:
    two people's first acts on two separated tasks must not both pass before either is written.
    """
    _, rows = await tx.together(
        (_hold(), {"task": task_id}), (_for_act(), {"task": task_id, "person": person_id})
    )
    return TaskAct(**rows[0]) if rows else None


@cache
def _hold() -> Kept:
    k, task_id = t.task.c, sa.bindparam("task", type_=sa.Uuid)
    separated = sa.select(k.run_id).where(k.id == task_id, sa.func.cardinality(k.separate_from) > 0)
    c = t.run_separation.c
    own_run = sa.select(k.run_id).where(k.id == task_id).scalar_subquery()
    callers = sa.select(c.other_id).where(c.run_id == own_run)
    held_run = (
        sa.select(t.run.c.id)
        .where(t.run.c.id.in_(sa.union_all(separated, callers)))
        .order_by(t.run.c.id)  # the caller first, as its own advances go
        .with_for_update(key_share=True)
        .cte("held_run")
    )
    return Kept(
        sa.select(k.id, sa.select(sa.func.count()).select_from(held_run).scalar_subquery().label("runs"))
        .where(k.id == task_id)
        .with_for_update(of=t.task, key_share=True)
    )


async def for_act(tx: Reader, task_id: UUID, person_id: UUID) -> TaskAct | None:
    """The task as this person meets it."""
    row = await tx.one_or_none(_for_act(), {"task": task_id, "person": person_id})
    return TaskAct(**row) if row else None


@cache
def _for_act() -> Kept:
    k, r, person_id = t.task.c, t.run.c, sa.bindparam("person", type_=sa.Uuid)
    return Kept(
        sa.select(
            *(k[name] for name in _TASK_COLUMNS),
            t.post.c.code.label("post"),
            t.post.c.name_zh.label("post_zh"),
            t.post.c.name_en.label("post_en"),
            t.site.c.code.label("site"),
            t.site.c.name_zh.label("site_zh"),
            t.site.c.name_en.label("site_en"),
            t.site.c.time_zone,
            ASSIGNEE.c.name.label("assignee"),
            r.state.label("run_state"),
            r.site_id.label("run_site_id"),
            r.sha256,
            r.sop_version_id,
            r.summary_en.label("object_en"),
            t.sop.c.key.label("sop"),
            t.sop.c.title_zh.label("sop_title_zh"),
            t.sop.c.title_en.label("sop_title_en"),
            t.sop_version.c.version,
            _delegator(),
            posts_of_run().label("blind_posts"),
            trained(person_id).label("trained"),
            barred_step(person_id).label("barred_step"),
            pending().label("pending"),
            _performers().label("performers"),
        )
        .select_from(joined())
        .where(k.id == sa.bindparam("task"))
    )


_TASK_COLUMNS = (
    *("id", "run_id", "path", "step_id", "kind", "state", "epoch", "title_zh", "title_en", "object"),
    *("post_id", "site_id", "department_id", "assignee_id", "opened_at", "claimed_at", "due_at"),
    *("escalated_at", "escalate_post_id", "closed_at", "outcome", "content", "content_sha256"),
    *("line_set_id", "separate_from", "send_back", "result"),
    *("delegated_by_id", "delegated_until", "added_rules", "reminded_at", "recalled_by"),
)


def _delegator() -> sa.Label[Any]:
    person = t.person.alias("delegator")
    name = sa.select(person.c.name).where(person.c.id == t.task.c.delegated_by_id).scalar_subquery()
    return name.label("delegator")


def _performers() -> sa.ColumnElement[Any]:
    p = t.task_performer.c
    people = sa.select(p.person_id).where(p.task_id == t.task.c.id).distinct().order_by(p.person_id)
    return sa.func.array(people.correlate(t.task).scalar_subquery(), type_=sa.ARRAY(sa.Uuid))

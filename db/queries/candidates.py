"""Db queries: who could get a task or sign it - post, training and segregation in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import tasks
from db.queries.actors import assignment_in_force
from db.session import Reader

MOST = 200
WORK = "task.work"


@dataclass(frozen=True)
class Candidate:
    """A person who could have a task or sign it; `in_post` says that the person holds the task's own post."""

    id: UUID
    username: str
    name: str
    in_post: bool


@dataclass(frozen=True)
class HeldPost:
    """A post that somebody holds at a site and that may work on tasks."""

    code: str
    name_zh: str
    name_en: str


async def persons(tx: Reader, task_id: UUID) -> list[Candidate]:
    """Persons who work at the task's site, are trained on its version and not excluded, by name."""
    rows = await tx.rows(_persons(), {"task": task_id})
    return [Candidate(**row) for row in rows]


@cache
def _persons() -> sa.Select[Any]:
    k, p = t.task.c, t.person.c
    return (
        sa.select(p.id, p.username, p.name, _in_post().label("in_post"))
        .select_from(tasks.joined().join(t.person, sa.true()))
        .where(
            k.id == sa.bindparam("task"),
            p.active,
            p.kind == "person",
            _works_here(),
            sa.or_(k.kind != "step", tasks.trained(p.id)),
            tasks.barred_step(p.id).is_(None),
        )
        .order_by(p.name, p.id)
        .limit(MOST)
    )


def _in_post() -> sa.ColumnElement[bool]:
    """Holds the task's own post where the task is, or the one that it was escalated to."""
    k, held = t.task.c, t.post_assignment.c
    own = sa.and_(
        held.post_id == k.post_id,
        sa.or_(
            held.department_id.is_(None),
            k.department_id.is_(None),
            held.department_id == k.department_id,
        ),
    )
    return (
        sa.exists()
        .where(
            held.person_id == t.person.c.id,
            sa.or_(held.site_id.is_(None), held.site_id == k.site_id),
            sa.or_(own, held.post_id == k.escalate_post_id),
            assignment_in_force(),
        )
        .correlate(t.task, t.person)
    )


def _works_here() -> sa.ColumnElement[bool]:
    held, post = t.post_assignment.c, t.post.alias("working")
    return (
        sa.exists()
        .where(
            held.person_id == t.person.c.id,
            post.c.id == held.post_id,
            sa.literal(WORK) == sa.func.any(post.c.permissions),
            sa.or_(held.site_id.is_(None), held.site_id == t.task.c.site_id),
            assignment_in_force(),
        )
        .correlate(t.task, t.person)
    )


async def posts(tx: Reader, site_id: UUID) -> list[HeldPost]:
    """Posts that somebody holds at a site and that may work on tasks, by code."""
    rows = await tx.rows(_posts(), {"site": site_id})
    return [HeldPost(**row) for row in rows]


@cache
def _posts() -> sa.Select[Any]:
    held, p = t.post_assignment.c, t.post.c
    holds = (
        sa.exists()
        .where(
            held.post_id == p.id,
            held.person_id == t.person.c.id,
            t.person.c.active,
            sa.or_(held.site_id.is_(None), held.site_id == sa.bindparam("site", type_=sa.Uuid)),
            assignment_in_force(),
        )
        .correlate(t.post)
    )
    return (
        sa.select(p.code, p.name_zh, p.name_en)
        .where(holds, sa.literal(WORK) == sa.func.any(p.permissions))
        .order_by(p.code)
    )


async def person(tx: Reader, ref: str) -> Mapping[str, Any] | None:
    """An active person by username or id."""
    p = t.person.c
    try:
        which = p.id == UUID(ref)
    except ValueError:
        which = p.username == ref
    return await tx.one_or_none(
        sa.select(p.id, p.username, p.name, p.kind, p.language).where(which, p.active, p.kind == "person")
    )

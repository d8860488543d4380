"""Db queries: whose tasks are whose - by posts held, claimed, to be signed, seen in a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import tasks


@dataclass(frozen=True)
class Held:
    """A post held at a site (None: all) in a department (None: all)."""

    post_id: UUID
    site_id: UUID | None
    department_id: UUID | None


@dataclass(frozen=True)
class TaskFilter:
    """Whose eyes (`person_id`, posts `held`, `sites` readable as a whole; None: all), looking for what."""

    person_id: UUID
    held: tuple[Held, ...]
    sites: frozenset[UUID] | None
    assignee: str | None = None
    claimable: bool | None = None
    state: str | None = None
    site: str | None = None
    run_id: UUID | None = None
    text: str | None = None


def holds_post(held: Sequence[Held]) -> sa.ColumnElement[bool]:
    """Whether one of the posts is the task's or the one it was escalated to."""
    k = t.task.c
    found: list[sa.ColumnElement[bool]] = []
    for post in held:
        here = sa.true() if post.site_id is None else k.site_id == post.site_id
        department = (
            sa.true()
            if post.department_id is None
            else sa.or_(k.department_id.is_(None), k.department_id == post.department_id)
        )
        own = sa.and_(k.post_id == post.post_id, department)
        escalated = k.escalate_post_id == post.post_id
        found.append(sa.and_(here, sa.or_(own, escalated)))
    return sa.or_(sa.false(), *found)


def _must_sign(held: Sequence[Held]) -> sa.ColumnElement[bool]:
    """Whether a signature of one of the posts is missing; whom a task was escalated to signs for its post."""
    k = t.task.c
    missing = k.result["missing_posts"]
    own = missing.has_key(sa.cast(k.post_id, sa.Text))
    ways = [
        sa.and_(
            sa.true() if post.site_id is None else k.site_id == post.site_id,
            sa.or_(missing.has_key(str(post.post_id)), sa.and_(own, k.escalate_post_id == post.post_id)),
        )
        for post in held
    ]
    return sa.and_(k.state == "awaiting_signature", sa.or_(sa.false(), *ways))


def claimable(wanted: TaskFilter) -> sa.ColumnElement[bool]:
    """Open tasks of the person's posts, for which the person is trained and not excluded."""
    k = t.task.c
    return sa.and_(
        k.state == "open",
        holds_post(wanted.held),
        sa.or_(k.kind != "step", tasks.trained(wanted.person_id)),
        tasks.barred_step(wanted.person_id).is_(None),
    )


def mine(wanted: TaskFilter) -> sa.ColumnElement[bool]:
    """Tasks that the person has claimed, and those that wait for the person's signature."""
    k = t.task.c
    asked = sa.and_(
        k.state == "awaiting_signature", k.result["missing_persons"].has_key(str(wanted.person_id))
    )
    signable = sa.and_(
        k.state == "awaiting_signature",
        sa.or_(k.assignee_id.is_(None), k.assignee_id != wanted.person_id),
        sa.or_(asked, _must_sign(wanted.held)),
        tasks.trained(wanted.person_id),
        tasks.barred_step(wanted.person_id).is_(None),
        ~_has_signed(wanted.person_id),
    )
    claimed = sa.and_(k.state.in_(("claimed", "awaiting_signature")), k.assignee_id == wanted.person_id)
    return sa.or_(claimed, signable)


def _has_signed(person_id: UUID) -> sa.ColumnElement[bool]:
    signed = sa.func.coalesce(t.task.c.result["signed"], sa.text("'{}'::jsonb"))
    return sa.func.jsonb_path_exists(
        signed, sa.cast("$.* ? (@ == $who)", sa.dialects.postgresql.JSONPATH),
        sa.func.jsonb_build_object("who", str(person_id)),
    )  # fmt: skip


def visible(wanted: TaskFilter) -> sa.ColumnElement[bool]:
    """Tasks that the person may see."""
    if wanted.sites is None:
        return sa.true()
    k = t.task.c
    return sa.or_(
        k.assignee_id == wanted.person_id,
        k.delegated_by_id == wanted.person_id,
        k.result["missing_persons"].has_key(str(wanted.person_id)),
        holds_post(wanted.held),
        _must_sign(wanted.held),
        k.site_id.in_(list(wanted.sites)) if wanted.sites else sa.false(),
    )

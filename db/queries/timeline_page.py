"""Db queries: the rows that a page of a run's time line is made of, whatever the length of the run.

All sources are asked in one statement, each for as many rows as the page has; a page ends between two
instants, so that what happened at the same one stands together and nothing is told twice or left out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.session import Reader
from domain.timeline_words import ACTS, EFFECTS, TASK_COMMANDS

Kind = Literal["done", "signed", "command", "system", "act", "refused"]
Rows = list[Mapping[str, Any]]
SHOWN_TASKS = 1000
"""Tasks that a page names or waited for; more are not open at once within a page."""


@dataclass(frozen=True)
class LineFilter:
    """Which lines are wanted; None: all. `person` is who acted, `step` the id of a step."""

    person: UUID | None = None
    step: str | None = None
    kind: Kind | None = None

    @property
    def everything(self) -> bool:
        return self == LineFilter()


@dataclass(frozen=True)
class LineRows:
    """The rows of a page by source, and the instant at which the next page goes on (None: there is none)."""

    submissions: Rows
    effects: Rows
    audit: Rows
    next_at: datetime | None

    def paths(self) -> set[str]:
        """The steps that the rows name."""
        named = {row.get(key) for row in (*self.submissions, *self.effects, *self.audit) for key in _PATHS}
        return {path for path in named if path}


_DATA = ("data", "result")
_PATHS = ("path", "undoes_path")
_SIGNED = ("printed_name", "post_name_zh", "post_name_en", "meaning_zh", "meaning_en", "content_sha256")


async def lines(
    tx: Reader,
    run: Mapping[str, Any],
    wanted: LineFilter,
    *,
    beyond: datetime | None,
    limit: int,
    forward: bool,
    most: int | None = None,
) -> LineRows:
    """A page: what happened before `beyond`, the newest - or `forward` after it, the oldest.

    It has `limit` rows, and ends sooner where they would hold more than `most` bytes of data.
    """
    sources = {
        "s": _submissions(run["id"], wanted),
        "e": _effects(run["workflow_id"], wanted),
        "a": _audit(run["id"], wanted),
    }
    parts = []
    for name, query in sources.items():
        if query is None:
            continue
        at = query.selected_columns.recorded_at
        further = sa.true() if beyond is None else at > beyond if forward else at < beyond
        cut = query.where(further).order_by(at if forward else at.desc())
        page = cut.fetch(limit + 1, with_ties=True).subquery(name)
        whole: Any = sa.func.to_jsonb(sa.literal_column(name), type_=t.submission.c.data.type)
        parts.append(sa.select(sa.literal(name).label("source"), page.c.recorded_at, whole.label("row")))
    rows = await tx.rows(sa.union_all(*parts)) if parts else []
    rows = sorted(rows, key=lambda row: row["recorded_at"], reverse=not forward)
    shown = min(limit, _within(rows, most))
    last = rows[shown - 1]["recorded_at"] if len(rows) > shown else None
    kept = [
        row
        for row in rows
        if last is None or (row["recorded_at"] <= last if forward else row["recorded_at"] >= last)
    ]
    found: dict[str, Rows] = {"s": [], "e": [], "a": []}
    for row in kept:
        found[row["source"]].append(_read(row["row"], row["recorded_at"]))
    return LineRows(
        sorted(found["s"], key=lambda row: row["recorded_at"]),
        sorted(found["e"], key=lambda row: int(row["seq"])),
        sorted(found["a"], key=lambda row: str(row["id"])),
        last,
    )


def _within(rows: Rows, most: int | None) -> int:
    """How many of the first rows hold no more than `most` bytes of data; at least one."""
    if most is None:
        return len(rows)
    held = ([row["row"].get(name) for name in _DATA] for row in rows)
    sizes = (len(json.dumps(data, ensure_ascii=False).encode()) for data in held)
    return max(1, sum(total <= most for total in accumulate(sizes)))


def _read(row: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """A row of JSON with the types that a row of the table has."""
    signed_at = row.get("signed_at")
    return {
        **row,
        "id": UUID(row["id"]) if row.get("id") else None,
        "recorded_at": at,
        "signed_at": datetime.fromisoformat(signed_at) if signed_at else None,
    }


def _submissions(run_id: UUID, wanted: LineFilter) -> sa.Select[Any] | None:
    if wanted.kind in {"system", "act"}:
        return None
    s, v, g, p, o = t.submission.c, t.submission_verdict.c, t.signature.c, t.person, t.post.c
    chosen = p.alias("chosen")
    given = s.kind.in_(TASK_COMMANDS)
    person = sa.select(chosen.c.name).where(given, sa.cast(chosen.c.id, sa.Text) == s.data["person"].astext)
    post = [sa.select(name).where(given, o.code == s.data["post"].astext) for name in (o.name_zh, o.name_en)]
    query = (
        sa.select(
            *(s[name] for name in ("id", "kind", "outcome", "data", "lines", "reason")),
            s.recorded_at,
            s.signature_id,
            t.task.c.path,
            p.c.name.label("actor_name"),
            *(v[name] for name in ("accepted", "state", "message_zh", "message_en")),
            *(g[name] for name in _SIGNED),
            g.recorded_at.label("signed_at"),
            person.scalar_subquery().label("chosen_person"),
            post[0].scalar_subquery().label("chosen_post_zh"),
            post[1].scalar_subquery().label("chosen_post_en"),
        )
        .select_from(
            t.submission.join(p, p.c.id == s.actor_id)
            .outerjoin(t.task, t.task.c.id == s.task_id)
            .outerjoin(t.submission_verdict, v.submission_id == s.id)
            .outerjoin(t.signature, g.id == s.signature_id)
        )
        .where(s.run_id == run_id)
    )
    if wanted.person:
        query = query.where(s.actor_id == wanted.person)
    if wanted.step:
        at = sa.func.coalesce(t.task.c.step_id, _step(s.data["path"].astext))
        query = query.where(at == wanted.step)
    kinds = {
        "done": s.kind == "complete",
        "signed": s.signature_id.is_not(None),
        "command": s.kind.not_in(["complete", "sign"]),
        "refused": v.accepted.is_(False),
    }
    return query.where(kinds[wanted.kind]) if wanted.kind in kinds else query


def _effects(workflow_id: str, wanted: LineFilter) -> sa.Select[Any] | None:
    if wanted.person or wanted.kind not in {None, "system", "refused"}:
        return None
    c = t.effect.c
    columns = ("path", "seq", "kind", "action", "result", "undoes_path", "recorded_at")
    query = sa.select(*(c[name] for name in columns)).where(
        c.workflow_id == workflow_id,
        c.kind.in_(sorted(EFFECTS)),
        sa.or_(c.kind != "undo", c.undoes_path.is_not(None)),
    )
    if wanted.step:
        query = query.where(_step(c.path) == wanted.step)
    if wanted.kind == "refused":
        asked = c.result["asked"]
        query = query.where(asked.op("?|")(sa.cast(["refused", "error"], t.task.c.separate_from.type)))
    return query


def _audit(run_id: UUID, wanted: LineFilter) -> sa.Select[Any] | None:
    if wanted.kind not in {None, "act", "refused"}:
        return None
    a = t.audit_event.c
    shown = {"act": a.action.in_(sorted(ACTS)) & ~a.refused, "refused": a.refused}
    query = (
        sa.select(
            *(a[name] for name in ("id", "action", "actor_name", "object_id", "after", "reason")),
            a.refused,
            a.recorded_at,
            t.task.c.path,
        )
        .select_from(
            t.audit_event.outerjoin(
                t.task, sa.and_(t.task.c.run_id == run_id, sa.cast(t.task.c.id, sa.Text) == a.object_id)
            )
        )
        .where(a.run_id == run_id, shown.get(wanted.kind or "", a.action.in_(sorted(ACTS)) | a.refused))
    )
    if wanted.person:
        query = query.where(a.actor_id == wanted.person)
    if wanted.step:
        query = query.where(t.task.c.step_id == wanted.step)
    return query


def _step(path: Any) -> sa.ColumnElement[str]:
    """The step id of a path, as `domain.timeline_names.step_of` has it."""
    last = sa.func.regexp_replace(sa.func.split_part(path, "/", 1), r"^.*\.", "")
    return sa.func.split_part(last, "#", 1)


def tasks(run_id: UUID, paths: Collection[str], span: tuple[datetime, datetime] | None) -> sa.Select[Any]:
    """The tasks at these paths, and those that were open within the span."""
    k, o, p = t.task.c, t.post.c, t.person.c
    near: list[sa.ColumnElement[bool]] = [k.path.in_(sorted(paths))]
    if span is not None:
        ended = sa.func.coalesce(k.closed_at, sa.literal(span[1], sa.DateTime(timezone=True)))
        near.append(sa.and_(k.opened_at <= span[1], ended >= span[0]))
    columns = ("path", "step_id", "title_zh", "title_en", "kind", "opened_at", "claimed_at", "closed_at")
    query = (
        sa.select(
            *(k[name] for name in columns),
            o.name_zh.label("post_zh"),
            o.name_en.label("post_en"),
            p.name.label("assignee"),
        )
        .select_from(t.task.join(t.post, o.id == k.post_id).outerjoin(t.person, p.id == k.assignee_id))
        .where(k.run_id == run_id, sa.or_(*near))
    )
    return query.order_by(k.opened_at, k.id).limit(SHOWN_TASKS)

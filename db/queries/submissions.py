"""Db queries: submissions with their verdicts - to send, to answer and to send again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Kept
from db.session import Reader


@dataclass(frozen=True)
class SubmissionRow:
    """A person's command to a run as it was submitted, with the verdict once there is one."""

    id: UUID
    kind: str
    run_id: UUID
    task_id: UUID | None
    path: str | None
    epoch: int | None
    actor_id: UUID
    actor_name: str
    outcome: str | None
    data: Mapping[str, Any]
    lines: Mapping[str, Any] | None
    performers: list[UUID]
    content_hash: str
    reason: str | None
    purpose: str | None
    site_id: UUID
    accepted: bool | None = None
    code: str | None = None
    message_zh: str | None = None
    message_en: str | None = None
    state: str | None = None
    missing_signatures: list[dict[str, Any]] | None = None


async def by_id(tx: Reader, submission_id: UUID) -> SubmissionRow | None:
    """One submission."""
    row = await tx.one_or_none(_by_id(), {"submission": submission_id})
    return SubmissionRow(**row) if row else None


async def judged(tx: Reader, row: SubmissionRow) -> SubmissionRow:
    """The submission with its verdict, if there is one now."""
    found = await tx.one_or_none(_verdict(), {"submission": row.id})
    return replace(row, **found) if found else row


_VERDICT = ("accepted", "code", "message_zh", "message_en", "state", "missing_signatures")


@cache
def _verdict() -> Kept:
    v = t.submission_verdict.c
    return Kept(
        sa.select(*(v[name] for name in _VERDICT)).where(v.submission_id == sa.bindparam("submission"))
    )


@cache
def _by_id() -> Kept:
    return Kept(_whole().where(t.submission.c.id == sa.bindparam("submission")))


def _whole() -> sa.Select[Any]:
    s, v = t.submission.c, t.submission_verdict.c
    return sa.select(
        *(s[name] for name in ("id", "kind", "run_id", "task_id", "epoch", "actor_id", "outcome")),
        *(s[name] for name in ("data", "lines", "performers", "content_hash", "reason")),
        t.task.c.path,
        t.person.c.name.label("actor_name"),
        t.signature.c.purpose,
        *(v[name] for name in _VERDICT),
        t.run.c.site_id,
    ).select_from(
        t.submission.join(t.run, t.run.c.id == s.run_id)
        .join(t.person, t.person.c.id == s.actor_id)
        .outerjoin(t.task, t.task.c.id == s.task_id)
        .outerjoin(t.signature, t.signature.c.id == s.signature_id)
        .outerjoin(t.submission_verdict, v.submission_id == s.id)
    )


async def accepted_of(tx: Reader, runs: Sequence[UUID]) -> list[SubmissionRow]:
    """Everything that these runs have accepted."""
    of_runs = _whole().where(t.submission.c.run_id.in_(runs), t.submission_verdict.c.accepted)
    return [SubmissionRow(**row) for row in await tx.rows(of_runs)]


@dataclass(frozen=True)
class RefusedSubmission:
    """What somebody submitted to a task and the run did not accept."""

    id: UUID
    kind: str
    recorded_at: datetime
    code: str
    message_zh: str
    message_en: str


async def refused_last(tx: Reader, task_id: UUID, person_id: UUID) -> RefusedSubmission | None:
    """A person's latest submission to a task, if it was refused; whatever comes later takes its place."""
    s, v = t.submission.c, t.submission_verdict.c
    row = await tx.one_or_none(
        sa.select(s.id, s.kind, s.recorded_at, v.code, v.message_zh, v.message_en, v.accepted)
        .select_from(t.submission.outerjoin(t.submission_verdict, v.submission_id == s.id))
        .where(s.task_id == task_id, s.actor_id == person_id)
        .order_by(s.recorded_at.desc())
        .limit(1)
    )
    if row is None or row["accepted"] is not False:
        return None
    return RefusedSubmission(**{name: row[name] for name in row if name != "accepted"})


async def without_verdict(tx: Reader, older_than_s: float, limit: int) -> list[UUID]:
    """Submissions that have waited for a verdict for some time, the oldest first.

    What events bring to a run that is suspended waits for its end there, and is not asked for meanwhile.
    """
    s, v, r = t.submission.c, t.submission_verdict.c, t.run.c
    age = sa.func.make_interval(0, 0, 0, 0, 0, 0, older_than_s)
    rows = await tx.rows(
        sa.select(s.id)
        .where(
            s.recorded_at < sa.func.clock_timestamp() - age,
            ~sa.exists().where(v.submission_id == s.id),
            ~sa.exists().where(s.kind == "signal", r.id == s.run_id, r.state == "suspended"),
        )
        .order_by(s.recorded_at)
        .limit(limit)
    )
    return [row["id"] for row in rows]

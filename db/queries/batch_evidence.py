"""Db queries: what people did to a batch - who performed its moves, and how it was accepted.

A posting is made by the system after a task; who received or put away is whoever answered, recorded lines or
signed in that task, not the last signer alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, JSONPATH, aggregate_order_by, array

from db import tables as t
from db.session import Reader

PERFORMED = ("complete", "sign", "line", "scan")
"""Ways of taking part in a task that count as performing it; keeping a draft or a file does not."""
MOST = 200
"""Deliveries of one batch that its page shows."""


@dataclass(frozen=True)
class Acceptance:
    """The result of acceptance for the batch in one delivery; quantities in the base unit."""

    document_id: UUID
    document_number: str
    run_id: UUID | None
    site_zh: str
    site_en: str
    outcome: str
    quantity: int
    accepted: int
    rejected: int
    reason: str | None
    at: datetime
    people: list[str]


def task_of(posting: sa.FromClause) -> sa.ScalarSelect[UUID]:
    """The task that a posting followed: what its actor had submitted last in the run; none outside."""
    s, v, p = t.submission.c, t.submission_verdict.c, posting.c
    return (
        sa.select(s.task_id)
        .join(t.submission_verdict, v.submission_id == s.id)
        .where(s.run_id == p.run_id, s.actor_id == p.actor_id, v.accepted, s.recorded_at <= p.recorded_at)
        .order_by(s.recorded_at.desc())
        .limit(1)
        .correlate(posting)
        .scalar_subquery()
    )


def performers() -> sa.ColumnElement[list[str]]:
    """Names of all who performed the task that a posting followed, first to last; empty outside of a task."""
    f = t.task_performer.c
    first = (
        sa.select(t.person.c.name, sa.func.min(f.at).label("at"))
        .join(t.person, t.person.c.id == f.person_id)
        .where(f.task_id == task_of(t.posting), f.how.in_(PERFORMED))
        .group_by(t.person.c.id, t.person.c.name)
        .correlate(t.posting)
        .lateral("performed")
    )
    names = sa.func.array_agg(aggregate_order_by(first.c.name, first.c.at, first.c.name))
    return sa.func.coalesce(
        sa.select(names).select_from(first).scalar_subquery(), sa.cast(array([]), ARRAY(sa.Text))
    )


async def acceptances(tx: Reader, batch_id: UUID, sites: Collection[UUID] | None) -> list[Acceptance]:
    """How the batch was accepted, the newest delivery first; `sites` is the reader's row scope."""
    return [Acceptance(**row) for row in await tx.rows(_acceptances(batch_id, sites))]


def _acceptances(batch_id: UUID, sites: Collection[UUID] | None) -> sa.Select[Any]:
    d, c, person = t.document.c, t.document_line.c, t.person.c
    signer = sa.func.jsonb_path_query_array(
        d.header, sa.cast("$.signatures[*].person", JSONPATH), type_=JSONB
    )
    acceptors = sa.func.jsonb_build_array(c.data["actor"], type_=JSONB).concat(signer)
    people = (
        sa.select(
            sa.func.array_agg(
                aggregate_order_by(person.name, sa.cast(person.id, sa.Text) != c.data["actor"].astext)
            )
        )
        .where(acceptors.has_key(sa.cast(person.id, sa.Text)))
        .correlate(t.document, t.document_line)
        .scalar_subquery()
    )
    query = (
        sa.select(
            d.id.label("document_id"),
            d.number.label("document_number"),
            *(d.run_id, t.site.c.name_zh.label("site_zh"), t.site.c.name_en.label("site_en")),
            sa.func.coalesce(c.data["outcome"].astext, "accepted").label("outcome"),
            c.quantity,
            sa.cast(c.data["accepted_quantity"].astext, sa.BigInteger).label("accepted"),
            sa.cast(c.data["rejected_quantity"].astext, sa.BigInteger).label("rejected"),
            c.data["reason"].astext.label("reason"),
            d.occurred_at.label("at"),
            sa.func.coalesce(people, sa.cast(array([]), ARRAY(sa.Text))).label("people"),
        )
        .select_from(t.document_line)
        .join(t.document, d.id == c.document_id)
        .join(t.site, t.site.c.id == d.site_id)
        .where(c.batch_id == batch_id, d.kind == "acceptance_record", d.state != "cancelled")
        .order_by(d.occurred_at.desc(), c.line_no)
        .limit(MOST)
    )
    return query if sites is None else query.where(d.site_id.in_(sites))

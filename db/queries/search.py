"""Db queries: a text looked for in runs, documents, batches and master data, within a row scope.

Of what there may be millions, three characters and more are looked up in a trigram index; one or two, of
which no trigram can be made, and what a thousand rows have in them, are found by reading from the newest on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import documents_read, runs
from db.session import Reader

Kind = Literal["run", "document", "batch", "material", "party", "person", "sop"]
Sites = Collection[UUID] | None
TRIGRAM = 3
CANDIDATES = 1000
PARTIES = 50
"""Partners whose documents are found by the partner's name."""


@dataclass(frozen=True)
class Hit:
    """What has the text in its number or name; `code` is its address, `sort` its kind, state or material."""

    id: UUID
    code: str
    title_zh: str
    title_en: str
    detail_zh: str
    detail_en: str
    sort: str = ""
    at: datetime | None = None
    day: date | None = None


async def hits(tx: Reader, kind: Kind, text: str, sites: Sites, limit: int) -> list[Hit]:
    """At most so many, the newest (or by name) first."""
    ids = await _candidates(tx, kind, text) if kind in _INDEXED and len(text) >= TRIGRAM else None
    if ids == []:
        return []
    rows = await tx.rows(_SELECTS[kind](text, ids, sites).limit(limit))
    return [Hit(**row) for row in rows]


async def _candidates(tx: Reader, kind: Kind, text: str) -> list[UUID] | None:
    """The ids that the index finds; None for too many of them."""
    table, names = _INDEXED[kind]
    says = _says(table, names, text)
    query = sa.select(table.c.id).where(says)
    if kind == "document":
        query = sa.union_all(query.limit(CANDIDATES), _of_parties(text).limit(CANDIDATES)).subquery().select()
    rows = await tx.rows(query.limit(CANDIDATES))
    return None if len(rows) == CANDIDATES else [row["id"] for row in rows]


def _says(table: sa.FromClause, names: tuple[str, ...], text: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(table.c[name].icontains(text, autoescape=True) for name in names))


def _of_parties(text: str) -> sa.Select[Any]:
    named = sa.select(t.party.c.id).where(t.party.c.name.icontains(text, autoescape=True)).limit(PARTIES)
    return sa.select(t.document.c.id).where(t.document.c.party_id.in_(named))


_INDEXED: dict[str, tuple[sa.Table, tuple[str, ...]]] = {
    "run": (t.run, ("business_key", "summary_zh", "summary_en")),
    "document": (t.document, ("number",)),
    "batch": (t.batch, ("number",)),
}


def _found(kind: Kind, text: str, ids: list[UUID] | None) -> sa.ColumnElement[bool]:
    table, names = _INDEXED[kind]
    if ids is not None:
        return table.c.id.in_(ids)
    says = _says(table, names, text)
    return sa.or_(says, table.c.id.in_(_of_parties(text))) if kind == "document" else says


def _none() -> list[Any]:
    return [sa.null().label("at"), sa.null().label("day")]


def _runs(text: str, ids: list[UUID] | None, sites: Sites) -> sa.Select[Any]:
    r, key = t.run.c, sa.func.coalesce(t.run.c.business_key, "")
    return (
        sa.select(
            r.id,
            sa.cast(r.id, sa.Text).label("code"),
            sa.func.coalesce(sa.func.nullif(r.summary_zh, ""), key).label("title_zh"),
            sa.func.coalesce(sa.func.nullif(r.summary_en, ""), key).label("title_en"),
            t.sop.c.title_zh.label("detail_zh"),
            t.sop.c.title_en.label("detail_en"),
            r.state.label("sort"),
            r.started_at.label("at"),
            sa.null().label("day"),
        )
        .select_from(t.run.join(t.sop, t.sop.c.id == r.sop_id))
        .where(_found("run", text, ids), *runs.scope(sites))
        .order_by(r.started_at.desc(), r.id.desc())
    )


def _documents(text: str, ids: list[UUID] | None, sites: Sites) -> sa.Select[Any]:
    d, p = t.document.c, t.party.c
    name = sa.func.coalesce(p.name, "")
    return (
        sa.select(
            d.id,
            sa.cast(d.id, sa.Text).label("code"),
            d.number.label("title_zh"),
            d.number.label("title_en"),
            name.label("detail_zh"),
            name.label("detail_en"),
            d.kind.label("sort"),
            d.occurred_at.label("at"),
            sa.null().label("day"),
        )
        .select_from(t.document.outerjoin(t.party, p.id == d.party_id))
        .where(_found("document", text, ids), *documents_read.scope(sites))
        .order_by(d.id.desc())
    )


def _batches(text: str, ids: list[UUID] | None, _sites: Sites) -> sa.Select[Any]:
    b, m = t.batch.c, t.material.c
    return (
        sa.select(
            b.id,
            sa.cast(b.id, sa.Text).label("code"),
            b.number.label("title_zh"),
            b.number.label("title_en"),
            m.name_zh.label("detail_zh"),
            m.name_en.label("detail_en"),
            m.code.label("sort"),
            sa.null().label("at"),
            b.expires_on.label("day"),
        )
        .select_from(t.batch.join(t.material, m.id == b.material_id))
        .where(_found("batch", text, ids))
        .order_by(b.id.desc())
    )


def _named(
    table: sa.Table, code: str, titles: tuple[str, str], details: tuple[str, ...], names: tuple[str, ...]
) -> Callable[[str, list[UUID] | None, Sites], sa.Select[Any]]:
    """What there are few of: read whole, by name; what begins with the text comes first."""

    def select(text: str, _ids: list[UUID] | None, _sites: Sites) -> sa.Select[Any]:
        c = table.c
        begins = sa.or_(*(c[name].istartswith(text, autoescape=True) for name in names))
        return (
            sa.select(
                c.id,
                c[code].label("code"),
                *(c[name].label(f"title_{end}") for name, end in zip(titles, ("zh", "en"), strict=True)),
                *(
                    sa.func.concat_ws(" · ", *(c[name] for name in details)).label(f"detail_{end}")
                    for end in ("zh", "en")
                ),
                sa.literal("").label("sort"),
                *_none(),
            )
            .where(_says(table, names, text))
            .order_by(begins.desc(), c[titles[0]], c.id)
        )

    return select


BOTH = ("name_zh", "name_en")
_SELECTS: dict[Kind, Callable[[str, list[UUID] | None, Sites], sa.Select[Any]]] = {
    "run": _runs,
    "document": _documents,
    "batch": _batches,
    "material": _named(
        t.material,
        "code",
        BOTH,
        ("code", "generic_name", "approval_number"),
        ("code", *BOTH, "generic_name", "approval_number"),
    ),
    "party": _named(t.party, "code", ("name", "name"), ("code",), ("code", "name")),
    "person": _named(t.person, "username", ("name", "name"), ("username",), ("name", "username")),
    "sop": _named(t.sop, "key", ("title_zh", "title_en"), ("key",), ("key", "title_zh", "title_en")),
}

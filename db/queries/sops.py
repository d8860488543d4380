"""Db queries: procedures, their versions, approvals and where each version is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONPATH

from db import tables as t
from db.session import Reader

Ref = int | UUID | sa.ScalarSelect[UUID]


@dataclass(frozen=True)
class InForce:
    """A version's effectivity at one site (all when none), from and to."""

    sop_version_id: UUID
    version: int
    site: str | None
    effective_from: datetime
    effective_to: datetime | None
    called_only: bool = False
    posts: Sequence[str] = ()
    """The posts that have a task in it; some more than once."""
    time_zone: str | None = None
    """The site's; None for all sites."""


@dataclass(frozen=True)
class SopRow:
    """A procedure in the catalogue, with what of it is in force now or will be."""

    id: UUID
    key: str
    title_zh: str
    title_en: str
    owner_department: str
    owner_post: str
    versions: int
    in_force: tuple[InForce, ...]


@dataclass(frozen=True)
class VersionRow:
    """A version; `version` is its local number, None before approval."""

    id: UUID
    sop_id: UUID
    key: str
    title_zh: str
    title_en: str
    version: int | None
    origin: str
    vendor_version: int | None
    state: str
    sha256: str | None
    author_id: UUID
    author: str
    created_at: datetime
    revision: int
    based_on_id: UUID | None


@dataclass(frozen=True)
class ApprovalRow:
    """A transition with who did it, and the meaning that was signed."""

    kind: str
    actor: str
    comment: str | None
    recorded_at: datetime
    signature_id: UUID | None
    printed_name: str | None
    meaning_zh: str | None
    meaning_en: str | None


@dataclass(frozen=True)
class EffectiveSop:
    """What a run that starts now is pinned to."""

    sop_id: UUID
    sop_version_id: UUID
    key: str
    title_zh: str
    title_en: str
    version: int
    sha256: str
    bundle: Mapping[str, Any]


async def catalogue(tx: Reader) -> list[SopRow]:
    """All procedures by key."""
    c = t.sop.c
    count = sa.select(sa.func.count()).where(t.sop_version.c.sop_id == c.id).scalar_subquery()
    rows = await tx.rows(
        sa.select(
            c.id,
            c.key,
            c.title_zh,
            c.title_en,
            c.owner_department,
            c.owner_post,
            count.label("versions"),
        ).order_by(c.key)
    )
    found = await effectivities(tx, [row["id"] for row in rows], ended=False)
    return [SopRow(**row, in_force=tuple(found.get(row["id"], ()))) for row in rows]


async def effectivities(tx: Reader, sop_ids: Sequence[UUID], *, ended: bool) -> dict[UUID, list[InForce]]:
    """Where versions are, will be, and (when `ended`) were in force, per procedure."""
    c = t.sop_effectivity.c
    query = (
        sa.select(
            c.sop_id,
            c.sop_version_id,
            t.sop_version.c.version,
            t.site.c.code.label("site"),
            t.site.c.time_zone,
            c.effective_from,
            c.effective_to,
            sa.func.coalesce(t.sop_version.c.definition["called_only"].as_boolean(), False).label(
                "called_only"
            ),
            sa.func.jsonb_path_query_array(
                t.sop_version.c.definition, sa.cast("$.**.human.post", JSONPATH)
            ).label("posts"),
        )
        .join(t.sop_version, t.sop_version.c.id == c.sop_version_id)
        .outerjoin(t.site, t.site.c.id == c.site_id)
        .where(c.sop_id.in_(sop_ids))
        .order_by(t.site.c.code.nulls_first(), c.effective_from, c.id)
    )
    if not ended:
        query = query.where(sa.or_(c.effective_to.is_(None), c.effective_to > sa.func.clock_now()))
    found: dict[UUID, list[InForce]] = {}
    for row in await tx.rows(query):
        fields = {name: value for name, value in row.items() if name != "sop_id"}
        found.setdefault(row["sop_id"], []).append(InForce(**fields))
    return found


async def versions(
    tx: Reader, *, key: str | None = None, ref: Ref | None = None, lock: bool = False
) -> list[VersionRow]:
    """Versions of a procedure, newest first; `ref` is a local number or an id."""
    c = t.sop_version.c
    query = (
        sa.select(
            c.id,
            c.sop_id,
            t.sop.c.key,
            t.sop.c.title_zh,
            t.sop.c.title_en,
            c.version,
            c.origin,
            c.vendor_version,
            c.state,
            c.sha256,
            c.author_id,
            t.person.c.name.label("author"),
            c.created_at,
            c.revision,
            c.based_on_id,
        )
        .join(t.sop, t.sop.c.id == c.sop_id)
        .join(t.person, t.person.c.id == c.author_id)
        .order_by(c.version.desc().nulls_first(), c.id.desc())
    )
    if key is not None:
        query = query.where(t.sop.c.key == key)
    if ref is not None:
        query = query.where(c.version == ref if isinstance(ref, int) else c.id == ref)
    if lock:
        query = query.with_for_update(of=t.sop_version)
    return [VersionRow(**row) for row in await tx.rows(query)]


async def authors(tx: Reader, version_id: UUID) -> set[UUID]:
    """Who began the version, and whoever wrote a revision of it."""
    c, revised = t.sop_version.c, t.sop_draft_revision.c
    began = sa.select(c.author_id.label("person_id")).where(c.id == version_id)
    wrote = sa.select(revised.person_id).where(revised.sop_version_id == version_id)
    return {row["person_id"] for row in await tx.rows(began.union(wrote))}


async def vendor_drafts(tx: Reader) -> list[VersionRow]:
    """The vendor's newest version of each procedure, as far as it waits as a draft or in review."""
    c = t.sop_version.c
    place = sa.func.row_number().over(
        partition_by=c.sop_id, order_by=(c.vendor_version.desc().nulls_last(), c.id.desc())
    )
    newest = sa.select(c.id, c.state, place.label("place")).where(c.origin == "vendor").subquery()
    waiting = await tx.rows(
        sa.select(newest.c.id).where(newest.c.place == 1, newest.c.state.in_(("draft", "in_review")))
    )
    return [row for one in waiting for row in await versions(tx, ref=one["id"])]


async def post_names(tx: Reader) -> dict[str, tuple[str, str]]:
    """What posts are called, by code: Chinese and English."""
    c = t.post.c
    return {
        row["code"]: (row["name_zh"], row["name_en"])
        for row in await tx.rows(sa.select(c.code, c.name_zh, c.name_en))
    }


async def submissions(tx: Reader, version_id: UUID) -> int:
    """How often a version was submitted for review."""
    c = t.sop_approval.c
    found: int = await tx.scalar(
        sa.select(sa.func.count()).where(c.sop_version_id == version_id, c.kind == "submit")
    )
    return found


async def is_under_review(tx: Reader, sop: str, review: str) -> bool:
    """Whether an open run of the procedure has this business key."""
    r, s = t.run.c, t.sop.c
    found = sa.exists().where(r.sop_id == s.id, s.key == sop, r.business_key == review, r.ended_at.is_(None))
    return bool(await tx.scalar(sa.select(found)))


async def under_review(tx: Reader, sop: str, run_id: UUID) -> VersionRow | None:
    """The version that a run of the procedure `sop` is about: its key begins with the version's id."""
    r, s, v = t.run.c, t.sop.c, t.sop_version.c
    version_id = (
        sa.select(v.id)
        .select_from(t.run.join(t.sop, s.id == r.sop_id))
        .join(t.sop_version, sa.cast(v.id, sa.Text) == sa.func.split_part(r.business_key, "/", 1))
        .where(r.id == run_id, s.key == sop)
        .scalar_subquery()
    )
    return next(iter(await versions(tx, ref=version_id)), None)


async def content(tx: Reader, version_id: UUID) -> Mapping[str, Any]:
    """Definition, source text and bundle of a version."""
    c = t.sop_version.c
    row = await tx.one_or_none(sa.select(c.definition, c.source, c.bundle).where(c.id == version_id))
    assert row is not None
    return row


async def approvals(tx: Reader, version_id: UUID) -> list[ApprovalRow]:
    """The transitions of a version, first to last."""
    c, signed = t.sop_approval.c, t.signature.c
    rows = await tx.rows(
        sa.select(
            c.kind,
            t.person.c.name.label("actor"),
            c.comment,
            c.recorded_at,
            c.signature_id,
            signed.printed_name,
            signed.meaning_zh,
            signed.meaning_en,
        )
        .join(t.person, t.person.c.id == c.actor_id)
        .outerjoin(t.signature, signed.id == c.signature_id)
        .where(c.sop_version_id == version_id)
        .order_by(c.id)
    )
    return [ApprovalRow(**row) for row in rows]


async def effective(tx: Reader, key: str, site_id: UUID | None, at: datetime) -> EffectiveSop | None:
    """The version in force at a site and instant: one made for the site comes before one for all."""
    c, version = t.sop_effectivity.c, t.sop_version.c
    row = await tx.one_or_none(
        sa.select(
            t.sop.c.id.label("sop_id"),
            version.id.label("sop_version_id"),
            t.sop.c.key,
            t.sop.c.title_zh,
            t.sop.c.title_en,
            version.version,
            version.sha256,
            version.bundle,
        )
        .join(t.sop, t.sop.c.id == c.sop_id)
        .join(t.sop_version, version.id == c.sop_version_id)
        .where(
            t.sop.c.key == key,
            sa.or_(c.site_id.is_(None), c.site_id == site_id),
            c.effective_from <= at,
            sa.or_(c.effective_to.is_(None), c.effective_to > at),
        )
        .order_by(c.site_id.nulls_last())
        .limit(1)
    )
    return EffectiveSop(**row) if row else None

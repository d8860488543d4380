"""Db queries: the people, signatures and files that a record of the system names by id."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import superseded
from domain.superseded import Superseded

if TYPE_CHECKING:
    from db.session import Reader


@dataclass(frozen=True)
class SignatureOfRecord:
    """A signature as it must be shown: printed name, post, meaning, instant, and the digest signed.

    `superseded`: what was signed has been sent back since; the signature is shown all the same.
    """

    id: UUID
    person_id: UUID
    printed_name: str
    post_name_zh: str
    post_name_en: str
    meaning_zh: str
    meaning_en: str
    recorded_at: datetime
    content_sha256: str
    superseded: Superseded | None = None


async def signatures(tx: Reader, ids: Collection[UUID]) -> list[SignatureOfRecord]:
    """The signatures with these ids, in the order in which they were given."""
    if not ids:
        return []
    g = t.signature.c
    columns = (g.id, g.person_id, g.printed_name, g.post_name_zh, g.post_name_en, g.meaning_zh, g.meaning_en)
    rows = await tx.rows(
        sa.select(*columns, g.recorded_at, g.content_sha256)
        .where(g.id.in_(ids))
        .order_by(g.recorded_at, g.id)
    )
    over = await superseded.of_signatures(tx, ids)
    return [SignatureOfRecord(**row, superseded=over.get(row["id"])) for row in rows]


async def people(tx: Reader, ids: Collection[UUID]) -> dict[str, str]:
    """Person id -> name."""
    p = t.person.c
    rows = await tx.rows(sa.select(p.id, p.name).where(p.id.in_(ids))) if ids else ()
    return {str(row["id"]): row["name"] for row in rows}


async def files(tx: Reader, ids: Collection[UUID]) -> dict[str, str]:
    """Attachment id -> file name."""
    a = t.attachment.c
    rows = await tx.rows(sa.select(a.id, a.file_name).where(a.id.in_(ids))) if ids else ()
    return {str(row["id"]): row["file_name"] for row in rows}


async def site(tx: Reader, ref: str | None) -> tuple[str, str] | None:
    """The Chinese and English name of a site by its id; None without one."""
    s = t.site.c
    row = await tx.one_or_none(sa.select(s.name_zh, s.name_en).where(s.id == UUID(ref))) if ref else None
    return (row["name_zh"], row["name_en"]) if row else None


async def zones(tx: Reader, document_id: UUID, codes: Collection[str]) -> dict[str, str]:
    """Location code -> what its zone is for, at the site of a document; the codes that its lines name."""
    loc, z, d = t.location.c, t.zone.c, t.document.c
    query = sa.select(loc.code, z.kind).join(t.zone, z.id == loc.zone_id)
    query = query.join(t.document, d.site_id == loc.site_id).where(d.id == document_id, loc.code.in_(codes))
    return {row["code"]: row["kind"] for row in await tx.rows(query)} if codes else {}


async def issuer(tx: Reader, document_id: UUID, language: str) -> str:
    """The name of the legal entity that a document is of."""
    e, d = t.legal_entity.c, t.document.c
    name = e.name_en if language == "en" else e.name_zh
    query = sa.select(name).join(t.document, d.legal_entity_id == e.id).where(d.id == document_id)
    return str(await tx.scalar(query) or "")

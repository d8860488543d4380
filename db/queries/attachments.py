"""Db queries: attachments whose bytes are not there - deleted with a tombstone, or gone without one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries.evidence_scope import EvidenceScope, runs_in
from db.queries.retention import THREE
from db.session import Reader

Rows = list[Mapping[str, Any]]
_A, _B, _X = t.attachment.c, t.attachment_body.c, t.tombstone.c
_STONE = sa.func.tombstone_of_attachment(sa.literal_column("attachment"), type_=sa.Uuid)
"""The tombstone that names digest and size of an attachment and is younger than it."""


def _own_run_deleted() -> sa.ColumnElement[bool]:
    """Whether the contents of the run that it belongs to were deleted; of no run: nothing to ask."""
    of_run = t.tombstone.alias("of_run")
    return _A.run_id.is_(None) | sa.exists().where(of_run.c.run_id == _A.run_id)


async def deleted(tx: Reader, attachment_id: UUID) -> Mapping[str, Any] | None:
    """When and by which run the bytes of an attachment were deleted; None when no tombstone says so."""
    return await tx.one_or_none(
        sa.select(_X.recorded_at, _X.destruction_run_id, t.run.c.business_key)
        .select_from(
            t.attachment.join(t.tombstone, _X.id == _STONE).join(t.run, t.run.c.id == _X.destruction_run_id)
        )
        .where(_A.id == attachment_id, _own_run_deleted())
    )


async def not_as_said(tx: Reader, scope: EvidenceScope) -> tuple[int, Rows]:
    """How many attachments have their bytes, and which are not as they have to be, by `code`.

    Bytes are altered, or missing without a tombstone of theirs, or there although every attachment with that
    digest is older than the tombstone that names it.
    """
    digest = sa.func.encode(sa.func.sha256(_B.bytes), "hex")
    known = t.attachment.alias("known")
    renewed = sa.exists().where(
        known.c.sha256 == _A.sha256,
        sa.func.tombstone_of_attachment(sa.literal_column("known"), type_=sa.Uuid).is_(None),
    )
    excused = _STONE.is_not(None) & _own_run_deleted()
    code = sa.case(
        (_B.sha256.is_(None) & ~excused, "body_missing"),
        (digest != _A.sha256, "body_altered"),
        (_B.sha256.is_not(None) & _STONE.is_not(None) & ~renewed, "body_not_deleted"),
    )
    joined = t.attachment.outerjoin(t.attachment_body, _B.sha256 == _A.sha256)
    asked = sa.true() if scope.whole else _A.run_id.in_(runs_in(scope))
    wrong = sa.select(_A.id, code.label("code")).select_from(joined).where(asked, code.is_not(None))
    there = sa.select(sa.func.count(_B.sha256)).select_from(joined).where(asked)
    return int(await tx.scalar(there)), list(await tx.rows(wrong.order_by(_A.id)))


async def damaged_of(tx: Reader, run_id: UUID) -> list[str]:
    """The file names of a run's attachments whose bytes are not what their header says."""
    digest = sa.func.encode(sa.func.sha256(_B.bytes), "hex")
    of_run = sa.func.attachments_of(run_id).table_valued("sha256", "file_name", name="of_run")
    rows = await tx.rows(
        sa.select(of_run.c.file_name)
        .select_from(of_run.join(t.attachment_body, _B.sha256 == of_run.c.sha256))
        .where(digest != of_run.c.sha256)
        .order_by(of_run.c.file_name)
    )
    return [row["file_name"] for row in rows]


async def tombstones_of(tx: Reader, ids: Collection[UUID]) -> Rows:
    """The tombstones of these attachments, each once, column by column."""
    named = sa.select(_STONE).where(_A.id.in_(ids))
    return list(await tx.rows(sa.select(t.tombstone).where(_X.id.in_(named)).order_by(_X.id)))


async def signatures_for(tx: Reader, stones: Collection[Mapping[str, Any]]) -> Rows:
    """The signatures that tombstones name, as they were recorded."""
    named = {stone[name] for stone in stones for name in THREE}
    s = t.signature.c
    return list(await tx.rows(sa.select(t.signature).where(s.id.in_(named)).order_by(s.id)))

"""Services: the bundle of a run, read once per process and hash. It knows no rule of the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from domain.sop_bundle import Bundle

if TYPE_CHECKING:
    from db.session import Reader
    from domain.sop_definition import Form

_kept: dict[str, Bundle] = {}
KEPT = 64


async def bundle_of(tx: Reader, sop_version_id: UUID, sha256: str) -> Bundle:
    """The pinned bundle of a version; BundleMismatch if the row is not what the hash says."""
    found = _kept.get(sha256)
    if found is None:
        stored = await tx.scalar(
            sa.select(t.sop_version.c.bundle).where(t.sop_version.c.id == sop_version_id)
        )
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        found = _kept[sha256] = Bundle.from_json(stored, sha256)
    return found


def event_form(bundle: Bundle, step_id: str) -> Form:
    """The form of the data that a step which waits for an event declares."""
    wait = bundle.steps[step_id].wait
    assert wait is not None
    return wait.data

"""Services: a run goes over to another version - the Update, what founds it, by what it went when.

The advance that settles it is still made by the version that is left; the next is made by the new one. An
engine that has lost its last commits goes by an older version than the database until what it lost is
delivered again: each advance says by which of the run's versions it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.commands import ChangeOver
from db import tables as t
from db.queries import changeovers as queries
from domain.sop_bundle import BundleMismatch
from domain.sop_progress.refusals import RunEnded
from services import bundles

if TYPE_CHECKING:
    from contracts.advance import SettleChangeover
    from db.queries.submissions import SubmissionRow
    from db.session import Reader, Transaction
    from engine.gateway import Rejected
    from services.action_context import RunInAdvance
    from services.advance_state import Advance

KIND = "changeover"
"""The kind of the submission by which a run is moved."""


async def update_of(tx: Reader, row: SubmissionRow) -> ChangeOver:
    """The command that carries the submission to its run, with the whole bundle of the new version."""
    ordered = await queries.ordered_by(tx, row.id)
    assert ordered is not None, "the submission was written with the approval of its order"
    bundle = await bundles.bundle_of(tx, ordered["sop_version_id"], ordered["sha256"])
    return ChangeOver(
        submission=str(row.id),
        actor=str(row.actor_id),
        hash=row.content_hash,
        reason=row.reason or "",
        order=str(ordered["order"]),
        version=ordered["version"],
        of=ordered["from_sha256"],
        sha256=ordered["sha256"],
        bundle=bundle.to_json(),
    )


async def problem(advance: Advance, claim: SettleChangeover) -> str | None:
    """What is wrong with a settlement: no approved order says so, or one of another version."""
    ordered = await queries.ordered_by(advance.tx, UUID(claim.submission))
    if ordered is None:
        return "there is no approved order"
    same = {
        "order": str(ordered["order"]) == claim.order,
        "version": ordered["sha256"] == claim.sha256,
        "version that is left": ordered["from_sha256"] == claim.of == advance.run.sha256,
        "result": ordered["result"] is None,
        "number": claim.number == advance.run.changeovers + 1,
    }
    name = next((name for name, good in same.items() if not good), None)
    return f"{name} differs" if name else None


async def note_refused(tx: Transaction, row: SubmissionRow, answer: Rejected) -> None:
    """What the run itself said, as the result of the order for it."""
    c = t.changeover_run.c
    await tx.execute(
        sa.update(t.changeover_run)
        .where(c.submission_id == row.id, c.result.is_(None))
        .values(
            result="ended" if answer.code == RunEnded.code else "refused",
            reason_zh=answer.zh,
            reason_en=answer.en,
            settled_at=sa.func.clock_timestamp(),
        )
    )


async def as_of(tx: Reader, run: RunInAdvance, changeovers: int) -> RunInAdvance:
    """The run by the version that it went by after so many changeovers; BundleMismatch if it had fewer."""
    if changeovers == run.changeovers:
        return run
    left = await queries.left_by(tx, run.id)
    if changeovers > len(left):
        raise BundleMismatch
    found = left[changeovers]
    return replace(
        run,
        sop_version_id=found["sop_version_id"],
        sha256=found["sha256"],
        version=found["version"],
        changeovers=changeovers,
    )


async def as_started(tx: Reader, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A run's row as it was started: an engine that has lost it begins with its first version."""
    if not row["changeovers"]:
        return row
    first = (await queries.left_by(tx, row["id"]))[0]
    return {**row, "sop_version_id": first["sop_version_id"], "sha256": first["sha256"]}

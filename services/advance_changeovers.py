"""Services: the advance that puts a run under another version, with the result of the order that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import changeovers as queries
from services import advance_settle

if TYPE_CHECKING:
    from contracts.advance import SettleChangeover
    from services.advance_state import Advance


async def settle(advance: Advance, claim: SettleChangeover) -> dict[str, Any]:
    """Writes the verdict and the result of the order, and puts the run under its new version."""
    row = await advance_settle.accept(advance, claim, "changed_over")
    tx, run, c = advance.tx, advance.run, t.changeover_run.c
    ordered = await queries.ordered_by(tx, UUID(claim.submission))
    assert ordered is not None
    await tx.execute(
        sa.update(t.changeover_run)
        .where(c.submission_id == UUID(claim.submission))
        .values(result="moved", settled_at=sa.func.clock_timestamp())
    )
    await tx.execute(
        sa.update(t.run)
        .where(t.run.c.id == run.id)
        .values(
            sop_version_id=ordered["sop_version_id"],
            sha256=ordered["sha256"],
            changeovers=t.run.c.changeovers + 1,
        )
    )
    await tx.audit(
        "changeover.run",
        "run",
        str(run.id),
        before={"version": run.version, "sha256": run.sha256},
        after={"version": ordered["version"], "sha256": ordered["sha256"], "order": claim.order},
        reason=row["reason"],
        run_id=run.id,
    )
    return {"from": run.version, "to": ordered["version"], "order": claim.order}

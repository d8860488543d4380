"""Services: the actions `retention.propose` and `retention.delete_bodies` (GSP 42). Knows no engine.

What the database refuses - too early, held, signed by fewer than three - nothing here can get around. What
only can be seen here is looked at first: contents that are not what their header says stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from db.queries import archives, attachments, retention, retention_due
from db.queries.acceptance_signatures import signatures_of_step, signatures_over
from domain.retention import ArchiveNotWhole, RetentionNotOver, UnderLegalHold
from services import line_sets
from services.action_context import ActionContext, ActionOutcome, ActionRefused
from services.evidence_verification import verify_bodies_of
from services.receiving_lines import all_lines

AT_ONCE = 200
"""So many runs are proposed in one run of the procedure; a person looks at each of them."""


async def propose(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """The site's runs whose contents may be deleted now."""
    del inputs
    found = await retention_due.due(ctx.tx, AT_ONCE, ctx.run.site_id)
    if not found:
        raise ActionRefused("nothing_due", ctx.run.site)
    lines = [(row["business_key"] or str(row["run_id"]), _line(n, row)) for n, row in enumerate(found, 1)]
    totals = {"contents": sum(line["contents"] for _, line in lines)}
    made = await line_sets.create(ctx.tx, ctx.run.id, ctx.path, "archives", lines, totals)
    return ActionOutcome({"lines": made.model_dump(mode="json")})


def _line(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": number,
        "run": str(row["run_id"]),
        "procedure": f"{row['title_zh']} / {row['title_en']}",
        "ended_on": row["ended_at"].date().isoformat(),
        "kept_until": row["until"].isoformat(),
        "kept_because": row["rule"],
        "contents": len(row["parts"]) + row["attachments"],
    }


async def delete_bodies(ctx: ActionContext, inputs: Mapping[str, Any]) -> ActionOutcome:
    """Delete the contents of the runs that were chosen; all of them, or none."""
    lines = await all_lines(ctx, inputs["lines"])
    chosen = [UUID(line["run"]) for line in lines if line["outcome"] == "delete"]
    if not chosen:
        raise ActionRefused("none_chosen")
    asked = await signatures_over(ctx.tx, inputs["lines"]["id"])
    approved = await signatures_of_step(ctx.tx, ctx.run.id, inputs["approved_in"])
    witnessed = await signatures_of_step(ctx.tx, ctx.run.id, inputs["witnessed_in"])
    three = [UUID(found[-1]["signature"]) if found else UUID(int=0) for found in (asked, approved, witnessed)]
    for run_id in chosen:
        await _delete(ctx, run_id, (three[0], three[1], three[2]), str(inputs["reason"]))
    return ActionOutcome({"deleted": len(chosen)})


async def _delete(ctx: ActionContext, run_id: UUID, signatures: tuple[UUID, UUID, UUID], reason: str) -> None:
    header = await archives.of_run(ctx.tx, run_id)
    if header is None:
        raise ActionRefused("contents_damaged", str(run_id))
    damaged, _ = await verify_bodies_of(ctx.tx, header)
    if damaged:
        raise ActionRefused("contents_damaged", damaged[0].message())
    if files := await attachments.damaged_of(ctx.tx, run_id):
        raise ActionRefused("contents_damaged", files[0])
    try:
        stone = await retention.delete(
            ctx.tx, run_id, by_run=ctx.run.id, path=ctx.path, signatures=signatures, reason=reason
        )
    except (RetentionNotOver, UnderLegalHold, ArchiveNotWhole) as refusal:
        raise ActionRefused("no_longer_due", f"{run_id}: {refusal.message()}") from refusal
    await ctx.tx.audit(
        "delete.contents",
        "run",
        str(run_id),
        after={"tombstone": str(stone), "contents": len(header["parts"])},
        reason=reason,
        run_id=ctx.run.id,
    )

"""Services: an order to move runs is proposed - with a reason, of runs that can all go over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import changeovers as queries
from db.queries import runs as run_queries
from db.queries import training
from domain.canonical import sha256_of
from domain.errors import FieldProblem, Invalid, NotFound, Refusal
from domain.sop_definition import Text
from services import audit, changeovers
from services.changeovers import Order
from services.changes import reason_of
from services.permissions import Permission, require, require_person

if TYPE_CHECKING:
    from db.queries.runs import RunRow
    from db.queries.sops import VersionRow
    from db.session import Reader, Transaction
    from services.platform import Actor, Platform

WAITS = Text(zh="待批准：{title_zh} 在途流程转版", en="To be approved: runs of {title_en} go over")
WAITS_BODY = Text(
    zh="{proposer}提出将{count}个在途流程转到第{version}版，请批准或否决。",
    en="{proposer} proposes that runs go over to version {version} ({count}): approve or decline it.",
)
MOST = 100
"""Runs in one order."""


class RunsDoNotFit(Refusal):
    """Some of the chosen runs cannot go over; the first is named with its reasons."""

    code = "runs_do_not_fit"
    kind = "conflict"
    zh = "所选流程中有 {count} 个不能转到此版本，例如“{run}”：{reason_zh}"
    en = "Runs that cannot go over to this version: {count}, for example “{run_en}”: {reason_en}"


async def propose(
    platform: Platform,
    key: str,
    ref: int | UUID,
    run_ids: Sequence[UUID],
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> Order:
    """Propose that these runs go over to the version; RunsDoNotFit. Again with `as_id`: the first order."""
    order_id = as_id or new_id()
    async with audit.refusals(
        platform, actor, "propose.changeover", "changeover", order_id, request_id=request_id
    ):
        require_person(actor)
        require(actor, Permission.SOP_DRAFT)
        words = reason_of(reason)
        async with platform.database.read() as tx:
            if await queries.orders(tx, order=order_id):
                return await changeovers.order(platform, order_id, actor=actor)
            version = await changeovers.version_of(tx, key, ref)
            chosen = await _chosen(tx, run_ids, version, actor)
        against = await changeovers.obstacles(platform, version, chosen)
        _refuse_unfit(chosen, against)
        async with platform.database.write(actor.ref, request_id) as tx:
            await _write(tx, order_id, version, chosen, words, actor)
    return await changeovers.order(platform, order_id, actor=actor)


async def _chosen(tx: Reader, run_ids: Sequence[UUID], version: VersionRow, actor: Actor) -> list[RunRow]:
    """The runs, each at a site where the actor may prepare what procedures say."""
    if not run_ids or len(run_ids) > MOST:
        words = f"请选择 1 至 {MOST} 个流程", f"choose 1 to {MOST} runs"
        raise Invalid([FieldProblem("runs", "required", *words)])
    found = await run_queries.run_rows(tx, list(dict.fromkeys(run_ids)))
    if len(found) != len(set(run_ids)) or any(run.sop != version.key for run in found):
        raise NotFound(what="流程 / run")
    for run in found:
        require(actor, Permission.SOP_DRAFT, run.site_id)
    return found


def _refuse_unfit(chosen: Sequence[RunRow], against: Mapping[UUID, Any]) -> None:
    unfit = [run for run in chosen if against[run.id]]
    if unfit:
        run, first = unfit[0], against[unfit[0].id][0]
        name = run.summary_zh or run.business_key or str(run.id)
        raise RunsDoNotFit(
            count=len(unfit),
            run=name,
            run_en=run.summary_en or name,
            reason_zh=first["zh"],
            reason_en=first["en"],
        )


async def _write(
    tx: Transaction,
    order_id: UUID,
    version: VersionRow,
    chosen: Sequence[RunRow],
    reason: str,
    actor: Actor,
) -> None:
    said = {str(run.id): run.sha256 for run in chosen}
    content = sha256_of("changeover", 1, order=str(order_id), sha256=version.sha256, runs=said, reason=reason)
    await tx.execute(
        sa.insert(t.changeover).values(
            id=order_id,
            sop_id=version.sop_id,
            sop_version_id=version.id,
            sha256=version.sha256,
            reason=reason,
            content_hash=content,
            proposed_by=actor.person_id,
        )
    )
    await tx.execute(
        sa.insert(t.changeover_run),
        [
            {
                "id": new_id(),
                "changeover_id": order_id,
                "run_id": run.id,
                "from_version_id": run.sop_version_id,
                "from_sha256": run.sha256,
            }
            for run in chosen
        ],
    )
    await tx.audit(
        "propose.changeover",
        "changeover",
        order_id,
        after={"sop": version.key, "version": version.version, "runs": sorted(said), "content_hash": content},
        reason=reason,
    )
    await _tell(tx, order_id, version, len(chosen), actor)


async def _tell(tx: Transaction, order_id: UUID, version: VersionRow, count: int, actor: Actor) -> None:
    """Whoever may approve it learns of it, but for who proposed it."""
    said = {
        "title_zh": version.title_zh,
        "title_en": version.title_en or version.title_zh,
        "version": version.version,
        "proposer": actor.name,
        "count": count,
    }
    rows = [
        {
            "person_id": person,
            "template": "changeover.proposed",
            "title_zh": WAITS.zh.format(**said),
            "title_en": WAITS.en.format(**said),
            "body_zh": WAITS_BODY.zh.format(**said),
            "body_en": WAITS_BODY.en.format(**said),
            "link": f"/changeovers/{order_id}",
        }
        for person in await training.holders(tx, Permission.SOP_APPROVE, [actor.person_id])
    ]
    if rows:
        await tx.execute(sa.insert(t.notification), rows)

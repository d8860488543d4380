"""Services: how long contents of archives are kept - what is due, legal holds, what was deleted.

Who reads the audit log at all sites reads this; who has `evidence.hold` sets and lifts holds. The rules
bind in the database (decision 0045).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import retention as queries
from db.queries import retention_due
from db.queries import runs as run_queries
from domain.errors import FieldProblem, Invalid, NotFound
from services import audit, stock
from services.changes import reason_of
from services.permissions import NotPermitted, Permission, require, require_person, visible_sites

if TYPE_CHECKING:
    from db.session import Reader
    from services.platform import Actor, Platform

HoldKind = Literal["run", "batch", "sop", "all"]
SHOWN = 50
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class RetentionStanding:
    """What may be deleted now, what is kept still, the holds, and what was deleted (the newest).

    `more` is the cursor of the next archives to be looked at, None behind the last.
    """

    due: Rows
    next: Rows
    holds: Rows
    lifted: Rows
    tombstones: Rows
    more: str | None


async def standing(platform: Platform, *, actor: Actor, after: str | None = None) -> RetentionStanding:
    """For who may read the audit log of all sites."""
    _require_all(actor, Permission.AUDIT_READ)
    async with platform.database.read() as tx:
        page = await retention_due.examined(tx, SHOWN, after)
        return RetentionStanding(
            due=[row for row in page.items if retention_due.is_due(row)],
            next=[
                *(row for row in page.items if not retention_due.is_due(row)),
                *await retention_due.upcoming(tx, SHOWN),
            ],
            holds=await queries.holds(tx, in_force=True),
            lifted=await queries.holds(tx, in_force=False),
            tombstones=await queries.tombstones(tx, SHOWN),
            more=page.next,
        )


async def set_hold(
    platform: Platform,
    kind: HoldKind,
    about: str,
    *,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> UUID:
    """From now on nothing that it covers is deleted. `about`: a run, a batch or a procedure by name or id."""
    async with audit.refusals(platform, actor, "set.legal_hold", "legal_hold", kind, request_id=request_id):
        _require_all(actor, Permission.EVIDENCE_HOLD)
        require_person(actor)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            what = await _about(tx, kind, about)
            made = await queries.set_hold(tx, kind=kind, reason=words, actor_id=actor.person_id, **what)
            await tx.audit(
                "set.legal_hold",
                "legal_hold",
                str(made),
                after={"kind": kind, **{name: str(value) for name, value in what.items()}},
                reason=words,
                run_id=what.get("run_id"),
            )
            return made


async def lift_hold(
    platform: Platform, hold_id: UUID, *, reason: str, actor: Actor, request_id: str = ""
) -> None:
    """The hold ends; that it was there stays. HoldNotInForce."""
    async with audit.refusals(
        platform, actor, "lift.legal_hold", "legal_hold", hold_id, request_id=request_id
    ):
        _require_all(actor, Permission.EVIDENCE_HOLD)
        require_person(actor)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            await queries.set_hold(tx, kind="lift", lifts_id=hold_id, reason=words, actor_id=actor.person_id)
            await tx.audit("lift.legal_hold", "legal_hold", str(hold_id), reason=words)


async def tombstone_of(tx: Reader, run_id: UUID) -> Mapping[str, Any] | None:
    """What is left of a run's contents, when they were deleted; for who may read the run."""
    return await queries.tombstone_of(tx, run_id)


async def _about(tx: Reader, kind: HoldKind, about: str) -> dict[str, UUID]:
    about = about.strip()
    if kind == "all":
        return {}
    if not about:
        words = "请填写保全对象", "say what is to be held"
        raise Invalid([FieldProblem("about", "required", *words)])
    if kind == "batch":
        return {"batch_id": await stock.batch_id(tx, about)}
    if kind == "run":
        run = await run_queries.named(tx, about)
        if run is None:
            raise NotFound(what=f"流程 / run {about}")
        return {"run_id": run}
    sop = await tx.scalar(sa.select(t.sop.c.id).where(t.sop.c.key == about))
    if sop is None:
        raise NotFound(what=f"规程 / procedure {about}")
    return {"sop_id": sop}


def _require_all(actor: Actor, permission: Permission) -> None:
    """Records of the whole house: NotPermitted for who has the permission at some sites only."""
    require(actor, permission)
    if visible_sites(actor, permission) is not None:
        raise NotPermitted(permission=permission.value)

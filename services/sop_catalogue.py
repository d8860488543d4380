"""Services: the catalogue of procedures - what exists, what is in force where, and each version in full.

One door for all callers: drafting is in `sop_drafts`, approval and publication in `sop_approval`. Knows
no HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from db.queries import references
from db.queries import sops as queries
from db.queries.sops import ApprovalRow, EffectiveSop, InForce, SopRow, VersionRow
from db.session import Reader
from domain.decision_table import DecisionTable
from domain.errors import NotFound
from domain.sop_calls import CalledSop
from domain.sop_definition import SopDefinition
from domain.sop_findings import Finding
from domain.sop_yaml import parse
from services import decision_tables, sop_calls
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.signatures import SignatureGiven
from services.sop_approval import AuthorMayNotApprove, approve
from services.sop_calls import NotInForce
from services.sop_checks import findings_of
from services.sop_drafts import WrongState, load_draft, reject, submit
from services.sop_effectivity import AlreadyInForce, clock_of, publish, retire, withdraw

__all__ = [
    "AlreadyInForce",
    "ApprovalRow",
    "AuthorMayNotApprove",
    "EffectiveSop",
    "InForce",
    "NotInForce",
    "SignatureGiven",
    "SopRow",
    "VersionRow",
    "VersionView",
    "WrongState",
    "approve",
    "callable_sops",
    "clock_of",
    "effective_bundle",
    "get_version",
    "list_sops",
    "load_draft",
    "publish",
    "reject",
    "retire",
    "submit",
    "versions",
    "withdraw",
]


@dataclass(frozen=True)
class VersionView:
    """A version in full: definition, text, findings of today, transitions, where it is in force."""

    row: VersionRow
    definition: Mapping[str, Any]
    source: str
    bundle: Mapping[str, Any] | None
    findings: list[Finding]
    approvals: list[ApprovalRow]
    in_force: list[InForce]
    authors: frozenset[UUID] = frozenset()
    """Whoever wrote a part of it."""
    newest_tables: Mapping[str, DecisionTable] = field(default_factory=dict)
    """The newest approved decision tables, which a draft decides by."""

    @property
    def tables(self) -> Mapping[str, DecisionTable]:
        """The decision tables that it is pinned to; of a draft the newest approved ones."""
        if self.bundle is None:
            return self.newest_tables
        kept = self.bundle.get("tables", {})
        return {key: DecisionTable.model_validate(table) for key, table in kept.items()}

    @property
    def written(self) -> SopDefinition:
        """The definition as its author wrote it; the stored form keeps no order."""
        return parse(self.source).definition if self.source else SopDefinition.model_validate(self.definition)


async def list_sops(platform: Platform, *, actor: Actor) -> list[SopRow]:
    """All procedures by key, with what of each is in force now or will be."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await queries.catalogue(tx)


async def versions(platform: Platform, key: str, *, actor: Actor) -> list[VersionRow]:
    """All versions of a procedure, drafts first, then newest first."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        found = await queries.versions(tx, key=key)
    if not found:
        raise NotFound(what=f"规程 / SOP {key}")
    return found


async def get_version(platform: Platform, key: str, ref: int | UUID, *, actor: Actor) -> VersionView:
    """A version by its local number or its id."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        found = await queries.versions(tx, key=key, ref=ref)
        if not found:
            raise NotFound(what=f"规程版本 / SOP version {key} {ref}")
        row = found[0]
        kept = await queries.content(tx, row.id)
        placed = (await queries.effectivities(tx, [row.sop_id], ended=True)).get(row.sop_id, [])
        return VersionView(
            row,
            kept["definition"],
            kept["source"],
            kept["bundle"],
            await findings_of(tx, kept["source"], platform),
            await queries.approvals(tx, row.id),
            [one for one in placed if one.sop_version_id == row.id],
            frozenset(await queries.authors(tx, row.id)),
            await decision_tables.newest(tx),
        )


async def callable_sops(platform: Platform, *, actor: Actor) -> Mapping[str, CalledSop]:
    """The procedures in force, as others that call them see them."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        keys = [one.key for one in await queries.catalogue(tx) if one.in_force]
        return await sop_calls.in_force(tx, keys, await references.clock_now(tx))


async def effective_bundle(tx: Reader, sop_key: str, site_id: UUID | None, at: datetime) -> EffectiveSop:
    """The version that a run starting at a site and instant is pinned to; NotInForce when there is none."""
    found = await queries.effective(tx, sop_key, site_id, at)
    if found is None:
        raise NotInForce(sop=sop_key)
    return found

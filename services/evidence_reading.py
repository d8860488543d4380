"""Services: reading evidence - how far it is sealed and archived, a run's archive, verifications.

Who may read the audit log at all sites may verify everything; one run, who may read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import archives as archive_queries
from db.queries import organisation
from db.queries import runs as run_queries
from db.queries import seals as seal_queries
from db.queries.evidence_scope import EvidenceScope
from domain.errors import NotFound
from domain.seal_keys import fingerprint
from services import archived_runs, run_view, seal_heads, stock
from services.blind_counts import hides_figures
from services.permissions import NotPermitted, Permission, require, visible_sites

if TYPE_CHECKING:
    from db.session import Reader
    from services.evidence_check import EvidenceVerdict
    from services.head_places import PlaceStanding
    from services.platform import Actor, Platform

PATIENCE_S = 4.0
"""A page does not wait longer for a store that does not answer."""


@dataclass(frozen=True)
class EvidenceStanding:
    """How far evidence is sealed, exported and archived now."""

    blocks: int
    last_sealed_at: datetime | None
    unsealed: int
    unsealed_since: datetime | None
    places: Sequence[PlaceStanding]
    backlog: int
    backlog_since: datetime | None
    keys: Sequence[tuple[int, str, datetime]]
    """Number, fingerprint, and since when."""


@dataclass(frozen=True)
class RunArchive:
    """A run's archive as its header has it, with the block that seals it (None: not sealed yet)."""

    header: Mapping[str, Any]
    block: int | None


async def standing(platform: Platform, *, actor: Actor) -> EvidenceStanding:
    """For who may read the audit log."""
    require(actor, Permission.AUDIT_READ)
    outside = await seal_heads.readings(platform, whole=False, patience_s=PATIENCE_S)
    async with platform.database.read() as tx:
        places = await seal_heads.standings(tx, platform, outside)
        last = await seal_queries.last_block(tx)
        unsealed, since = await seal_queries.count_after(tx, int(last["until_tx"]) if last else 0)
        backlog, backlog_since = await archive_queries.backlog(tx)
        keys = [
            (row["number"], fingerprint(bytes(row["public_key"])), row["recorded_at"])
            for row in await seal_queries.keys(tx)
        ]
    return EvidenceStanding(
        blocks=last["number"] if last else 0,
        last_sealed_at=last["sealed_at"] if last else None,
        unsealed=unsealed,
        unsealed_since=since,
        places=places,
        backlog=backlog,
        backlog_since=backlog_since,
        keys=keys,
    )


async def scope_of(
    platform: Platform,
    *,
    actor: Actor,
    run: UUID | None = None,
    batch: str | None = None,
    person: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> EvidenceScope:
    """The scope that is asked for. NotFound, AmbiguousBatch; NotPermitted beyond one's own sites."""
    async with platform.database.read() as tx:
        if run is not None:
            await run_view.readable(tx, run, actor)
        else:
            require(actor, Permission.AUDIT_READ)
            if visible_sites(actor, Permission.AUDIT_READ) is not None:
                raise NotPermitted(permission=Permission.AUDIT_READ.value)
        return EvidenceScope(
            run_id=run,
            batch_id=await stock.batch_id(tx, batch) if batch else None,
            person_id=await _person(tx, person) if person else None,
            since=since,
            until=until,
        )


async def run_named(platform: Platform, ref: str, *, actor: Actor) -> UUID:
    """A run by its id, or the newest with that business key. NotFound."""
    async with platform.database.read() as tx:
        found = await run_queries.named(tx, ref)
        if found is None:
            raise NotFound(what=f"流程 / run {ref}")
        return (await run_view.readable(tx, found, actor)).id


async def _person(tx: Reader, ref: str) -> UUID:
    found = await organisation.people(tx, ref=ref, limit=1)
    if not found.items:
        raise NotFound(what=f"人员 / person {ref}")
    return found.items[0].id


async def archive_of(platform: Platform, run_id: UUID, *, actor: Actor) -> RunArchive:
    """The archive of a run. NotFound while it has none."""
    async with platform.database.read() as tx:
        await run_view.readable(tx, run_id, actor)
        header = await archived_runs.header(tx, run_id)
        if header is None:
            raise NotFound(what=f"归档 / archive of run {run_id}")
        return RunArchive(header, await seal_queries.block_of(tx, int(header["tx"])))


async def part_of(platform: Platform, run_id: UUID, name: str, *, actor: Actor) -> bytes:
    """One content of a run's archive as written. NotFound, ArchiveDamaged, NotPermitted (blind counts)."""
    async with platform.database.read() as tx:
        run = await run_view.readable(tx, run_id, actor)
        if await hides_figures(tx, run_id, run.site_id, actor):
            raise NotPermitted(permission=Permission.AUDIT_READ.value)
        header = await archived_runs.header(tx, run_id)
        if header is None or name not in {part["name"] for part in header["parts"]}:
            raise NotFound(what=f"归档内容 / content of an archive {name}")
        return (await archived_runs.contents(tx, header, [name]))[name]


async def note_verified(
    platform: Platform,
    scope: EvidenceScope,
    verdict: EvidenceVerdict,
    *,
    actor: Actor | None,
    request_id: str = "",
    found: int | None = None,
    about: str = "",
) -> None:
    """Write down that evidence was verified, of what, and what was found.

    `found`: how much in all, where the verdict has what was found at last only. `about`: under which name.
    """
    async with platform.database.write(actor.ref if actor else None, request_id) as tx:
        counted = ("blocks", "rows", "contents", "runs", "events", "deleted")
        said = {name: getattr(verdict, name) for name in counted}
        chosen = {name: str(value) for name, value in scope.__dict__.items() if value is not None}
        findings = [finding.as_data() for finding in verdict.findings[:100]]
        await tx.audit(
            "verify.evidence",
            "evidence",
            about or str(scope.run_id or "all"),
            after={
                "scope": chosen,
                "levels": list(verdict.levels),
                **said,
                "found": len(verdict.findings) if found is None else found,
                "findings": findings,
            },
            run_id=scope.run_id,
        )

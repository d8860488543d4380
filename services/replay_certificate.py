"""Services: the replay certificate of a run - executed again from its archive, on paper, whatever came of it.

All four levels: hashes, blocks and signatures; the engine's replay; the strict one; the reconciliation. A
run that does not come out as it was recorded gets a certificate that says so, with each finding. That it was
made, with its digest, is in the audit log.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import seals
from db.queries.evidence_scope import EvidenceScope
from domain.errors import Refusal
from domain.run_archive import histories
from domain.seal_keys import fingerprint
from engine import replaying
from engine.code_version import code_sha256
from services import archived_runs, evidence_check, evidence_reading, replay_certificate_note, runs
from services.at_once import AtOnce
from services.blind_counts import hides_figures
from services.permissions import NotPermitted, Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.replay_findings import ReplayVerdict
    from services.evidence_check import EvidenceVerdict
    from services.platform import Actor, Platform
    from services.runs import RunView

MADE = AtOnce(2)
RECORDED = (1, 4)
"""The levels that do not replay: the run and those that it called."""


class NotArchivedYet(Refusal):
    """A replay begins with the archive, and an open run has none."""

    code = "not_archived_yet"
    zh = "流程尚未归档：进行中，或刚刚结束。归档后才能重放并出具证书。"
    en = "The run is not archived yet: under way, or just ended. It is replayed from its archive."


@dataclass(frozen=True)
class Certified:
    """What the certificate says: the run, its archive and block, what each level found.

    `replayed` is None without a history; then `why_not` says why.
    """

    run: RunView
    header: Mapping[str, Any]
    block: Mapping[str, Any] | None
    key: str
    recorded: EvidenceVerdict
    replayed: ReplayVerdict | None
    why_not: Refusal | None
    at: datetime
    by: str
    code: str = field(default_factory=code_sha256)

    @property
    def reproduced(self) -> bool:
        return self.replayed is not None and self.replayed.ok and self.recorded.sound

    @property
    def found(self) -> int:
        """How much was found, without what a registered change of the code explains."""
        replay = self.replayed.findings if self.replayed else ()
        return len(self.recorded.findings) + sum(not one.known for one in replay)


async def pdf(
    platform: Platform, run_id: UUID, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> tuple[str, bytes]:
    """File name and certificate. NotFound, NotPermitted (blind counts), NotArchivedYet, TooManyAtOnce."""
    with MADE.one():
        certified = await _certified(platform, run_id, actor)
        made = await replay_certificate_note.pdf(certified, language)
    replay = certified.replayed
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit(
            "print.certificate",
            "run",
            str(run_id),
            after={
                "sha256": hashlib.sha256(made).hexdigest(),
                "language": language,
                "reproduced": certified.reproduced,
                "replayed": replay is not None,
                "found": certified.found,
                "code_sha256": certified.code,
            },
            run_id=run_id,
        )
    return f"replay-{certified.run.row.business_key or run_id}.pdf", made


async def _certified(platform: Platform, run_id: UUID, actor: Actor) -> Certified:
    run = await runs.get(platform, run_id, actor=actor)
    async with platform.database.read() as tx:
        if await hides_figures(tx, run_id, run.row.site_id, actor):
            raise NotPermitted(permission=Permission.AUDIT_READ.value)
        header = await archived_runs.header(tx, run_id)
    if header is None:
        raise NotArchivedYet
    scope = EvidenceScope(run_id=run_id)
    recorded = [one async for one in evidence_check.verify(platform, scope, RECORDED)][-1]
    replayed, why_not = await _replayed(platform, header)
    archive = await evidence_reading.archive_of(platform, run_id, actor=actor)
    block, key = await _block(platform, archive.block)
    return Certified(run, header, block, key, recorded, replayed, why_not, datetime.now(UTC), actor.name)


async def _replayed(
    platform: Platform, header: Mapping[str, Any]
) -> tuple[ReplayVerdict | None, Refusal | None]:
    """What the replay found; without one where there is no history, or none that is as it was archived."""
    if not histories(header["parts"]):
        return None, None
    try:
        async with platform.database.read() as tx:
            executions = await archived_runs.executions(tx, header)
    except Refusal as refusal:
        return None, refusal
    return await replaying.replay(executions, header["workflow_id"]), None


async def _block(platform: Platform, number: int | None) -> tuple[Mapping[str, Any] | None, str]:
    """The head of the block that seals the archive, and the fingerprint of the key that signed it."""
    if number is None:
        return None, ""
    async with platform.database.read() as tx:
        [block] = await seals.heads(tx, number - 1, 1)
        keys = {row["number"]: bytes(row["public_key"]) for row in await seals.keys(tx)}
    return block, fingerprint(keys[block["key_number"]])

"""Services: a verification of evidence, step by step - of a run, a batch, a person, a period or everything.

Level 1 is hashes, blocks, signatures, contents; 2 the engine's own replay; 3 the strict replay; 4 the
reconciliation of histories, submissions, signatures and the ledger. A step does a bounded piece of work
and says where the next one begins, so that a page can show how far it is and a command a bar.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import evidence_scope, retention, run_record
from db.queries import ledger_checks as ledger
from db.queries import seals as queries
from db.queries.evidence_scope import EvidenceScope
from domain.evidence_findings import EvidenceFinding
from domain.run_archive import RECORD, histories, written
from domain.run_reconciliation import changed_since, reconcile
from domain.seal_check import ExportedHead
from domain.seal_keys import SealKey
from engine import replaying
from services import archived_runs, seal_heads
from services.archived_runs import ArchiveDamaged
from services.archived_segregation import segregation_of
from services.evidence_verification import (
    SealVerdict,
    check_seal_keys,
    check_windows,
    verify_attachments,
    verify_bodies_of,
    verify_deletion,
    verify_stretch,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from db.session import Reader
    from domain.replay_findings import ReplayFinding
    from services.platform import Platform

LEVELS = (1, 2, 3, 4)
RUNS_AT_ONCE = 20
SETTLED_TABLES: Mapping[str, Sequence[str]] = {
    "run": ("archived_at", "engine_closed_at", "engine_started_at", "reported_at"),
    "task": (),
    "effect": (),
    "line_set": (),
    "line": (),
}
"""What stands still once its run is archived, and the columns that may still be filled in."""


@dataclass(frozen=True)
class Cursor:
    """Where a verification goes on: in the chain behind a block, or among the runs behind an archive."""

    block: int | None = 0
    archive: UUID | None = None


@dataclass
class Step:
    """What a piece of work found; `next` is None when the verification has come to its end."""

    next: Cursor | None
    findings: list[EvidenceFinding] = field(default_factory=list)
    blocks: int = 0
    rows: int = 0
    contents: int = 0
    runs: int = 0
    events: int = 0
    deleted: int = 0


@dataclass
class EvidenceVerdict:
    """The sum of all steps, with the windows that no seal and no exported head covers."""

    levels: tuple[int, ...]
    findings: list[EvidenceFinding] = field(default_factory=list)
    blocks: int = 0
    rows: int = 0
    contents: int = 0
    runs: int = 0
    events: int = 0
    deleted: int = 0
    """Runs whose contents were deleted under retention: nothing is left of them to be replayed."""
    not_archived: int = 0
    seals: SealVerdict = field(default_factory=SealVerdict)

    @property
    def sound(self) -> bool:
        return not self.findings

    def add(self, step: Step) -> None:
        self.findings += step.findings
        for name in ("blocks", "rows", "contents", "runs", "events", "deleted"):
            setattr(self, name, getattr(self, name) + getattr(step, name))

    def of_level(self, level: int) -> int:
        """How many findings a level has."""
        return sum(finding.level == level for finding in self.findings)


async def verify(
    platform: Platform,
    scope: EvidenceScope,
    levels: Sequence[int] = LEVELS,
    given: Sequence[ExportedHead] = (),
) -> AsyncIterator[EvidenceVerdict]:
    """The verdict so far, after each step; the last one is whole. `given`: heads to find in the chain."""
    verdict = EvidenceVerdict(tuple(levels))
    verdict.findings += await opening(platform, levels)
    cursor: Cursor | None = Cursor()
    while cursor is not None:
        done = await step(platform, scope, levels, cursor)
        verdict.add(done)
        cursor = done.next
        yield verdict
    await close(platform, scope, verdict, given)
    yield verdict


async def opening(platform: Platform, levels: Sequence[int]) -> list[EvidenceFinding]:
    """The chain of keys, against the installation's own where it is known here."""
    if 1 not in levels:
        return []
    own = SealKey(platform.settings.seal_key).public if platform.settings.seal_key else None
    async with platform.database.read() as tx:
        return await check_seal_keys(tx, own)


async def step(platform: Platform, scope: EvidenceScope, levels: Sequence[int], cursor: Cursor) -> Step:
    """The next piece: a stretch of the chain, and after its end some runs."""
    async with platform.database.read() as tx:
        if cursor.block is not None and 1 in levels:
            stretch = await verify_stretch(tx, cursor.block, await evidence_scope.blocks(tx, scope))
            following = replace(cursor, block=stretch.last)
            return Step(following, stretch.findings, blocks=stretch.blocks, rows=stretch.rows)
        found = await evidence_scope.archives(tx, scope, cursor.archive, RUNS_AT_ONCE)
    done = Step(Cursor(None, found[-1]["id"]) if found else None)
    for header in found:
        await _verify_run(platform, header, levels, done)
    return done


async def extent(platform: Platform, scope: EvidenceScope, levels: Sequence[int]) -> int:
    """How many blocks and runs there are to look at, for a bar."""
    async with platform.database.read() as tx:
        last = await queries.last_block(tx) if 1 in levels else None
        archived, _ = await evidence_scope.count(tx, scope)
    return (last["number"] if last else 0) + archived


async def close(
    platform: Platform, scope: EvidenceScope, verdict: EvidenceVerdict, given: Sequence[ExportedHead] = ()
) -> None:
    """The chain's end, the windows, and - for everything - the books as a whole.

    `given`: heads that whoever asks has kept, of a mail or another copy.
    """
    outside = await seal_heads.readings(platform, whole=scope.whole) if 1 in verdict.levels else []
    async with platform.database.read() as tx:
        if 1 in verdict.levels:
            verdict.findings += [
                EvidenceFinding(1, "heads_unreadable", detail=f"{place.name} {place.damaged_line}")
                for place in outside
                if place.damaged_line
            ]
            verdict.seals = SealVerdict(places=await seal_heads.standings(tx, platform, outside))
            exported = [head for place in outside for head in place.heads]
            await check_windows(tx, verdict.seals, [*exported, *given])
            verdict.findings += verdict.seals.findings
            damaged, count = await verify_attachments(tx, scope)
            verdict.findings += damaged
            verdict.contents += count
        if 4 in verdict.levels and scope.whole:  # noqa: PLR2004 - the level's number
            for what, differing in await ledger.contradictions(tx):
                verdict.findings.append(EvidenceFinding(4, "ledger", detail=f"{what}: {differing}"))
        _, verdict.not_archived = await evidence_scope.count(tx, scope)


async def _verify_run(
    platform: Platform, header: Mapping[str, Any], levels: Sequence[int], done: Step
) -> None:
    done.runs += 1
    async with platform.database.read() as tx:
        stone = await retention.tombstone_of(tx, header["run_id"])
        if stone is not None:
            done.deleted += 1
            amiss = await verify_deletion(tx, header, stone)
            done.findings += [one for one in amiss if one.level in levels]
            return
        damaged, count = await verify_bodies_of(tx, header)
        done.contents += count
        if 1 in levels:
            done.findings += damaged
        if damaged or not {2, 3, 4} & set(levels):
            return  # what is not as it was sealed is not interpreted
        try:
            executions = await archived_runs.executions(tx, header)
        except ArchiveDamaged:
            return
        if 4 in levels:  # noqa: PLR2004
            done.findings += await _reconciled(tx, header, executions)
    done.events += header["events"]
    if {2, 3} & set(levels) and histories(header["parts"]):
        verdict = await replaying.replay(executions, header["workflow_id"])
        for level, found in ((2, verdict.sdk), (3, verdict.strict)):
            if level in levels:
                done.findings += [_of_replay(level, header, one) for one in found.findings if not one.known]


async def _reconciled(
    tx: Reader, header: Mapping[str, Any], executions: Sequence[str]
) -> list[EvidenceFinding]:
    rows = (await archived_runs.record(tx, header))["rows"]
    events = [event for text in executions for event in json.loads(text)["events"]]
    now = json.loads(written(await run_record.record(tx, header["run_id"])))
    found = [*reconcile(rows, events), *changed_since(rows, now, SETTLED_TABLES)]
    found += await segregation_of(tx, header, rows)
    return [replace(one, detail=" ".join((one.detail, f"run {header['run_id']}")).strip()) for one in found]


def _of_replay(level: int, header: Mapping[str, Any], one: ReplayFinding) -> EvidenceFinding:
    where = (
        f"history-{one.execution}.json #{one.event_id}" if one.event_id else f"history-{one.execution}.json"
    )
    return EvidenceFinding(
        3 if level == 3 else 2,  # noqa: PLR2004
        "replay",
        table="run",
        key=str(header["run_id"]),
        detail=f"{where}: {one.text.zh} / {one.text.en}",
    )


__all__ = [
    "LEVELS",
    "RECORD",
    "Cursor",
    "EvidenceScope",
    "EvidenceVerdict",
    "ExportedHead",
    "Step",
    "step",
    "verify",
]

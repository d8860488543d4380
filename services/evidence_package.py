"""Services: evidence packages - a ZIP for a run, batch, person or period, verified without the product.

The manifest lists every file. That it was made is written into the audit log with the manifest's digest; the
worker seals that row like any other, and the row with its proof goes into the package: so every byte hangs
on the signature, and who serves pages has no key (decision 0042).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from db.ids import new_id
from db.queries import evidence_packages as queries
from domain.canonical import instant
from domain.errors import Invalid, NotFound, Refusal
from domain.run_archive import written
from domain.seal_keys import fingerprint
from services import audit, blind_counts, evidence_package_page, evidence_package_report, run_view
from services.evidence_package_files import RunFiles, of_run
from services.evidence_package_proofs import Prover, fields_file, keys_file
from services.evidence_package_report import ZONE
from services.evidence_package_zip import PackageFile
from services.note_parts import Sayer
from services.permissions import Permission, require, visible_sites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from db.queries.evidence_scope import EvidenceScope
    from db.session import Reader
    from services.platform import Actor, Platform

MOST_RUNS = 500
LARGEST = 1 << 30
EMBEDDED = 48 << 20
"""A larger package is not carried by its page once more; the page checks the ZIP that is dropped on it."""
SEALED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.25
Progress = Callable[[int, int], Awaitable[None]]
"""Told how many runs of how many are done; all of them when the package waits for its seal."""


class ScopeUnclear(Invalid):
    """Exactly one of run, batch, person, or a period with its beginning and end is asked for."""

    code = "scope_unclear"
    zh = "请选择一个流程、批次、人员，或有起止时间的期间（只选一项）"
    en = "Choose one run, batch or person, or a period with its beginning and end"


class ScopeEmpty(Refusal):
    code = "scope_empty"
    zh = "该范围内没有您可以查看的流程"
    en = "There are no runs in this scope that you may see"


class TooManyRuns(Refusal):
    code = "too_many_runs"
    kind = "invalid"
    zh = "该范围有 {count} 个流程，一个证据包最多 {most} 个：请缩小范围"
    en = "There are {count} runs in this scope, a package takes {most} at most: choose a smaller one"


class PackageTooLarge(Refusal):
    code = "package_too_large"
    kind = "invalid"
    zh = "证据包超过 {most} MB：请缩小范围"
    en = "The package is larger than {most} MB: choose a smaller scope"


@dataclass(frozen=True)
class ScopeFacts:
    """What a package of the scope would hold, in words of both languages."""

    kind: str
    words: Mapping[str, str]
    runs: int
    elsewhere: int


@dataclass(frozen=True)
class BuiltPackage:
    """A package that was made: an open file at its beginning, gone when it is closed."""

    name: str
    file: IO[bytes]
    size: int
    runs: int
    sealed: bool


async def facts_of(platform: Platform, scope: EvidenceScope, *, actor: Actor) -> ScopeFacts:
    """What the scope is; NotFound, NotPermitted, ScopeUnclear."""
    require(actor, Permission.AUDIT_READ)
    require(actor, Permission.RUN_READ)
    async with platform.database.read() as tx:
        kind, words = await _words(tx, scope, actor)
        there, every = await queries.count_runs(tx, scope, _sites(actor))
    return ScopeFacts(kind, words, there, every - there)


async def build(
    platform: Platform,
    scope: EvidenceScope,
    *,
    actor: Actor,
    language: str = "zh",
    request_id: str = "",
    progress: Progress | None = None,
) -> BuiltPackage:
    """The package; refused when the scope is unclear, empty, too large, or not the actor's to read."""
    async with audit.refusals(
        platform, actor, "export.evidence", "evidence_package", "", request_id=request_id
    ):
        facts = await facts_of(platform, scope, actor=actor)
        if not facts.runs:
            raise ScopeEmpty
        if facts.runs > MOST_RUNS:
            raise TooManyRuns(count=facts.runs, most=MOST_RUNS)
        target = tempfile.TemporaryFile()  # noqa: SIM115 - given to who asked, who closes it
        try:
            making = _Making(platform, actor, request_id, scope, PackageFile(target), progress)
            return await making.package(facts, language)
        except BaseException:
            target.close()
            raise


class _Making:
    """One package under way."""

    def __init__(
        self,
        platform: Platform,
        actor: Actor,
        request_id: str,
        scope: EvidenceScope,
        zip_: PackageFile,
        progress: Progress | None,
    ) -> None:
        self.platform, self.actor, self.request_id, self.scope = platform, actor, request_id, scope
        self.zip, self.progress = zip_, progress
        self.prover = Prover()
        self.entries: list[dict[str, Any]] = []
        self.stories: list[dict[str, Any]] = []
        self.left_out: list[dict[str, str]] = []

    async def package(self, facts: ScopeFacts, language: str) -> BuiltPackage:
        async with self.platform.database.read() as tx:
            rows = await queries.runs(tx, self.scope, _sites(self.actor), MOST_RUNS)
            house = await queries.legal_entity(tx)
        for done, row in enumerate(rows):
            if self.progress is not None:
                await self.progress(done, len(rows))
            await self._run(row)
        if self.progress is not None:
            await self.progress(len(rows), len(rows))
        page, manifest = evidence_package_page.page(), self._manifest(facts, house)
        async with self.platform.database.read() as tx:
            keys = await keys_file(tx)
        report = await evidence_package_report.pdf(manifest, self.stories, self._anchor(keys), language)
        blocks = [self.prover.blocks[number] for number in sorted(self.prover.blocks)]
        for name, content in (
            ("blocks.json", written({"type": "seal_blocks", "v": 1, "blocks": blocks})),
            ("keys.json", written(keys)),
            ("fields.json", written(fields_file())),
            ("report.pdf", report),
            ("README.txt", evidence_package_page.readme()),
            ("verify.py", evidence_package_page.verify_script()),
        ):
            await self._add(name, content)
        manifest |= {"files": self.zip.listed, "page_sha256": page.sha256}
        sealed = await self._sealed(json.dumps(manifest, ensure_ascii=False, indent=1).encode(), manifest)
        embeds = self.zip.size <= EMBEDDED
        await asyncio.to_thread(self.zip.add_page, "verify.html", page.before, page.after, embeds=embeds)
        size = self.zip.target.tell()
        self.zip.target.seek(0)
        name = f"evidence-{facts.kind}-{manifest['made_at'][:19].replace(':', '').replace('-', '')}.zip"
        return BuiltPackage(name, self.zip.target, size, len(self.entries), sealed)

    async def _run(self, row: Mapping[str, Any]) -> None:
        async with self.platform.database.read() as tx:
            blind = await blind_counts.hides_figures(tx, row["id"], row["site_id"], self.actor)
        if blind:
            self.left_out.append({"id": str(row["id"]), "why": "blind_count"})
            return
        found: RunFiles = await of_run(self.platform, row, self.prover, actor=self.actor)
        for name in sorted(found.files):
            await self._add(found.entry["folder"] + name, found.files[name])
        self.entries.append(found.entry)
        self.stories.append(found.story)

    async def _add(self, name: str, content: bytes, *, listed: bool = True) -> None:
        await asyncio.to_thread(self.zip.add, name, content, listed=listed)
        if self.zip.size > LARGEST:
            raise PackageTooLarge(most=LARGEST >> 20)

    def _manifest(self, facts: ScopeFacts, house: Mapping[str, Any] | None) -> dict[str, Any]:
        actor = self.actor
        return {
            "type": "evidence_package",
            "v": 1,
            "id": str(new_id()),
            "made_at": instant(datetime.now(UTC)),
            "made_by": {"id": str(actor.person_id), "name": actor.name, "username": actor.username},
            "house": {"zh": house["name_zh"], "en": house["name_en"]} if house else {"zh": "", "en": ""},
            "scope": {"kind": facts.kind, "words": dict(facts.words), **_asked(self.scope)},
            "runs": self.entries,
            "left_out": self.left_out,
            "elsewhere": facts.elsewhere,
        }

    def _anchor(self, keys: Mapping[str, Any]) -> str:
        """The fingerprint of the earliest key that signed something in the package."""
        used = [head["key_number"] for head in self.prover.blocks.values()]
        publics = {key["number"]: bytes.fromhex(key["public_key"]) for key in keys["keys"]}
        return fingerprint(publics[min(used)]) if used else ""

    async def _sealed(self, content: bytes, manifest: Mapping[str, Any]) -> bool:
        """Adds the manifest and the audit row with its digest, and the row's proof if it comes in time."""
        event = new_id()
        digest = hashlib.sha256(content).hexdigest()
        async with self.platform.database.write(self.actor.ref, self.request_id) as tx:
            await tx.audit(
                "export.evidence",
                "evidence_package",
                manifest["id"],
                after={
                    "manifest_sha256": digest,
                    "scope": manifest["scope"],
                    "runs": len(self.entries),
                    "left_out": len(self.left_out),
                },
                as_id=event,
            )
        await self._add("manifest.json", content, listed=False)
        row, proof, block = await self._proof(event)
        seal = {"type": "manifest_seal", "v": 1, "row": dict(row), "proof": proof, "block": block}
        await self._add("seal.json", written(seal), listed=False)
        return proof is not None

    async def _proof(self, event: UUID) -> tuple[Mapping[str, Any], Any, Any]:
        """The row with its proof and block; without them if the worker does not seal in time."""
        row: Mapping[str, Any] = {}
        for _ in range(round(SEALED_WITHIN_S / LOOK_EVERY_S)):
            async with self.platform.database.read() as tx:
                row = await queries.audit_event(tx, event) or {}
                prover = Prover()
                found = await prover.prove(tx, [("audit_event", str(event), row)])
            if found["proofs"]:
                [proof], [block] = found["proofs"], prover.blocks.values()
                return row, proof, block
            await asyncio.sleep(LOOK_EVERY_S)
        return row, None, None


def _asked(scope: EvidenceScope) -> dict[str, str]:
    """The scope as programs read it."""
    ids = {"run": scope.run_id, "batch": scope.batch_id, "person": scope.person_id}
    ends = {"since": scope.since, "until": scope.until}
    return {name: str(one) for name, one in ids.items() if one} | {
        name: instant(at) for name, at in ends.items() if at
    }


def _sites(actor: Actor) -> frozenset[UUID] | None:
    """The sites at which the actor reads both runs and the log; None: all."""
    runs, log = (visible_sites(actor, one) for one in (Permission.RUN_READ, Permission.AUDIT_READ))
    if runs is None or log is None:
        return log if runs is None else runs
    return runs & log


async def _words(tx: Reader, scope: EvidenceScope, actor: Actor) -> tuple[str, dict[str, str]]:
    """The kind of the scope and its name; one that is not there is NotFound."""
    period = scope.since is not None and scope.until is not None
    asked: Sequence[object] = [scope.run_id, scope.batch_id, scope.person_id, period or None]
    if sum(one is not None for one in asked) != 1 or (not period and (scope.since or scope.until)):
        raise ScopeUnclear
    if scope.run_id is not None:
        run = await run_view.readable(tx, scope.run_id, actor)
        require(actor, Permission.AUDIT_READ, run.site_id)
        named = run.business_key or str(run.id)
        return "run", {
            "zh": f"流程：{run.title_zh} {named}",
            "en": f"Run: {run.title_en} {named}",
        }
    if scope.batch_id is not None:
        batch = await queries.batch_name(tx, scope.batch_id)
        if batch is None:
            raise NotFound(what=f"批次 / batch {scope.batch_id}")
        return "batch", {
            "zh": f"批次：{batch['name_zh']}（{batch['code']}）{batch['number']}",
            "en": f"Batch: {batch['name_en'] or batch['name_zh']} ({batch['code']}) {batch['number']}",
        }
    if scope.person_id is not None:
        person = await queries.person_name(tx, scope.person_id)
        if person is None:
            raise NotFound(what=f"人员 / person {scope.person_id}")
        named = f"{person['name']} ({person['username']})"
        return "person", {"zh": f"人员：{named}", "en": f"Person: {named}"}
    assert scope.since is not None
    assert scope.until is not None
    first, last = (Sayer("zh", ZONE).instant(at) for at in (scope.since, scope.until))
    return "period", {
        "zh": f"期间内结束的流程：{first} – {last}",
        "en": f"Runs that ended in the period: {first} – {last}",
    }

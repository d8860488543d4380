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
from db.queries import seals
from domain.canonical import instant
from domain.errors import Refusal
from domain.run_archive import written
from domain.seal_keys import fingerprint
from services import audit, blind_counts, evidence_package_page, evidence_package_report
from services.at_once import AtOnce
from services.evidence_package_files import FolderFiles, of_run
from services.evidence_package_proofs import Prover, fields_file, keys_file
from services.evidence_package_scope import (
    ScopeEmpty,
    ScopeFacts,
    ScopeUnclear,
    asked,
    facts_of,
    sites_of,
)
from services.evidence_package_subject import of_subject
from services.evidence_package_zip import PackageFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.queries.evidence_scope import EvidenceScope
    from services.platform import Actor, Platform

__all__ = ["BuiltPackage", "Progress", "ScopeEmpty", "ScopeFacts", "ScopeUnclear", "build", "facts_of"]

MOST_RUNS = 500
LARGEST = 1 << 30
EMBEDDED = 48 << 20
"""A larger package is not carried by its page once more; the page checks the ZIP that is dropped on it."""
SEALED_WITHIN_S = 10.0
LOOK_EVERY_S = 0.25
MADE = AtOnce(2)
Progress = Callable[[int, int], Awaitable[None]]
"""Told how many runs of how many are done; all of them when the package waits for its seal."""


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
class BuiltPackage:
    """A package that was made: an open file at its beginning, gone when it is closed."""

    name: str
    file: IO[bytes]
    size: int
    runs: int
    sealed: bool


async def build(
    platform: Platform,
    scope: EvidenceScope,
    *,
    actor: Actor,
    language: str = "zh",
    request_id: str = "",
    progress: Progress | None = None,
) -> BuiltPackage:
    """The package; refused when the scope is unclear, empty, too large, or not the actor's to read.

    TooManyAtOnce while others are being made.
    """
    async with audit.refusals(
        platform, actor, "export.evidence", "evidence_package", "", request_id=request_id
    ):
        facts = await facts_of(platform, scope, actor=actor)
        if facts.empty:
            raise ScopeEmpty
        if facts.runs > MOST_RUNS:
            raise TooManyRuns(count=facts.runs, most=MOST_RUNS)
        with MADE.one():
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
        self.runs: list[FolderFiles] = []
        self.subject: FolderFiles | None = None
        self.left_out: list[dict[str, str]] = []

    async def package(self, facts: ScopeFacts, language: str) -> BuiltPackage:
        async with self.platform.database.read() as tx:
            rows = await queries.runs(tx, self.scope, sites_of(self.actor), MOST_RUNS)
            house = await queries.legal_entity(tx)
        for done, row in enumerate(rows):
            if self.progress is not None:
                await self.progress(done, len(rows))
            await self._run(row)
        if self.progress is not None:
            await self.progress(len(rows), len(rows))
        await self._subject()
        sealing = await self._prove()
        page, manifest = evidence_package_page.page(), self._manifest(facts, house)
        async with self.platform.database.read() as tx:
            keys = await keys_file(tx)
        report = await evidence_package_report.pdf(
            manifest,
            [run.story for run in self.runs],
            self._anchor(keys),
            language,
            self.subject.story if self.subject else None,
        )
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
        sealed = await self._sealed(
            json.dumps(manifest, ensure_ascii=False, indent=1).encode(), manifest, sealing=sealing
        )
        embeds = self.zip.size <= EMBEDDED
        await asyncio.to_thread(self.zip.add_page, "verify.html", page.before, page.after, embeds=embeds)
        size = self.zip.target.tell()
        self.zip.target.seek(0)
        name = f"evidence-{facts.kind}-{manifest['made_at'][:19].replace(':', '').replace('-', '')}.zip"
        return BuiltPackage(name, self.zip.target, size, len(self.runs), sealed)

    async def _run(self, row: Mapping[str, Any]) -> None:
        async with self.platform.database.read() as tx:
            blind = await blind_counts.hides_figures(tx, row["id"], row["site_id"], self.actor)
        if blind:
            self.left_out.append({"id": str(row["id"]), "why": "blind_count"})
            return
        self.runs.append(await self._folder(await of_run(self.platform, row, actor=self.actor)))

    async def _subject(self) -> None:
        """What there is about the batch, person or period that the runs have not."""
        known = {(table, key) for run in self.runs for table, key, _ in run.rows}
        found = await of_subject(self.platform, self.scope, known, actor=self.actor)
        self.subject = found and await self._folder(found)

    async def _folder(self, found: FolderFiles) -> FolderFiles:
        """Adds the files; the contents are not kept."""
        for name in sorted(found.files):
            await self._add(found.entry["folder"] + name, found.files[name])
        found.files.clear()
        return found

    async def _prove(self) -> bool:
        """Adds the proofs of all records, once they are sealed; whether they are."""
        folders = [*self.runs, *([self.subject] if self.subject else [])]
        newest = max((number for one in folders for _, _, number in one.rows), default=0)
        sealed = await self._until(newest)
        for one in folders:
            async with self.platform.database.read() as tx:
                proofs = await self.prover.prove(tx, one.rows)
            one.entry["unsealed"] = len(proofs["unsealed"])
            await self._add(one.entry["folder"] + "proofs.json", written(proofs))
        return sealed

    async def _until(self, number: int) -> bool:
        """Waits some seconds for the block that covers a transaction; whether there is one."""
        for _ in range(round(SEALED_WITHIN_S / LOOK_EVERY_S)):
            async with self.platform.database.read() as tx:
                last = await seals.last_block(tx)
            if last is not None and int(last["until_tx"]) > number:
                return True
            await asyncio.sleep(LOOK_EVERY_S)
        return False

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
            "scope": {"kind": facts.kind, "words": dict(facts.words), **asked(self.scope)},
            "runs": [run.entry for run in self.runs],
            "subject": self.subject.entry if self.subject else None,
            "left_out": self.left_out,
            "elsewhere": facts.elsewhere,
        }

    def _anchor(self, keys: Mapping[str, Any]) -> str:
        """The fingerprint of the earliest key that signed something in the package."""
        used = [head["key_number"] for head in self.prover.blocks.values()]
        publics = {key["number"]: bytes.fromhex(key["public_key"]) for key in keys["keys"]}
        return fingerprint(publics[min(used)]) if used else ""

    async def _sealed(self, content: bytes, manifest: Mapping[str, Any], *, sealing: bool) -> bool:
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
                    **asked(self.scope),
                    "runs": len(self.runs),
                    "left_out": len(self.left_out),
                },
                as_id=event,
            )
        await self._add("manifest.json", content, listed=False)
        row, proof, block = await self._proof(event, sealing=sealing)
        seal = {"type": "manifest_seal", "v": 1, "row": dict(row), "proof": proof, "block": block}
        await self._add("seal.json", written(seal), listed=False)
        return proof is not None

    async def _proof(self, event: UUID, *, sealing: bool) -> tuple[Mapping[str, Any], Any, Any]:
        """The row with its proof and block; without them if the worker does not seal (in time)."""
        async with self.platform.database.read() as tx:
            row = await queries.audit_event(tx, event)
        assert row is not None
        number, prover = int(row["tx"]), Prover()
        if not sealing or not await self._until(number):
            return row, None, None
        async with self.platform.database.read() as tx:
            found = await prover.prove(tx, [("audit_event", str(event), number)])
        if not found["proofs"]:
            return row, None, None
        [proof], [block] = found["proofs"], prover.blocks.values()
        return row, proof, block

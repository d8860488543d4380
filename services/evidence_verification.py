"""Services: verification of evidence, level 1 - sealed rows, their blocks, the chain.

Read in stretches of blocks, oldest first, so that any number of rows takes little memory. What the database
says about itself is not believed: hashes are recomputed here, from the fields (`db.row_hash`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from db import tables as t
from db.queries import archives
from db.queries import seals as queries
from db.row_hash import row_hash
from domain.canonical import NotCanonical
from domain.evidence_findings import EvidenceFinding
from domain.run_archive import fits
from domain.seal_check import (
    ExportedHead,
    KeptBlock,
    KeptKey,
    SealedRow,
    check_exported,
    check_head,
    check_keys,
    check_rows,
)

if TYPE_CHECKING:
    from db.session import Reader

BLOCKS_AT_ONCE, ROWS_AT_ONCE, ARCHIVES_AT_ONCE = 200, 10_000, 100
Progress = Callable[[int, int], Awaitable[None]]
"""Told how many blocks of how many are done."""


@dataclass
class SealVerdict:
    """What was found, how much was looked at, and what no seal or no exported head covers yet."""

    findings: list[EvidenceFinding] = field(default_factory=list)
    blocks: int = 0
    rows: int = 0
    last_sealed_at: datetime | None = None
    unsealed: int = 0
    unsealed_since: datetime | None = None
    exported_until: int = 0
    """The latest block whose head was found outside; 0: none."""

    @property
    def sound(self) -> bool:
        return not self.findings


async def verify_seals(
    tx: Reader,
    *,
    own: bytes | None = None,
    exported: Sequence[ExportedHead] = (),
    progress: Progress | None = None,
) -> SealVerdict:
    """All blocks and all rows. `own`: the installation's public key; `exported`: the heads outside."""
    verdict = SealVerdict()
    keys = [
        KeptKey(row["number"], bytes(row["public_key"]), _bytes(row["certificate"]))
        for row in await queries.keys(tx)
    ]
    verdict.findings += check_keys(keys, own)
    publics = {key.number: key.public for key in keys}
    last = await queries.last_block(tx)
    total = last["number"] if last else 0
    outside = {head.number for head in exported}
    kept: dict[int, bytes] = {}
    before: KeptBlock | None = None
    while stretch := await _stretch(tx, before):
        rows = await _rows(tx, stretch)
        for block in stretch:
            mine = rows.get(block.head.number, [])
            verdict.findings += [*check_head(block, before, publics), *check_rows(block, before, mine)]
            verdict.rows += len(mine)
            if block.head.number in outside:
                kept[block.head.number] = block.hash
            before = block
        verdict.blocks += len(stretch)
        if progress is not None:
            await progress(verdict.blocks, total)
    verdict.findings += check_exported(exported, kept, before.head.number if before else 0)
    verdict.exported_until = max(kept, default=0)
    verdict.last_sealed_at = before.head.sealed_at if before else None
    end = before.head.until_tx if before else 0
    verdict.unsealed, verdict.unsealed_since = await queries.count_after(tx, end)
    return verdict


async def verify_bodies(tx: Reader) -> tuple[list[EvidenceFinding], int]:
    """Contents of archives and attachments against the digests in their (sealed) headers; how many there are.

    That a header is what it was is for `verify_seals` to say.
    """
    findings: list[EvidenceFinding] = []
    count, last = 0, None
    while found := await archives.after(tx, last, ARCHIVES_AT_ONCE):
        for header in found:
            bodies = await archives.bodies(tx, header["id"])
            for part in header["parts"]:
                count += 1
                body = bodies.get(part["name"])
                if body is None or not fits(body, part):
                    code = "body_missing" if body is None else "body_altered"
                    findings.append(
                        EvidenceFinding(1, code, table="archive", key=str(header["id"]), detail=part["name"])
                    )
            last = header["id"]
    attached, wrong = await archives.attachments_not_as_said(tx)
    for row in wrong:
        code = "body_missing" if row["missing"] else "body_altered"
        findings.append(EvidenceFinding(1, code, table="attachment", key=str(row["id"])))
    return findings, count + attached


async def _stretch(tx: Reader, before: KeptBlock | None) -> list[KeptBlock]:
    """The next blocks, as many as have some thousand rows together."""
    after = before.head.number if before else 0
    heads, count = 0, 0
    for head in await queries.heads(tx, after, BLOCKS_AT_ONCE):
        heads, count = heads + 1, count + head["count"]
        if count >= ROWS_AT_ONCE:
            break
    if not heads:
        return []
    return [
        KeptBlock(queries.head_of(row), bytes(row["hash"]), bytes(row["signature"]), bytes(row["entries"]))
        for row in await queries.blocks(tx, after, heads)
    ]


async def _rows(tx: Reader, stretch: Sequence[KeptBlock]) -> Mapping[int, list[SealedRow]]:
    """The rows of the stretch by the number of the block that their transaction belongs to."""
    first, last = stretch[0].head, stretch[-1].head
    ends = [block.head.until_tx for block in stretch]
    found: dict[int, list[SealedRow]] = {}
    for table in t.EVIDENCE:
        for row in await queries.rows_between(tx, table, first.from_tx, last.until_tx):
            at = bisect_right(ends, int(row["tx"]))
            if at < len(stretch):
                found.setdefault(stretch[at].head.number, []).append(sealed_row(table.name, row))
    return found


def sealed_row(table: str, row: Mapping[str, Any]) -> SealedRow:
    """A row with the hash that its fields give; fields without a canonical form give none."""
    try:
        computed = row_hash(table, row).hex()
    except (KeyError, NotCanonical):
        computed = ""
    return SealedRow(table, row[queries.ROW_KEY], bytes(row["row_hash"]).hex(), computed, row["recorded_at"])


def _bytes(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)

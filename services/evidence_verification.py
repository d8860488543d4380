"""Services: verification of evidence, level 1 - sealed rows, their blocks, the chain.

Read in stretches of blocks, oldest first, so that any number of rows takes little memory. What the database
says about itself is not believed: hashes are recomputed here, from the fields (`db.row_hash`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from db import tables as t
from db.queries import archives, attachments, retention
from db.queries import seals as queries
from db.queries.evidence_scope import EvidenceScope
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
    from services.head_places import PlaceStanding

BLOCKS_AT_ONCE, ROWS_AT_ONCE, ARCHIVES_AT_ONCE = 200, 10_000, 100


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
    places: list[PlaceStanding] = field(default_factory=list)
    """The same for each place outside."""

    @property
    def sound(self) -> bool:
        return not self.findings


@dataclass
class Stretch:
    """What came of one stretch of blocks; `last` is the number to go on behind, None at the end."""

    last: int | None
    findings: list[EvidenceFinding] = field(default_factory=list)
    blocks: int = 0
    rows: int = 0


async def verify_seals(
    tx: Reader, *, own: bytes | None = None, exported: Sequence[ExportedHead] = ()
) -> SealVerdict:
    """All blocks and all rows. `own`: the installation's public key; `exported`: the heads outside."""
    verdict = SealVerdict(findings=await check_seal_keys(tx, own))
    after: int | None = 0
    while after is not None:
        stretch = await verify_stretch(tx, after)
        verdict.findings += stretch.findings
        verdict.blocks += stretch.blocks
        verdict.rows += stretch.rows
        after = stretch.last
    await check_windows(tx, verdict, exported)
    return verdict


async def check_seal_keys(tx: Reader, own: bytes | None) -> list[EvidenceFinding]:
    return list(check_keys(await _keys(tx), own))


async def verify_stretch(tx: Reader, after: int, only: AbstractSet[int] | None = None) -> Stretch:
    """The next blocks behind number `after`: all heads, and the rows of those in `only` (None: of all)."""
    before = await _block(tx, after)
    blocks = await _stretch(tx, after, only)
    if not blocks:
        return Stretch(None)
    publics = {key.number: key.public for key in await _keys(tx)}
    wanted = [block for block in blocks if only is None or block.head.number in only]
    rows = await _rows(tx, wanted)
    found = Stretch(blocks[-1].head.number, blocks=len(blocks))
    for block in blocks:
        found.findings += check_head(block, before, publics)
        if block in wanted:
            mine = rows.get(block.head.number, [])
            found.findings += check_rows(block, before, mine)
            found.rows += len(mine)
        before = block
    return found


async def check_windows(tx: Reader, verdict: SealVerdict, exported: Sequence[ExportedHead]) -> None:
    """The chain's end against the heads outside, and what is not sealed or exported yet."""
    last = await queries.last_block(tx)
    kept = await queries.hashes(tx, [head.number for head in exported])
    verdict.findings += check_exported(exported, kept, last["number"] if last else 0)
    verdict.exported_until = max(kept, default=0)
    verdict.last_sealed_at = last["sealed_at"] if last else None
    end = int(last["until_tx"]) if last else 0
    verdict.unsealed, verdict.unsealed_since = await queries.count_after(tx, end)


async def verify_bodies(tx: Reader) -> tuple[list[EvidenceFinding], int]:
    """Contents of all archives and attachments against the digests in their headers; how many there are.

    That a header is what it was is for `verify_seals` to say.
    """
    findings, count = await verify_attachments(tx, EvidenceScope())
    last = None
    while found := await archives.after(tx, last, ARCHIVES_AT_ONCE):
        for header in found:
            wrong, parts = await verify_bodies_of(tx, header)
            findings += wrong
            count += parts
            last = header["id"]
    return findings, count


async def verify_attachments(tx: Reader, scope: EvidenceScope) -> tuple[list[EvidenceFinding], int]:
    """Contents of a scope's attachments against their headers, or against the tombstones that name them."""
    count, wrong = await attachments.not_as_said(tx, scope)
    return [EvidenceFinding(1, row["code"], table="attachment", key=str(row["id"])) for row in wrong], count


async def verify_bodies_of(tx: Reader, header: Mapping[str, Any]) -> tuple[list[EvidenceFinding], int]:
    """The contents of one archive against its header, or against their tombstone."""
    stone = await retention.tombstone_of(tx, header["run_id"])
    if stone is not None:
        return [one for one in await verify_deletion(tx, header, stone) if one.level == 1], 0
    findings = []
    bodies = await archives.bodies(tx, header["id"])
    for part in header["parts"]:
        body = bodies.get(part["name"])
        if body is None or not fits(body, part):
            code = "body_missing" if body is None else "body_altered"
            place = {"table": "archive", "key": str(header["id"]), "detail": part["name"]}
            findings.append(EvidenceFinding(1, code, **place))
    return findings, len(header["parts"])


async def verify_deletion(
    tx: Reader, header: Mapping[str, Any], stone: Mapping[str, Any]
) -> list[EvidenceFinding]:
    """A tombstone against the header of its archive, what is left of the contents, and who signed for it."""
    place: dict[str, Any] = {"table": "tombstone", "key": str(stone["id"])}
    findings = []
    if (stone["archive_id"], stone["parts"]) != (header["id"], header["parts"]):
        findings.append(EvidenceFinding(1, "tombstone_differs", **place))
    findings += [
        EvidenceFinding(1, "body_not_deleted", table="archive", key=str(header["id"]), detail=name)
        for name in sorted(await archives.bodies(tx, header["id"]))
    ]
    if await retention.unfounded(tx, stone):
        findings.append(EvidenceFinding(4, "tombstone_unfounded", **place))
    return findings


async def _keys(tx: Reader) -> list[KeptKey]:
    return [
        KeptKey(row["number"], bytes(row["public_key"]), _bytes(row["certificate"]))
        for row in await queries.keys(tx)
    ]


async def _block(tx: Reader, number: int) -> KeptBlock | None:
    """One block without its list; None before the first."""
    found = await queries.heads(tx, number - 1, 1) if number else ()
    return _kept(found[0]) if found and found[0]["number"] == number else None


async def _stretch(tx: Reader, after: int, only: AbstractSet[int] | None) -> list[KeptBlock]:
    """The next blocks, as many as have some thousand rows together to be looked at."""
    chosen, count = [], 0
    for head in await queries.heads(tx, after, BLOCKS_AT_ONCE):
        chosen.append(head)
        count += head["count"] if only is None or head["number"] in only else 0
        if count >= ROWS_AT_ONCE:
            break
    numbers = [head["number"] for head in chosen if only is None or head["number"] in only]
    lists = await queries.lists(tx, numbers)
    return [_kept(head, lists.get(head["number"], b"")) for head in chosen]


def _kept(row: Mapping[str, Any], entries: bytes = b"") -> KeptBlock:
    return KeptBlock(queries.head_of(row), bytes(row["hash"]), bytes(row["signature"]), entries)


async def _rows(tx: Reader, stretch: Sequence[KeptBlock]) -> Mapping[int, list[SealedRow]]:
    """The rows of these blocks by the number of the block that their transaction belongs to.

    Blocks that somebody has changed may overlap or stand in another order: that is told of their heads.
    """
    by_end = sorted(stretch, key=lambda block: block.head.until_tx)
    ends = [block.head.until_tx for block in by_end]
    found: dict[int, list[SealedRow]] = {}
    for begin, until in _together(stretch):
        for table in t.EVIDENCE:
            for row in await queries.rows_between(tx, table, begin, until):
                at = bisect_right(ends, int(row["tx"]))
                if at < len(by_end):
                    number = by_end[at].head.number
                    found.setdefault(number, []).append(sealed_row(table.name, row))
    return found


def _together(stretch: Sequence[KeptBlock]) -> list[tuple[int, int]]:
    """The stretches of transactions that the blocks cover, those side by side as one."""
    found: list[tuple[int, int]] = []
    for block in stretch:
        if found and found[-1][1] == block.head.from_tx:
            found[-1] = (found[-1][0], block.head.until_tx)
        else:
            found.append((block.head.from_tx, block.head.until_tx))
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

"""Domain: checking the chain of seals - keys, blocks, lists, rows, exported heads. Pure.

What is compared: the head's hash and signature, its link to the block before, the Merkle root over the
list, and each row's hash - recomputed from its fields by the caller - against the list. A row that somebody
changed together with its hash, its list, its root and its head is found by the signature; with the tail cut
off, by the head that was exported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.evidence_findings import EvidenceFinding
from domain.seal_blocks import GENESIS, BlockHead, Entry, entries_root, key_content, unpack
from domain.seal_keys import is_signed

CLOCK_STEP = timedelta(seconds=5)
"""A clock that is kept in time may step so far; more was done by somebody."""
LONGEST_TRANSACTION = timedelta(hours=1)
"""A row may be recorded so long before the block before its own: its transaction was still open then."""


@dataclass(frozen=True)
class SealedRow:
    """A row of evidence as it is now: the hash it carries, the one its fields give, and its instant."""

    table: str
    key: str
    carried: str
    computed: str
    recorded_at: datetime


@dataclass(frozen=True)
class KeptBlock:
    """A block as it is kept: its head, and what stands beside it."""

    head: BlockHead
    hash: bytes
    signature: bytes
    entries: bytes


@dataclass(frozen=True)
class KeptKey:
    """A seal key as it is kept: its public half, and the signature of the key before."""

    number: int
    public: bytes
    certificate: bytes | None


@dataclass(frozen=True)
class ExportedHead:
    """What was written outside the database about a block, and at which place it was found."""

    number: int
    hash: str
    place: str = ""


def check_keys(keys: Sequence[KeptKey], own: bytes | None) -> Iterator[EvidenceFinding]:
    """Every key but the first is vouched for by the one before; the last one is the installation's own."""
    before: KeptKey | None = None
    for number, key in enumerate(keys, 1):
        known = key.number == number and (
            key.certificate is None
            if before is None
            else is_signed(before.public, key_content(number, key.public), key.certificate or b"")
        )
        if not known:
            yield EvidenceFinding(1, "key_unknown", table="seal_key", key=str(key.number))
        before = key
    if own is not None and keys and keys[-1].public != own:
        yield EvidenceFinding(1, "key_not_ours", table="seal_key", key=str(keys[-1].number))


def check_head(
    block: KeptBlock, before: KeptBlock | None, keys: Mapping[int, bytes]
) -> Iterator[EvidenceFinding]:
    """The head itself, its signature, and its link to the block before (None: this is the first)."""
    head = block.head
    expected = 1 if before is None else before.head.number + 1
    if head.number > expected:
        for missing in range(expected, head.number):
            yield EvidenceFinding(1, "block_missing", missing)
    if head.hash != block.hash:
        yield EvidenceFinding(1, "block_altered", head.number)
    if not is_signed(keys.get(head.key_number, b""), head.content, block.signature):
        yield EvidenceFinding(1, "block_unsigned", head.number)
    if head.number == expected:
        previous = before.hash if before else GENESIS
        begin = before.head.until_tx if before else 0
        if head.previous != previous or head.from_tx != begin:
            yield EvidenceFinding(1, "block_unchained", head.number)
    if before is not None and head.sealed_at < before.head.sealed_at - CLOCK_STEP:
        step = f"{before.head.sealed_at.isoformat()} > {head.sealed_at.isoformat()}"
        yield EvidenceFinding(1, "clock_ran_back", head.number, detail=step)


def check_rows(
    block: KeptBlock, before: KeptBlock | None, rows: Iterable[SealedRow]
) -> Iterator[EvidenceFinding]:
    """The list against the root, and against it all rows whose transaction lies in the block's stretch."""
    number = block.head.number
    entries = unpack(block.entries)
    if entries is None or len(entries) != block.head.count or entries_root(entries) != block.head.root:
        yield EvidenceFinding(1, "list_altered", number)
    listed = {(table, key): row_hash for table, key, row_hash in entries or ()}
    seen: set[tuple[str, str]] = set()
    earliest = before.head.sealed_at - LONGEST_TRANSACTION if before else None
    for row in rows:
        place = (row.table, row.key)
        seen.add(place)
        wanted = listed.get(place)
        if wanted is None:
            yield EvidenceFinding(1, "row_inserted", number, *place)
        elif row.computed != wanted:
            yield EvidenceFinding(1, "row_edited", number, *place)
        elif row.carried != wanted:
            yield EvidenceFinding(1, "row_rehashed", number, *place)
        if row.recorded_at > block.head.sealed_at + CLOCK_STEP:
            yield EvidenceFinding(1, "clock_ahead", number, *place)
        elif earliest is not None and row.recorded_at < earliest:
            yield EvidenceFinding(1, "clock_behind", number, *place)
    for place in sorted(listed.keys() - seen):
        yield EvidenceFinding(1, "row_missing", number, *place)


def check_exported(
    exported: Iterable[ExportedHead], kept: Mapping[int, bytes], last: int
) -> Iterator[EvidenceFinding]:
    """What was written outside against the blocks inside; `kept` are the hashes by number."""
    for head in exported:
        if head.number > last:
            yield EvidenceFinding(1, "tail_cut", head.number, detail=head.place)
        elif head.number in kept and kept[head.number].hex() != head.hash:
            yield EvidenceFinding(1, "head_differs", head.number, detail=head.place)


def proof_entries(block: KeptBlock) -> list[Entry]:
    """The block's list for a proof; empty when it is unreadable."""
    return unpack(block.entries) or []

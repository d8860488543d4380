"""Domain: blocks of sealed evidence - what a block says, its canonical bytes, and its list of rows.

A block covers all evidence rows whose transaction lies in [from_tx, until_tx). Its list names each of them by
table, key and row hash, in the order of their text; the Merkle root is over the entries' canonical bytes. A
block's hash is SHA-256 over its head in canonical form, which names the hash of the block before; the
signature (Ed25519) is over the same bytes. Architecture decision 6; docs/decisions/0039.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from domain.canonical import canonical
from domain.merkle import merkle_root

GENESIS = bytes(32)
"""What the first block names as the hash of the one before it."""

Entry = tuple[str, str, str]
"""Table, key (the row's id; two ids with `/` between for a row of two), row hash in hexadecimal."""


@dataclass(frozen=True)
class BlockHead:
    """What is signed. Transactions are PostgreSQL's 64-bit numbers, kept exactly as text in the bytes."""

    number: int
    from_tx: int
    until_tx: int
    previous: bytes
    root: bytes
    count: int
    sealed_at: datetime
    key_number: int

    @property
    def content(self) -> bytes:
        """The canonical bytes."""
        return canonical(
            {
                "type": "seal_block",
                "v": 1,
                "number": self.number,
                "from_tx": str(self.from_tx),
                "until_tx": str(self.until_tx),
                "previous": self.previous,
                "root": self.root,
                "count": self.count,
                "sealed_at": self.sealed_at,
                "key_number": self.key_number,
            }
        )

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.content).digest()


def key_content(number: int, public: bytes) -> bytes:
    """What the key before signs when the house goes over to key `number`."""
    return canonical({"type": "seal_key", "v": 1, "number": number, "public_key": public})


def entry_bytes(entry: Entry) -> bytes:
    return canonical(list(entry), normalise=False)


def entries_root(entries: list[Entry]) -> bytes:
    """The Merkle root over entries that stand in their order."""
    return merkle_root([entry_bytes(entry) for entry in entries])


def pack(entries: list[Entry]) -> bytes:
    """The list as it is kept: canonical JSON, deflated."""
    return zlib.compress(canonical([list(entry) for entry in entries], normalise=False))


def unpack(packed: bytes) -> list[Entry] | None:
    """The list again; None when the bytes are no such list."""
    try:
        found = json.loads(zlib.decompress(packed))
        return [(str(table), str(key), str(row_hash)) for table, key, row_hash in found]
    except (zlib.error, ValueError, TypeError):
        return None

"""Rows of evidence, blocks as the sealer makes them and proofs, made without a database. Keys and ids are invented."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from db.row_hash import FIELDS, row_hash
from domain.merkle import audit_path
from domain.run_archive import written
from domain.seal_blocks import GENESIS, BlockHead, entries_root, entry_bytes, key_content
from domain.seal_keys import SealKey
from services.evidence_package_proofs import KEYS, head_json

BEGUN = datetime(2026, 11, 28, 1, 2, 3, 456789, UTC)
SIGNED = hashlib.sha256(b"what was signed").hexdigest()
STRETCH = 10
"""Transactions of a block."""
Row = dict[str, Any]
Rows = list[tuple[str, Row]]


def row(table: str, number: int, **values: Any) -> Row:
    """A row of evidence with every column and its hash, recorded by transaction `number`."""
    version = max(FIELDS[table])
    made: Row = dict.fromkeys(FIELDS[table][version]) | dict.fromkeys(KEYS[table], f"{table}-{number}")
    made |= {"tx": str(number), "recorded_at": BEGUN, "hash_version": version, **values}
    return made | {"row_hash": row_hash(table, made)}


@dataclass
class Chain:
    """Blocks as the sealer makes them; `signer` signs in place of the keys that the heads name."""

    keys: tuple[SealKey, ...]
    signer: SealKey | None = None
    blocks: list[tuple[BlockHead, bytes, list[tuple[str, str, str]]]] = field(default_factory=list)

    def seal(self, rows: Rows, key: int) -> None:
        number = len(self.blocks) + 1
        entries = sorted((table, one["id"], one["row_hash"].hex()) for table, one in rows)
        head = BlockHead(
            number=number,
            from_tx=(number - 1) * STRETCH,
            until_tx=number * STRETCH,
            previous=self.blocks[-1][0].hash if self.blocks else GENESIS,
            root=entries_root(entries),
            count=len(entries),
            sealed_at=BEGUN + timedelta(seconds=2 * number),
            key_number=key,
        )
        signature = (self.signer or self.keys[key - 1]).sign(head.content)
        self.blocks.append((head, signature, entries))

    def proof(self, table: str, one: Row) -> dict[str, Any]:
        for head, _, entries in self.blocks:
            entry = (table, one["id"], one["row_hash"].hex())
            if entry in entries:
                at = entries.index(entry)
                path = [node.hex() for node in audit_path(at, [entry_bytes(each) for each in entries])]
                found = {"table": table, "key": one["id"], "hash": entry[2], "block": head.number}
                return {**found, "index": at, "path": path}
        raise KeyError(one["id"])

    def head(self, number: int) -> dict[str, Any]:
        head, signature, _ = self.blocks[number - 1]
        return head_json(head, signature)

    def keys_file(self) -> dict[str, Any]:
        chain: list[dict[str, Any]] = []
        for number, key in enumerate(self.keys, 1):
            before = self.keys[number - 2] if number > 1 else None
            vouched = before.sign(key_content(number, key.public)).hex() if before else None
            chain.append({"number": number, "public_key": key.public.hex(), "certificate": vouched})
        return {"type": "seal_keys", "v": 1, "keys": chain}


def proofs(proven: list[dict[str, Any]], unsealed: Rows) -> bytes:
    keys = [{"table": table, "key": one["id"]} for table, one in unsealed]
    return written({"type": "row_proofs", "v": 1, "proofs": proven, "unsealed": keys})

"""Services: proofs that rows are sealed - each row's place in its block and the path to the root.

A row that no block covers yet is told as unsealed. A row in a block's stretch that the block does not list
gets no proof at all: whoever verifies the package finds it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from db import tables as t
from db.queries import evidence_packages as queries
from db.queries import seals
from db.row_hash import FIELDS
from domain.merkle import MerkleTree
from domain.seal_blocks import BlockHead, entry_bytes, unpack

if TYPE_CHECKING:
    from db.session import Reader

KEYS: Mapping[str, list[str]] = {
    name: [column.name for column in t.metadata.tables[name].primary_key.columns] for name in FIELDS
}
Row = Mapping[str, Any]


def fields_file() -> dict[str, Any]:
    """What a verifier has to know of the tables: keys, and the fields under each version of the hash."""
    tables = {
        name: {
            "key": KEYS[name],
            "versions": {str(version): list(fields) for version, fields in all_.items()},
        }
        for name, all_ in FIELDS.items()
    }
    return {"type": "evidence_fields", "v": 1, "tables": tables}


def evidence_rows(rows: Mapping[str, Sequence[Row]]) -> list[tuple[str, str, Row]]:
    """The rows of evidence in a record, as table, key and row."""
    return [
        (name, "/".join(str(row[one]) for one in KEYS[name]), row)
        for name in sorted(FIELDS)
        for row in rows.get(name, ())
    ]


@dataclass
class _Block:
    """A block, with all nodes of its tree."""

    head: BlockHead
    signature: bytes
    tree: MerkleTree
    places: Mapping[tuple[str, str], tuple[int, str]]


@dataclass
class Prover:
    """Proves rows, block by block; `blocks` are those that were needed so far."""

    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)
    _trees: dict[int, _Block] = field(default_factory=dict)

    async def prove(self, tx: Reader, rows: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
        """The content of `proofs.json` for rows by table, key and transaction."""
        numbers = {number for _, _, number in rows}
        self._forget(min(numbers, default=0))
        for found in await queries.blocks_of(tx, numbers, list(self._trees)):
            self._take(found)
        blocks = sorted(self._trees.values(), key=lambda block: block.head.until_tx)
        ends = [block.head.until_tx for block in blocks]
        proofs, unsealed = [], []
        for table, key, number in rows:
            block = next(iter(blocks[(at := bisect_right(ends, number)) : at + 1]), None)
            if block is None or block.head.from_tx > number:
                unsealed.append({"table": table, "key": key})
            elif (table, key) in block.places:
                proofs.append(self._proof(block, table, key))
        return {"type": "row_proofs", "v": 1, "proofs": proofs, "unsealed": unsealed}

    def _take(self, row: Row) -> None:
        entries = unpack(bytes(row["entries"])) or []
        places = {(table, key): (at, digest) for at, (table, key, digest) in enumerate(entries)}
        tree = MerkleTree([entry_bytes(entry) for entry in entries])
        self._trees[row["number"]] = _Block(seals.head_of(row), bytes(row["signature"]), tree, places)

    def _forget(self, before: int) -> None:
        """Trees of blocks that ended before the first transaction wanted: runs come in their order."""
        self._trees = {n: block for n, block in self._trees.items() if block.head.until_tx > before}

    def _proof(self, block: _Block, table: str, key: str) -> dict[str, Any]:
        index, digest = block.places[table, key]
        self.blocks.setdefault(block.head.number, head_json(block.head, block.signature))
        return {
            "table": table,
            "key": key,
            "hash": digest,
            "block": block.head.number,
            "index": index,
            "path": [node.hex() for node in block.tree.path(index)],
        }


def head_json(head: BlockHead, signature: bytes) -> dict[str, Any]:
    """A block's head as it is signed, with its signature."""
    return {
        "number": head.number,
        "from_tx": str(head.from_tx),
        "until_tx": str(head.until_tx),
        "previous": head.previous.hex(),
        "root": head.root.hex(),
        "count": head.count,
        "sealed_at": head.sealed_at,
        "key_number": head.key_number,
        "signature": signature.hex(),
    }


async def keys_file(tx: Reader) -> dict[str, Any]:
    """The chain of seal keys."""
    keys = [
        {
            "number": row["number"],
            "public_key": bytes(row["public_key"]).hex(),
            "certificate": None if row["certificate"] is None else bytes(row["certificate"]).hex(),
        }
        for row in await seals.keys(tx)
    ]
    return {"type": "seal_keys", "v": 1, "keys": keys}

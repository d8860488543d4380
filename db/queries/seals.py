"""Db queries: what is to be sealed, the chain of blocks, and the rows that a block covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from db import tables as t
from db.kept import Kept
from db.session import Reader, Transaction
from db.tables._metadata import Xid8
from domain.seal_blocks import BlockHead, Entry

SEALER = 7_260_115
"""The advisory lock of who seals; another one goes away empty-handed."""
MOST = 5_000
"""Rows of a block, unless one transaction alone has more."""

ROW_KEY = "row_key"
"""How a row's key is named beside its columns (one of which may be `key`)."""

_B = t.seal_block.c
_HEAD = [_B[name] for name in ("number", "from_tx", "until_tx", "previous", "root", "count")] + [
    _B[name] for name in ("sealed_at", "key_number", "hash", "signature")
]


def key_of(table: sa.Table) -> sa.ColumnElement[str]:
    """A row's key as the list of a block names it: its id, or the two ids that it joins."""
    columns = [sa.cast(column, sa.Text) for column in table.primary_key.columns]
    return columns[0] if len(columns) == 1 else columns[0] + "/" + columns[1]


def _number(text: str | int) -> sa.ColumnElement[Any]:
    return sa.cast(sa.cast(str(text), sa.Text), Xid8)


def _given(name: str) -> sa.ColumnElement[Any]:
    return sa.cast(sa.bindparam(name, type_=sa.Text), Xid8)


# Kept: the sealer asks every two seconds, and SQLAlchemy took longer over nineteen tables than PostgreSQL.
_ENTRIES = Kept(
    sa.union_all(
        *(
            sa.select(
                sa.literal(table.name).label("of"),
                key_of(table).label("key"),
                table.c.row_hash.label("row_hash"),
            ).where(table.c.tx >= _given("after"), table.c.tx < _given("until"))
            for table in t.EVIDENCE
        )
    )
)
_FIRST = [
    sa.select(
        sa.literal(table.name).label("of"),
        key_of(table).label("key"),
        table.c.row_hash.label("row_hash"),
        table.c.tx.label("tx"),
    )
    .where(table.c.tx >= _given("after"), table.c.tx < _given("until"))
    .order_by(table.c.tx)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .subquery()
    for table in t.EVIDENCE
]
_UNSEALED = Kept(
    sa.union_all(
        *(
            sa.select(one.c.of, one.c.key, one.c.row_hash, sa.cast(one.c.tx, sa.Text).label("tx"))
            for one in _FIRST
        )
    )
)
_MAY_SEAL = Kept(sa.select(sa.func.pg_try_advisory_xact_lock(SEALER).label("may_seal")))
_LAST = Kept(sa.select(*_HEAD).order_by(_B.number.desc()).limit(1))
_K = t.seal_key.c
_KEYS = Kept(sa.select(_K.number, _K.public_key, _K.certificate, _K.recorded_at).order_by(_K.number))
_HORIZON = Kept(
    sa.select(
        sa.cast(sa.func.pg_snapshot_xmin(sa.func.pg_current_snapshot()), sa.Text).label("horizon"),
        sa.func.clock_timestamp().label("at"),
    )
)


@dataclass(frozen=True)
class Standing:
    """What the sealer has to know: the last block, the keys, and how far it may go."""

    last: Mapping[str, Any] | None
    keys: Sequence[Mapping[str, Any]]
    horizon: int
    """The first transaction that may still be open."""
    at: datetime
    """The database's clock."""


async def standing(tx: Transaction) -> Standing | None:
    """Take the sealer's lock until the transaction ends, and look; None: another one has it."""
    # In this order: what others committed before the lock was taken is seen by what follows it.
    lock, last, known, horizon = await tx.together((_MAY_SEAL, {}), (_LAST, {}), (_KEYS, {}), (_HORIZON, {}))
    if not lock[0]["may_seal"]:
        return None
    return Standing(
        last=last[0] if last else None,
        keys=known,
        horizon=int(horizon[0]["horizon"]),
        at=horizon[0]["at"],
    )


async def last_block(tx: Reader) -> Mapping[str, Any] | None:
    return await tx.one_or_none(_LAST)


async def horizon(tx: Reader) -> int:
    """The first transaction that may still be open."""
    return int((await tx.one(_HORIZON))["horizon"])


async def unsealed(tx: Reader, after: int, until: int, most: int = MOST) -> tuple[list[Entry], int]:
    """The next block's rows in their order, and where it ends: at `until`, or sooner when there are many.

    What one transaction wrote is never divided.
    """
    # One row more than a block has of each table: among them are the first ones of all tables.
    found = await tx.rows(_UNSEALED, {"after": str(after), "until": str(until), "most": most + 1})
    if len(found) <= most:
        return _entries(found), until
    numbers = sorted(int(row["tx"]) for row in found)
    if numbers[0] == numbers[most]:
        return await entries_between(tx, after, numbers[0] + 1), numbers[0] + 1
    end = numbers[most]
    return _entries([row for row in found if int(row["tx"]) < end]), end


async def entries_between(tx: Reader, after: int, until: int) -> list[Entry]:
    return _entries(await tx.rows(_ENTRIES, {"after": str(after), "until": str(until)}))


def _entries(found: Sequence[Mapping[str, Any]]) -> list[Entry]:
    return sorted((row["of"], row["key"], bytes(row["row_hash"]).hex()) for row in found)


async def count_after(tx: Reader, after: int) -> tuple[int, datetime | None]:
    """How many rows no block covers, and when the oldest of them was recorded."""
    parts = sa.union_all(
        *(
            sa.select(sa.func.count().label("n"), sa.func.min(table.c.recorded_at).label("oldest")).where(
                table.c.tx >= _number(after)
            )
            for table in t.EVIDENCE
        )
    ).subquery()
    found = await tx.one(
        sa.select(sa.func.sum(parts.c.n).label("n"), sa.func.min(parts.c.oldest).label("oldest")).select_from(
            parts
        )
    )
    return int(found["n"]), found["oldest"]


async def add_block(tx: Transaction, head: BlockHead, signature: bytes, packed: bytes) -> None:
    row = {
        "number": head.number,
        "from_tx": _number(head.from_tx),
        "until_tx": _number(head.until_tx),
        "previous": head.previous,
        "root": head.root,
        "count": head.count,
        "sealed_at": head.sealed_at,
        "key_number": head.key_number,
        "hash": head.hash,
        "signature": signature,
        "entries": packed,
    }
    await tx.execute(sa.insert(t.seal_block).values(**row))


async def keys(tx: Reader) -> list[Mapping[str, Any]]:
    return list(await tx.rows(_KEYS))


async def add_key(tx: Transaction, number: int, public: bytes, certificate: bytes | None) -> None:
    await tx.execute(sa.insert(t.seal_key).values(number=number, public_key=public, certificate=certificate))


async def blocks(tx: Reader, after: int, limit: int) -> Sequence[Mapping[str, Any]]:
    """Blocks behind number `after` in their order, with the list of their rows."""
    chosen = sa.select(*_HEAD, _B.entries).where(_B.number > after).order_by(_B.number).limit(limit)
    return await tx.rows(chosen)


async def lists(tx: Reader, numbers: Sequence[int]) -> dict[int, bytes]:
    """The lists of these blocks, as they are kept."""
    found = await tx.rows(sa.select(_B.number, _B.entries).where(_B.number.in_(numbers)))
    return {row["number"]: bytes(row["entries"]) for row in found}


async def hashes(tx: Reader, numbers: Sequence[int]) -> dict[int, bytes]:
    """The hashes of these blocks, where they are there."""
    # One array: there may be more numbers than a statement has parameters.
    wanted = sa.func.any(sa.cast(list(numbers), ARRAY(sa.BigInteger)))
    found = await tx.rows(sa.select(_B.number, _B.hash).where(_B.number == wanted))
    return {row["number"]: bytes(row["hash"]) for row in found}


async def sealed_at(tx: Reader, numbers: Sequence[int]) -> dict[int, datetime]:
    """When these blocks were sealed, where they are there."""
    found = await tx.rows(sa.select(_B.number, _B.sealed_at).where(_B.number.in_(numbers)))
    return {row["number"]: row["sealed_at"] for row in found}


async def block_of(tx: Reader, number: int) -> int | None:
    """The block that seals what a transaction wrote; None: none yet."""
    found = await tx.one_or_none(
        sa.select(_B.number, _B.from_tx).where(_B.until_tx > _number(number)).order_by(_B.until_tx).limit(1)
    )
    return None if found is None or int(found["from_tx"]) > number else int(found["number"])


async def heads(tx: Reader, after: int, limit: int) -> Sequence[Mapping[str, Any]]:
    """The same without the lists."""
    return await tx.rows(sa.select(*_HEAD).where(_B.number > after).order_by(_B.number).limit(limit))


async def rows_between(tx: Reader, table: sa.Table, after: int, until: int) -> Sequence[Mapping[str, Any]]:
    """Whole rows of an evidence table by their transaction, each with its key as `ROW_KEY`."""
    chosen = sa.select(key_of(table).label(ROW_KEY), *table.c).where(
        table.c.tx >= _number(after), table.c.tx < _number(until)
    )
    return await tx.rows(chosen)


def head_of(row: Mapping[str, Any]) -> BlockHead:
    """A block's head as it is kept."""
    return BlockHead(
        number=row["number"],
        from_tx=int(row["from_tx"]),
        until_tx=int(row["until_tx"]),
        previous=bytes(row["previous"]),
        root=bytes(row["root"]),
        count=row["count"],
        sealed_at=row["sealed_at"],
        key_number=row["key_number"],
    )

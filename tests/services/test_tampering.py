"""A database superuser changes what was sealed: each kind of change is found, and its place is named.

Each attack is made in a transaction that is verified from inside and then taken back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries import seals as queries
from db.session import Database, Transaction
from domain.evidence_findings import EvidenceFinding
from domain.seal_blocks import entries_root, pack, unpack
from domain.seal_check import ExportedHead
from domain.seal_keys import SealKey
from services import seal_heads, sealing
from services.evidence_verification import verify_seals
from services.platform import Platform, PlatformSettings
from tests.conftest import CloneDatabase
from tests.services.evidence_rows import (
    TABLES,
    add_rows,
    hash_of,
    superuser_session,
    take_the_rules_off,
    values_of,
)

KEY, OTHER = "A" * 43, "B" * 42 + "A"
GUARDED = [*TABLES, "seal_block", "seal_key"]


@dataclass
class Sealed:
    """A database with three rows of each kind, in three blocks, and its way in for a superuser."""

    root: Database
    exported: list[ExportedHead]
    key: SealKey = field(default_factory=lambda: SealKey(KEY))

    async def after(self, *changes: str) -> list[EvidenceFinding]:
        """What verification finds after the changes; they are taken back."""
        found: list[EvidenceFinding] = []

        async def attack(tx: Transaction) -> None:
            for change in changes:
                await tx.execute(sa.text(change.replace(":", r"\:")))
            found.extend(await self.look(tx))

        await self.taken_back(attack)
        return found

    async def look(self, tx: Transaction) -> list[EvidenceFinding]:
        return (await verify_seals(tx, own=self.key.public, exported=self.exported)).findings

    async def taken_back(self, attack: Any) -> None:
        with contextlib.suppress(_TakenBack):
            async with self.root.write() as tx:
                tx.audited_elsewhere("an attack")
                await attack(tx)
                raise _TakenBack


class _TakenBack(Exception):
    pass


@pytest.fixture(scope="module")
def furnished(clone_database: CloneDatabase) -> Iterator[Any]:
    with clone_database() as database:
        yield database


@pytest.fixture
async def sealed(furnished: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Made once for the module; every test opens it anew."""
    heads = Path(tmp_path_factory.getbasetemp()) / f"heads-{furnished.name}.jsonl"
    settings = PlatformSettings(secret_key="x", seal_key=KEY, heads_file=heads)
    if not heads.exists():
        platform = Platform(Database(furnished.app_url), cast("Any", None), settings)
        with superuser_session(furnished.superuser_url) as session:
            take_the_rules_off(session)
            for number in (1, 2, 3):
                for table in TABLES:
                    add_rows(session, table, [number])
                await sealing.seal(platform)
            for table in GUARDED:
                session.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        await seal_heads.export_head(platform)
        await platform.database.close()
    root = Database(furnished.superuser_url, pool_size=1)
    yield Sealed(root, seal_heads.exported_heads(heads))
    await root.close()


def where(table: str, number: int) -> str:
    """The row of that number by its key."""
    values = values_of(table, number)
    return " AND ".join(f"{column.name} = {values[column.name]}" for column in TABLES[table].primary_key)


async def key(sealed: Sealed, table: str, number: int) -> str:
    async with sealed.root.read() as tx:
        found = await tx.scalar(sa.select(queries.key_of(TABLES[table])).where(sa.text(where(table, number))))
    return str(found)


async def test_nothing_is_found_where_nothing_was_changed(sealed: Sealed) -> None:
    assert await sealed.after() == []


COLUMNS = [
    (table.name, column.name)
    for table in t.EVIDENCE
    for column in table.c
    if not column.primary_key and column.name not in {"tx", "row_hash", "hash_version"}
]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
async def test_a_changed_column_is_found(sealed: Sealed, table: str, column: str) -> None:
    """Also by somebody who sets the row's hash anew."""
    other = values_of(table, 9)[column]
    if column == "recorded_at":
        other = "recorded_at - interval '1 second'"
    elif column in {"refused", "loaded", "accepted"}:
        other = f"NOT {column}"
    change = f"UPDATE {table} SET {column} = {other} WHERE {where(table, 2)}"
    place = EvidenceFinding(1, "row_edited", 2, table, await key(sealed, table, 2))
    assert await sealed.after(change) == [place]
    again = f"UPDATE {table} AS r SET row_hash = {hash_of(table)}(r) WHERE {where(table, 2)}"
    assert await sealed.after(change, again) == [place]


@pytest.mark.parametrize("table", TABLES)
async def test_a_row_that_goes_or_comes_or_is_stamped_anew_is_found(sealed: Sealed, table: str) -> None:
    second, third = await key(sealed, table, 2), await key(sealed, table, 3)
    gone = EvidenceFinding(1, "row_missing", 2, table, second)
    assert await sealed.after(f"DELETE FROM {table} WHERE {where(table, 2)}") == [gone]
    moved = f"UPDATE {table} SET tx = (SELECT tx FROM {table} WHERE {where(table, 3)})"
    found = await sealed.after(f"{moved} WHERE {where(table, 2)}")
    assert found == [gone, EvidenceFinding(1, "row_inserted", 3, table, second)]
    assert await sealed.after(f"UPDATE {table} SET row_hash = 'x' WHERE {where(table, 3)}") == [
        EvidenceFinding(1, "row_rehashed", 3, table, third)
    ]
    assert await sealed.after(f"UPDATE {table} SET hash_version = 7 WHERE {where(table, 3)}") == [
        EvidenceFinding(1, "row_edited", 3, table, third)
    ]
    names = ", ".join(TABLES[table].c.keys())
    values = {**values_of(table, 7), "tx": "r.tx", "recorded_at": "r.recorded_at", "row_hash": "r.row_hash"}
    copied = f"INSERT INTO {table} ({names}) SELECT {', '.join(values[name] for name in list(TABLES[table].c.keys()))}"
    [found_one] = await sealed.after(f"{copied} FROM {table} r WHERE {where(table, 1)}")
    assert (found_one.code, found_one.block, found_one.table) == ("row_inserted", 1, table)


@pytest.mark.parametrize("table", TABLES)
async def test_rows_that_change_places_are_found(sealed: Sealed, table: str) -> None:
    """All but their keys is exchanged between two rows: signatures between records, moves in their order."""
    own = {column.name for column in TABLES[table].primary_key}
    names = [column.name for column in TABLES[table].c if column.name not in own]
    pairs = ", ".join(f"{name} = other.{name}" for name in names)
    first, second = where(table, 1), where(table, 2)
    this = f"({' OR '.join([_of('r', first), _of('r', second)])})"
    crossed = (
        f"({_of('r', first)} AND {_of('other', second)} OR {_of('r', second)} AND {_of('other', first)})"
    )
    found = await sealed.after(f"UPDATE {table} r SET {pairs} FROM {table} other WHERE {this} AND {crossed}")
    assert {finding.code for finding in found} == {"row_missing", "row_inserted"}
    assert {finding.key for finding in found} == {await key(sealed, table, number) for number in (1, 2)}


def _of(alias: str, condition: str) -> str:
    return " AND ".join(f"{alias}.{part}" for part in condition.split(" AND "))


BLOCK_CHANGES = {
    "root": ("root = sha256('x')", {"block_altered", "block_unsigned", "list_altered"}),
    "count": ("count = count + 1", {"block_altered", "block_unsigned", "list_altered"}),
    "previous": ("previous = sha256('x')", {"block_altered", "block_unsigned", "block_unchained"}),
    "sealed_at": ("sealed_at = sealed_at + interval '1 ms'", {"block_altered", "block_unsigned"}),
    "hash": ("hash = sha256('x')", {"block_altered", "block_unchained"}),
    "signature": ("signature = sha512('x')", {"block_unsigned"}),
    "entries": ("entries = 'x'", {"list_altered", "row_inserted"}),
    "entries of another": (
        "entries = (SELECT b.entries FROM seal_block b WHERE b.number = 1)",
        {"list_altered", "row_inserted", "row_missing"},
    ),
    "from_tx": ("from_tx = '1'", {"block_altered", "block_unsigned", "block_unchained"}),
    "number": ("number = 20", {"block_altered", "block_unsigned", "block_missing"}),
}


@pytest.mark.parametrize("change", BLOCK_CHANGES)
async def test_a_changed_block_is_found(sealed: Sealed, change: str) -> None:
    sql, codes = BLOCK_CHANGES[change]
    found = await sealed.after(f"UPDATE seal_block SET {sql} WHERE number = 2")
    assert codes <= {finding.code for finding in found}
    assert {2, 3} & {finding.block for finding in found}


async def test_a_changed_end_is_found(sealed: Sealed) -> None:
    found = await sealed.after(
        "UPDATE seal_block SET until_tx = (until_tx::text::bigint - 1)::text::xid8 WHERE number = 2"
    )
    assert {"block_altered", "block_unsigned", "block_unchained"} <= {finding.code for finding in found}


async def test_a_missing_block_and_a_cut_tail_are_found(sealed: Sealed) -> None:
    found = await sealed.after("DELETE FROM seal_block WHERE number = 2")
    assert EvidenceFinding(1, "block_missing", 2) in found
    tables = [f"DELETE FROM {table} WHERE {where(table, 3)}" for table in TABLES]
    assert await sealed.after("DELETE FROM seal_block WHERE number = 3", *tables) == [
        EvidenceFinding(1, "tail_cut", 3)
    ]


async def test_a_key_that_was_put_in_is_found(sealed: Sealed) -> None:
    for change in (
        "UPDATE seal_key SET public_key = sha256('x')",
        "INSERT INTO seal_key VALUES (2, sha256('x'), sha512('x'), now())",
        "DELETE FROM seal_block; DELETE FROM seal_key",
    ):
        found = await sealed.after(*change.split("; "))
        assert {"key_unknown", "key_not_ours", "tail_cut"} & {finding.code for finding in found}, change


async def test_a_chain_that_was_made_again_with_another_key_is_found(sealed: Sealed) -> None:
    """The attacker edits a row, and then makes lists, roots, heads and signatures anew as far as he can."""
    forger = SealKey(OTHER)

    async def attack(tx: Transaction) -> None:
        await tx.execute(sa.text(f"UPDATE signature SET printed_name = 'x' WHERE {where('signature', 1)}"))
        await tx.execute(sa.text("UPDATE signature s SET row_hash = signature_hash_v1(s)"))
        await tx.execute(sa.update(t.seal_key).values(public_key=forger.public))
        previous = bytes(32)
        for row in await queries.blocks(tx, 0, 10):
            old = queries.head_of(row)
            entries = await queries.entries_between(tx, old.from_tx, old.until_tx)
            assert len(entries) == len(unpack(bytes(row["entries"])) or ())
            head = type(old)(**{**old.__dict__, "root": entries_root(entries), "previous": previous})
            previous = head.hash
            await tx.execute(
                sa.update(t.seal_block)
                .where(t.seal_block.c.number == head.number)
                .values(
                    root=head.root,
                    previous=head.previous,
                    hash=head.hash,
                    signature=forger.sign(head.content),
                    entries=pack(entries),
                )
            )
        found = await sealed.look(tx)
        assert [finding.code for finding in found] == ["key_not_ours", "head_differs"]

    await sealed.taken_back(attack)


async def test_a_clock_that_was_changed_is_found(sealed: Sealed) -> None:
    """Rows and blocks that were made with another clock, by the product itself: signed, and still telling."""

    async def attack(tx: Transaction) -> None:
        last = await queries.last_block(tx)
        assert last is not None
        names = ", ".join(t.audit_event.c.keys())
        for number, shift in ((11, "- interval '1 day'"), (12, "+ interval '1 day'")):
            values = {**values_of("audit_event", number), "recorded_at": f"clock_timestamp() {shift}"}
            given = ", ".join(values.values())
            hashed = ", ".join(
                "audit_event_hash_v1(r)" if name == "row_hash" else f"(r).{name}" for name in values
            )
            await tx.execute(
                sa.text(
                    f"WITH raw AS (SELECT ROW({given})::audit_event AS r)"
                    f" INSERT INTO audit_event ({names}) SELECT {hashed} FROM raw".replace(":", r"\:")
                )
            )
        end = int(await tx.scalar(sa.text("SELECT (pg_current_xact_id()::text::bigint + 1)::text")))
        entries = await queries.entries_between(tx, int(last["until_tx"]), end)
        head = queries.head_of(last)
        made = type(head)(
            **{
                **head.__dict__,
                "number": head.number + 1,
                "from_tx": head.until_tx,
                "until_tx": end,
                "previous": bytes(last["hash"]),
                "root": entries_root(entries),
                "count": len(entries),
                "sealed_at": head.sealed_at - timedelta(seconds=10),
            }
        )
        await queries.add_block(tx, made, sealed.key.sign(made.content), pack(entries))
        codes = {finding.code for finding in await sealed.look(tx)}
        assert codes == {"clock_ran_back", "clock_ahead", "clock_behind"}

    await sealed.taken_back(attack)


def test_findings_have_words_in_both_languages() -> None:
    from domain import evidence_findings

    for code in evidence_findings._WORDS:
        finding = EvidenceFinding(1, code, 2, "move", "k", "d")
        assert finding.message("zh") != finding.message("en")
        assert finding.as_data()["en"].endswith("#2, move k, d")

"""Room `ops`, trials: what a superuser of the database can do to sealed records, as SQL on real rows.

Each attack names the table and row where it has to be found, or the block. They are made in a transaction
that verification looks at from inside, and that is taken back.
"""
# ruff: noqa: S608 - the names in the statements are those of our own tables and columns

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from db import tables as t
from db.queries import seals
from db.session import Reader
from domain.evidence_findings import EvidenceFinding

NEVER_ALONE = {"tx", "recorded_at", "row_hash", "hash_version"}
EDITS = {
    "Uuid": "uuidv7()",
    "ARRAY of Uuid": "ARRAY[uuidv7()]",
    "ARRAY of Text": "ARRAY['x']",
    "Boolean": "NOT {0}",
    "Integer": "coalesce({0}, 0) + 1",
    "BigInteger": "coalesce({0}, 0) + 1",
    "SmallInteger": "coalesce({0}, 0) + 1",
    "JSONB": """'{{"forged": 1}}'::jsonb""",
    "DateTime": "coalesce({0}, now()) - interval '1 second'",
    "CHAR": "md5({0}) || md5({0})",
    "LargeBinary": "sha256('x')",
}
"""Another value of a column, by the kind of its type; of a text, the text with an x."""


@dataclass(frozen=True)
class Attack:
    """What is done, in statements; and by which finding it has to be told, where."""

    kind: str
    statements: tuple[str, ...]
    code: str
    table: str | None = None
    key: str | None = None
    block: int | None = None

    def found(self, findings: list[EvidenceFinding]) -> bool:
        """Whether the findings name it: the code, and the row or the block."""
        return any(
            one.code == self.code
            and self.table in {None, one.table}
            and self.key in {None, one.key}
            and self.block in {None, one.block}
            for one in findings
        )


@dataclass(frozen=True)
class Victim:
    """A sealed row: its table, its key, how SQL finds it, and the block that lists it."""

    table: str
    key: str
    where: str
    block: int


async def victims(tx: Reader, block: int) -> list[Victim]:
    """One row of each kind that is sealed, from the block of that number or a later one."""
    found: dict[str, Victim] = {}
    after = block - 1
    while rows := await seals.blocks(tx, after, 50):
        for row in rows:
            head = seals.head_of(row)
            for table, key, _ in await seals.entries_between(tx, head.from_tx, head.until_tx):
                if table not in found:
                    named = t.metadata.tables[table]
                    parts = zip(named.primary_key.columns, key.split("/"), strict=True)
                    where = " AND ".join(f"{column.name} = '{part}'" for column, part in parts)
                    found[table] = Victim(table, key, where, head.number)
        after = rows[-1]["number"]
    return list(found.values())


def edits(victim: Victim, most: int) -> Iterator[Attack]:
    """Columns changed, one after the other, at most so many; each also with the row's hash set anew."""
    name = victim.table
    columns = [
        column
        for column in t.metadata.tables[name].c
        if not column.primary_key and column.name not in NEVER_ALONE
    ]
    for column in columns[:most]:
        kind = type(column.type).__name__
        item = getattr(column.type, "item_type", None)
        kind = kind if item is None else f"{kind} of {type(item).__name__}"
        other = EDITS.get(kind, "coalesce({0}, '') || 'x'").format(column.name)
        change = f"UPDATE {name} SET {column.name} = {other} WHERE {victim.where}"
        again = f"UPDATE {name} AS r SET row_hash = {name}_hash_v1(r) WHERE {victim.where}"
        yield Attack(
            f"edit {name}.{column.name}", (change, again), "row_edited", name, victim.key, victim.block
        )


def others(victim: Victim) -> Iterator[Attack]:
    """A row taken out, put into another stretch, copied into a stretch that is closed."""
    name, place = victim.table, (victim.table, victim.key, victim.block)
    yield Attack(f"delete {name}", (f"DELETE FROM {name} WHERE {victim.where}",), "row_missing", *place)
    later = f"UPDATE {name} SET tx = pg_current_xact_id() WHERE {victim.where}"
    yield Attack(f"stamp {name} anew", (later,), "row_missing", *place)
    columns = t.metadata.tables[name].c
    names = [column.name for column in columns]
    given = ", ".join("uuidv7()" if columns[one].primary_key else one for one in names)
    copied = f"INSERT INTO {name} ({', '.join(names)}) SELECT {given} FROM {name} WHERE {victim.where}"
    yield Attack(f"insert {name}", (copied,), "row_inserted", name, block=victim.block)


def of_the_chain(block: int, last: int) -> Iterator[Attack]:
    """Blocks, their lists, heads and keys."""
    at = f"WHERE number = {block}"
    for column, code in (
        ("root = sha256('x')", "block_altered"),
        ("count = count + 1", "block_altered"),
        ("previous = sha256('x')", "block_unchained"),
        ("sealed_at = sealed_at - interval '1 day'", "clock_ran_back"),
        ("hash = sha256('x')", "block_altered"),
        ("signature = sha512('x')", "block_unsigned"),
        ("entries = 'x'", "list_altered"),
        ("number = number + 1000000", "block_missing"),
    ):
        yield Attack(f"block: {column.split()[0]}", (f"UPDATE seal_block SET {column} {at}",), code)
    yield Attack("block deleted", (f"DELETE FROM seal_block {at}",), "block_missing", block=block)
    yield Attack(
        "tail cut, with the records",
        (
            *(
                f"DELETE FROM {table.name} WHERE tx >= (SELECT from_tx FROM seal_block WHERE number = {last})"
                for table in t.EVIDENCE
            ),
            f"DELETE FROM seal_block WHERE number = {last}",
        ),
        "tail_cut",
        block=last,
    )
    yield Attack("key replaced", ("UPDATE seal_key SET public_key = sha256('x')",), "key_not_ours")
    yield Attack(
        "key put in",
        ("INSERT INTO seal_key (number, public_key, certificate) VALUES (1000, sha256('x'), sha512('x'))",),
        "key_unknown",
    )
    swapped = (
        "UPDATE submission s SET signature_id = o.signature_id FROM submission o"
        " WHERE s.signature_id IS NOT NULL AND o.signature_id IS NOT NULL AND s.id <> o.id"
        " AND s.id = (SELECT id FROM submission WHERE signature_id IS NOT NULL ORDER BY id LIMIT 1)"
        " AND o.id = (SELECT id FROM submission WHERE signature_id IS NOT NULL ORDER BY id DESC LIMIT 1)"
    )
    yield Attack("signature of another record", (swapped,), "row_edited", "submission")
    yield Attack(
        "content of an archive",
        ("UPDATE archive_body SET content = 'x' WHERE name = 'record.json'",),
        "body_altered",
        "archive",
    )
    yield Attack("content of an archive deleted", ("DELETE FROM archive_body",), "body_missing", "archive")


def freed() -> Iterator[str]:
    """What a superuser does first: guards and rules off."""
    yield "SET LOCAL session_replication_role = replica"
    for table in (*t.EVIDENCE, t.seal_block, t.seal_key, t.archive_body):
        yield f"ALTER TABLE {table.name} DISABLE TRIGGER USER"

"""Rows in every evidence table, as a superuser puts them there, and a superuser's ways around the guards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from db import tables as t
from db.row_hash import FIELDS

TABLES = {table.name: table for table in t.EVIDENCE}
STAMPED = {"tx": "pg_current_xact_id()", "recorded_at": "clock_timestamp()"}
Session = psycopg.Connection[tuple[Any, ...]]


def superuser_session(url: str) -> Session:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def take_the_rules_off(session: Session) -> None:
    """What keeps invented rows out: foreign keys, checks, uniqueness, triggers but those against changes."""
    found = session.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c', 'u') AND conrelid <> 0 ORDER BY contype = 'u'"
    ).fetchall()
    for table, name in found:
        if table in TABLES:
            session.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE'.encode())
    indexes = session.execute(
        "SELECT indrelid::regclass::text, indexrelid::regclass::text FROM pg_index"
        " WHERE indisunique AND NOT indisprimary"
    ).fetchall()
    for table, name in indexes:
        if table in TABLES:
            session.execute(f"DROP INDEX {name}".encode())
    for table in TABLES:
        session.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())


def values_of(table: str, number: int) -> dict[str, str]:
    """SQL of every column for the row of that number; texts tell the column and the number."""
    found = {}
    for column in TABLES[table].c:
        kind = column.type.compile(dialect=psycopg_dialect())
        found[column.name] = STAMPED.get(column.name) or _example(kind, column.name, number)
    found["row_hash"] = "''::bytea"
    found["hash_version"] = str(max(FIELDS[table]))
    return found


def hash_of(table: str) -> str:
    """The function of the database that hashes a row that is added today."""
    return f"{table}_hash_v{max(FIELDS[table])}"


def psycopg_dialect() -> Any:
    from sqlalchemy.dialects import postgresql

    return postgresql.dialect()  # type: ignore[no-untyped-call]


def _example(kind: str, name: str, number: int) -> str:
    kinds = {
        "UUID": f"'01940000-0000-7000-8000-{number:012d}'::uuid",
        "UUID[]": f"ARRAY['01940000-0000-7000-8000-{number:012d}'::uuid]",
        "TEXT[]": f"ARRAY['{name}', '{number}']",
        "BOOLEAN": "false",
        "INTEGER": str(number),
        "BIGINT": str(number),
        "SMALLINT": "1",
        "JSONB": f"""'{{"{name}": {number}, "名": null}}'::jsonb""",
        "TIMESTAMP WITH TIME ZONE": f"timestamptz '2026-11-03 08:00:{number:02d}+08'",
        "BYTEA": f"'\\x{number:02x}'::bytea",
        "DATE": f"date '2026-11-{number:02d}'",
    }
    if kind.startswith("CHAR"):
        return f"'{number:064x}'"
    return kinds.get(kind, f"'{name} {number}'")


def add_rows(session: Session, table: str, numbers: Sequence[int]) -> None:
    """Invented rows with the right hash, each in a transaction of its own."""
    for number in numbers:
        values = values_of(table, number)
        names, given = ", ".join(values), ", ".join(values.values())
        session.execute(
            f"WITH raw AS (SELECT ROW({given})::{table} AS r)"
            f" INSERT INTO {table} ({names})"
            f" SELECT {', '.join(_hashed(table, name) for name in values)} FROM raw".encode()
        )


def _hashed(table: str, name: str) -> str:
    return f"{hash_of(table)}(r)" if name == "row_hash" else f"(r).{name}"

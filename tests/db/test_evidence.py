"""Evidence is only added: for the application, the owner and the superuser alike; and its hashes tell."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.migrations import HERE
from db.row_hash import FIELDS, row_hash
from db.session import Database
from db.tables._metadata import Xid8
from domain.canonical import canonical
from domain.evidence import EvidenceIsImmutable, EvidenceNotCanonical
from tests.db.stockroom import Stockroom
from tests.servers import TestDatabase

CHANGES = ("UPDATE {} SET recorded_at = now()", "DELETE FROM {}", "TRUNCATE {} CASCADE")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", [table.name for table in t.EVIDENCE])
async def test_nobody_changes_evidence(module_database: TestDatabase, table: str, change: str) -> None:
    urls = (module_database.app_url, module_database.owner_url, module_database.superuser_url)
    for number, url in enumerate(urls):
        role = Database(url, pool_size=1)
        with pytest.raises((EvidenceIsImmutable, sa.exc.ProgrammingError)) as refused:  # noqa: PT012
            async with role.write() as tx:
                await tx.execute(sa.text(change.format(table)))
                tx.audited_elsewhere("an attack")
        if number:
            assert isinstance(refused.value, EvidenceIsImmutable)
        await role.close()


async def test_the_application_cannot_touch_what_is_derived_or_the_owners(app: Database) -> None:
    for change in (
        "UPDATE balance SET quantity = 1",
        "INSERT INTO movement_rule VALUES ('issue', 'internal', 'rejected', 'customer')",
        "DELETE FROM serial_place",
        "UPDATE clock_setting SET offset_seconds = 1",
        "ALTER TABLE move DISABLE TRIGGER ALL",
        "ALTER TABLE posting DISABLE TRIGGER refuse_change",
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "SET session_replication_role = replica",
        "DELETE FROM batch",
        "DELETE FROM task",
        "UPDATE line SET data = '{}'",
        "SELECT apply_deltas('{}')",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):  # noqa: PT012
            async with app.write() as tx:
                await tx.execute(sa.text(change))
                tx.audited_elsewhere("an attack")


async def test_a_caller_cannot_set_the_stamp(app: Database, room: Stockroom) -> None:
    row = {
        "actor_id": room.keeper,
        "actor_name": "x",
        "action": "try.it",
        "object_type": "a",
        "object_id": "b",
    }
    stamp = {"tx": "1", "recorded_at": datetime(2020, 1, 1, tzinfo=UTC), "row_hash": b"x", "hash_version": 9}
    async with app.write() as tx:
        await tx.execute(sa.insert(t.audit_event).values(**row, **stamp))
        tx.audited_elsewhere("it is an audit event")
        current = await tx.scalar(sa.text("SELECT pg_current_xact_id()::text"))
    async with app.read() as tx:
        kept = await tx.one(sa.select(t.audit_event))
    assert str(kept["tx"]) == current
    assert kept["recorded_at"].year > 2020
    assert kept["hash_version"] == 1
    assert kept["row_hash"] == row_hash("audit_event", kept)


DIGESTS = [
    (table.name, column.name)
    for table in t.metadata.sorted_tables
    for column in table.c
    if isinstance(column.type, sa.CHAR) and column.type.length == 64 and table.name != "attachment_body"
]
"""The body of an attachment has a stronger guard: its digest is that of its bytes."""


@pytest.mark.parametrize("digest", ["A" * 64, "g" * 64, "0" * 63, "0" * 64 + "1", ""])
@pytest.mark.parametrize(("table", "column"), DIGESTS)
async def test_a_digest_is_hexadecimal(superuser: Database, table: str, column: str, digest: str) -> None:
    async with superuser.read() as tx:
        rules = await tx.rows(
            sa.text(
                "SELECT pg_get_expr(conbin, conrelid) AS rule FROM pg_constraint"
                " WHERE contype = 'c' AND conrelid = CAST(:of AS regclass) AND conname = :name"
            ),
            {"of": table, "name": f"ck_{table}_{column}"},
        )
        [rule] = [row["rule"] for row in rules]
        asked = sa.text(f"SELECT {rule} FROM (SELECT CAST(:digest AS text) AS {column}) AS given")
        assert await tx.scalar(asked, {"digest": digest}) is False
        assert await tx.scalar(asked, {"digest": "0123456789abcdef" * 4}) is True


def test_each_hash_covers_every_column() -> None:
    assert set(FIELDS) == {table.name for table in t.EVIDENCE}
    for table in t.EVIDENCE:
        newest = FIELDS[table.name][max(FIELDS[table.name])]
        assert set(newest) == {column.name for column in table.c} - {"row_hash"}, table.name


HOSTILE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12
) | st.sampled_from(
    ['"', "\\", "\x01\x1f\x7f", "中文", "💊", "\u2028", "e\u0301", "\ue000", "\U0010ffff", "\ud7ff\uffff", ""]
)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
NESTED = st.recursive(
    st.none() | st.booleans() | WHOLE | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(HOSTILE, NESTED, max_size=6), min_size=1, max_size=20))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_database_and_python_write_the_same_canonical_form(
    module_database: TestDatabase, values: list[dict[str, Any]]
) -> None:
    app = Database(module_database.app_url, pool_size=1)
    async with app.read() as tx:
        for value in values:
            given_value = sa.cast(sa.literal(value, t.task.c.content.type), t.task.c.content.type)
            text = await tx.scalar(sa.select(sa.func.canonical_json(given_value)))
            assert text.encode() == canonical(value, normalise=False)
    await app.close()


@given(name=HOSTILE, reason=HOSTILE | st.none(), before=NESTED, after=NESTED, refused=st.booleans())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_database_and_python_agree_on_every_hash(
    module_database: TestDatabase, name: str, reason: str | None, before: Any, after: Any, refused: bool
) -> None:
    app = Database(module_database.app_url, pool_size=1)
    async with app.write(request_id=name) as tx:
        await tx.audit("probe.hash", name, name, before=before, after=after, reason=reason, refused=refused)
        kept = await tx.one(sa.select(t.audit_event).order_by(t.audit_event.c.id.desc()).limit(1))
    await app.close()
    assert kept["object_id"] == name
    assert kept["row_hash"] == row_hash("audit_event", kept)
    assert kept["row_hash"] != row_hash("audit_event", {**kept, "action": "probe.edited"})


async def test_every_kind_of_evidence_row_carries_the_hash_that_python_computes(
    app: Database, superuser: Database, module_database: TestDatabase
) -> None:
    """Rows of every table, straight through the stamp: foreign keys are another matter."""
    async with superuser.write() as tx:
        for table, version in ((one, version) for one in t.EVIDENCE for version in FIELDS[one.name]):
            values = [_example(column, version) for column in table.c]
            record = await tx.one(
                sa.text(
                    f"WITH given AS (SELECT ROW({', '.join(values)})::{table.name} AS r)"
                    f" SELECT {table.name}_hash_v{version}(r) AS hash, (r).* FROM given"
                )
            )
            assert record["hash"] == row_hash(table.name, record), table.name
        tx.audited_elsewhere("nothing is kept")


EXAMPLES = (
    (sa.Uuid, f"'{uuid4()}'::uuid"),
    (sa.Date, "date '2026-11-03'"),
    (sa.DateTime, "timestamptz '2026-11-03 08:00:00.5+08'"),
    (sa.Boolean, "true"),
    (sa.Integer, "7"),
    (sa.LargeBinary, "'\\x00ff'::bytea"),
    (sa.ARRAY, f"ARRAY['{UUID(int=5)}'::uuid]"),
    (sa.JSON, """'{"b": [1, "中", null], "a": {"\\"": true}}'::jsonb"""),
    (Xid8, "'123'::xid8"),
    (sa.CHAR, f"'{'0f' * 32}'"),
    (sa.String, "'文\"字'"),
)


def _example(column: sa.Column[Any], version: int) -> str:
    if column.name == "hash_version":
        return f"{version}::smallint"
    return next(example for kind, example in EXAMPLES if isinstance(column.type, kind))


@pytest.mark.parametrize("value", [1.5, 2**53, 1e300])
async def test_a_number_without_a_canonical_form_never_becomes_evidence(app: Database, value: float) -> None:
    with pytest.raises(EvidenceNotCanonical):
        async with app.write() as tx:
            await tx.audit("probe.hash", "a", "b", after={"deep": [value]})


async def test_an_edit_by_the_superuser_shows_in_the_hash(
    app: Database, superuser: Database, room: Stockroom
) -> None:
    async with app.write(room.actor) as tx:
        await tx.audit("probe.edit", "batch", "1", after={"quantity": 10})
    async with superuser.write() as tx:
        for statement in (
            "ALTER TABLE audit_event DISABLE TRIGGER refuse_change",
            """UPDATE audit_event SET after = '{"quantity": 11}'""",
            "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER refuse_change",
        ):
            await tx.execute(sa.text(statement))
        tx.audited_elsewhere("an attack")
    async with app.read() as tx:
        kept = await tx.one(sa.select(t.audit_event))
    assert kept["row_hash"] != row_hash("audit_event", kept)


def test_no_migration_switches_a_guard_off() -> None:
    for path in [*HERE.glob("versions/*.py"), *HERE.glob("sql/**/*.sql")]:
        text = path.read_text("utf-8")
        assert not re.search(
            r"DISABLE\s+TRIGGER|DROP\s+TRIGGER|session_replication_role", text, re.IGNORECASE
        ), path

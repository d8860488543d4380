"""The migrated schema is the one that the tables describe, down to the last constraint."""

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from db.migrations import current_and_head, upgrade
from db.tables import metadata
from ops.embedded_postgres import EmbeddedPostgres
from ops.postgres_roles import OWNER, create_database
from tests.servers import TestDatabase

CATALOGUE = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 't' AND conrelid <> 0
        AND conrelid::regclass::text <> 'alembic_version'""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " AND tablename <> 'alembic_version'",
}
UNINDEXED = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint f
    WHERE contype = 'f' AND NOT EXISTS (
      SELECT FROM pg_index i WHERE i.indrelid = f.conrelid
      AND (i.indkey::int2[])[0:array_length(f.conkey, 1) - 1] @> f.conkey[1:1]
      AND i.indkey[0] = ANY (f.conkey))"""


def catalogue(url: str) -> dict[str, set[tuple[object, ...]]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return {name: set(connection.execute(sql).fetchall()) for name, sql in CATALOGUE.items()}


@pytest.fixture
def described(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """A database made from the tables' description, without migrations."""
    with postgres_server.connect() as session:
        create_database(session, "described")
    url = postgres_server.url(OWNER, "described")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for extension in ("btree_gist", "pg_trgm"):
            connection.execute(sa.text(f"CREATE EXTENSION {extension}"))
        metadata.create_all(connection)
    yield url
    with postgres_server.connect() as session:
        session.execute("DROP DATABASE described WITH (FORCE)")


def test_migrations_lead_to_what_the_tables_describe(database: TestDatabase, described: str) -> None:
    migrated, wanted = catalogue(database.owner_url), catalogue(described)
    for part in CATALOGUE:
        assert migrated[part] - wanted[part] == set(), f"{part} that the tables do not describe"
        assert wanted[part] - migrated[part] == set(), f"{part} that no migration makes"


def test_a_second_upgrade_changes_nothing(database: TestDatabase) -> None:
    before = catalogue(database.owner_url)
    upgrade(database.owner_url)
    assert catalogue(database.owner_url) == before
    current, head = current_and_head(database.app_url)
    assert current == head is not None


def test_every_foreign_key_has_an_index(database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as connection:
        assert connection.execute(UNINDEXED).fetchall() == []


def test_the_application_may_use_every_table_and_own_none(database: TestDatabase) -> None:
    with psycopg.connect(database.app_url.replace("+psycopg", "")) as connection:
        for name in metadata.tables:
            connection.execute(f'SELECT FROM "{name}" LIMIT 0'.encode())
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        ).fetchone()
    assert owned == (0,)

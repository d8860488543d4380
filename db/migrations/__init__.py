"""Db migrations: the schema's history and the two questions a door may ask of it.

A migration is frozen once it is merged; guards are SQL files beside it. Evidence tables change only by adding
nullable columns, and no migration disables a trigger.
"""

from pathlib import Path
from typing import cast

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

HERE = Path(__file__).parent
LOCK = 0x58554E4A49  # one migration at a time; the number spells XUNJI


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(HERE))
    made.set_main_option("path_separator", "os")
    return made


def upgrade(owner_url: str) -> None:
    """Bring the database at `owner_url` (the owner role) to the newest schema; a second call waits, then is idle."""
    engine = sa.create_engine(owner_url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
            connection.commit()
            made = config()
            made.attributes["connection"] = connection
            command.upgrade(made, "head")
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
            connection.commit()
    finally:
        engine.dispose()


def head() -> str | None:
    """The revision that this code wants."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current_and_head(url: str) -> tuple[str | None, str | None]:
    """The revision the database stands at and the one this code wants; the application role may ask."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), head()
    finally:
        engine.dispose()


def run_guard_sql(bind: sa.Connection, revision: str) -> None:
    """Run the SQL files of a revision in the order of their names, verbatim, in the migration's transaction."""
    driver = cast("psycopg.Connection", bind.connection.dbapi_connection)
    for path in sorted((HERE / "sql" / revision).glob("*.sql")):
        driver.execute(path.read_bytes())

"""Db migrations: how alembic reaches the database. Waits for locks briefly, so that a deployment never hangs."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from db.tables import metadata
from db.tables._metadata import Xid8


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, Xid8):
        autogen.imports.add("from db.tables._metadata import Xid8")
        return "Xid8()"
    return False


def run(connection: sa.Connection) -> None:
    connection.execute(sa.text("SET lock_timeout = '10s'"))
    connection.execute(sa.text("SET statement_timeout = '10min'"))
    connection.execute(sa.text("SET timezone = 'UTC'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])

"""Room `ops`, verbs on the database: migrate, seed, admin create. They know no table."""

import asyncio
import inspect
import sys
from typing import Any

import typer


def migrate() -> None:
    """Bring the schema to the newest version, as the owner role."""
    from db.migrations import current_and_head, upgrade
    from ops.addresses import owner_database_url
    from ops.settings import Settings

    url = owner_database_url(Settings())
    upgrade(url)
    _, head = current_and_head(url)
    sys.stdout.write(f"schema is at {head}\n")


def seed() -> None:
    """Load the demo company and write its log-ins to demo.json (readable by you alone)."""
    from ops.addresses import database_url
    from ops.demo_seed import load
    from ops.secrets_file import write_private_json
    from ops.settings import Settings

    settings = Settings()
    loaded: Any = load(settings, database_url(settings))
    company = asyncio.run(_wait_for(loaded)) if inspect.isawaitable(loaded) else loaded
    write_private_json(settings.demo_file, {"base_url": f"http://127.0.0.1:{settings.port}", **company})
    sys.stdout.write(f"demo company loaded, log-ins are in {settings.demo_file}\n")


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable


def register(app: typer.Typer) -> None:
    for verb in (migrate, seed):
        app.command()(verb)

"""Room `ops`, verbs on the database: migrate, seed. They know no table."""

import asyncio
import sys
from typing import Annotated

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


def seed(
    if_empty: Annotated[  # noqa: FBT002
        bool, typer.Option("--if-empty", help="An installation with people of its own is no failure.")
    ] = False,
) -> None:
    """Load the demo company and write its log-ins to demo.json (readable by you alone)."""
    from ops.demo_seed import load
    from ops.secrets_file import remembered_number, write_private_json
    from ops.settings import Settings
    from services.first_administrator import AdministratorExists

    settings = Settings()
    try:
        company = asyncio.run(load(settings))
    except AdministratorExists:
        sys.stderr.write("xunji: this installation has people of its own: the demo company is not loaded\n")
        raise typer.Exit(0 if if_empty else 1) from None
    port = remembered_number(settings.home / "ports.json", "web") or settings.port
    write_private_json(settings.demo_file, {"base_url": f"http://127.0.0.1:{port}", **company})
    sys.stdout.write(f"demo company loaded, log-ins are in {settings.demo_file}\n")


def register(app: typer.Typer) -> None:
    for verb in (migrate, seed):
        app.command()(verb)

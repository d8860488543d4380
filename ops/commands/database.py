"""Room `ops`, verbs on the database: migrate, seed, admin create. They know no table."""

import asyncio
import sys
from typing import Annotated, Any

import typer

admin = typer.Typer(help="Administrators.", no_args_is_help=True)


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


@admin.command("create")
def create_administrator(
    username: Annotated[str, typer.Option(prompt=True, help="User name for logging in.")],
    name: Annotated[str, typer.Option(prompt=True, help="Name as printed beside signatures.")],
) -> None:
    """Create the first administrator of an empty installation; its password is asked for or piped in."""
    from ops.settings import Settings

    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    made = asyncio.run(_first_administrator(Settings(), username, name, password))
    sys.stdout.write(f"administrator {made} may log in\n")


async def _first_administrator(settings: Any, username: str, name: str, password: str) -> str:
    from ops.platform_access import open_platform
    from services import first_administrator

    async with open_platform(settings) as platform:
        return await first_administrator.create(platform, username=username, name=name, password=password)


def register(app: typer.Typer) -> None:
    app.add_typer(admin, name="admin")
    for verb in (migrate, seed):
        app.command()(verb)

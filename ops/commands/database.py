"""Room `ops`, verbs on the database: migrate, seed. They know no table."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ops.settings import Settings

MOST_DAYS = 730


def migrate() -> None:
    """Bring the schema to the newest version, as the owner role."""
    from db.migrations import current_and_head, upgrade
    from ops.addresses import owner_database_url
    from ops.drill_mark import mark_as_drill
    from ops.settings import Settings

    settings = Settings()
    url = owner_database_url(settings)
    upgrade(url)
    if settings.mode == "drill":
        mark_as_drill(url)
    _, head = current_and_head(url)
    sys.stdout.write(f"schema is at {head}\n")


def seed(
    if_empty: Annotated[  # noqa: FBT002
        bool, typer.Option("--if-empty", help="An installation with people of its own is no failure.")
    ] = False,
    history: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="Load so many days of the demo company's past, as 90d."),
    ] = None,
    scale: Annotated[
        int, typer.Option(min=1, max=20, help="How much happened on each day of the history.")
    ] = 1,
    home: Annotated[
        Path | None, typer.Option(help="Data, logs and secrets (default: XUNJI_HOME or .xunji).")
    ] = None,
    as_json: Annotated[  # noqa: FBT002
        bool, typer.Option("--json", help="Print the history's figures as JSON, no progress.")
    ] = False,
) -> None:
    """Load the demo company and write its log-ins to demo.json (readable by you alone).

    With --history the company is loaded if nobody is there yet, and then its past; beside a running `up` too.
    """
    from ops.commands.running import settings_with

    settings = settings_with(home=home)
    if history is None:
        _seed_company(settings, if_empty=if_empty)
        return
    days = _days(history)
    from ops.history.showing import in_words, load

    if not settings.demo_file.exists():
        _seed_company(settings, if_empty=if_empty, quiet=as_json)
    figures = asyncio.run(load(settings, days=days, scale=scale, progress=not as_json))
    as_text = json.dumps(figures, ensure_ascii=False, indent=2)
    sys.stdout.write(f"{as_text if as_json else in_words(figures)}\n")
    if not figures["ok"]:
        raise typer.Exit(1)


def _days(history: str) -> int:
    """`90d` or `90` as 90; wrong usage for anything else."""
    number = history.removesuffix("d")
    if not number.isdecimal() or not 1 <= int(number) <= MOST_DAYS:
        raise typer.BadParameter(f"{history!r} is not a number of days, 1d to {MOST_DAYS}d")
    return int(number)


def _seed_company(settings: "Settings", *, if_empty: bool, quiet: bool = False) -> None:
    """Load the demo company into an empty installation."""
    from ops.demo_seed import load
    from ops.secrets_file import remembered_number, write_private_json
    from services.first_administrator import AdministratorExists

    try:
        company = asyncio.run(load(settings))
    except AdministratorExists:
        sys.stderr.write("xunji: this installation has people of its own: the demo company is not loaded\n")
        raise typer.Exit(0 if if_empty else 1) from None
    port = remembered_number(settings.home / "ports.json", "web") or settings.port
    write_private_json(settings.demo_file, {"base_url": f"http://127.0.0.1:{port}", **company})
    said = sys.stderr if quiet else sys.stdout
    said.write(f"demo company loaded, log-ins are in {settings.demo_file}\n")


def register(app: typer.Typer) -> None:
    for verb in (migrate, seed):
        app.command()(verb)

"""Room `ops`, the verb `evidence export`: an evidence package as a file, on behalf of a person."""

import asyncio
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from ops.commands.asking import password_of

if TYPE_CHECKING:
    from db.queries.evidence_scope import EvidenceScope

As = Annotated[
    str,
    typer.Option(
        "--as", help="Who asks, by user name; the password is asked for or read from standard input."
    ),
]
Run = Annotated[UUID | None, typer.Option("--run", help="This run and those that it called.")]
Batch = Annotated[
    UUID | None, typer.Option("--batch", help="This batch: its runs, its account, and what no run made.")
]
Person = Annotated[
    UUID | None, typer.Option("--person", help="This person: runs, posts, trainings, signatures.")
]
Since = Annotated[datetime | None, typer.Option("--from", help="Runs that ended at or after this (UTC).")]
Until = Annotated[datetime | None, typer.Option("--to", help="Runs that ended before this (UTC).")]
Into = Annotated[Path, typer.Option("--into", help="Folder for the ZIP.", file_okay=False, exists=True)]
Language = Annotated[str, typer.Option("--language", help="zh or en, for the report on paper.")]


def export(
    as_: As,
    run: Run = None,
    batch: Batch = None,
    person: Person = None,
    since: Since = None,
    until: Until = None,
    into: Into = Path(),
    language: Language = "zh",
) -> None:
    """Make an evidence package: one ZIP for a run, batch, person or period. Prints where it is.

    Status 1: it was not sealed in time.
    """
    from datetime import UTC

    from db.queries.evidence_scope import EvidenceScope

    if language not in {"zh", "en"}:
        raise typer.BadParameter("the language is zh or en")
    first, last = (None if one is None else one.replace(tzinfo=UTC) for one in (since, until))
    scope = EvidenceScope(run, batch, person, first, last)
    place, sealed = asyncio.run(_export(as_, password_of(), scope, into, language))
    sys.stdout.write(f"{place}\n")
    if not sealed:
        sys.stderr.write("the manifest was not sealed in time: is a worker running? Make the package again\n")
        raise typer.Exit(1)


async def _export(
    username: str, password: str, scope: "EvidenceScope", into: Path, language: str
) -> tuple[Path, bool]:
    from rich.console import Console

    from ops.platform_access import open_platform
    from ops.settings import Settings
    from services import auth, evidence_package

    console = Console(stderr=True)
    async with open_platform(Settings()) as platform:
        actor = (await auth.log_in(platform, username, password)).actor
        with console.status("packing") as status:

            async def progress(done: int, total: int) -> None:
                status.update(f"{done} of {total} runs")

            made = await evidence_package.build(
                platform, scope, actor=actor, language=language, progress=progress
            )
        place = into / made.name
        with made.file as source, place.open("wb") as target:
            shutil.copyfileobj(source, target)
        await auth.log_out(platform, actor=actor)
    return place, made.sealed

"""Room `ops`, verbs on evidence: verify, rotate-key. They wire and print, and know no rule."""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from ops.commands.evidence_export import export

if TYPE_CHECKING:
    from db.queries.evidence_scope import EvidenceScope
    from domain.seal_check import ExportedHead
    from services.evidence_check import EvidenceVerdict
    from services.head_places import PlaceStanding

evidence = typer.Typer(help="Archives, seals and their proof.", no_args_is_help=True)
LEVEL_WORDS = {
    1: "hashes, blocks, signatures, contents",
    2: "the engine's replay",
    3: "strict replay",
    4: "reconciliation",
}
Run = Annotated[UUID | None, typer.Option("--run", help="Only this run and those that it called.")]
Batch = Annotated[UUID | None, typer.Option("--batch", help="Only runs that touched this batch.")]
Person = Annotated[UUID | None, typer.Option("--person", help="Only runs in which this person acted.")]
Since = Annotated[
    datetime | None, typer.Option("--from", help="Only what ended at or after this instant (UTC).")
]
Until = Annotated[datetime | None, typer.Option("--to", help="Only what ended before this instant (UTC).")]
Levels = Annotated[str, typer.Option("--levels", help="Which levels, for example 1 or 1,4.")]
Heads = Annotated[
    list[Path] | None,
    typer.Option("--heads", help="A mail or file with heads that were kept elsewhere, to find in the chain."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@evidence.command()
def verify(
    run: Run = None,
    batch: Batch = None,
    person: Person = None,
    since: Since = None,
    until: Until = None,
    levels: Levels = "1,2,3,4",
    heads: Heads = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Verify evidence: all of it, or that of a run, batch, person or period. Status 1: findings."""
    wanted = _levels(levels)
    from db.queries.evidence_scope import EvidenceScope

    scope = EvidenceScope(run, batch, person, _utc(since), _utc(until))
    verdict = asyncio.run(_verify(scope, wanted, _given(heads or []), quiet=as_json))
    if as_json:
        sys.stdout.write(json.dumps(_as_data(verdict), ensure_ascii=False) + "\n")
    else:
        _say(verdict)
    if not verdict.sound:
        raise typer.Exit(1)


@evidence.command("rotate-key")
def rotate_key() -> None:
    """Make a new seal key for this home; the one before vouches for it when the worker starts again."""
    import secrets

    from domain.seal_keys import SealKey, fingerprint
    from ops import addresses
    from ops.secrets_file import read_json, write_private_json
    from ops.settings import Settings

    settings = Settings()
    if settings.seal_key is not None:
        raise typer.BadParameter("the key is given by XUNJI_SEAL_KEY: change it there (docs/deployment.md)")
    before, _ = addresses.seal_keys(settings)
    path = settings.home / "secrets.json"
    made = secrets.token_urlsafe(32)
    write_private_json(path, {**read_json(path), "seal_key": made, "seal_key_before": before})
    sys.stdout.write(
        f"new seal key, fingerprint {fingerprint(SealKey(made).public)}\nStart the worker again.\n"
    )


def _given(paths: list[Path]) -> "list[ExportedHead]":
    """The heads in these files; a mail is read as its program saved it."""
    import email
    import email.policy

    from domain.given_heads import HeadsGivenUnclear, given_heads

    found = []
    for path in paths:
        try:
            content = path.read_bytes()
            text = content.decode("utf-8", "replace")
            if path.suffix == ".eml":
                body = email.message_from_bytes(content, policy=email.policy.default).get_body(("plain",))
                text = body.get_content() if body else ""
            found += given_heads(text, path.name)
        except OSError as error:
            raise typer.BadParameter(f"{path}: {error.strerror}") from None
        except HeadsGivenUnclear as error:
            raise typer.BadParameter(f"{path}: {error.message('en')}") from None
    return found


async def _verify(
    scope: "EvidenceScope", levels: tuple[int, ...], given: "list[ExportedHead]", *, quiet: bool
) -> "EvidenceVerdict":
    from rich.console import Console

    from ops.platform_access import open_platform
    from ops.settings import Settings
    from services import evidence_check

    console = Console(stderr=True, quiet=quiet)
    async with open_platform(Settings()) as platform:
        with console.status("verifying") as status:
            async for verdict in evidence_check.verify(platform, scope, levels, given):
                status.update(
                    f"{verdict.blocks} blocks, {verdict.rows} records, {verdict.runs} runs,"
                    f" {len(verdict.findings)} findings"
                )
        return verdict


def _levels(text: str) -> tuple[int, ...]:
    try:
        found = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        found = ()
    if not found or not set(found) <= LEVEL_WORDS.keys():
        raise typer.BadParameter("levels are 1 to 4, with commas between")
    return found


def _utc(given: datetime | None) -> datetime | None:
    from datetime import UTC

    return None if given is None else given.replace(tzinfo=UTC)


def _as_data(verdict: "EvidenceVerdict") -> dict[str, Any]:
    seals = verdict.seals
    return {
        "sound": verdict.sound,
        "levels": {str(level): verdict.of_level(level) for level in verdict.levels},
        **{name: getattr(verdict, name) for name in ("blocks", "rows", "contents", "runs", "events")},
        "deleted": verdict.deleted,
        "not_archived": verdict.not_archived,
        "unsealed": seals.unsealed,
        "unsealed_since": seals.unsealed_since.isoformat() if seals.unsealed_since else None,
        "last_sealed_at": seals.last_sealed_at.isoformat() if seals.last_sealed_at else None,
        "exported_until": seals.exported_until,
        "places": [_place(one) for one in seals.places],
        "findings": [finding.as_data() for finding in verdict.findings],
    }


def _place(place: "PlaceStanding") -> dict[str, Any]:
    since = place.behind_since.isoformat() if place.behind_since else None
    return {**asdict(place), "behind_since": since}


def _place_line(place: "PlaceStanding") -> str:
    """How far a place outside reaches, and what is not there yet."""
    kinds = {"file": "heads in the file", "store": "heads in the store", "mail": "heads mailed to"}
    said = f"{kinds[place.kind]} {place.name}: "
    if place.trouble:
        return f"{said}COULD NOT BE READ ({place.trouble})"
    since = f", since {place.behind_since:%Y-%m-%d %H:%M:%S} UTC" if place.behind_since else ""
    missing = f"; {place.missing} blocks are not there yet{since}" if place.missing else ""
    return f"{said}up to block {place.until}{missing}"


def _say(verdict: "EvidenceVerdict") -> None:
    lines = [
        f"level {level}  {LEVEL_WORDS[level]}: "
        + ("nothing found" if not verdict.of_level(level) else f"{verdict.of_level(level)} FOUND")
        for level in verdict.levels
    ]
    lines += [f"  L{finding.level}  {finding.message('en')}" for finding in verdict.findings]
    lines.append(
        f"{verdict.blocks} blocks, {verdict.rows} records, {verdict.contents} contents,"
        f" {verdict.runs} runs, {verdict.events} events"
    )
    if 1 in verdict.levels:
        seals = verdict.seals
        since = (
            f", the oldest of {seals.unsealed_since:%Y-%m-%d %H:%M:%S} UTC" if seals.unsealed_since else ""
        )
        lines.append(f"not sealed yet: {seals.unsealed} records{since}")
        lines += [_place_line(place) for place in seals.places]
    if verdict.deleted:
        lines.append(f"runs with contents deleted under retention, with a tombstone: {verdict.deleted}")
    lines.append(f"runs without an archive (under way, or waiting for the archiver): {verdict.not_archived}")
    sys.stdout.write("\n".join(lines) + "\n")


def register(app: typer.Typer) -> None:
    evidence.command()(export)
    app.add_typer(evidence, name="evidence")

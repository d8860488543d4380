"""Room `ops`, verbs on definitions: sop lint, diff, load, simulate, schema. They know no rule."""

import asyncio
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ops.commands.asking import password_of

if TYPE_CHECKING:
    from domain.sop_findings import Finding

sop = typer.Typer(help="Definitions of procedures.", no_args_is_help=True)
Paths = Annotated[list[Path], typer.Argument(exists=True, help="YAML files, or directories of them.")]
Language = Literal["zh", "en"]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def yaml_files(paths: list[Path]) -> Iterator[Path]:
    """The definition files named, and those below the directories named (not tables)."""
    for path in paths:
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in found if not any(part.startswith("_") for part in file.parts))


def table_files(paths: list[Path]) -> Iterator[Path]:
    """The files of decision tables among what is named."""
    for path in paths:
        found = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        yield from (file for file in found if "_tables" in file.parts)


def findings_of(path: Path) -> "tuple[list[Finding], list[dict[str, Any]]]":
    """What the linter says of one file, and what came of each of its proofs."""
    from domain.action_catalogue import CATALOGUE
    from domain.sop_lint import lint_text
    from domain.sop_lint_proofs import can_be_walked
    from domain.sop_proof_words import Names, sentence
    from domain.sop_proofs import Prover
    from services.sop_files import called_sops, tables

    text, called = path.read_text(encoding="utf-8"), called_sops()
    parsed, findings = lint_text(text, CATALOGUE, tables(), called=called)
    if parsed is None or not can_be_walked(findings):
        return findings, []
    prover = Prover(parsed.definition, CATALOGUE, tables(), called)
    proofs = []
    for result in map(prover.prove, parsed.definition.proofs):
        said = sentence(result.proof, parsed.definition, Names(tables=tables()))
        words = {"zh": said.zh, "en": said.en, "states": result.states, "bound": result.bound}
        walked = [dataclasses.asdict(step) for step in result.path]
        proofs.append({"severity": "proof", "rule": result.verdict, **words, "walked": walked})
    return findings, proofs


@sop.command()
def lint(
    paths: Paths,
    language: Annotated[Language, typer.Option(help="The language of the proofs.")] = "en",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Check definitions: form, names, types, routes, deadlines, segregation, proofs; status 1 for errors."""
    found = [(path, *findings_of(path)) for path in yaml_files(paths)]
    if as_json:
        rows = [
            {"path": str(path), **row}
            for path, findings, proofs in found
            for row in [*map(dataclasses.asdict, findings), *proofs]
        ]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        for path, findings, proofs in found:
            sys.stdout.writelines(f"{path}:{finding}\n" for finding in findings)
            sys.stdout.writelines(
                f"{path}: {one['rule']:9} {one[language]} ({one['states']} states, at most {one['bound']})\n"
                for one in proofs
            )
    if any(finding.severity == "error" for _, findings, _ in found for finding in findings):
        raise typer.Exit(1)


@sop.command()
def simulate(paths: Paths, as_json: AsJson = False) -> None:  # noqa: FBT002
    """Play every case of the definitions without people, stock or waiting; exit status 1 when one differs."""
    results = [result for path in yaml_files(paths) for result in play(path)]
    if as_json:
        sys.stdout.write(json.dumps(results, ensure_ascii=False, indent=2) + "\n")
    else:
        for result in results:
            sys.stdout.write(
                f"{'ok    ' if result['ok'] else 'FAILED'}  {result['path']}: {result['case']}\n"
            )
            sys.stdout.writelines(f"        {finding}\n" for finding in result["findings"])
    if not all(result["ok"] for result in results):
        raise typer.Exit(1)


def play(path: Path) -> list[dict[str, Any]]:
    """The cases of one file and whether each went as written."""
    from domain.action_catalogue import CATALOGUE
    from domain.sop_bundle import build
    from domain.sop_simulation import simulate as simulate_case
    from domain.sop_yaml import parse
    from services.sop_files import called_sops, limits, tables

    definition = parse(path.read_text(encoding="utf-8")).definition
    bundle = build(definition, tables(), limits(), None, CATALOGUE, called_sops())
    results = []
    for case in definition.cases:
        result = simulate_case(bundle, case)
        words = [finding.en for finding in result.findings]
        walked = {"outcome": result.outcome, "steps": result.path}
        results.append(
            {"path": str(path), "case": case.name, "ok": result.passed, "findings": words, **walked}
        )
    return results


@sop.command()
def diff(
    old: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The earlier version.")],
    new: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The later version.")],
    language: Annotated[Language, typer.Option(help="The language of the sentences.")] = "en",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say what changed between two versions, a sentence for each change with its risk."""
    from domain.sop_changes import changes
    from domain.sop_yaml import parse

    before, after = (parse(path.read_text(encoding="utf-8")).definition for path in (old, new))
    found = changes(before, after)
    if as_json:
        rows = [one.as_json() for one in found]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{one.in_language(language)}\n" for one in found)
        sys.stdout.write("no difference\n" if not found else "")


@sop.command()
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write sop_definitions/schema.json.")] = False,  # noqa: FBT002
) -> None:
    """Print the JSON Schema of the definition language, for editors."""
    from services.sop_files import schema_text, write_schema

    sys.stdout.write(f"{write_schema()}\n" if write else schema_text())


@sop.command()
def load(
    paths: Paths,
    author: Annotated[str, typer.Option(help="User name of the draft's author.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Keep definitions and decision tables as drafts of their author, whose password is asked for.

    Tables come first: a procedure is checked against the tables that are approved.
    """
    from ops.settings import Settings

    files = [*table_files(paths), *yaml_files(paths)]
    drafts = asyncio.run(load_drafts(Settings(), files, author, password_of()))
    if as_json:
        sys.stdout.write(json.dumps(drafts, ensure_ascii=False, indent=2) + "\n")
    else:
        for kept in drafts:
            warned = f", {kept['warnings']} warnings" if kept["warnings"] else ""
            sys.stdout.write(f"{kept['path']} is kept as a draft of {kept['sop']}{warned}\n")


async def load_drafts(settings: Any, files: list[Path], author: str, password: str) -> list[dict[str, Any]]:
    """Log the author in, keep each file as a draft, log out."""
    from ops.platform_access import open_platform
    from services import auth, decision_table_editing, sop_catalogue

    drafts = []
    async with open_platform(settings) as platform:
        session = await auth.log_in(platform, author, password)
        for file in files:
            text = file.read_text(encoding="utf-8")
            if "_tables" in file.parts:
                table = await decision_table_editing.load(platform, text, actor=session.actor)
                drafts.append({"path": str(file), "sop": table.key, "version": None, "warnings": 0})
                continue
            row, findings = await sop_catalogue.load_draft(platform, text, actor=session.actor)
            drafts.append(
                {"path": str(file), "sop": row.key, "version": row.version, "warnings": len(findings)}
            )
        await auth.log_out(platform, actor=session.actor)
    return drafts


def register(app: typer.Typer) -> None:
    app.add_typer(sop, name="sop")

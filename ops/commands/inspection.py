"""Room `ops`, the verb that looks at the machine: doctor."""

import dataclasses
import json
import sys
from typing import Annotated

import typer

SIGNS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Say what is missing or misconfigured; exit status 1 when something will not work."""
    from ops.examination import examine
    from ops.settings import Settings

    findings = examine(Settings())
    if as_json:
        sys.stdout.write(
            json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False) + "\n"
        )
    else:
        for finding in findings:
            sys.stdout.write(f"{SIGNS[finding.state]}  {finding.what}: {finding.words}\n")
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    app.command()(doctor)

"""Room `ops`, verbs that prove something: test, trial, bench. They know no rule."""

import asyncio
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ops import log_output

REPOSITORY = Path(__file__).resolve().parents[2]
CHECKS = (
    ("ruff", "check", "--quiet", "."),
    ("ruff", "format", "--check", "--quiet", "."),
    ("mypy",),
    ("lint-imports", "--no-cache"),
)
Parameters = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Sizes and the like.")
]


class NoSuchProof(typer.BadParameter):
    """There is no trial or benchmark of that name: wrong usage."""


def test(context: typer.Context) -> None:
    """Run style, type and import checks and the whole suite; with arguments, only pytest with those."""
    failed = 0
    arguments = list(context.args)
    if not arguments:
        failed = sum(check(command) for command in CHECKS)
        arguments = ["-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]  # one of three waits
    sys.stdout.flush()
    tests = subprocess.run(
        [tool("pytest"), *arguments], check=False, cwd=REPOSITORY, stdin=subprocess.DEVNULL
    )
    if tests.returncode or failed:
        raise typer.Exit(tests.returncode or 1)


def tool(name: str) -> str:
    """A tool of this environment."""
    return str(Path(sys.executable).with_name(name))


def check(command: tuple[str, ...]) -> int:
    """Run one static check; what it found is printed, 1 is returned for a finding."""
    done = subprocess.run(
        [tool(command[0]), *command[1:]], check=False, capture_output=True, text=True, cwd=REPOSITORY
    )
    words = " ".join(command)
    if done.returncode == 0:
        sys.stdout.write(f"ok      {words}\n")
        return 0
    sys.stdout.write(f"{done.stdout}{done.stderr}\nFAILED  {words}\n")
    return 1


def trial(name: Annotated[str, typer.Argument(help="Which trial.")], parameters: Parameters = None) -> None:
    """Run one full-size proof of a volume or fault claim; figures as JSON."""
    report("ops.trials", name, parameters)


def bench(
    name: Annotated[str | None, typer.Argument(help="Which benchmark; all of them without a name.")] = None,
    parameters: Parameters = None,
) -> None:
    """Run the benchmarks, with ratios and the spread of the same against itself; figures as JSON."""
    for one in [name] if name else names("benchmarks"):
        report("benchmarks", one, parameters)


def names(package: str) -> list[str]:
    """What there is to run: the public modules of the package with a `run`."""
    folder = REPOSITORY.joinpath(*package.split("."))
    found = (path for path in folder.glob("*.py") if not path.stem.startswith("_"))
    return sorted(path.stem for path in found if "async def run(" in path.read_text(encoding="utf-8"))


def report(package: str, name: str, parameters: list[str] | None) -> None:
    """Run one and print its figures; exit status 1 when it says `ok: false`."""
    name = name.replace("-", "_")
    if name not in names(package):
        raise NoSuchProof(f"there is no {name!r}; there are: {', '.join(names(package)) or 'none yet'}")
    run = importlib.import_module(f"{package}.{name}").run
    accepted = inspect.signature(run).parameters
    values = dict(parse(parameter) for parameter in parameters or [])
    unknown = sorted(set(values) - set(accepted))
    if unknown:
        raise typer.BadParameter(f"{name} knows no {', '.join(unknown)}; it knows {', '.join(accepted)}")
    if "settings" in accepted:
        from ops.settings import Settings

        values["settings"] = Settings()
    log_output.configure(name)  # to standard error: the figures stand alone on standard output
    figures: dict[str, Any] = asyncio.run(run(**values))
    sys.stdout.write(json.dumps({"name": name, **figures}, ensure_ascii=False, indent=2, default=str) + "\n")
    if not figures.get("ok", True):
        raise typer.Exit(1)


def parse(parameter: str) -> tuple[str, Any]:
    """`orders=300` as ("orders", 300); a value that is not JSON is a text."""
    name, separator, value = parameter.partition("=")
    if not separator:
        raise typer.BadParameter(f"{parameter!r} is not NAME=VALUE")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def register(app: typer.Typer) -> None:
    app.command(
        context_settings={
            "allow_extra_args": True,
            "ignore_unknown_options": True,
            "help_option_names": ["--help"],
        }
    )(test)
    app.command()(trial)
    app.command()(bench)

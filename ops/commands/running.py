"""Room `ops`, verbs that run the product: up, worker, web, demo. They know no rule."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ops.settings import Settings

Home = Annotated[Path | None, typer.Option(help="Data, logs and secrets (default: XUNJI_HOME or .xunji).")]


DRILL_HOME = Path(".xunji-drill")


def settings_with(**given: Any) -> "Settings":
    """The environment's settings, overridden by what the command line names."""
    from ops.settings import Settings

    return Settings(**{name: value for name, value in given.items() if value is not None})


def up(
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the web pages (default: XUNJI_PORT or 8000)."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for handhelds.")] = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Start without the demo company.")] = False,  # noqa: FBT002
    drill: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--drill", help="Start a drill: invented people, a clock that is moved (.xunji-drill)."),
    ] = False,
    home: Home = None,
) -> None:
    """Start PostgreSQL, Temporal, worker and web on this machine; Ctrl-C stops all."""
    from ops.supervisor import Supervisor

    if drill:
        settings = settings_with(port=port, host=host, home=home or DRILL_HOME, mode="drill")
    else:
        settings = settings_with(port=port, host=host, home=home)
    # A database of somebody's own never gets invented people unless XUNJI_DEMO asks for them.
    demo = not no_demo and (settings.demo or settings.database_url is None)

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    asyncio.run(Supervisor(settings, demo=demo, say=say).run())


def worker() -> None:
    """Run one worker process, for a deployment with servers of its own."""
    from worker import main

    main()


def web() -> None:
    """Run one web process, for a deployment with servers of its own."""
    from web import main

    main()


def demo(
    runs: Annotated[int, typer.Option(min=1, help="Runs of every shipped procedure.")] = 5,
    home: Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON, no progress.")] = False,  # noqa: FBT002
) -> None:
    """Play staff through every shipped procedure over HTTP, against a running `up` with the demo company."""
    settings = settings_with(home=home)
    if not settings.demo_file.exists():
        sys.stderr.write(f"xunji: there is no {settings.demo_file}: start ./xunji up first\n")
        raise typer.Exit(1)
    from ops.play_demo import in_words, play
    from ops.readiness import ask

    company = json.loads(settings.demo_file.read_text(encoding="utf-8"))
    ready, answer = ask(f"{company['base_url']}/readyz")
    if not ready:
        sys.stderr.write(f"xunji: {company['base_url']} is not ready ({answer}): start ./xunji up first\n")
        raise typer.Exit(1)
    summary = asyncio.run(play(company["base_url"], company, runs=runs, progress=not as_json))
    as_text = json.dumps(summary, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write(f"{as_text if as_json else in_words(summary)}\n")
    if not summary["ok"]:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    for verb in (up, worker, web, demo):
        app.command()(verb)

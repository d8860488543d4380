"""Room `ops`: the command line, `./xunji VERB`. It wires verbs to functions and decides the exit status.

0 ok, 1 a finding or failed run, 2 wrong usage. A process that used a Temporal client may crash while the
interpreter ends, so the last step is always: flush, then leave at once.
"""

import os
import sys

import typer

from ops.commands import administration, database, definitions, evidence, inspection, proofs, running

app = typer.Typer(
    name="xunji",
    help="Xunji 循迹: runs the standard operating procedures of a medicine distributor.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for family in (running, database, administration, definitions, evidence, proofs, inspection):
    family.register(app)


def run(arguments: list[str]) -> int:
    """Run one verb and return its exit status; a refusal of ours is a sentence, anything else a traceback."""
    try:
        app(arguments, prog_name="xunji")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        words = in_words(error)
        if words is None:
            raise
        sys.stderr.write(f"xunji: {words}\n")
        return 1
    return 0


def in_words(error: Exception) -> str | None:
    """A refusal of ours or wrong input as a sentence; None for a fault, which deserves its traceback."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in found)
    return str(error) if hasattr(error, "code") else None


def leave(code: int) -> None:
    """Flush and end, past the interpreter's own exit."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Entry of `python -m ops.command_line`."""
    code = 1
    try:
        code = run(sys.argv[1:])
    except BaseException:  # noqa: BLE001 - shown in full, then the clean exit path
        import traceback

        traceback.print_exc()
    leave(code)


if __name__ == "__main__":
    main()

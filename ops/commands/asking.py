"""Room `ops`: a password for a verb - typed at a terminal or piped in as one line, never an argument."""

import sys

import typer


def password_of(*, confirm: bool = False) -> str:
    """The password as typed; with `confirm` a terminal asks for it twice."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True))
    return sys.stdin.readline().rstrip("\n")

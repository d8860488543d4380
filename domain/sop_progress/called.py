"""Domain: word from the runs that this run has called - none of a call is open any more.

It is a nudge: it may come early, twice or from a stranger, and changes nothing by itself. Whoever waits asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rework
from .kinds import call

if TYPE_CHECKING:
    from datetime import datetime

    from .machine import Progress


def calls_ended(run: Progress, path: str, now: datetime) -> None:
    """The runs called at `path` seem to have ended: the call asks, and what waits to undo."""
    run.now = now
    for back in list(run.state.reworks.values()):
        rework.calls_ended(run, back)
    for node in list(run.state.nodes.values()):
        if node.kind == "call" and path in (node.path, *node.called):
            call.ended(run, node)


def waiting_calls(run: Progress) -> list[str]:
    """The paths of calls whose end is waited for; with an empty one, what was called anywhere below."""
    paths = [
        path
        for node in run.state.nodes.values()
        if node.kind == "call" and node.status == "waiting"
        for path in (node.path, *node.called)
    ]
    return paths + [""] * any(back.calling_off == "waiting" for back in run.state.reworks.values())

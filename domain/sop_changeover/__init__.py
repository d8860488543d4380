"""Domain: whether a run can go on by another version of its procedure, and if not, exactly why (S10).

A run fits when all that it has done and all that is open is what the new version would have done and opened
so far: its trail is a way of the new version, what was answered answers the new questions, and who performed
was allowed to. What comes later may be anything. It knows no engine and no database. What it says of a state
is part of the interpreter: another answer for a state that a history holds needs a semantics number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.sop_changeover import begun, done, people, places, start
from domain.sop_changeover.differing import Obstacle, Versions
from domain.sop_progress.loading import with_bundle

if TYPE_CHECKING:
    from datetime import datetime

    from domain.sop_bundle import Bundle
    from domain.sop_progress import Progress

__all__ = ["Obstacle", "obstacles"]


def obstacles(run: Progress, bundle: Bundle, now: datetime) -> list[Obstacle]:
    """Every reason why the run cannot go on by the bundle now, as the procedure goes; none: it can."""
    whole = start.obstacles(run, bundle)
    if whole:
        return whole
    after = with_bundle(run, bundle)
    after.now = now
    versions = Versions(run, after)
    found = [
        *start.of_inputs(versions),
        *places.obstacles(versions),
        *done.obstacles(versions),
        *begun.obstacles(versions),
        *people.obstacles(versions),
    ]
    return list(dict.fromkeys(found))

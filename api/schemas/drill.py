"""Room `api`: the shapes of a drill's clock."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.base import Answer, Instant, Request


class AdvanceClockIn(Request):
    """By how much the clock goes forward."""

    seconds: Annotated[int, Field(ge=1, le=400 * 86_400)]


class DrillClockOut(Answer):
    """What time it is in the drill, how far that is ahead of the real time, and the next deadline.

    `lagging` runs did not hear of the last step: they follow with the next one.
    """

    now: Instant
    ahead_seconds: int
    next_due: Instant | None
    lagging: int

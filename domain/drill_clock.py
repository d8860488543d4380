"""Domain: real time as the clock of a drill told it: evidence is written down in real time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.timeline_entries import SignatureShown, TimelineEntry

BY_THE_CLOCK = {"started", "ended"}
"""Runs begin and end by the clock of the drill, and tasks are opened and closed by it."""


class ClockTold:
    """`advances`: when the clock was moved, in real time, and how many seconds it was ahead from then on."""

    def __init__(self, advances: Sequence[tuple[datetime, int]]) -> None:
        self.advances = advances

    def at(self, real: datetime) -> datetime:
        """What the clock of the drill showed at a real instant."""
        ahead = next((seconds for since, seconds in reversed(self.advances) if since <= real), 0)
        return real + timedelta(seconds=ahead)

    def line(self, entry: TimelineEntry) -> TimelineEntry:
        return entry if entry.kind in BY_THE_CLOCK else replace(entry, at=self.at(entry.at))

    def signature(self, shown: SignatureShown) -> SignatureShown:
        return replace(shown, at=self.at(shown.at))

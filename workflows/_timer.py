"""Workflows: the one timer of a run (decision 0027). It knows when it rings, not what is due then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow


class KeptTimer:
    """A timer that stays when it comes early enough: at most it rings for nothing.

    People are faster than their deadlines: setting the timer anew at each hop was two events for each.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None
        self._at: datetime | None = None

    def set(self, at: datetime) -> None:
        """Rings at `at` (the engine's clock) at the latest."""
        if self._handle is not None and self._at is not None:
            if self._at <= at:
                return
            self._handle.cancel()
        seconds = max(at - workflow.now(), timedelta()).total_seconds()
        self._handle = asyncio.get_running_loop().call_later(seconds, self._rung)
        self._at = at

    def _rung(self) -> None:
        self._handle = None
        self._ring()

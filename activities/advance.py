"""Activities: the one activity of the interpreter. Payload in, service, payload out; nothing else.

Database outages raise and are retried by the engine; business refusals and unexpected errors of an action are
results, so that the closing of tasks in the same advance still commits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from temporalio import activity

from contracts import names
from contracts.advance import AdvanceInput, AdvanceResult
from services import advance, called_word

if TYPE_CHECKING:
    from services.platform import Platform


BEAT_EVERY_S = 4.0


class Advances:
    """Holds the platform for the activity."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @activity.defn(name=names.ADVANCE_ACTIVITY)
    async def advance(self, given: AdvanceInput) -> AdvanceResult:
        """Performs one advance in one transaction; delivered twice, it changes nothing the second time."""
        with _beating():
            result = await advance.perform(self._platform.database, given)
            if not result.forged:
                await called_word.after_advance(self._platform, given)
            return result


@contextlib.contextmanager
def _beating() -> Iterator[None]:
    """Tells the engine now and then that this worker is alive; most advances end before the first beat."""
    loop = asyncio.get_running_loop()
    next_beat: asyncio.TimerHandle

    def beat() -> None:
        activity.heartbeat()
        wait()

    def wait() -> None:
        nonlocal next_beat
        next_beat = loop.call_later(BEAT_EVERY_S, beat)

    wait()
    try:
        yield
    finally:
        next_beat.cancel()

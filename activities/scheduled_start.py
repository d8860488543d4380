"""Activities: the start that a schedule asks for. Payload in, service, payload out; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from temporalio import activity

from contracts import names
from contracts.schedules import ScheduleFired, StartScheduled
from services import schedule_firing

if TYPE_CHECKING:
    from services.platform import Platform


class ScheduledStarts:
    """Holds the platform for the activity."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @activity.defn(name=names.START_SCHEDULED)
    async def start_scheduled(self, given: StartScheduled) -> ScheduleFired:
        """Starts the run of one firing; delivered twice, it is the same run."""
        state = await schedule_firing.fire(self._platform, UUID(given.schedule), given.due_at)
        return ScheduleFired(state=state)

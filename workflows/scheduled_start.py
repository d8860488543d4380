"""Workflows: a schedule has come due - one activity starts the run through the product's own door.

The engine's scheduler can only start workflows. This one decides nothing: what is started, and whether, is
said by the schedule's row when the activity reads it.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from contracts import names
    from contracts.schedules import ScheduleDue, ScheduleFired, StartScheduled

    from . import _options

DUE_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""Set by the engine on what a schedule starts: the time of the calendar, not that of the start."""


@workflow.defn(name=names.SCHEDULED_WORKFLOW)
class ScheduledStart:
    """One firing of a schedule."""

    @workflow.run
    async def run(self, due: ScheduleDue) -> ScheduleFired:
        """Starts the run once; the instant for which it was due makes a second delivery the same firing."""
        info = workflow.info()
        due_at = info.typed_search_attributes.get(DUE_AT) or info.start_time
        fired: ScheduleFired = await workflow.execute_activity(
            names.START_SCHEDULED,
            StartScheduled(schedule=due.schedule, due_at=due_at),
            result_type=ScheduleFired,
            **_options.SCHEDULED_START,
        )
        return fired

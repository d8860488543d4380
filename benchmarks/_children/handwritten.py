"""The floor: a parent that starts children, written by hand for Temporal; each child has one activity.

The activity writes what a run and its first task need, in plain SQL on the same tables, harmless when
delivered twice. A child keeps its deadlines and waits to be completed, as ours does. It is started as
Temporal's own child, to be left alone when the parent ends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.workflow import ParentClosePolicy

OPEN = "handwritten_open"
QUEUE = "xunji-bench-children"
UNDER_WAY = 50
"""Children that the parent is starting at the same time."""


@dataclass
class Parent:
    """What the parent starts: so many children with ids of their own, for the caller's run."""

    caller: str
    children: list[str]


@dataclass
class Child:
    """One child: its run, who called it, and for which line."""

    run_id: str
    caller: str
    line: int


@dataclass
class Opened:
    """What the activity writes."""

    child: Child
    due_at: datetime


@workflow.defn(name="HandWrittenChild")
class HandWrittenChild:
    """Opens its task, keeps three deadlines, waits."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self, child: Child) -> str:
        """Until it is completed."""
        due = workflow.now() + timedelta(hours=4)
        await workflow.execute_activity(
            OPEN, Opened(child, due), start_to_close_timeout=timedelta(seconds=60)
        )
        deadlines = [workflow.now() + timedelta(hours=hours) for hours in (2, 4, 6)]
        while not self._over:
            timeout = deadlines[0] - workflow.now() if deadlines else None
            try:
                await workflow.wait_condition(lambda: self._over, timeout=timeout)
            except TimeoutError:
                deadlines.pop(0)
        return "completed"

    @workflow.signal(name="stop")
    def stop(self) -> None:
        """Ends it."""
        self._over = True


@workflow.defn(name="HandWrittenParent")
class HandWrittenParent:
    """Starts all its children and ends."""

    @workflow.run
    async def run(self, parent: Parent) -> int:
        """So many at a time."""
        numbered = list(enumerate(parent.children, 1))
        for first in range(0, len(numbered), UNDER_WAY):
            await asyncio.gather(
                *(
                    workflow.start_child_workflow(
                        HandWrittenChild.run,
                        Child(run_id, parent.caller, line),
                        id=f"floor/{run_id}",
                        parent_close_policy=ParentClosePolicy.ABANDON,
                    )
                    for line, run_id in numbered[first : first + UNDER_WAY]
                )
            )
        return len(parent.children)

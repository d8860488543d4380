"""Contracts: what the engine's scheduler hands to the worker when a schedule has come due."""

from __future__ import annotations

from datetime import datetime

from .payload import Payload


class ScheduleDue(Payload):
    """A schedule, by its row. The engine fills in when it was due by starting the workflow at that time."""

    schedule: str


class StartScheduled(Payload):
    """One firing: the schedule and the instant for which it was due, however late it is performed."""

    schedule: str
    due_at: datetime


class ScheduleFired(Payload):
    """What became of a firing: `started`, `skipped` or `refused`."""

    state: str

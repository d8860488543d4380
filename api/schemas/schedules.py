"""Room `api`: the shapes of schedules - when which procedure starts, when next, and what was started last."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from api.schemas.base import Answer, BothLanguages, Instant, Request
from domain.plain_text import Reason
from domain.schedules import Calendar
from services.schedules import ScheduleView


class SwitchIn(Request):
    """Why a schedule is paused or resumed."""

    reason: Reason


class FiringOut(Answer):
    """One time that a schedule came due; `run_id` is null when nothing was started."""

    due_at: Instant
    state: Literal["begun", "started", "skipped", "refused"]
    code: str | None
    message: BothLanguages
    run_id: UUID | None
    run_state: str | None
    run_outcome: str | None


class ScheduleOut(Answer):
    """A schedule; `next_times` is null while the engine does not say."""

    id: UUID
    name: str
    sop: str
    title: BothLanguages
    site: str
    time_zone: str
    inputs: dict[str, Any]
    calendar: Calendar
    words: BothLanguages
    active: bool
    reason: str
    made_by: str
    created_at: Instant
    changed_by: str
    changed_at: Instant
    next_times: list[Instant] | None
    firings: list[FiringOut]


class SchedulesOut(Answer):
    """All schedules that the caller may see; there are few, so there is one page."""

    items: list[ScheduleOut]
    next: None = None


def told(view: ScheduleView) -> ScheduleOut:
    """A service's view in the shape of the API."""
    row = view.row
    same = ("id", "name", "sop", "site", "time_zone", "inputs", "active", "reason", "made_by")
    fields: dict[str, Any] = {name: getattr(row, name) for name in (*same, "created_at")}
    return ScheduleOut(
        **fields,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        title=BothLanguages(zh=row.title_zh, en=row.title_en),
        calendar=view.calendar,
        words=BothLanguages.model_validate(view.calendar.in_words()),
        next_times=view.next_at,
        firings=[
            FiringOut(
                due_at=one.due_at,
                state=one.state,
                code=one.code,
                message=BothLanguages(zh=one.message_zh, en=one.message_en),
                run_id=one.run_id if one.run_state else None,
                run_state=one.run_state,
                run_outcome=one.run_outcome,
            )
            for one in view.firings
        ],
    )

"""Domain: where a run's facts stand in its engine history - by update id and by number of the advance.

Reads the history's JSON form and nothing else; an unknown event is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class EventIndex:
    """Event ids by the update (a submission) and by the activity (an advance) that they belong to."""

    def __init__(self, history: Sequence[Mapping[str, Any]]) -> None:
        self.start: tuple[int, ...] = ()
        self._updates: dict[str, list[int]] = {}
        self._advances: dict[str, list[int]] = {}
        accepted: dict[str, str] = {}
        scheduled: dict[str, str] = {}
        for event in history:
            number = int(event["eventId"])
            if "workflowExecutionStartedEventAttributes" in event and not self.start:
                self.start = (number,)
            self._note_update(event, number, accepted)
            self._note_activity(event, number, scheduled)

    def of_update(self, update_id: str) -> tuple[int, ...]:
        """The events in which an update was accepted and answered."""
        return tuple(self._updates.get(update_id, ()))

    def of_advance(self, number: int) -> tuple[int, ...]:
        """The events in which an advance was scheduled, started and completed."""
        return tuple(self._advances.get(str(number), ()))

    def _note_update(self, event: Mapping[str, Any], number: int, accepted: dict[str, str]) -> None:
        begun = event.get("workflowExecutionUpdateAcceptedEventAttributes")
        ended = event.get("workflowExecutionUpdateCompletedEventAttributes")
        if begun:
            update_id = begun.get("acceptedRequest", {}).get("meta", {}).get("updateId", "")
            accepted[str(number)] = update_id
            self._updates.setdefault(update_id, []).append(number)
        elif ended:
            update_id = ended.get("meta", {}).get("updateId") or accepted.get(
                str(ended.get("acceptedEventId")), ""
            )
            self._updates.setdefault(update_id, []).append(number)

    def _note_activity(self, event: Mapping[str, Any], number: int, scheduled: dict[str, str]) -> None:
        begun = event.get("activityTaskScheduledEventAttributes")
        if begun:
            scheduled[str(number)] = str(begun.get("activityId", ""))
            self._advances.setdefault(str(begun.get("activityId", "")), []).append(number)
            return
        for name in ("activityTaskStartedEventAttributes", "activityTaskCompletedEventAttributes"):
            later = event.get(name)
            if later and (advance := scheduled.get(str(later.get("scheduledEventId")))) is not None:
                self._advances[advance].append(number)

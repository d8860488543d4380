"""Room `api`: the shapes of external events - what is sent, and what became of it at each run."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from api.schemas.base import Answer, Request
from domain.signals import MAX_KEY


class SignalIn(Request):
    """An event: runs that wait for its name with this key go on with the data, which their forms declare."""

    correlation_key: Annotated[str, StringConstraints(min_length=1, max_length=MAX_KEY)]
    data: dict[str, Any] = {}


class DeliveryOut(Answer):
    """What became of the event at one run; one that has gone on meanwhile refuses it."""

    run_id: UUID
    state: Literal["taken", "pending", "refused"]


class SignalOut(Answer):
    """An event and its runs.

    `kept`: nobody waits for it yet, and who begins to wait in time finds it. `pending`: not every run has
    answered yet; repeat with the same Idempotency-Key, or ask for the event.
    """

    id: UUID
    name: str
    correlation_key: str
    state: Literal["delivered", "pending", "kept"]
    deliveries: list[DeliveryOut]

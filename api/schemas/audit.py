"""Room `api`: shapes of the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from api.schemas.base import Answer, Instant


class AuditEventOut(Answer):
    """One event: who did what to what, with the data before and after; `refused`: it was only tried."""

    id: UUID
    recorded_at: Instant
    actor_id: UUID | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str | None
    run_id: UUID | None
    refused: bool

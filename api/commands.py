"""Room `api`: how a command to a run is answered - 200 with its state, or 202 when that is not known yet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import JSONResponse

from api.schemas.submissions import CommandOut, PendingOut
from services.submissions import CommandAnswer, Pending

RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": PendingOut, "description": "not known yet: repeat with the same Idempotency-Key"}
}


def answered(found: CommandAnswer | Pending) -> CommandOut | JSONResponse:
    """The answer of a command."""
    if isinstance(found, Pending):
        body = PendingOut.model_validate(found).model_dump(mode="json")
        return JSONResponse(body, 202, headers={"Retry-After": str(found.retry_after)})
    return CommandOut.model_validate(found)


async def submission_of(request: Request) -> UUID | None:
    """The submission id that belongs to the call's Idempotency-Key, None without a key."""
    found: UUID | None = getattr(request.state, "submission_id", None)
    return found

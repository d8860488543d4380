"""Room `api`: the audit log - read and searched; each look is an event of the log itself."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.audit import AuditEventOut
from api.schemas.base import Page, page
from services import audit
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["audit"])
Code = Annotated[str | None, Query(max_length=200)]
Reads = Annotated[
    Literal["shown", "hidden", "only"], Query(description="events that only tell that somebody looked")
]


@router.get("/audit")
async def list_audit_events(
    actor: Annotated[Actor, permission(Permission.AUDIT_READ)],
    platform: ThePlatform,
    request_id: RequestId,
    action: Annotated[str | None, Query(max_length=200, description="`claim.task`")] = None,
    object_type: Code = None,
    object_id: Code = None,
    person: Annotated[str | None, Query(max_length=200, description="user name or name")] = None,
    run: UUID | None = None,
    since: Annotated[AwareDatetime | None, Query(description="from this instant on")] = None,
    until: Annotated[AwareDatetime | None, Query(description="before this instant")] = None,
    refused: bool | None = None,  # noqa: FBT001 - a query parameter
    text: Annotated[str | None, Query(max_length=200)] = None,
    reads: Reads = "shown",
    after: After = None,
    limit: Limit = 50,
) -> Page[AuditEventOut]:
    """The audit log, newest first; a page may be empty and still have a `next` where a text is searched."""
    wanted = audit.AuditFilter(
        action=action,
        object_type=object_type,
        object_id=object_id,
        actor=person,
        run_id=run,
        since=since,
        until=until,
        refused=refused,
        text=text,
        reads=None if reads == "shown" else reads,
    )
    found = await audit.list_events(
        platform, actor=actor, wanted=wanted, after=after, limit=limit, request_id=request_id
    )
    return page(AuditEventOut, found)

"""Room `api`: partners with their licences - listed, read, created, changed with a reason."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.parties import PartyChange, PartyOut
from domain.master_data import PartyIn, PartyRole
from services import parties
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["master data"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.MASTER_READ)]
Writer = Annotated[Actor, permission(Permission.MASTER_WRITE)]


@router.get("/parties")
async def list_parties(
    actor: Reader,
    platform: ThePlatform,
    text: Annotated[str | None, Query(max_length=200)] = None,
    role: PartyRole | None = None,
    active: bool | None = None,  # noqa: FBT001 - a query parameter
    after: After = None,
    limit: Limit = 50,
) -> Page[PartyOut]:
    """Partners by code, with their licences."""
    found = await parties.list_parties(
        platform, actor=actor, text=text, role=role, active=active, after=after, limit=limit
    )
    return page(PartyOut, found)


@router.post("/parties", status_code=201)
async def create_party(
    body: PartyIn, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> PartyOut:
    """Create a partner."""
    return PartyOut.model_validate(
        await parties.create(platform, body, actor=actor, as_id=key, request_id=request_id)
    )


@router.get("/parties/{party}")
async def get_party(party: str, actor: Reader, platform: ThePlatform) -> PartyOut:
    """A partner by id or code."""
    return PartyOut.model_validate(await parties.get(platform, party, actor=actor))


@router.patch("/parties/{party}")
async def change_party(
    party: str, body: PartyChange, actor: Writer, platform: ThePlatform, request_id: RequestId, key: Key
) -> PartyOut:
    """Change a partner; a licence named again (kind, number) is replaced."""
    made = await parties.change(
        platform, party, body.changes, reason=body.reason, actor=actor, as_id=key, request_id=request_id
    )
    return PartyOut.model_validate(made)

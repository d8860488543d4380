"""Room `api`: people, their posts and training - listed, read, created, changed with a reason."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from api.commands import submission_of
from api.dependencies import After, Limit, RequestId, ThePlatform, permission
from api.route import ApiRoute
from api.schemas.base import Page, page
from api.schemas.persons import PersonChange, PersonOut
from domain.master_data import PersonIn
from services import persons
from services.permissions import Permission
from services.platform import Actor

router = APIRouter(route_class=ApiRoute, tags=["master data"])
Key = Annotated[UUID | None, Depends(submission_of)]
Reader = Annotated[Actor, permission(Permission.MASTER_READ)]
Admin = Annotated[Actor, permission(Permission.ADMIN_PEOPLE)]
Code = Annotated[str | None, Query(max_length=64)]


@router.get("/persons")
async def list_persons(
    actor: Reader,
    platform: ThePlatform,
    text: Annotated[str | None, Query(max_length=200)] = None,
    post: Code = None,
    site: Code = None,
    kind: Literal["person", "machine"] | None = None,
    active: bool | None = None,  # noqa: FBT001 - a query parameter
    after: After = None,
    limit: Limit = 50,
) -> Page[PersonOut]:
    """People by user name."""
    found = await persons.list_persons(
        platform,
        actor=actor,
        text=text,
        post=post,
        site=site,
        kind=kind,
        active=active,
        after=after,
        limit=limit,
    )
    return page(PersonOut, found)


@router.post("/persons", status_code=201)
async def create_person(
    body: PersonIn, actor: Admin, platform: ThePlatform, request_id: RequestId, key: Key
) -> PersonOut:
    """Create a person."""
    return PersonOut.model_validate(
        await persons.create(platform, body, actor=actor, as_id=key, request_id=request_id)
    )


@router.get("/persons/{person}")
async def get_person(person: str, actor: Reader, platform: ThePlatform) -> PersonOut:
    """A person by id or user name."""
    return PersonOut.model_validate(await persons.get(platform, person, actor=actor))


@router.patch("/persons/{person}")
async def change_person(
    person: str, body: PersonChange, actor: Admin, platform: ThePlatform, request_id: RequestId, key: Key
) -> PersonOut:
    """Change a person; `posts` replaces the posts held now, `trained` adds."""
    made = await persons.change(
        platform, person, body.changes, reason=body.reason, actor=actor, as_id=key, request_id=request_id
    )
    return PersonOut.model_validate(made)

"""Room `api`: dependencies - who may call a route, declared on the route itself.

Every route declares `permission(Permission.x)` or `public`; a route that declares nothing cannot be made
(`api.route`). The check happens before the body is read, so that a stranger learns nothing from validation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from domain.errors import Refusal, Unauthenticated
from services import audit, auth, reading_log
from services.permissions import NotPermitted, Permission, require_more_than_reading, require_person
from services.platform import Actor, Platform

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Access:
    """What a route asks of its caller: one of `permissions`; none for `public` (health and log-in only).

    `asks`: it is a POST because of its size, and changes nothing: who may only read may call it.
    """

    permissions: tuple[Permission, ...]
    person: bool = False
    asks: bool = False

    async def __call__(self, request: Request) -> Actor | None:
        actor: Actor | None = getattr(request.state, "actor", None)
        return actor

    async def admit(self, request: Request) -> None:
        """Unauthenticated, PersonRequired or NotPermitted, unless the caller may enter.

        Whoever is known and tries to change something without permission is written down (E6).
        """
        if not self.permissions:
            return
        actor = await _actor_of(request)
        request.state.actor = actor
        request.state.principal = str(actor.person_id)
        try:
            self._check(actor)
            if request.method not in SAFE_METHODS and not self.asks:
                require_more_than_reading(actor)
        except Refusal as refusal:
            if request.method not in SAFE_METHODS:
                call = f"{request.method} {request.scope['path']}"
                await audit.record_refusal(
                    platform_of(request),
                    actor,
                    refusal,
                    "call.api",
                    "call",
                    call,
                    request_id=request_id_of(request),
                )
            raise
        if request.method in SAFE_METHODS:
            await reading_log.note(
                platform_of(request),
                actor,
                request.scope["path"],
                request.scope["query_string"].decode("latin-1"),
                refreshes=actor.kind == "machine",
                request_id=request_id_of(request),
            )

    def _check(self, actor: Actor) -> None:
        if self.person:
            require_person(actor)
        if not any(actor.may(permission) for permission in self.permissions):
            raise NotPermitted(permission=self.permissions[0].value)


def permission(*needed: Permission, person: bool = False, asks: bool = False) -> Any:
    """Declares a route's permission (or several, of which one is enough) and gives its actor.

    `person` refuses API keys (`person_required`), `asks` lets in who may only read. The service asks again,
    for the site of the row.
    """
    return Depends(Access(needed, person, asks))


public = Depends(Access(()))


async def _actor_of(request: Request) -> Actor:
    """The caller behind a bearer token; cookies are not looked at, so that no CSRF is possible here."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    bearer = bearer.strip()
    if scheme.lower() != "bearer" or not bearer or len(bearer) > 500 or not bearer.isascii():  # noqa: PLR2004
        raise Unauthenticated
    return await auth.actor_of_bearer(platform_of(request), bearer)


def platform_of(request: Request) -> Platform:
    """The installation that this application serves."""
    platform: Platform = request.app.state.platform
    return platform


def request_id_of(request: Request) -> str:
    """The request's id, as given by the client or made by the middleware."""
    return str(getattr(request.state, "request_id", ""))


async def _platform(request: Request) -> Platform:
    return platform_of(request)


async def _request_id(request: Request) -> str:
    return request_id_of(request)


# Asynchronous, although they wait for nothing: each plain function would be sent to a thread and waited for.
ThePlatform = Annotated[Platform, Depends(_platform)]
RequestId = Annotated[str, Depends(_request_id)]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200, description="rows of a page")]

"""A small application with the API's own route class, middleware and problems, but calls made up for the tests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID, uuid5

import httpx
import psycopg
from fastapi import APIRouter, FastAPI, UploadFile
from prometheus_client import CollectorRegistry
from pydantic import Field, SecretStr
from sqlalchemy.exc import OperationalError

from api.dependencies import permission, public
from api.middleware.addresses import PlainAddresses
from api.middleware.limits import BodyLimits
from api.middleware.observation import Observation, RequestMetrics
from api.route import ApiRoute
from api.schemas.base import Request
from domain.errors import Conflict, FieldProblem, Invalid, NotFound, Unauthenticated
from services.permissions import Permission
from services.platform import Actor

SOMEBODY = UUID("00000000-0000-7000-8000-000000000001")


def actor(name: str) -> Actor:
    """`reader`, `nobody` (a person without posts) or `machine`."""
    held = frozenset() if name == "nobody" else frozenset({Permission.RUN_READ, Permission.TASK_WORK})
    return Actor(
        person_id=uuid5(SOMEBODY, name),
        username=name,
        name=name,
        kind="machine" if name == "machine" else "person",
        language="en" if name == "english" else "zh",
        permissions=held,
    )


async def actor_of_bearer(_platform: Any, bearer: str) -> Actor:
    if bearer == "wrong":
        raise Unauthenticated
    return actor(bearer)


async def record_refusal(*_facts: Any, **_more: Any) -> None:
    """There is no database to write it down in."""


FAULTS: Mapping[str, Exception] = {
    "fault": RuntimeError("secret inside"),
    "outage": OperationalError("SELECT secret", {}, psycopg.OperationalError("secret address")),
}


class Thing(Request):
    name: str
    password: SecretStr | None = None
    count: int = 0
    data: dict[str, Any] = Field(default_factory=dict)


class Small:
    """The application and what its calls saw."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.registry = CollectorRegistry()
        self.app = FastAPI(openapi_url=None)
        self.app.state.platform = None
        self.app.include_router(self._router())
        self.app.add_middleware(BodyLimits)
        self.app.add_middleware(PlainAddresses)
        self.app.add_middleware(Observation, metrics=RequestMetrics(self.registry))

    def _router(self) -> APIRouter:
        router = APIRouter(route_class=ApiRoute)
        reader = permission(Permission.RUN_READ)
        worker = permission(Permission.TASK_WORK, person=True)

        @router.get("/open", dependencies=[public])
        async def opened() -> dict[str, str]:
            return {"who": "anybody"}

        @router.post("/api/v1/things")
        async def make(body: Thing, actor: Annotated[Actor, reader]) -> dict[str, Any]:
            self.seen.append(body)
            return {"name": body.name, "by": actor.username, "turn": len(self.seen)}

        @router.post("/api/v1/documents/things")
        async def make_large(body: dict[str, Any], actor: Annotated[Actor, reader]) -> dict[str, int]:
            return {"members": len(body)}

        @router.post("/api/v1/attachments")
        async def attach(file: UploadFile, actor: Annotated[Actor, reader]) -> dict[str, int]:
            content = await file.read()
            self.seen.append(content)
            return {"size": len(content), "turn": len(self.seen)}

        @router.post("/api/v1/things/{thing}/work")
        async def work(thing: UUID, actor: Annotated[Actor, worker]) -> dict[str, str]:
            return {"by": actor.username}

        @router.get("/api/v1/fail/{how}")
        async def fail(how: str, actor: Annotated[Actor, reader]) -> dict[str, str]:
            if how == "conflict":
                raise Conflict(what="x", run_id=SOMEBODY, inside=object())
            if how == "missing":
                raise NotFound(what="<b>x</b>")
            if how == "fields":
                raise Invalid([FieldProblem("lines.3.batch", "unknown", "没有", "unknown")])
            raise FAULTS[how]

        return router

    @asynccontextmanager
    async def client(self, who: str | None = "reader", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        sent = {**({"Authorization": f"Bearer {who}"} if who else {}), **headers}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=sent) as client:
            yield client

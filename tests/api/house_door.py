"""The JSON door of a whole company: database, services and interpreter are the product's own, Temporal is not.

One company serves a module of tests; each test makes deliveries of its own in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from api.app import create_app
from db import tables as t
from db.session import Database
from domain.master_data import TrainingIn
from services import persons
from services.actions import ACTIONS, UNDOS
from services.platform import Platform
from tests.stand_in_engine import StandInEngine
from tests.ui.house import KEY, House, line, open_house
from tests.world import PASSWORD, World, machine

API = "/api/v1"
NOTHING_OF_THE_BUSINESS = {"audit_event", "idempotency", "login_session", "credential"}
"""Tables in which a refused attempt leaves its trace."""
SIGNATURE = {"password": PASSWORD}


@dataclass(frozen=True)
class Furnished:
    """A company that stands in a database, without its connections."""

    app_url: str
    platform: Platform
    people: dict[str, UUID]
    sites: dict[str, UUID]
    tokens: dict[str, str] = field(default_factory=dict)


def furnish(app_url: str) -> Furnished:
    """Make the company, with the shipped procedure in force."""

    async def made() -> Furnished:
        async with open_house(app_url) as house:
            admin = await house.actor("admin")
            for username in ("both", "far"):
                training = TrainingIn(sop=KEY, version=1)
                await persons.record_training(house.world.platform, username, training, actor=admin)
            return Furnished(app_url, house.world.platform, house.world.people, house.world.sites)

    return asyncio.run(made())


@dataclass
class Door:
    """The company as programs and people with a token meet it."""

    house: House
    tokens: dict[str, str]

    @property
    def world(self) -> World:
        return self.house.world

    @property
    def engine(self) -> StandInEngine:
        return self.house.engine

    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(self.house.app, raise_app_exceptions=False)

    async def token(self, who: str) -> str:
        """The token of a person; `machine:<scope>,<scope>` is a new API key."""
        if who not in self.tokens:
            if who.startswith("machine"):
                self.tokens[who] = await machine(self.world, [s for s in who[8:].split(",") if s])
            else:
                answer = await self.call(None, "POST", "/auth/token", {"username": who, "password": PASSWORD})
                self.tokens[who] = answer.json()["token"]
        return self.tokens[who]

    async def call(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        **more: Any,
    ) -> httpx.Response:
        """One call, in English, as somebody."""
        headers: dict[Any, Any] = {"Accept-Language": "en", **more.pop("headers", {})}
        if who is not None:
            headers["Authorization"] = f"Bearer {await self.token(who)}"
        if key is not None:
            headers["Idempotency-Key"] = key
        sent = {"json": body} if body is not None else {}
        async with httpx.AsyncClient(transport=self.transport(), base_url="http://xunji") as client:
            return await client.request(method, API + path, headers=headers, **sent, **more)

    async def ok(self, who: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """A call that succeeds; its JSON."""
        answer = await self.call(who, method, path, body, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def refused(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int,
        code: str,
        audited: bool = True,
        **more: Any,
    ) -> dict[str, Any]:
        """A call that is refused: with this code, nothing changed, and a person's attempt written down."""
        if who is not None:
            await self.token(who)
        before, events = await self.state(), await self.refusals()
        answer = await self.call(who, method, path, body, **more)
        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert await self.state() == before
        found = (await self.refusals())[len(events) :]
        assert [event["after"]["code"] for event in found] == ([code] if audited else []), found
        if audited and who is not None and not who.startswith("machine"):
            assert found[0]["actor_id"] == self.world.people[who]
        return problem

    async def state(self) -> Mapping[str, str]:
        """A digest of every table of the business."""
        digests = [
            sa.select(
                sa.literal(table.name).label("name"),
                sa.func.md5(sa.func.coalesce(sa.func.string_agg(*_sorted(table)), "")).label("digest"),
            ).select_from(table)
            for table in t.metadata.sorted_tables
            if table.name not in NOTHING_OF_THE_BUSINESS
        ]
        every = sa.union_all(*digests).subquery()
        rows = await self.world.rows(sa.select(every))
        return {row["name"]: row["digest"] for row in rows}

    async def refusals(self) -> list[Mapping[str, Any]]:
        """The audit log's refused attempts, oldest first."""
        event = t.audit_event
        return await self.world.rows(sa.select(event).where(event.c.refused).order_by(event.c.id))

    async def run(self, *lines: dict[str, Any]) -> UUID:
        """A receiving run; of 40 M1 unless lines are given."""
        number = uuid4().hex[:8]
        return await self.house.run(number, list(lines) or [line(1, "M1", f"B-{number}", 40)])

    async def task(self, run_id: UUID, step: str, *, claimed_by: str | None = None) -> str:
        """The open task of a step, claimed on demand."""
        task = str(await self.house.task_of(run_id, step))
        if claimed_by:
            await self.ok(claimed_by, "POST", f"/tasks/{task}/claim")
        return task


def _sorted(table: sa.Table) -> tuple[Any, Any]:
    row = sa.cast(sa.literal_column(f'"{table.name}"'), sa.Text)
    return row, aggregate_order_by(sa.literal(""), row)


@asynccontextmanager
async def open_door(furnished: Furnished, **settings: Any) -> AsyncIterator[Door]:
    """The door of a company that stands already."""
    database = Database(furnished.app_url)
    engine = StandInEngine(database, ACTIONS, UNDOS)
    chosen = replace(furnished.platform.settings, **settings)
    platform = Platform(database, engine, chosen)
    world = World(platform, furnished.people, furnished.sites)
    try:
        yield Door(House(world, engine, create_app(platform)), furnished.tokens)
    finally:
        await database.close()


ARRIVED = {"transport_mode": "ambient", "packaging": "intact"}


def completion(outcome: str = "received", epoch: int = 1, **more: Any) -> dict[str, Any]:
    """A completion of `arrival`, signed."""
    return {"outcome": outcome, "data": ARRIVED, "epoch": epoch, "signature": SIGNATURE, **more}

"""A company with every shipped procedure in force, two people for each post, and its two doors (JSON and pages).

Furnished once; each round of a test plays in a copy of its database.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row

from db import tables as t
from db.session import Database
from domain.master_data import MaterialIn, PersonIn, PostIn, ZoneIn
from ops.company_client import CompanyClient
from ops.embedded_postgres import EmbeddedPostgres
from ops.postgres_roles import APP, OWNER, create_database
from ops.trials import evidence
from services import materials, persons, sites, sop_files, zones
from services.actions import ACTIONS, UNDOS
from services.passwords import hash_password
from services.permissions import Permission
from services.platform import Platform, PlatformSettings
from tests import goods
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.ui.house import put_in_force
from tests.world import PASSWORD, POSTS, WORKER, World, make_world
from web import build

PROCEDURES = (
    *("receiving_acceptance", "outbound_review", "stocktaking", "sales_return", "purchase_return"),
    *("quality_hold", "destruction", "expiry_check", "transfer", "recall_consignee", "recall"),
)
"""Called procedures stand before those that call them."""
STAFFED = ("qa_specialist", "manager", *(post for post in POSTS if post not in {"administrator", "auditor"}))
TEMPLATE = "xunji_whole_company"
FAR, NEAR_DAYS = "2099-12-31", 40
PIECES = ("P1", "P2", "P3", "P4")
GTINS = {code: gtin.zfill(14) for code, gtin in {**goods.GTINS, "M5": "5012345678900"}.items()}
"""As they stand in a GS1 code: whoever scans fewer digits scans nothing."""


@dataclass(frozen=True)
class Furnished:
    """What a round needs to know of the company that stands in the template."""

    people: Mapping[str, UUID]
    sites: Mapping[str, UUID]
    batches: Mapping[str, UUID]


def furnish(app_url: str) -> Furnished:
    """Make the company and its opening stock in an empty, migrated database."""

    async def made() -> Furnished:
        database = Database(app_url)
        engine = StandInEngine(database, ACTIONS, UNDOS)
        try:
            world = await make_world(database, engine)
            await _staff(world)
            await _places(world)
            for key in PROCEDURES:
                await put_in_force(world, key, ())
            await _train(world)
            return Furnished(world.people, world.sites, await _stock(Outbound(world, engine)))
        finally:
            await database.close()

    return asyncio.run(made())


async def _staff(world: World) -> None:
    password = await hash_password(PASSWORD)
    async with world.write() as tx:
        for post in ("qa_specialist", "manager"):
            posted = {"code": post, "name": post, "permissions": [*WORKER]}
            await sites.create_post_in(tx, PostIn.model_validate(posted))
        for post in STAFFED:
            for name in (f"{post}_a", f"{post}_b"):
                body = {"username": name, "name": name.upper(), "posts": [{"post": post}]}
                world.people[name] = await persons.create_in(tx, PersonIn.model_validate(body), password)
        # everybody may look places up, and do the tasks of the post
        held = [*WORKER, Permission.MASTER_READ]
        await tx.execute(sa.update(t.post).where(t.post.c.code.in_(STAFFED)).values(permissions=held))
        commands = [*held, Permission.RUN_CANCEL, Permission.RUN_SEND_BACK]
        await tx.execute(sa.update(t.post).where(t.post.c.code == "qa_manager").values(permissions=commands))


async def _places(world: World) -> None:
    async with world.write() as tx:
        for site in world.sites.values():
            for code, kind in (("T", "returned"), ("Z", "recalled")):
                zone = ZoneIn.model_validate(goods.zone(code, kind, "ambient", f"{code}-01"))
                await zones.put_zone(tx, site, zone)
        await materials.create_in(tx, MaterialIn.model_validate(goods.material("M5", gtins=[GTINS["M5"]])))


async def _train(world: World) -> None:
    async with world.write() as tx:
        await tx.execute(
            sa.insert(t.training_record),
            [
                {
                    "person_id": person,
                    "sop_key": key,
                    "version": sop_files.newest(key).version,
                    "trained_on": datetime.now(UTC).date(),
                    "recorded_by": person,
                }
                for person in world.people.values()
                for key in PROCEDURES
            ],
        )


async def _stock(house: Outbound) -> dict[str, UUID]:
    """Two batches that keep, one that does not, one of pieces."""
    near = datetime.now(UTC).date() + timedelta(days=NEAR_DAYS)
    made = {"B3": await house.batch("M1", "B3")}
    made["B1"] = await house.stock("A-01", "M1", "B1", 30)
    made["B2"] = await house.stock("A-02", "M1", "B2", 20)
    made["E1"] = await _batch(house, "E1", near.isoformat())
    await house.stock("A-01", "M1", "E1", 12)
    made["S1"] = await house.pieces("A-02", "M5", "S1", list(PIECES))
    return made


async def _batch(house: Outbound, number: str, expires_on: str) -> UUID:
    m, p = t.material.c, t.party.c
    async with house.world.write() as tx:
        values = {
            "material_id": await tx.scalar(sa.select(m.id).where(m.code == "M1")),
            "manufacturer_id": await tx.scalar(sa.select(p.id).where(p.code == "MF1")),
            "number": number,
            "expires_on": expires_on,
        }
        found: UUID = await tx.scalar(sa.insert(t.batch).values(**values).returning(t.batch.c.id))
    return found


@dataclass(frozen=True)
class Copies:
    """The furnished company, and how a copy of its database is had: addresses of application and owner."""

    furnished: Furnished
    copy: Callable[[], AbstractContextManager[tuple[str, str]]]


@contextmanager
def furnished_once(server: EmbeddedPostgres, empty: str) -> Iterator[Copies]:
    """The company made once on a server, from an empty migrated database."""
    count = itertools.count(1)
    with server.connect() as session:
        create_database(session, TEMPLATE, template=empty)
    furnished = furnish(server.url(APP, TEMPLATE))

    @contextmanager
    def copy() -> Iterator[tuple[str, str]]:
        name = f"{TEMPLATE}_{next(count)}"
        with server.connect() as session:
            create_database(session, name, template=TEMPLATE)
        try:
            yield server.url(APP, name), server.url(OWNER, name)
        finally:
            _drop(server, name)

    try:
        yield Copies(furnished, copy)
    finally:
        _drop(server, TEMPLATE)


def _drop(server: EmbeddedPostgres, name: str) -> None:
    with server.connect() as session:
        session.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@dataclass
class WholeCompany:
    """One copy of the company: its people over HTTP, and the owner who only looks (and turns the clock)."""

    world: World
    engine: StandInEngine
    client: CompanyClient
    pages: httpx.AsyncClient
    owner: psycopg.Connection[dict[str, Any]]
    batches: Mapping[str, UUID]
    later: timedelta = field(default_factory=timedelta)

    def rows(self, query: Any, **values: Any) -> list[dict[str, Any]]:
        """What the owner reads."""
        return self.owner.execute(query, values).fetchall()

    def turn_clock(self, days: int) -> None:
        """So many days later, for the database and for the runs."""
        self.later += timedelta(days=days)
        self.engine.offset = self.later
        seconds = int(self.later.total_seconds())
        self.owner.execute("UPDATE clock_setting SET drill = true, offset_seconds = %s", [seconds])

    def number(self, query: Any) -> int:
        return evidence.number(self.owner, query, known=[])


@asynccontextmanager
async def opened(furnished: Furnished, app_url: str, owner_url: str) -> AsyncIterator[WholeCompany]:
    """The company in a copy of its database, with its application."""
    database = Database(app_url)
    engine = StandInEngine(database, ACTIONS, UNDOS)
    platform = Platform(database, engine, PlatformSettings(secret_key="x" * 32))
    world = World(platform, dict(furnished.people), dict(furnished.sites))
    app = build(platform)
    users = [
        {"username": f"{post}_{which}", "name": f"{post}_{which}".upper(), "password": PASSWORD}
        | {"posts": [{"post": post, "site": None}]}
        for post in STAFFED
        for which in "ab"
    ]
    watcher = {"username": "zheng", "name": "ZHENG", "password": PASSWORD, "posts": []}
    client = CompanyClient("http://xunji", {"users": [*users, watcher]}, patience_seconds=5)
    await client.http.aclose()
    transport = httpx.ASGITransport(app=app)
    client.http = httpx.AsyncClient(
        transport=transport, base_url="http://xunji/api/v1", headers={"Accept-Language": "en"}
    )
    pages = httpx.AsyncClient(transport=transport, base_url="http://xunji")
    owner = psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True, row_factory=dict_row)
    try:
        async with client, pages:
            yield WholeCompany(world, engine, client, pages, owner, furnished.batches)
    finally:
        owner.close()
        await database.close()

"""A whole house for the tests of pages: company, procedure in force, deliveries, the pages.

Everything is the product's own except Temporal, for which the real interpreter runs in this process.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from db import tables as t
from db.session import Database
from domain.documents import DispatchAdviceIn, PurchaseOrderIn
from domain.master_data import PersonIn, TrainingIn
from services import attachments, documents, persons, runs, sop_catalogue, sop_files, tasks, worklists
from services.actions import ACTIONS, UNDOS
from services.platform import Actor
from services.signatures import SignatureGiven
from tests.stand_in_engine import StandInEngine
from tests.world import GTINS, PASSWORD, World, make_world
from ui.contexts.records import DemoPerson
from ui.pages import install

HOSTILE = "<script>alert(1)</script>'; DROP TABLE run; --"
KEY = "receiving_acceptance"
STAFF = ("li", "qian", "wang", "zhao", "sun", "zhou", "wu")


@dataclass
class House:
    """The company with its application."""

    world: World
    engine: StandInEngine
    app: FastAPI

    async def actor(self, username: str) -> Actor:
        return await self.world.actor(username)

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without JavaScript that nobody has logged in with."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://xunji") as client:
            yield client

    @asynccontextmanager
    async def as_person(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """The same, logged in; its token rides along."""
        async with self.visitor() as client:
            answer = await client.post("/login", data={"username": username, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            page = await client.get("/notifications")
            client.headers["X-CSRF-Token"] = token_in(page.text)
            yield client

    async def delivery(self, number: str, lines: list[dict[str, Any]] | None = None) -> UUID:
        """An order and its advice; the advice's id."""
        admin = await self.actor("admin")
        wanted = lines or [line(1, "M1", "240513", 40), line(2, "M1", "B77-20", 20)]
        order = {
            "number": f"PO-{number}",
            "supplier": "S1",
            "site": "SH1",
            "ordered_on": "2026-11-20",
            "lines": [{k: one[k] for k in ("line", "material", "quantity", "unit")} for one in wanted],
        }
        advice = {
            "number": f"DN-{number}",
            "supplier": "S1",
            "purchase_order": f"PO-{number}",
            "site": "SH1",
            "shipped_at": datetime(2026, 11, 23, 22, tzinfo=UTC),
            "carrier": "顺丰医药",
            "vehicle": "沪A12345",
            "lines": wanted,
        }
        platform = self.world.platform
        await documents.post(platform, PurchaseOrderIn.model_validate(order), actor=admin)
        made = await documents.post(platform, DispatchAdviceIn.model_validate(advice), actor=admin)
        return made.document.id

    async def run(self, number: str, lines: list[dict[str, Any]] | None = None) -> UUID:
        """A receiving run for a new delivery."""
        advice = await self.delivery(number, lines)
        actor = await self.actor("admin")
        inputs = {"purchase_order": f"PO-{number}", "dispatch_advice": str(advice)}
        made = await runs.start(self.world.platform, KEY, inputs, actor=actor)
        return made.row.id

    async def task_of(self, run_id: UUID, step: str) -> UUID:
        """The open task of a step."""
        k = t.task.c
        found: UUID | None = await self.world.scalar(
            sa.select(k.id)
            .where(
                k.run_id == run_id, k.step_id == step, k.state.in_(("open", "claimed", "awaiting_signature"))
            )
            .order_by(k.opened_at.desc())
        )
        assert found is not None, f"no open task {step}"
        return found

    async def arrive(self, run_id: UUID, username: str = "li") -> None:
        """The check on arrival, done."""
        actor, task = await self.actor(username), await self.task_of(run_id, "arrival")
        platform = self.world.platform
        await tasks.claim(platform, task, actor=actor)
        await tasks.complete(
            platform,
            task,
            outcome="received",
            data={"transport_mode": "ambient", "packaging": "intact"},
            epoch=1,
            actor=actor,
            signature=SignatureGiven(PASSWORD),
        )

    async def decide(
        self, task: UUID, number: int = 1, outcome: str = "accepted", who: str = "wang", **data: Any
    ) -> UUID:
        """The result of a line of the acceptance, by who has claimed it; the id of its inspection report."""
        actor, platform = await self.actor(who), self.world.platform
        report = await attachments.add(
            platform, b"%PDF-1.4\n%%EOF\n", actor=actor, file_name=f"report-{number}.pdf", task_id=task
        )
        await worklists.line_result(
            platform,
            task,
            number,
            result_id=uuid4(),
            outcome=outcome,
            data={"inspection_report": [str(report.id)], "packaging": "conforming", **data},
            epoch=1,
            actor=actor,
        )
        return report.id


def line(number: int, material: str, batch: str, quantity: int, **more: Any) -> dict[str, Any]:
    """A line of a delivery."""
    return {
        "line": number,
        "order_line": number,
        "material": material,
        "batch": batch,
        "produced_on": "2026-05-13",
        "expires_on": "2028-11-30",
        "quantity": quantity,
        "unit": "盒",
        **more,
    }


def token_in(html: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found, "the page has no token"
    return found.group(1)


def gs1(material: str, batch: str) -> str:
    """The GS1 code on a pack, as a wedge scanner types it."""
    return f"(01){GTINS[material].zfill(14)}(10){batch}"


@asynccontextmanager
async def open_house(app_url: str, **settings: Any) -> AsyncIterator[House]:
    """The house in an empty, migrated database."""
    database = Database(app_url)
    engine = StandInEngine(database, ACTIONS, UNDOS)
    try:
        world = await make_world(database, engine, **{"demo": True, **settings})
        await _put_in_force(world)
        app = FastAPI(openapi_url=None)
        install(
            app,
            world.platform,
            demo_people=[DemoPerson("li", PASSWORD, "LI", {"zh": "收货员", "en": "receiver"})],
        )
        yield House(world, engine, app)
    finally:
        await database.close()


async def _put_in_force(world: World) -> None:
    """Receiving, and a buyer whom it tells of refusals."""
    platform, admin = world.platform, await world.actor("admin")
    if await world.scalar(sa.select(sa.exists().where(t.sop.c.key == KEY))):
        return  # a copy of a house
    buyer = PersonIn.model_validate(
        {"username": "chen", "name": "陈采购", "password": PASSWORD, "posts": [{"post": "buyer"}]}
    )
    await persons.create(platform, buyer, actor=admin)
    await put_in_force(world, KEY)


async def put_in_force(world: World, key: str, staff: Sequence[str] = STAFF) -> None:
    """A shipped procedure: drafted by one, approved by another, in force at once; the staff trained on it.

    One that the copy of a template has in force stays as it is.
    """
    platform = world.platform
    if await world.scalar(sa.select(sa.exists().where(t.sop.c.key == key))):
        return
    author, admin = await world.actor("author"), await world.actor("admin")
    text = sop_files.newest(key).text
    row, _findings = await sop_catalogue.load_draft(platform, text, actor=author)
    await sop_catalogue.submit(platform, row.id, actor=author)
    await sop_catalogue.approve(platform, row.id, signature=SignatureGiven(PASSWORD), actor=admin)
    await sop_catalogue.publish(platform, row.id, signature=SignatureGiven(PASSWORD), actor=admin)
    for username in staff:
        training = TrainingIn(sop=key, version=1)
        await persons.record_training(platform, username, training, actor=admin)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application on a free port, for a real browser; its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def second_version(house: House, origin: Literal["vendor", "local"] = "local") -> str:
    """Receiving with a control less and a longer deadline: in review, or a draft of the vendor's; its address."""
    author, platform = await house.actor("author"), house.world.platform
    text = sop_files.newest(KEY).text
    changed = text.replace("      separate_from: [arrival]\n", "", 1).replace("due: PT4H", "due: P1D", 1)
    number = 2 if origin == "vendor" else None
    row, _findings = await sop_catalogue.load_draft(
        platform, changed, actor=author, origin=origin, vendor_version=number
    )
    if origin == "local":
        await sop_catalogue.submit(platform, row.id, actor=author)
    return f"/sops/{KEY}/versions/{row.id}"

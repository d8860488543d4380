"""What the books hold never reaches who counts: every call and page that a counter can ask for is searched.

Quantities are numbers that occur nowhere else. What the books expect is `7919`; what the first counter found
is `6833`, which the second counter may not know either.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.app import create_app
from api.route import declared_access
from api.routes import ROUTERS
from db import tables as t
from domain.batches import PlaceKind
from domain.documents import SalesOrderIn
from domain.master_data import PersonIn, PostIn
from domain.packages_in import ContentIn, PackageIn
from services import documents, packages, persons, runs, sites
from services.passwords import hash_password
from services.permissions import Permission
from tests.pdf_text import pieces_of
from tests.servers import TestDatabase
from tests.services.counting import Counting
from tests.ui.house import open_house, put_in_force, token_in
from tests.world import GTINS, PASSWORD, World
from ui.pages import PAGES, install

BOOKS, FIRST = "7919", "6833"
READS = [
    *(Permission.RUN_READ, Permission.DOCUMENT_READ, Permission.MASTER_READ, Permission.SOP_READ),
    *(Permission.STOCK_READ, Permission.TASK_READ, Permission.ATTACHMENT_READ, Permission.TASK_WORK),
]
"""What people of a warehouse may do in the demo company."""


@dataclass
class Floor:
    """The warehouse as its people meet it over HTTP, and all that they were told."""

    counting: Counting
    app: Any
    places: dict[str, str]

    @asynccontextmanager
    async def person(self, who: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody with a token for the API and a session for the pages."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://xunji", timeout=60) as client:
            body = {"username": who, "password": PASSWORD}
            token = (await client.post("/api/v1/auth/token", json=body)).json()["token"]
            await client.post("/login", data=body)
            page = await client.get("/notifications")
            client.headers.update({"Authorization": f"Bearer {token}", "X-CSRF-Token": token_in(page.text)})
            yield client

    async def told(self, who: str) -> dict[str, str]:
        """The answer to everything that can be read: each GET of the API and of the pages."""
        answers = {}
        async with self.person(who) as client:
            for path in self.addresses():
                answer = await client.get(path)
                assert answer.status_code < 500, (path, answer.text[:300])
                answers[path] = words_of(answer)
        return answers

    def addresses(self) -> list[str]:
        """Every address with what there is in its places; those that never end are left out."""
        api = [f"/api/v1{route.path}" for router in ROUTERS for route in _routes(router) if _is_get(route)]
        pages = [route.path for page in PAGES for route in _routes(page.router) if _is_get(route)]
        found = []
        for path in (*api, *pages):
            if "/live" in path or "events" in path or "stream" in path or path == "/logout":
                continue
            found += self.filled(path)
        return [
            *found,
            "/api/v1/stock?at=2099-01-01T00:00:00Z",
            f"/api/v1/stock?batch={self.places['batch']}",
            f"/api/v1/trace?batch={self.places['batch']}",
        ]

    def filled(self, path: str) -> list[str]:
        """The address for each run, task, batch and document that it can be about."""
        names = re.findall(r"\{(\w+)(?::\w+)?\}", path)
        options = {"task": [k for k in self.places if k.startswith("task_")]}
        tasks = [self.places[k] for k in options["task"]] or [str(uuid4())]
        made = [path]
        for name in names:
            values = {
                "task": tasks,
                "task_id": tasks,
                "run": self.runs,
                "run_id": self.runs,
                "batch": [self.places["batch"], "M1:A1"],
                "ref": [self.places["document"]],
                "document": [self.places["document"]],
                "sop": ["stocktaking"],
                "key": ["stocktaking"],
                "version": ["1"],
                "code": ["M1"],
                "line": ["1"],
                "number": ["1"],
                "sscc": [self.places["sscc"]],
                "site": ["SH1"],
                "location": ["A-01"],
            }.get(name, [str(uuid4())])
            made = [re.sub(rf"\{{{name}(?::\w+)?\}}", value, one) for one in made for value in values]
        return made

    @property
    def runs(self) -> list[str]:
        """The count, and what else goes on at the site."""
        return [place for name, place in self.places.items() if name == "run" or name.startswith("run_")]

    async def refresh(self) -> None:
        """The tasks that there are now."""
        k = t.task.c
        runs = [UUID(run) for run in self.runs]
        rows = await self.counting.world.rows(sa.select(k.id, k.step_id).where(k.run_id.in_(runs)))
        self.places |= {f"task_{row['step_id']}": str(row["id"]) for row in rows}

    async def told_of(self, who: str, *names: str) -> dict[str, str]:
        """The answer to everything that can be read about some runs and their tasks."""
        ids = [self.places[name] for name in names]
        answers = {}
        async with self.person(who) as client:
            for path in self.addresses():
                if any(one in path for one in ids):
                    answers[path] = words_of(await client.get(path))
        return answers


def _routes(router: APIRouter) -> list[APIRoute]:
    return [route for route in router.routes if isinstance(route, APIRoute)]


def _is_get(route: Any) -> bool:
    return "GET" in getattr(route, "methods", set())


def words_of(answer: httpx.Response) -> str:
    """What a person reads: of a printed note its words, for in its packed bytes any digits may occur."""
    printed = answer.headers.get("content-type", "").startswith("application/pdf")
    return "\n".join(pieces_of(answer.content)) if printed else answer.text


def leaks(answers: dict[str, str], secret: str) -> list[str]:
    """Where a number is said, however it is written."""
    written = re.compile(rf"{secret[0]}[,.\s\u00a0\u202f'’]?{secret[1:]}(?!\d)")
    return [path for path, text in answers.items() if written.search(_without_ids(text))]


def _without_ids(text: str) -> str:
    """Ids, digests and instants are long rows of digits in which anything may occur."""
    text = re.sub(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{12,}\b", "#", text
    )
    return re.sub(r"\d{4}-\d{2}-\d{2}T[\d:.]+", "#", text)


@pytest.fixture
async def floor(database: TestDatabase) -> AsyncIterator[Floor]:
    async with open_house(database.app_url) as house:
        counting = Counting(house.world, house.engine)
        await counting.prepare()
        await counting.values(M1="1.00")
        async with house.world.write() as tx:
            posts = t.post.c.code.in_(("keeper", "reviewer"))
            await tx.execute(sa.update(t.post).where(posts).values(permissions=[p.value for p in READS]))
        app = create_app(house.world.platform)
        install(app, house.world.platform)
        batch = await counting.stock("A-01", "M1", "A1", 9000)
        await counting.post("sample", batch, 1081, await counting.place("A-01"), PlaceKind.SAMPLE)
        run = await counting.start()
        document = await counting.document()
        case = PackageIn(
            site="SH1", location="A-01", contents=[ContentIn(batch="M1:A1", quantity=int(BOOKS))]
        )
        packed = await packages.create(house.world.platform, case, actor=await house.world.actor("admin"))
        places = {"batch": str(batch), "run": str(run), "document": str(document["id"])}
        places["sscc"] = packed.head.sscc
        made = Floor(counting, app, places)
        await made.refresh()
        yield made


def test_every_call_is_walked(floor: Floor) -> None:
    walked = floor.addresses()
    for wanted in ("/api/v1/stock", "/stock", "/inbox", f"/runs/{floor.places['run']}"):
        assert wanted in walked
    assert any(path.endswith("/history") for path in walked)
    assert any(path.endswith("/scan") for path in walked)
    assert all(declared_access(route) for router in ROUTERS for route in _routes(router))


async def test_the_search_would_find_what_somebody_else_is_told(floor: Floor) -> None:
    found = leaks(await floor.told("zheng"), BOOKS)
    assert "/api/v1/stock" in found and "/stock" in found
    assert f"/api/v1/packages/{floor.places['sscc']}" in found, "a case holds all that stands there"


async def test_nobody_who_may_count_is_told_what_the_books_hold(floor: Floor) -> None:
    for who in ("sun", "feng"):  # before anybody has claimed it
        assert leaks(await floor.told(who), BOOKS) == []
    await floor.counting.claim("count", "sun")
    for who in ("sun", "feng"):
        assert leaks(await floor.told(who), BOOKS) == []


async def test_no_answer_to_what_a_counter_sends_tells_it(floor: Floor) -> None:
    await floor.counting.claim("count", "sun")
    task, answers = floor.places["task_count"], {}
    path, pack = f"/api/v1/tasks/{task}", f"]C101{GTINS['M1'].zfill(14)}"
    sent: list[tuple[str, str, Any]] = [
        ("POST", f"{path}/scans", {"scan_id": str(uuid4()), "code": code, "epoch": 1})
        for code in ("A-01", f"{pack}10A1", f"{pack}10B9", pack, "NOTHING", f"{pack}10A1\x1d3099999")
    ]
    sent += [
        ("POST", f"{path}/lines/1", {"result_id": str(uuid4()), "data": data, "epoch": epoch})
        for data, epoch in (
            ({}, 1),
            ({"counted_quantity": -1}, 1),
            ({"counted_quantity": 10**10}, 1),
            ({"counted_quantity": 5}, 2),
            ({"counted_quantity": 5}, 1),
        )
    ]
    sent += [
        (
            "POST",
            f"{path}/additions",
            {"addition_id": str(uuid4()), "location": place, "goods": goods, "data": {}},
        )
        for place, goods in (("A-01", "M1:A1"), ("A-02", "M1:NOBODY"), ("Z", "M1:A1"))
    ]
    sent += [
        ("PUT", f"{path}/draft", {"data": {}, "epoch": 1}),
        ("POST", f"{path}/complete", {"epoch": 1, "signature": {"password": "wrong"}}),
        ("POST", f"{path}/complete", {"epoch": 1, "signature": {"password": PASSWORD}}),
        ("POST", f"{path}/release", None),
    ]
    async with floor.person("sun") as client:
        for number, (method, address, body) in enumerate(sent):
            if body and "additions" in address:
                body |= {"epoch": 1}
            answer = await client.request(method, address, json=body)
            assert answer.status_code < 500, answer.text
            answers[f"{number} {method} {address}"] = answer.text
        for number, code in enumerate(("A-01", f"{pack}10A1", "NOTHING")):
            answer = await client.post(f"/tasks/{task}/scans", data={"code": code, "epoch": "1"})
            answers[f"page {number}"] = answer.text
    assert len(answers) == len(sent) + 3
    assert leaks(answers, BOOKS) == []


async def office(world: World) -> None:
    """Who investigates and decides beside the quality manager."""
    async with world.write() as tx:
        for post in ("qa_specialist", "manager"):
            posted = {"code": post, "name": post, "permissions": READS}
            await sites.create_post_in(tx, PostIn.model_validate(posted))
            body = {"username": f"{post}_a", "name": post, "posts": [{"post": post}]}
            await persons.create_in(tx, PersonIn.model_validate(body), await hash_password(PASSWORD))


async def test_the_work_of_others_at_the_site_does_not_tell_it(floor: Floor) -> None:
    """A hold says how much it found; a refused allocation how much the order lacked: 9226 less 1307."""
    world, missing = floor.counting.world, "1307"
    await office(world)
    for key in ("quality_hold", "outbound_review", "expiry_check"):
        await put_in_force(world, key, ("li", "kong", "wu", "zhou"))
    admin = await world.actor("admin")
    line = {"line": 1, "material": "M1", "quantity": int(BOOKS) + int(missing), "unit": "盒"}
    body = {"number": "SO-9", "customer": "C2", "site": "SH1", "ordered_on": "2026-11-20", "lines": [line]}
    order = await documents.post(world.platform, SalesOrderIn.model_validate(body), actor=admin)
    begun: dict[str, tuple[str, dict[str, Any]]] = {
        "run_sale": ("outbound_review", {"sales_order": str(order.document.id)}),
        "run_expiry": ("expiry_check", {"site": "SH1", "days": 40_000}),
        "run_hold": ("quality_hold", {"site": "SH1", "batch": floor.places["batch"], "reason": "受潮"}),
    }
    for name, (key, inputs) in begun.items():
        floor.places[name] = str((await runs.start(world.platform, key, inputs, actor=admin)).row.id)
    await floor.refresh()
    assert "task_plan" in floor.places, "what expires soon is listed with what the books hold"
    asked = (*begun, "task_plan", "task_investigation")
    told = await floor.told_of("zheng", *asked)
    for name, secret in (("run_hold", BOOKS), ("task_plan", BOOKS), ("run_sale", missing)):
        assert [path for path in leaks(told, secret) if floor.places[name] in path], name
    for who in ("sun", "feng"):
        told = await floor.told_of(who, *asked)
        assert leaks(told, BOOKS) == [] and leaks(told, missing) == [], who
    plan = f"/api/v1/tasks/{floor.places['task_plan']}/lines"
    assert leaks(await floor.told_of("wu", "task_plan"), BOOKS).count(plan), "who has to decide sees it"


async def test_the_second_counter_knows_neither_the_books_nor_the_first_count(floor: Floor) -> None:
    await floor.counting.count("count", "sun", int(FIRST))
    await floor.refresh()
    assert "task_second_count" in floor.places
    told = await floor.told("feng")
    assert leaks(told, BOOKS) == [] and leaks(told, FIRST) == []
    own = await floor.told("sun")
    assert leaks(own, BOOKS) == []
    assert any("/lines" in path for path in leaks(own, FIRST)), "the own count stays readable"
    await floor.counting.claim("second_count", "feng")
    told = await floor.told("feng")
    assert leaks(told, BOOKS) == [] and leaks(told, FIRST) == []


async def test_the_office_sees_the_difference_and_the_counters_when_it_is_over(floor: Floor) -> None:
    await floor.counting.count("count", "sun", int(FIRST))
    await floor.counting.count("second_count", "feng", int(FIRST))
    await floor.refresh()
    variances = f"/runs/{floor.places['run']}/variances"
    assert variances in leaks(await floor.told("wu"), BOOKS)
    told = await floor.told("feng")
    assert variances not in leaks(told, BOOKS)
    assert [path for path in leaks(told, FIRST) if floor.places["task_count"] in path] == []
    await floor.counting.review(cause="lost", reason="已查")
    await floor.counting.claim("approval", "zhou")
    await floor.counting.finish("approval", "zhou", data={"assessment": "已查"})
    document = f"/api/v1/documents/{floor.places['document']}"
    assert floor.places["document"] in document
    assert f"/documents/{floor.places['document']}" in leaks(await floor.told("feng"), BOOKS)

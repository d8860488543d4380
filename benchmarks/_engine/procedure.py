"""The procedure of `bench engine` and the person who performs it: unsigned tasks in a row."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from ops import addresses
from ops.private_instance import PrivateInstance
from ops.settings import Settings
from services import auth, runs, task_completion, tasks
from services.platform import Actor, Platform, PlatformSettings

KEY = "bench_hops"


def yaml_of(steps: int, site: str) -> str:
    """The definition: `steps` tasks with a form of two fields, deadline, reminder and escalation."""
    head = f"""sop: {KEY}
title: {{zh: 基准流程, en: Benchmark}}
clauses: [bench]
owner: {{department: quality, post: qa_manager}}
scope: {{site: "'{site}'", department: "'warehouse'"}}
steps:
"""
    body = "".join(
        f"""  - id: s{n}
    title: {{zh: 步骤 {n}, en: Step {n}}}
    human:
      post: receiver
      instruction: {{zh: 核对运输方式与温度。, en: Check transport and temperature.}}
      form:
        mode: {{type: text, label: {{zh: 方式, en: Mode}}, required: true}}
        temperature: {{type: decimal, label: {{zh: 温度, en: Temperature}}, unit: celsius}}
      due: PT4H
      remind: [PT2H]
      escalate: {{after: PT6H, to: {{post: warehouse_manager}}}}
"""
        for n in range(steps + 1)
    )
    return head + body + "  - end: completed\n"


@dataclass
class Staff:
    """The one person who performs all tasks, at the services and over HTTP."""

    platform: Platform
    actor: Actor
    token: str
    api_key: str
    base_url: str

    @property
    def person_id(self) -> UUID:
        """Who performs."""
        return self.actor.person_id

    async def start(self) -> UUID:
        """A run of the procedure; returns when its first task is open."""
        view = await runs.start(self.platform, KEY, {}, actor=self.actor)
        await self.wait_for_path(view.row.id, "s0#1")
        return view.row.id

    async def task_id(self, run: UUID, path: str) -> UUID | None:
        """The open task at a path."""
        k = t.task.c
        async with self.platform.database.read() as tx:
            found = await tx.scalar(sa.select(k.id).where(k.run_id == run, k.path == path, k.state == "open"))
        return UUID(str(found)) if found else None

    async def wait_for_path(self, run: UUID, path: str) -> UUID:
        """The task at a path, as soon as it is open."""
        async with asyncio.timeout(30):
            while (found := await self.task_id(run, path)) is None:
                await asyncio.sleep(0.005)
        return found

    async def claim(self, run: UUID, step: int) -> UUID:
        """Claims a task; no part of what is measured."""
        task = await self.wait_for_path(run, f"s{step}#1")
        await tasks.claim(self.platform, task, actor=self.actor)
        return task

    async def complete(self, task: UUID, data: dict[str, Any]) -> None:
        """A completion at the service: submission, Update, verdict."""
        await task_completion.complete(
            self.platform, task, outcome="done", data=data, epoch=1, actor=self.actor
        )

    async def plain_submission(self, run: UUID, path: str, data: dict[str, Any]) -> UUID:
        """What a hand-written client would insert before its Update."""
        made = new_id()
        task = await self.task_id(run, path)
        async with self.platform.database.write(self.actor.ref) as tx:
            tx.audited_elsewhere("the floor of a benchmark")
            await tx.execute(
                sa.insert(t.submission).values(
                    id=made,
                    kind="complete",
                    run_id=run,
                    task_id=task,
                    epoch=1,
                    actor_id=self.person_id,
                    outcome="done",
                    data=data,
                    performers=[self.person_id],
                    content_hash="0" * 64,
                )
            )
        return made


class Desk:
    """The person's program: one connection, kept open, by the standard library's client.

    It costs little beside the server, as the engine's client does, which is written in Rust.
    """

    def __init__(self, staff: Staff) -> None:
        address = urlsplit(staff.base_url)
        assert address.hostname is not None
        self._http = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self._headers = {"Authorization": f"Bearer {staff.token}", "Content-Type": "application/json"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    def complete(self, task: UUID, data: dict[str, Any]) -> None:
        """Posts a completion; the answer comes after the commit that puts the next task into the inbox."""
        body = json.dumps({"outcome": "done", "data": data, "epoch": 1})
        self._call("POST", f"/api/v1/tasks/{task}/complete", body)

    def sees(self, run: UUID, following: str) -> None:
        """Reads the inbox and finds there the run's next task, and no other of the run."""
        listed = self._call("GET", "/api/v1/tasks?claimable=true")
        mine = [i["path"] for i in listed["items"] if i["run_id"] == str(run)]
        assert mine == [following], mine

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        self._http.request(method, path, body, self._headers)
        answer = self._http.getresponse()
        said = answer.read()
        assert answer.status == HTTPStatus.OK, said
        return json.loads(said)


async def prepare(instance: PrivateInstance, steps: int) -> Staff:
    """Puts the procedure in force over the API, trains the person, and gives both doors to them."""
    return await prepare_all(instance, {KEY: yaml_of(steps, site_of(instance))})


def _receiver(instance: PrivateInstance) -> dict[str, Any]:
    users: list[dict[str, Any]] = instance.company["users"]
    return next(u for u in users if any(p["post"] == "receiver" for p in u["posts"]))


def site_of(instance: PrivateInstance) -> str:
    """Where the person who performs is a receiver."""
    posts = _receiver(instance)["posts"]
    return str(next(p["site"] for p in posts if p["post"] == "receiver"))


async def prepare_all(instance: PrivateInstance, sources: Mapping[str, str]) -> Staff:
    """The same for several procedures by key, in this order: what is called comes before its caller."""
    company, receiver = instance.company, _receiver(instance)
    async with httpx.AsyncClient(base_url=f"{instance.base_url}/api/v1", timeout=60) as http:
        for key, source in sources.items():
            await _put_in_force(http, company, key, source)
        await _train(http, company, receiver["username"], list(sources))
        token = await _token(http, receiver)
    settings = Settings(home=instance.home)
    client = await connect(addresses.temporal_address(settings), settings.temporal_namespace)
    database = Database(addresses.database_url(settings))
    platform = Platform(database, Gateway(client), PlatformSettings(secret_key="bench", update_wait_s=30))
    actor = await auth.actor_of_bearer(platform, token)
    return Staff(platform, actor, token, company["api_key"], instance.base_url)


async def _token(http: httpx.AsyncClient, user: dict[str, Any]) -> str:
    body = {"username": user["username"], "password": user["password"]}
    answer = await http.post("/auth/token", json=body)
    answer.raise_for_status()
    return str(answer.json()["token"])


async def _put_in_force(http: httpx.AsyncClient, company: dict[str, Any], key: str, source: str) -> None:
    """Draft by one person, approval and publication by another, as for every definition."""
    authors = [
        u for u in company["users"] if any(p["post"] in ("qa_specialist", "qa_manager") for p in u["posts"])
    ]
    author = next(u for u in authors if any(p["post"] == "qa_specialist" for p in u["posts"]))
    approver = next(u for u in authors if any(p["post"] == "qa_manager" for p in u["posts"]))
    first = {"Authorization": f"Bearer {await _token(http, author)}"}
    second = {"Authorization": f"Bearer {await _token(http, approver)}"}
    draft = await http.post(f"/sops/{key}/drafts", json={"source": source}, headers=first)
    draft.raise_for_status()
    version = draft.json()["id"]
    signature = {"password": approver["password"]}
    for verb, headers, body in (
        ("submit", first, {}),
        ("approve", second, {"signature": signature}),
        ("publish", second, {"signature": signature}),
    ):
        answer = await http.post(f"/sops/{key}/versions/{version}/{verb}", json=body, headers=headers)
        assert answer.is_success, answer.text


async def _train(http: httpx.AsyncClient, company: dict[str, Any], username: str, keys: list[str]) -> None:
    headers = {"Authorization": f"Bearer {company['admin_api_key']}"}
    trained = [{"sop": key, "version": 1} for key in keys]
    body = {"changes": {"trained": trained}, "reason": "bench"}
    answer = await http.patch(f"/persons/{username}", json=body, headers=headers)
    assert answer.is_success, answer.text

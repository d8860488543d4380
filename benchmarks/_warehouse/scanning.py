"""The answer to a scan over HTTP, beside one row inserted and committed over the same HTTP stack.

Both calls pass the same server process: middleware, log-in, route, JSON. The floor is a route that this
benchmark adds to the product's own application.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import statistics
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

import sqlalchemy as sa
import uvicorn
from fastapi import APIRouter
from pydantic import BaseModel

import web
from api.dependencies import ThePlatform, permission
from api.route import ApiRoute
from db.ids import new_id
from db.session import Database
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.private_instance import PrivateInstance
from ops.receiving_script import ReceivingScript
from services.permissions import Permission
from services.platform import Actor, Platform, PlatformSettings

router = APIRouter(route_class=ApiRoute, prefix="/api/v1")
Worker = Annotated[Actor, permission(Permission.TASK_WORK, person=True)]
TABLE = "CREATE TABLE bench_scan (id uuid PRIMARY KEY, code text, at timestamptz DEFAULT clock_timestamp())"
WARM = 20


class Code(BaseModel):
    """What is scanned."""

    code: str


@router.post("/bench/scans")
async def keep(body: Code, actor: Worker, platform: ThePlatform) -> Code:
    """One row, inserted and committed."""
    async with platform.database.write(actor.ref) as tx:
        tx.audited_elsewhere("the floor of a benchmark")
        statement = sa.text("INSERT INTO bench_scan (id, code) VALUES (:id, :code)")
        await tx.execute(statement, {"id": new_id(), "code": body.code})
    return body


async def measure(
    database: Database, owner_url: str, instance: PrivateInstance, pairs: int
) -> dict[str, Any]:
    """Medians of alternating pairs of scans and plain inserts by the same person."""
    owner = Database(owner_url, pool_size=1)
    async with owner.write() as tx:
        tx.audited_elsewhere("a benchmark arranges its world")
        await tx.execute(sa.text(TABLE))
        await tx.execute(sa.text("GRANT INSERT ON bench_scan TO xunji_app"))
    await owner.close()
    work = await _work_list(instance)
    async with _server(database) as port:
        ours, floor = await asyncio.to_thread(_pairs, port, work, pairs)
    ratio = statistics.median(ours) / statistics.median(floor)
    return {
        "pairs": pairs,
        "ms_median": {
            "scan": round(1000 * statistics.median(ours), 2),
            "insert": round(1000 * statistics.median(floor), 2),
        },
        "ratio": round(ratio, 2),
        "ok": ratio <= 2,
    }


async def _work_list(instance: PrivateInstance) -> dict[str, Any]:
    """An acceptance that somebody has claimed: task, epoch, a batch of it, and the person's token."""
    async with CompanyClient(instance.base_url, dict(instance.company)) as client:
        watcher = client.person(next(u["username"] for u in instance.company["users"]))
        staff = Staff(client, watcher)
        while True:
            found = await watcher.pages("/tasks", limit=50)
            ready = [task for task in found if task["step_id"] == "acceptance"]
            if ready:
                break
            for task in (task for task in found if task["step_id"] == "arrival"):
                await staff.do(task, ReceivingScript())
            await asyncio.sleep(0.2)
        task = ready[0]
        person = client.holders(task["post"], task["site"])[0]
        await person.post(f"/tasks/{task['id']}/claim")
        shown = await person.get(f"/tasks/{task['id']}")
        lines = await person.get(f"/tasks/{task['id']}/lines", limit=1)
        log_in = {"username": person.username, "password": person.password}
        token = (await watcher.post("/auth/token", log_in))["token"]
    batch = lines["items"][0]["data"]["batch_number"]
    return {"task": task["id"], "epoch": shown["epoch"], "code": batch, "token": token}


@asynccontextmanager
async def _server(database: Database) -> AsyncIterator[int]:
    """The product's application with the floor beside it, on a port of its own."""
    app = web.build(Platform(database, None, PlatformSettings(secret_key="bench")))  # type: ignore[arg-type]
    app.include_router(router)
    app.router.routes.insert(0, app.router.routes.pop())  # before what answers unknown addresses
    listener = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # so that nothing is delayed
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


def _pairs(port: int, work: Mapping[str, Any], pairs: int) -> tuple[list[float], list[float]]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # head and body are two writes
    headers = {"Authorization": f"Bearer {work['token']}", "Content-Type": "application/json"}

    def post(path: str, body: Mapping[str, Any]) -> float:
        began = time.perf_counter()
        connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, text
        return time.perf_counter() - began

    ours, floor = [], []
    for turn in range(pairs + WARM):
        scan = {"scan_id": str(uuid4()), "code": work["code"], "epoch": work["epoch"]}
        took = post(f"/tasks/{work['task']}/scans", scan), post("/bench/scans", {"code": work["code"]})
        if turn >= WARM:
            ours.append(took[0])
            floor.append(took[1])
    connection.close()
    return ours, floor

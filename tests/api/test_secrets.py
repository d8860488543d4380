"""Passwords and tokens stand nowhere in clear: no table, no history of the engine, no log, no idempotency row.

A run with signatures, right and wrong, is played over HTTP on a real engine; then everything is searched.
"""

import base64
import io
import json
import logging
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from temporalio.client import Client

from activities.advance import Advances
from api.app import create_app
from contracts import names
from db import tables as t
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from engine.workers import build_worker
from tests.api.house_door import Door
from tests.faults.test_forged_update import until
from tests.procedures import PROCEDURES
from tests.servers import TemporalServer, TestDatabase
from tests.stand_in_engine import StandInEngine
from tests.ui.house import House
from tests.world import PASSWORD, make_world

WRONG = "wrong donkey battery"
NEW = "fresh zebra battery 77"


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await connect(temporal_server.address, temporal_server.namespace)


@pytest.fixture
async def real(database: TestDatabase, client: Client) -> AsyncIterator[Door]:
    """The door of a company whose runs live in Temporal."""
    opened = Database(database.app_url)
    world = await make_world(opened, Gateway(client))
    async with build_worker(client, [Advances(world.platform).advance]):
        await world.publish({**PROCEDURES["signatures"], "sop": "signed"})
        yield Door(House(world, StandInEngine(opened), create_app(world.platform)), {})
    await opened.close()


async def play(door: Door) -> UUID:
    """Two signatures, a wrong password before each, a draft that quotes one, and people with new passwords."""
    started = await door.ok(
        "li", "POST", "/runs", {"sop": "signed", "inputs": {}, "site": "SH1"}, key="start"
    )
    run = UUID(started["id"])
    k = t.task.c
    task = await until(lambda: door.world.scalar(sa.select(k.id).where(k.run_id == run)))
    await door.ok("wang", "POST", f"/tasks/{task}/claim", key="claim")
    for who, act, outcome in (("wang", "complete", {"outcome": "done"}), ("zhao", "sign", {})):
        for password, key in ((WRONG, None), (WRONG, "wrong"), (PASSWORD, "right")):
            body = {**outcome, "epoch": 1, "signature": {"password": password}}
            answer = await door.call(who, "POST", f"/tasks/{task}/{act}", body, key=key)
            assert answer.status_code == (200 if password == PASSWORD else 403), answer.text
    person = {"username": f"n{uuid4().hex[:8]}", "name": "New", "password": NEW}
    await door.ok("admin", "POST", "/persons", person, key="person")
    change = {"changes": {"password": NEW + "8"}, "reason": "忘记"}
    await door.ok("admin", "PATCH", f"/persons/{person['username']}", change, key="change")
    await door.call(None, "POST", "/auth/token", {"username": "li", "password": WRONG})
    malformed = {"username": "li", "password": [PASSWORD]}
    assert PASSWORD not in (await door.call(None, "POST", "/auth/token", malformed)).text
    return run


async def test_neither_passwords_nor_tokens_stand_anywhere(
    real: Door, client: Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    root.addHandler(handler)
    monkeypatch.setattr(root, "level", logging.DEBUG)
    try:
        run = await play(real)
    finally:
        root.removeHandler(handler)
    await real.token("machine:run.read")
    secrets = {PASSWORD, WRONG, NEW, *real.tokens.values()}
    assert len(secrets) >= 7
    places = await tables(real)
    history = await client.get_workflow_handle(names.workflow_id(str(run))).fetch_history()
    raw = json.dumps(history.to_json_dict())
    places["the engine's history"] = raw + "".join(decoded(raw))
    captured = capsys.readouterr()
    places["the log"] = said.getvalue() + captured.out + captured.err
    assert "/api/v1/tasks/" in places["the log"], "requests are logged"
    assert "complete_task" in places["the engine's history"]
    assert str(real.world.people["wang"]) in places["the engine's history"]
    for place, text in places.items():
        for secret in secrets:
            assert secret not in text, place
            assert base64.b64encode(secret.encode()).decode().rstrip("=") not in text, place


async def tables(door: Door) -> dict[str, str]:
    """Every table as text; the ones that matter must not be empty."""
    found = {}
    for table in t.metadata.sorted_tables:
        whole: sa.Select[Any] = sa.select(
            sa.literal_column(f'"{table.name}"::text').label("row")
        ).select_from(table)
        found[table.name] = "\n".join(row["row"] for row in await door.world.rows(whole))
    for name in (
        "idempotency",
        "audit_event",
        "submission",
        "signature",
        "credential",
        "login_session",
        "api_key",
    ):
        assert found[name], name
    return found


def decoded(raw: str) -> list[str]:
    """The payloads of a history, decoded."""
    return [
        base64.b64decode(data).decode("utf-8", "replace") for data in re.findall(r'"data": "([^"]+)"', raw)
    ]


async def test_what_the_database_refuses_is_told_without_its_values(database: TestDatabase) -> None:
    """The driver's words end up in the log of a fault: the values of the statement are not among them."""
    opened = Database(database.app_url)
    with pytest.raises(sa.exc.DBAPIError) as broken:
        async with opened.read() as tx:
            await tx.rows(sa.select(sa.literal(NEW), sa.text("1 / 0")))
    await opened.close()
    assert "division by zero" in str(broken.value)
    assert NEW not in str(broken.value)

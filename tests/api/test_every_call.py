"""Every call of the API, walked: who may make it is declared, everybody else is refused before anything is read."""

import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from api.app import create_api
from api.route import ApiRoute, declared_access
from api.routes import ROUTERS, health
from db import tables as t
from services.permissions import Permission
from tests.api.house_door import Door

ROUTES: list[Any] = [route for router in ROUTERS for route in router.routes]
CALLS: list[Any] = [
    (method, route.path, declared_access(route)) for route in ROUTES for method in sorted(route.methods)
]
PUBLIC = [("POST", "/auth/token")]
GUARDED = [call for call in CALLS if call[2].permissions]
FOR_PERSONS = {
    ("POST", "/tasks/{task_id}/claim"), ("POST", "/tasks/claim"), ("POST", "/tasks/{task_id}/release"),
    ("POST", "/tasks/{task_id}/complete"), ("POST", "/tasks/{task_id}/sign"), ("PUT", "/tasks/{task_id}/draft"),
    ("POST", "/tasks/{task_id}/scans"), ("POST", "/tasks/{task_id}/scans/{scan_id}/undo"),
    ("POST", "/tasks/{task_id}/lines/{line}"), ("POST", "/tasks/{task_id}/additions"),
    ("POST", "/tasks/{task_id}/delegate"), ("POST", "/tasks/{task_id}/hand-over"),
    ("POST", "/tasks/{task_id}/add-signer"), ("POST", "/tasks/{task_id}/withdraw"),
    ("POST", "/tasks/{task_id}/remind"), ("POST", "/tasks/{task_id}/refuse"),
    ("POST", "/runs/{run_id}/suspend"), ("POST", "/runs/{run_id}/resume"), ("POST", "/runs/{run_id}/cancel"),
    ("POST", "/runs/{run_id}/send-back"),
    ("POST", "/sops/{key}/versions/{version}/approve"), ("POST", "/sops/{key}/versions/{version}/reject"),
    ("POST", "/sops/{key}/versions/{version}/publish"), ("POST", "/sops/{key}/versions/{version}/withdraw"),
    ("POST", "/sops/{key}/versions/{version}/comments"),
    ("GET", "/training"), ("POST", "/training/{sop}/{version}"),
    ("POST", "/decision-tables/{key}/versions/{version}/approve"),
    ("POST", "/decision-tables/{key}/versions/{version}/reject"),
    ("POST", "/sops/{key}/versions/{version}/changeovers"),
    ("POST", "/changeovers/{changeover_id}/approve"), ("POST", "/changeovers/{changeover_id}/decline"),
    ("POST", "/retention/holds"), ("POST", "/retention/holds/{hold}/lift"),
}  # fmt: skip
"""What a machine never does in place of a person."""


def address(path: str) -> str:
    """The call's address with something in every place."""
    places = {"line": "1", "version": "1", "key": "receiving_acceptance"}
    return re.sub(r"\{(\w+)\}", lambda found: places.get(found[1], str(uuid4())), path)


def test_every_route_declares_its_access_and_only_log_in_is_public() -> None:
    assert all(isinstance(route, ApiRoute) for route in ROUTES)
    assert [call[:2] for call in CALLS if not call[2].permissions] == PUBLIC
    assert {call[:2] for call in CALLS if call[2].person} == FOR_PERSONS
    for route in health.router.routes:
        assert isinstance(route, ApiRoute) and not declared_access(route).permissions


def test_the_application_has_no_route_beside_them() -> None:
    api: FastAPI = create_api(None)  # type: ignore[arg-type] # nothing is asked of the platform
    assert set(api.openapi()["paths"]) == {route.path for route in ROUTES}
    beside = [getattr(route, "path", None) for route in api.routes if getattr(route, "path", None)]
    assert (beside, len(api.routes)) == (["/openapi.json"], 1 + len(ROUTERS))


def test_the_contract_is_kept() -> None:
    """Every call that the outward contract names for this part of the product."""
    named = """POST /auth/token|POST /runs|GET /runs|GET /runs/{run_id}|GET /runs/{run_id}/history
    POST /runs/{run_id}/suspend|POST /runs/{run_id}/resume|POST /runs/{run_id}/cancel|POST /runs/{run_id}/send-back
    GET /tasks|GET /tasks/{task_id}|POST /tasks/{task_id}/claim|POST /tasks/{task_id}/release
    POST /tasks/{task_id}/complete|POST /tasks/{task_id}/sign|POST /tasks/{task_id}/scans
    POST /tasks/{task_id}/scans/{scan_id}/undo|POST /tasks/{task_id}/lines/{line}|PUT /tasks/{task_id}/draft
    POST /tasks/{task_id}/delegate|POST /tasks/{task_id}/hand-over|POST /tasks/{task_id}/add-signer
    POST /tasks/{task_id}/withdraw|POST /tasks/{task_id}/remind
    POST /tasks/claim|GET /submissions/{submission_id}|POST /attachments
    POST /documents/purchase-orders|POST /documents/dispatch-advices|GET /stock|GET /batches/{batch}
    GET /materials|POST /materials|GET /parties|POST /parties|GET /sites|POST /sites|GET /persons|POST /persons
    GET /sops|GET /sops/{key}/versions/{version}|POST /sops/{key}/drafts|POST /sops/{key}/versions/{version}/submit
    POST /sops/{key}/versions/{version}/approve|POST /sops/{key}/versions/{version}/publish"""
    wanted = {call.strip() for call in re.split(r"[|\n]", named)}
    assert wanted <= {f"{method} {path}" for method, path, _ in CALLS}


@pytest.mark.parametrize(("method", "path", "_access"), GUARDED)
async def test_a_stranger_is_refused(door: Door, method: str, path: str, _access: Any) -> None:
    answers = [
        await door.call(None, method, address(path), content=b"{broken"),
        await door.call(None, method, address(path), headers={"Authorization": "Bearer xk_unknown"}),
        await door.call(None, method, address(path), headers={"Authorization": "Bearer " + "a" * 43}),
    ]
    codes = [answer.json()["code"] for answer in answers]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert codes == ["unauthenticated", "key_invalid", "session_expired"]
    assert answers[0].headers["www-authenticate"] == "Bearer"


async def test_a_person_without_posts_and_a_machine_without_scopes_may_nothing(door: Door) -> None:
    for who in ("postless", "machine"):
        for method, path, access in GUARDED:
            answer = await door.call(who, method, address(path), content=b"{broken")
            person = access.person and who == "machine"
            expected = (403, "person_required" if person else "not_permitted")
            assert (answer.status_code, answer.json()["code"]) == expected, (who, method, path)


async def test_a_machine_with_every_scope_never_stands_in_for_a_person(door: Door) -> None:
    key = "machine:" + ",".join(permission.value for permission in Permission)
    for method, path in sorted(FOR_PERSONS):
        answer = await door.call(key, method, address(path), content=b"{broken")
        assert (answer.status_code, answer.json()["code"]) == (403, "person_required"), path


async def test_refused_attempts_to_change_something_are_written_down_and_looking_is_not(door: Door) -> None:
    before = len(await door.refusals())
    await door.call("postless", "POST", "/runs", {"sop": "x"})
    await door.call("postless", "GET", "/runs")
    (event,) = (await door.refusals())[before:]
    assert (event["action"], event["object_id"]) == ("call.api", "POST /api/v1/runs")
    assert event["actor_id"] == door.world.people["postless"]


async def test_an_api_key_put_out_of_use_opens_nothing(door: Door) -> None:
    who = "machine:run.read,audit.read"
    await door.ok(who, "GET", "/runs")
    async with door.world.write() as tx:
        await tx.execute(sa.update(t.person).where(t.person.c.kind == "machine").values(active=False))
    answer = await door.call(who, "GET", "/runs")
    assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid")
    door.tokens.pop(who)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/runs/", "/batches/a\n4", "/tasks/\x7f", "/documents/purchase-orders/%00"]
)
async def test_what_is_at_no_address_is_a_problem_too(door: Door, path: str) -> None:
    answer = await door.call("admin", "GET", quote(path, safe="/%"))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/runs", "GET, POST"),
        ("/materials/M1", "GET, PATCH"),
        ("/tasks/claim", "GET, POST"),
        ("/auth/token", "POST"),
    ],
)
async def test_another_method_is_told_which_there_are(door: Door, path: str, allowed: str) -> None:
    answer = await door.call("admin", "DELETE", path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed

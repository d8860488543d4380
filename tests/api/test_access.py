import httpx
import pytest
from fastapi import APIRouter

from api.dependencies import permission, public
from api.route import ApiRoute, UndeclaredAccess
from services.permissions import Permission
from tests.api.small_door import SOMEBODY, Small


async def test_without_credentials_a_call_is_refused_before_its_body_is_read(small: Small) -> None:
    async with small.client(None) as client:
        answer = await client.post("/api/v1/things", content=b"{broken")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    "header", ["Basic cmVhZGVy", "Bearer", "Bearer ", "Bearer wrong", "reader", "Bearer \xe9"]
)
async def test_anything_but_a_good_bearer_token_is_refused(small: Small, header: str) -> None:
    async with small.client(None) as client:
        answer = await client.get(
            "/api/v1/fail/conflict", headers=httpx.Headers({b"Authorization": header.encode("latin-1")})
        )
    assert answer.status_code == 401


async def test_a_session_cookie_is_no_credential_here(small: Small) -> None:
    async with small.client(None, Cookie="xunji_session=reader") as client:
        answer = await client.post("/api/v1/things", json={"name": "x"})
    assert answer.status_code == 401


async def test_a_person_without_the_permission_is_refused_before_the_body_is_read(small: Small) -> None:
    async with small.client("nobody") as client:
        answer = await client.post("/api/v1/things", content=b"{broken")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert answer.json()["permission"] == "run.read"


async def test_a_machine_may_call_but_never_work_in_place_of_a_person(small: Small) -> None:
    async with small.client("machine") as client:
        made = await client.post("/api/v1/things", json={"name": "x"})
        worked = await client.post(f"/api/v1/things/{SOMEBODY}/work")
    assert made.status_code == 200
    assert (worked.status_code, worked.json()["code"]) == (403, "person_required")


async def test_a_person_with_the_permission_enters(small: Small) -> None:
    async with small.client("reader") as client:
        assert (await client.post(f"/api/v1/things/{SOMEBODY}/work")).json() == {"by": "reader"}


def test_a_route_that_declares_no_access_cannot_be_made() -> None:
    router = APIRouter(route_class=ApiRoute)
    with pytest.raises(UndeclaredAccess):

        @router.get("/x")
        async def undeclared() -> None: ...

    with pytest.raises(UndeclaredAccess):

        @router.get("/x", dependencies=[public, permission(Permission.RUN_READ)])
        async def twice() -> None: ...

"""Log-in, sessions, tokens, headers, and that no page is open by accident."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Mount

from services.permissions import Permission
from tests.ui.house import House
from tests.world import PASSWORD
from ui.answers import PageRoute
from ui.session import visitor

PUBLIC = {"/", "/login", "/language", "/-/patterns", "/static/vendor/{name}", "/sw.js"}
SAMPLE = "01a20cd8-b562-7351-bb0e-e841cbd5da72"


def walk(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route, also those of included routers."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from walk(inner.routes)


def pages(house: House) -> list[APIRoute]:
    found = [route for route in walk(house.app.routes) if isinstance(route, APIRoute)]
    assert len(found) > 60
    return found


def methods(route: APIRoute) -> set[str]:
    return (route.methods or set()) - {"HEAD"}


def address(route: APIRoute) -> str:
    return re.sub(r"{[a-z_]+}", SAMPLE, route.path)


async def test_every_route_is_guarded_and_fails_as_a_page(house: House) -> None:
    for route in walk(house.app.routes):
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        assert isinstance(route, PageRoute), route
        guards = [d.call for d in route.dependant.dependencies]
        named = [g for g in guards if hasattr(g, "permissions")]
        assert named or (visitor in guards and route.path in PUBLIC), route.path


async def test_a_visitor_is_sent_to_the_log_in_page_by_every_other_route(house: House) -> None:
    async with house.visitor() as client:
        for route in pages(house):
            for method in methods(route):
                if route.path in PUBLIC:
                    continue
                answer = await client.request(method, address(route))
                assert answer.status_code == 303, (method, route.path)
                assert answer.headers["location"].startswith("/login")


async def test_somebody_without_a_post_is_refused_by_every_route_that_asks_for_a_permission(
    house: House,
) -> None:
    async with house.as_person("postless") as client:
        for route in pages(house):
            guard = next(
                (d.call for d in route.dependant.dependencies if hasattr(d.call, "permissions")), None
            )
            if guard is None or not guard.permissions:
                continue
            for method in methods(route):
                answer = await client.request(method, address(route))
                assert answer.status_code == 403, (method, route.path)
                assert "<h1>不允许</h1>" in answer.text


async def test_a_post_without_its_token_is_refused(house: House) -> None:
    async with house.as_person("admin") as client:
        del client.headers["X-CSRF-Token"]
        for data in ({}, {"csrf": "wrong"}):
            answer = await client.post("/logout", data=data)
            assert answer.status_code == 403
            assert "页面已过期" in answer.text
        assert (await client.get("/notifications")).status_code == 200


async def test_a_post_from_another_site_is_refused_before_anything_is_read(house: House) -> None:
    async with house.visitor() as client:
        answer = await client.post(
            "/login",
            data={"username": "li", "password": PASSWORD},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 403
        assert "xunji_session" not in answer.headers.get("set-cookie", "")


async def test_a_session_begins_ends_and_keeps_its_cookie_from_scripts(house: House) -> None:
    async with house.visitor() as client:
        answer = await client.post("/login", data={"username": "li", "password": PASSWORD, "next": "/runs"})
        cookie = answer.headers["set-cookie"]
        assert answer.headers["location"] == "/runs"
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
    async with house.as_person("li") as client:
        ended = await client.post("/logout")
        assert ended.headers["location"] == "/login"
        assert (await client.get("/inbox")).headers["location"].startswith("/login")


async def test_a_wrong_password_is_said_and_never_repeated(house: House) -> None:
    async with house.visitor() as client:
        answer = await client.post("/login", data={"username": "li", "password": "not this <one>"})
        assert answer.status_code == 401
        assert "用户名或密码错误" in answer.text
        assert "not this" not in answer.text
        for _attempt in range(5):
            answer = await client.post("/login", data={"username": "li", "password": "nope nope nope"})
        assert answer.status_code == 429
        locked = await client.post("/login", data={"username": "li", "password": PASSWORD})
        assert locked.status_code == 429


async def test_log_in_leads_nowhere_else(house: House) -> None:
    async with house.visitor() as client:
        data = {"username": "li", "password": PASSWORD, "next": "//evil.example/"}
        assert (await client.post("/login", data=data)).headers["location"] == "/inbox"


async def test_demo_log_ins_are_shown_in_demo_mode_only(house: House) -> None:
    async with house.visitor() as client:
        assert PASSWORD in (await client.get("/login")).text
        settings = house.world.platform.settings
        object.__setattr__(settings, "demo", False)
        assert PASSWORD not in (await client.get("/login")).text
        assert (await client.get("/-/patterns")).status_code == 404


async def test_every_answer_has_its_security_headers(house: House) -> None:
    async with house.as_person("admin") as client:
        for path in ("/inbox", "/login", "/nowhere", "/static/css/base.css", "/static/vendor/htmx.min.js"):
            answer = await client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"


async def test_only_listed_vendor_files_are_served(house: House) -> None:
    async with house.visitor() as client:
        for name in ("htmx.min.js", "sse.min.js"):
            assert (await client.get(f"/static/vendor/{name}")).status_code == 200
        for name in ("package.json", "..%2Fpackage.json", "htmx.js"):
            assert (await client.get(f"/static/vendor/{name}")).status_code == 404


async def test_the_language_is_chinese_until_english_is_chosen_and_stays_with_the_person(
    house: House,
) -> None:
    async with house.as_person("li") as client:
        assert 'lang="zh-CN"' in (await client.get("/inbox")).text
        answer = await client.post("/language", data={"language": "en", "return_to": "/inbox"})
        assert answer.headers["location"] == "/inbox"
        page = (await client.get("/inbox")).text
        assert '<html lang="en">' in page
        assert "<h1>Inbox</h1>" in page
    async with house.as_person("li") as client:
        assert '<html lang="en">' in (await client.get("/inbox")).text


@pytest.mark.parametrize(
    ("asked", "shown"), [("en-GB,en;q=0.9", "en"), ("fr", "zh-CN"), ("zh-CN", "zh-CN"), ("", "zh-CN")]
)
async def test_a_visitor_s_browser_says_the_language(house: House, asked: str, shown: str) -> None:
    async with house.visitor() as client:
        page = await client.get("/login", headers={"Accept-Language": asked})
        assert f'<html lang="{shown}">' in page.text
        client.cookies.set("xunji_language", "en")
        assert '<html lang="en">' in (await client.get("/login", headers={"Accept-Language": asked})).text


async def test_an_unknown_address_and_a_wrong_method_are_pages(house: House) -> None:
    async with house.as_person("admin") as client:
        for method, path, status in (
            ("GET", "/nowhere", 404),
            ("GET", "/runs/not-an-id", 404),
            ("DELETE", "/inbox", 405),
        ):
            answer = await client.request(method, path)
            assert answer.status_code == status
            assert "<h1>" in answer.text
        swapped = await client.get("/runs/not-an-id", headers={"HX-Request": "true"})
        assert swapped.headers["hx-retarget"] == "#notice"


@pytest.mark.parametrize(
    ("address", "page"),
    [
        (f"/tasks/{SAMPLE}/complete", f"/tasks/{SAMPLE}"),
        (f"/tasks/{SAMPLE}/lines/3", f"/tasks/{SAMPLE}"),
        (f"/runs/{SAMPLE}/cancel", f"/runs/{SAMPLE}"),
        ("/inbox/find", "/inbox"),
    ],
)
async def test_an_address_that_only_takes_forms_leads_to_its_page(
    house: House, address: str, page: str
) -> None:
    async with house.as_person("admin") as client:
        answer = await client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, page)


async def test_a_wrong_method_is_told_in_the_reader_s_language(house: House) -> None:
    async with house.as_person("admin") as client:
        answer = await client.delete("/inbox")
        assert answer.status_code == 405
        assert "Method Not Allowed" not in answer.text


async def test_a_fault_of_ours_shows_nothing_of_the_inside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services import tasks

    async def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret detail")

    async with house.as_person("wu") as client:
        monkeypatch.setattr(tasks, "list_tasks", broken)
        answer = await client.get("/inbox")
        assert answer.status_code == 500
        assert "secret detail" not in answer.text
        assert "数据没有丢失" in answer.text


def test_permissions_are_known_to_the_pages() -> None:
    from ui.audit_words import PERMISSIONS

    assert set(PERMISSIONS) == {permission.value for permission in Permission}

"""UI: guards - every route names its permission, a session cookie says who asks, a token guards each post.

Default deny: a route without a guard is found by a test that walks them all.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends
from starlette.requests import Request

from domain.errors import Forbidden, Refusal
from services import audit, auth, drill, reading_log, tasks
from services.permissions import Permission, require, require_more_than_reading
from services.platform import Platform
from ui.translation import Language, translations
from ui.view import View

SESSION_COOKIE = "xunji_session"
DRILL_COOKIE = "xunji_drill_session"
"""A drill on another port of the same host has a cookie of its own: browsers do not tell ports apart."""
LANGUAGE_COOKIE = "xunji_language"
SAFE = {"GET", "HEAD", "OPTIONS"}
Guard = Callable[[Request], Awaitable[View]]


class LoginNeeded(Refusal):
    """No session, or it is over: to the log-in page and back again."""

    code = "login_needed"
    kind = "unauthenticated"
    zh = "请先登录"
    en = "Log in first"


class WrongToken(Forbidden):
    """A post without the token of its session: from another site, or from a page of an older session."""

    code = "csrf"
    zh = "页面已过期，请刷新后重试"
    en = "This page is out of date: reload it and try again"


def visitor_language(request: Request) -> Language:
    """The language of somebody not logged in: chosen before, else the browser's, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in {"zh", "en"}:
        return "en" if chosen == "en" else "zh"
    first = request.headers.get("Accept-Language", "").strip().lower()[:2]
    return "zh" if first in {"", "zh"} or first != "en" else "en"


def platform_of(request: Request) -> Platform:
    """The platform that this application was installed with."""
    platform: Platform = request.app.state.ui_platform
    return platform


def session_cookie(platform: Platform) -> str:
    """The name of the cookie that says who asks."""
    return DRILL_COOKIE if platform.settings.mode == "drill" else SESSION_COOKIE


def check_origin(request: Request) -> None:
    """A post comes from one of our own pages; browsers say where from (log-in has no token to check)."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if request.method not in SAFE and site not in {"same-origin", "none"}:
        raise WrongToken


async def check_token(request: Request, expected: str) -> None:
    """The CSRF token of the session, in the header or in the form."""
    if request.method in SAFE:
        return
    given: Any = request.headers.get("X-CSRF-Token")
    if given is None:
        given = (await request.form()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise WrongToken


async def visitor(request: Request) -> View:
    """Guard of a public page: the person is known when logged in, but need not be."""
    check_origin(request)
    view = View(request, platform_of(request), translations(visitor_language(request)))
    token = request.cookies.get(session_cookie(view.platform))
    if not token:
        return view
    try:
        return await _with_session(request, token, counting=False)
    except Refusal:
        return view


async def _with_session(request: Request, token: str, *, counting: bool) -> View:
    platform = platform_of(request)
    actor, csrf = await auth.actor_of_session(platform, token)
    view = View(request, platform, translations(actor.language), actor, csrf)
    if platform.settings.mode == "drill":
        view = view.ahead_by(await drill.ahead_of_time(platform))
    if not counting or view.swaps or not actor.may(Permission.TASK_WORK):
        return view
    return view.counted(*await tasks.todo(platform, actor=actor))


async def _session_view(request: Request) -> View:
    check_origin(request)
    token = request.cookies.get(session_cookie(platform_of(request)))
    if not token:
        raise LoginNeeded
    try:
        view = await _with_session(request, token, counting=True)
    except Refusal as refusal:
        if refusal.kind == "unauthenticated":
            raise LoginNeeded from refusal
        raise
    await check_token(request, view.csrf)
    return view


def page_guard(*permissions: Permission, asks: bool = False) -> Guard:
    """The guard of a page: a session with any one of the permissions (none named: any person).

    Who may only read posts nothing but what `asks`. What is read is written down where that is to be known,
    and so is who tried to change something without permission (E6).
    """

    async def guard(request: Request) -> View:
        view = await _session_view(request)
        try:
            if permissions and not any(view.may(p) for p in permissions):
                require(view.person, permissions[0])
            if permissions and request.method not in SAFE and not asks:
                require_more_than_reading(view.person)
        except Refusal as refusal:
            if request.method not in SAFE:
                await _written_down(view, refusal)
            raise
        if request.method in SAFE:
            stream = request.headers.get("Accept", "").startswith("text/event-stream")
            await reading_log.note(
                view.platform,
                view.person,
                request.url.path,
                request.url.query,
                refreshes=view.swaps or stream,
                request_id=view.request_id,
            )
        return view

    guard.permissions = permissions  # type: ignore[attr-defined]
    return guard


async def _written_down(view: View, refusal: Refusal) -> None:
    call = f"{view.request.method} {view.request.url.path}"
    await audit.record_refusal(
        view.platform, view.person, refusal, "call.page", "page", call, request_id=view.request_id
    )


def page_permission(*permissions: Permission, asks: bool = False) -> Any:
    """Declares who may open a route, as an annotation of its view; `asks`: a form that changes nothing."""
    return Depends(page_guard(*permissions, asks=asks))


def public() -> Any:
    """Declares a route that a visitor may open."""
    return Depends(visitor)

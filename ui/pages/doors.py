"""UI pages: log in and out, language, and where `/` leads."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from services import auth
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Field, Form, Group
from ui.contexts.records import LoginPage
from ui.session import LANGUAGE_COOKIE, check_token, page_permission, public, session_cookie
from ui.translation import Language
from ui.view import View, inside

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Visitor = Annotated[View, public()]
Person = Annotated[View, page_permission()]
YEAR_S = 365 * 86400


@router.get("/")
async def start(view: Visitor) -> Response:
    """Staff start at their inbox; everybody else at the first place they may open."""
    if view.actor is None:
        return view.go("/login")
    places = view.frame().nav
    return view.go(places[0].href if places else "/notifications")


@router.get("/login")
async def show_login(view: Visitor) -> Response:
    """The log-in form; who is logged in already goes on."""
    if view.actor is not None:
        return view.go(inside(view.query("next") or "/"))
    return view.page(_login(view, inside(view.query("next") or "/")))


@router.post("/login")
async def log_in(view: Visitor) -> Response:
    """Opens a session and goes on to where the person was."""
    fields = await view.fields()
    username, password = fields.get("username", ""), fields.get("password", "")
    target = inside(fields.get("next") or "/")
    try:
        opened = await auth.log_in(view.platform, username, password, request_id=view.request_id)
    except Refusal as refusal:
        message = refusal.message(view.language)
        return view.page(_login(view, target, username, message), status_of(refusal))
    response = view.go(target)
    secure = view.request.url.scheme == "https"
    response.set_cookie(
        session_cookie(view.platform),
        opened.session_token,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
    )
    return response


@router.post("/logout")
async def log_out(view: Person) -> Response:
    """Ends the session."""
    await auth.log_out(view.platform, actor=view.person, request_id=view.request_id)
    response = view.go("/login", view.words.gettext("You are logged out."))
    response.delete_cookie(session_cookie(view.platform), path="/")
    return response


@router.post("/language")
async def change_language(view: Visitor) -> Response:
    """Switches the language: remembered with the person, or in a cookie for a visitor."""
    fields = await view.fields()
    if view.actor is not None:
        await check_token(view.request, view.csrf)
    language: Language = "en" if fields.get("language") == "en" else "zh"
    response = view.go(inside(fields.get("return_to")))
    if view.actor is None:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="lax", httponly=True)
    else:
        await auth.change_language(view.platform, language, actor=view.actor, request_id=view.request_id)
    return response


def _login(view: View, target: str, username: str = "", problem: str = "") -> LoginPage:
    _ = view.words.gettext
    fields = [
        Field(
            "username", _("User name"), value=username, required=True, autofocus=True, autocomplete="username"
        ),
        Field("password", _("Password"), "password", required=True, autocomplete="current-password"),
        Field("next", "", "hidden", target),
    ]
    return LoginPage(
        title=_("Log in"),
        form=Form("/login", _("Log in"), [Group(fields)], problem=problem),
        demo_people=view.request.app.state.ui_demo_people if view.platform.settings.demo else (),
    )

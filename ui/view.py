"""UI: one request as a page sees it - who asks, in which language, and how an answer is made.

Pages are given a View by their guard (session.py). It knows no rule; it renders contexts and redirects.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.permissions import Permission
from services.platform import Actor, Platform
from ui.contexts import Context
from ui.contexts.frame import Flash, Frame, NavItem, Person
from ui.contexts.parts import Tone
from ui.formats import instant
from ui.rendering import render
from ui.translation import Language, Translations, mark

FLASH_COOKIE = "xunji_flash"
NUL = "\0"
DEFAULT_ZONE = "Asia/Shanghai"
PLACES: tuple[tuple[str, str, str, Permission | None, str], ...] = (
    ("/inbox", mark("Inbox"), "inbox", Permission.TASK_WORK, "todo"),
    ("/runs", mark("Runs"), "route", Permission.RUN_READ, ""),
    ("/documents", mark("Documents"), "document", Permission.DOCUMENT_READ, ""),
    ("/stock", mark("Stock"), "box", Permission.STOCK_READ, ""),
    ("/trace", mark("Trace"), "search", Permission.STOCK_READ, ""),
    ("/recalls", mark("Recalls"), "alert", Permission.DOCUMENT_READ, ""),
    ("/sops", mark("Procedures"), "book", Permission.SOP_READ, ""),
    ("/training", mark("Training"), "person", None, ""),
    ("/audit", mark("Audit log"), "shield", Permission.AUDIT_READ, ""),
    ("/evidence", mark("Evidence"), "check", Permission.AUDIT_READ, ""),
    ("/admin", mark("Administration"), "gear", Permission.MASTER_READ, ""),
    ("/notifications", mark("Messages"), "bell", None, ""),
)


def inside(target: str | None) -> str:
    """A path of our own to go to; anything that leads elsewhere becomes the inbox."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/inbox"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or "\\" in target or any(ord(c) < ord(" ") for c in target):
        return "/inbox"
    return target


def read_flash(request: Request) -> Flash | None:
    """What the last command left to be said, from its cookie."""
    try:
        message, tone = json.loads(base64.urlsafe_b64decode(request.cookies[FLASH_COOKIE]))
    except (KeyError, ValueError, TypeError):
        return None
    known: tuple[Tone, ...] = ("good", "warn", "bad", "info")
    return Flash(str(message)[:500], tone) if tone in known else None


@dataclass(frozen=True)
class View:
    """A request with its actor (None for a visitor), words and CSRF token."""

    request: Request
    platform: Platform
    words: Translations
    actor: Actor | None = None
    csrf: str = ""
    zone: str = DEFAULT_ZONE
    todo: int | None = None
    late: int = 0
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def person(self) -> Actor:
        """The actor of a guarded page."""
        assert self.actor is not None, "a guarded page has an actor"
        return self.actor

    @property
    def language(self) -> Language:
        return self.words.language

    @property
    def swaps(self) -> bool:
        """Whether HTMX asks for a part rather than the browser for a page."""
        headers = self.request.headers
        return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"

    @property
    def request_id(self) -> str:
        return str(getattr(self.request.state, "request_id", ""))

    def query(self, name: str, default: str = "") -> str:
        """A query parameter, trimmed."""
        return self.request.query_params.get(name, default).strip()[:200]

    def may(self, permission: Permission) -> bool:
        return self.actor is not None and self.actor.may(permission)

    async def posted(self) -> FormData:
        """The posted form, without the one character that no text in the database can hold."""
        form = await self.request.form()
        if not any(isinstance(value, str) and NUL in value for _name, value in form.multi_items()):
            return form
        return FormData([(n, v.replace(NUL, "") if isinstance(v, str) else v) for n, v in form.multi_items()])

    async def fields(self) -> dict[str, str]:
        """What was written into the posted form: texts, trimmed, one per name; never the page's token."""
        posted = (await self.posted()).items()
        return {name: text.strip() for name, text in posted if isinstance(text, str) and name != "csrf"}

    async def files(self, name: str) -> list[UploadFile]:
        """The posted files of a name; an empty file input counts as none."""
        found = (await self.posted()).getlist(name)
        return [f for f in found if isinstance(f, UploadFile) and f.filename]

    def html(self, context: Context) -> str:
        """A context as HTML."""
        return render(context, self.frame(), self.language)

    def counted(self, todo: int, late: int) -> "View":
        """The same request with the numbers of its inbox."""
        return replace(self, todo=todo, late=late)

    def ahead_by(self, ahead: timedelta) -> "View":
        """The same request on the clock of a drill."""
        return replace(self, now=self.now + ahead)

    def in_zone(self, zone: str) -> "View":
        """The same request with times shown in a site's zone."""
        return replace(self, zone=zone)

    def page(
        self, context: Context, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """A context as an answer; a flash is said once."""
        response = HTMLResponse(self.html(context), status, headers=dict(headers or {}))
        if not self.swaps and FLASH_COOKIE in self.request.cookies:
            response.delete_cookie(FLASH_COOKIE)
        return response

    def go(self, target: str, said: str = "", tone: Tone = "good") -> Response:
        """To another page of ours after a command, with a word about what happened."""
        if self.swaps:
            response = Response(status_code=204, headers={"HX-Redirect": quote(target, safe="/?&=#%:~+,@")})
        else:
            response = RedirectResponse(target, 303)
        if said:
            value = base64.urlsafe_b64encode(json.dumps([said, tone]).encode()).decode()
            response.set_cookie(FLASH_COOKIE, value, max_age=60, httponly=True, samesite="lax")
        return response

    def frame(self) -> Frame:
        """What surrounds every page."""
        url = self.request.url
        return Frame(
            language=self.language,
            path=url.path,
            return_to=f"{url.path}?{url.query}" if url.query else url.path,
            csrf=self.csrf,
            zone=self.zone,
            demo=self.platform.settings.demo,
            person=self._shown_person(),
            nav=self._places() if self.actor else (),
            flash=None if self.swaps else read_flash(self.request),
            todo=self.todo,
            late=self.late,
            drill=instant(self.now, self.zone) if self.platform.settings.mode == "drill" else "",
        )

    def _shown_person(self) -> Person | None:
        if self.actor is None:
            return None
        posts = sorted(
            {
                self.words.pick({"zh": a.post_name_zh or a.post, "en": a.post_name_en or a.post})
                for a in self.actor.assignments
            }
        )
        return Person(self.actor.name, self.actor.username, " · ".join(posts))

    def _places(self) -> list[NavItem]:
        path = self.request.url.path
        return [
            NavItem(href, self.words.gettext(label), icon, path == href or path.startswith(f"{href}/"), badge)
            for href, label, icon, permission, badge in PLACES
            if permission is None or self.may(permission)
        ]

    def _(self, message: str, /, **params: Any) -> str:
        """The words of a message (short because pages are full of them)."""
        return self.words.gettext(message, **params)

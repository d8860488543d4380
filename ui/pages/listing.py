"""UI pages: what lists have in common - filters from the query, the address of the next page, choices."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from domain.errors import NotFound
from services import sites
from services.permissions import Permission
from ui.contexts.parts import Field, Option
from ui.view import View

PAGE = 50
MANY = 200


class Paged(Protocol):
    """A page of any service's list."""

    @property
    def next(self) -> str | None: ...


def address(here: View, /, **changes: str | None) -> str:
    """This page's address with some of its query changed; None takes a parameter out."""
    query = {k: v for k, v in here.request.query_params.items() if k != "after"}
    query |= {k: v for k, v in changes.items() if v is not None}
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
    text = urlencode(query)
    return here.request.url.path + (f"?{text}" if text else "")


def next_href(view: View, page: Paged) -> str:
    """The address of the next page of a list, '' at its end."""
    return address(view, after=page.next) if page.next else ""


def after(view: View) -> str | None:
    """The cursor in the address."""
    return view.request.query_params.get("after") or None


def asked(view: View, name: str) -> str | None:
    """A filter's value, None when it is not set."""
    return view.query(name) or None


def search(view: View, label: str, name: str = "text") -> Field:
    """A free-text filter."""
    return Field(name, label, "search", view.query(name))


def choice(view: View, name: str, label: str, options: Iterable[tuple[str, str]]) -> Field:
    """A filter with choices."""
    return Field(name, label, "choice", view.query(name), options=to_options(options))


def to_options(pairs: Iterable[tuple[str, str]]) -> list[Option]:
    """Code and word as options."""
    return [Option(code, word) for code, word in pairs]


def identity(text: str, what: str = "编号 / id") -> UUID:
    """An id from an address; what is none is not found."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what=f"{what} {text[:80]}") from None


def lines_of(values: Sequence[Any]) -> list[str]:
    """Values as the lines of one cell."""
    return [str(value) for value in values]


async def site_options(view: View, needed: Permission | None = None) -> list[tuple[str, str]]:
    """Sites to choose from: all for who may read them, else those of the person's own posts.

    With `needed` only those at which the person has that permission.
    """
    if view.may(Permission.MASTER_READ):
        page = await sites.list_sites(view.platform, actor=view.person, limit=MANY)
        return [
            (s.code, f"{view.words.pick({'zh': s.name_zh, 'en': s.name_en})} ({s.code})")
            for s in page.items
            if needed is None or view.person.may(needed, s.id)
        ]
    held = [a for a in view.person.assignments if needed is None or needed in a.permissions]
    return [(code, code) for code in sorted({a.site for a in held if a.site})]

"""UI pages: one search over runs, documents, batches, master data and procedures, by number or by name."""

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from services import search
from services.search import Group, Hit, Kind
from ui import formats
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Chip, Empty
from ui.contexts.search import Found, FoundGroup, SearchPage
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ALL = 50
NAMES: dict[Kind, tuple[str, str]] = {
    "run": (mark("Runs"), "/runs/{}"),
    "document": (mark("Documents"), "/documents/{}"),
    "batch": (mark("Batches"), "/batches/{}"),
    "material": (mark("Materials"), "/admin/materials/{}"),
    "party": (mark("Partners"), "/admin/parties/{}"),
    "person": (mark("People"), "/admin/persons/{}"),
    "sop": (mark("Procedures"), "/sops/{}"),
}
"""What each sort is called, and the page of one."""


@router.get("/search")
async def find(view: Annotated[View, page_permission()]) -> Response:
    """What has the text in its number or name, by sort; one sort alone with more of it."""
    _, text = view.words.gettext, view.query("q")[: search.LONGEST]
    only = next((kind for kind in search.KINDS if kind == view.query("kind")), None)
    limit = ALL if only else 6
    groups = await search.search(view.platform, text, actor=view.person, kind=only, limit=limit)
    found = [_group(view, text, group, only=only) for group in groups if group.items]
    count = sum(len(group.items) for group in groups)
    said = _("Several letters of a number are enough: the beginning, the middle or the end.")
    if text:
        said = view.words.ngettext("%(n)s place", "%(n)s places", count)
        if any(group.more for group in groups):
            said = _("More than %(n)s found", n=count)
    return view.page(
        SearchPage(_("Search"), text, said if count or not text else "", found, _empty(view, text, count))
    )


def _empty(view: View, text: str, count: int) -> Empty | None:
    """Nothing found: what can be done about it."""
    _ = view.words.gettext
    if not text or count:
        return None
    hint = _("Only what your posts let you see is looked through. Try fewer letters, or another spelling.")
    return Empty(_("Nothing has “%(text)s” in its number or name", text=text), hint, icon="search")


def _group(view: View, text: str, group: Group, *, only: Kind | None) -> FoundGroup:
    title, address = NAMES[group.kind]
    more = f"/search?{urlencode({'q': text, 'kind': group.kind})}" if group.more and not only else ""
    items = [_found(view, text, group.kind, hit, address) for hit in group.items]
    return FoundGroup(view.words.gettext(title), items, more)


def _found(view: View, text: str, kind: Kind, hit: Hit, address: str) -> Found:
    pick = view.words.pick
    title = pick({"zh": hit.title_zh, "en": hit.title_en}) or hit.code
    detail = pick({"zh": hit.detail_zh, "en": hit.detail_en})
    at = formats.instant(hit.at, view.zone) if hit.at else ""
    if hit.day:
        at = view.words.gettext("Expires on %(day)s", day=formats.day(hit.day))
    return Found(
        address.format(quote(hit.code, safe="")),
        list(marked(title, text)),
        list(marked(detail, text)),
        _chip(view, kind, hit),
        at,
    )


def _chip(view: View, kind: Kind, hit: Hit) -> Chip | None:
    if kind == "run":
        return codes.run_chip(hit.sort, None, view.words)
    if kind == "document":
        return Chip(codes.word(codes.DOCUMENT_KINDS, hit.sort, view.words), "document")
    return None


def marked(text: str, wanted: str) -> Iterator[tuple[str, bool]]:
    """A text in pieces, those that are what was looked for marked; case does not count."""
    folded, sought = text.lower(), wanted.lower()
    if not sought or len(folded) != len(text):  # a letter that changes its length is not worth a wrong mark
        yield text, False
        return
    at = 0
    while (found := folded.find(sought, at)) >= 0:
        if found > at:
            yield text[at:found], False
        yield text[found : found + len(sought)], True
        at = found + len(sought)
    if at < len(text):
        yield text[at:], False

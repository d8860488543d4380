"""UI pages: entering and correcting orders, advices and transfers, line by line, in the browser."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.documents import ENTERED, EnteredKind
from domain.errors import NotFound
from services import documents
from services.documents import DocumentView
from services.permissions import Permission
from ui import formats
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.documents import DocumentEntryPage
from ui.contexts.parts import Field
from ui.pages.document_drafts import (
    BLANK,
    CHANGEABLE,
    HEADS,
    Draft,
    head_body,
    head_fields,
    head_problems,
    line_bodies,
    line_fields,
    line_values,
    read_draft,
    suggested,
    with_lines,
    zone_at,
)
from ui.pages.filling import NONE, Problems, form, number, tried
from ui.pages.listing import MANY, identity
from ui.pages.reasons import reason_field
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]


@router.get("/documents/new/{kind}")
async def new_document(kind: str, view: Writer) -> Response:
    """An empty form."""
    return view.page(await _entry_page(view, _known(kind), Draft({}, [{}])))


@router.post("/documents/new/{kind}")
async def enter_document(kind: str, view: Writer) -> Response:
    """Enters the document, or says which field of which line is wrong."""
    entered = _known(kind)
    draft = read_draft(entered, await view.posted())
    made = await tried(view, _enter(view, entered, draft))
    if isinstance(made, Problems):
        return view.page(await _entry_page(view, entered, draft, made), made.status)
    return view.go(f"/documents/{made.document.id}", view.words.gettext("The document is entered."))


async def _enter(view: View, kind: EnteredKind, draft: Draft) -> DocumentView:
    raw = {**await head_body(view, draft, HEADS[kind]), "lines": line_bodies(draft, kind)}
    body = ENTERED[kind].body.model_validate(raw)
    return await documents.post(view.platform, body, actor=view.person, request_id=view.request_id)


def _known(kind: str) -> EnteredKind:
    for known in ENTERED:
        if kind == known:
            return known
    raise NotFound(what=kind)


@router.get("/documents/{ref}/correct")
async def correct_form(ref: str, view: Writer) -> Response:
    """The document as it stands, to be corrected with a reason."""
    found = await documents.get(view.platform, identity(ref), actor=view.person, limit=MANY)
    _known(found.document.kind)
    return view.page(await _correction_page(view, found, await _standing(view, found)))


@router.post("/documents/{ref}/correct")
async def correct(ref: str, view: Writer) -> Response:
    """Records the correction: what was stays readable."""
    found = await documents.get(view.platform, identity(ref), actor=view.person, limit=MANY)
    kind = _known(found.document.kind)
    draft = read_draft(kind, await view.posted())
    made = await tried(view, _correct(view, found, draft))
    if isinstance(made, Problems):
        return view.page(await _correction_page(view, found, draft, made), made.status)
    return view.go(f"/documents/{ref}", view.words.gettext("The correction is recorded."))


async def _correct(view: View, found: DocumentView, draft: Draft) -> int:
    kind, standing = _known(found.document.kind), await _standing(view, found)
    names = [n for n in CHANGEABLE[kind] if draft.head.get(n, "") != standing.head.get(n, "")]
    with_site = Draft({**draft.head, "site": found.document.site}, draft.lines)
    raw = await head_body(view, with_site, names)
    if _lines_open(found):
        bodies = line_bodies(draft, kind)
        if bodies != line_bodies(standing, kind):
            raw["lines"] = bodies
    version = number(str(draft.head.get("version", "")))
    return await documents.correct(
        view.platform,
        found.document.id,
        version=version if isinstance(version, int) else 0,
        changes=ENTERED[kind].changes.model_validate(raw),
        reason=str(draft.head.get("reason", "")),
        actor=view.person,
        request_id=view.request_id,
    )


def _lines_open(found: DocumentView) -> bool:
    """Whether lines can be corrected here: no run relies on them, and all of them fit on the page."""
    return found.document.state == "open" and found.lines.next is None


async def _standing(view: View, found: DocumentView) -> Draft:
    row = found.document
    head = {name: str(row.header.get(name, "")) for name in CHANGEABLE[_known(row.kind)]}
    if head.get("shipped_at"):
        zone = formats.zone_of(await zone_at(view, row.site))
        head["shipped_at"] = (
            formats.as_instant(head["shipped_at"]).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        )
    head |= {"version": str(row.version)}
    lines = [line_values(line) for line in found.lines.items if "removed" not in line.data]
    return Draft(head, lines)


async def _entry_page(
    view: View, kind: EnteredKind, draft: Draft, problems: Problems = NONE
) -> DocumentEntryPage:
    _ = view.words.gettext
    word = codes.word(codes.DOCUMENT_KINDS, kind, view.words)
    fields = [(await head_fields(view))[name] for name in HEADS[kind]]
    rows = [line_fields(view, kind, index, line, problems) for index, line in enumerate(draft.lines or [{}])]
    head = head_problems(view, problems, rows)
    made = form(f"/documents/new/{kind}", _("Enter"), fields, draft.head, head, cancel_href="/documents")
    made, rows = with_lines(view, made, rows)
    return DocumentEntryPage(
        title=_("New: %(kind)s", kind=word),
        eyebrow=_("Documents"),
        form=made,
        lines=rows,
        blank=line_fields(view, kind, BLANK, {}, NONE),
        suggestions=await suggested(view),
    )


async def _correction_page(
    view: View, found: DocumentView, draft: Draft, problems: Problems = NONE
) -> DocumentEntryPage:
    _ = view.words.gettext
    kind, row = _known(found.document.kind), found.document
    known = await head_fields(view)
    fields = [known[name] for name in CHANGEABLE[kind]]
    fields.append(reason_field(view))
    fields.append(Field("version", "", "hidden", str(row.version)))
    lines = draft.lines if _lines_open(found) else []
    rows = [line_fields(view, kind, index, line, problems) for index, line in enumerate(lines)]
    head = head_problems(view, problems, rows)
    made = form(
        f"/documents/{row.id}/correct",
        _("Record the correction"),
        fields,
        draft.head,
        head,
        cancel_href=f"/documents/{row.id}",
    )
    made, rows = with_lines(view, made, rows)
    intro = "" if rows else _("A run relies on the lines: only the head can be corrected.")
    return DocumentEntryPage(
        title=_("Correct: %(number)s", number=row.number),
        eyebrow=codes.word(codes.DOCUMENT_KINDS, kind, view.words),
        form=made,
        lines=rows,
        blank=line_fields(view, kind, BLANK, {}, NONE),
        suggestions=await suggested(view),
        intro=intro,
    )

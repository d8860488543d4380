"""UI pages: entering and correcting purchase orders and dispatch advices, line by line, in the browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from domain.documents import (
    DispatchAdviceChanges,
    DispatchAdviceIn,
    PurchaseOrderChanges,
    PurchaseOrderIn,
)
from domain.errors import NotFound, Refusal
from services import documents, materials, parties, sites
from services.documents import DocumentLine, DocumentView
from services.permissions import Permission
from ui import formats
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.documents import DocumentEntryPage, Suggestions
from ui.contexts.parts import Field
from ui.pages.filling import NONE, Problems, form, given, number, tried
from ui.pages.listing import MANY, identity, site_options, to_options
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Writer = Annotated[View, page_permission(Permission.DOCUMENT_WRITE)]
BLANK = 999
"""The number that stands in the template of a line; the browser puts the next one."""
HEADS = {
    "purchase_order": ("number", "supplier", "site", "ordered_on"),
    "dispatch_advice": ("number", "supplier", "site", "purchase_order", "shipped_at", "carrier", "vehicle"),
}
CHANGEABLE = {
    "purchase_order": ("ordered_on",),
    "dispatch_advice": ("shipped_at", "carrier", "vehicle"),
}
LINES = {
    "purchase_order": ("material", "quantity", "unit", "min_remaining_days"),
    "dispatch_advice": (
        "material",
        "order_line",
        "batch",
        "produced_on",
        "expires_on",
        "quantity",
        "unit",
        "serials",
    ),
}
NUMBERS = {"order_line", "min_remaining_days", "line"}
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """What stands in the form: the head, and each line by field."""

    head: Values
    lines: Sequence[Values]


def read_draft(kind: str, posted: FormData) -> Draft:
    """The posted form; lines without a material and quantity are left out."""
    head = {name: str(posted.get(name, "")).strip() for name in (*HEADS[kind], "reason", "version")}
    found: dict[int, dict[str, str]] = {}
    for name, value in posted.items():
        parts = name.split(".")
        if len(parts) == 3 and parts[0] == "lines" and parts[1].isdigit() and isinstance(value, str):  # noqa: PLR2004
            found.setdefault(int(parts[1]), {})[parts[2]] = value.strip()
    lines = [
        found[index] for index in sorted(found) if any(v for n, v in found[index].items() if n != "line")
    ]
    return Draft(head, lines)


def line_bodies(draft: Draft, kind: str) -> list[dict[str, Any]]:
    """The lines as the document's shape wants them; each keeps its number, a new one gets the next."""
    taken = [int(line["line"]) for line in draft.lines if line.get("line", "").isdigit()]
    following = max(taken, default=0)
    bodies = []
    for line in draft.lines:
        body: dict[str, Any] = given({name: line.get(name, "") for name in LINES[kind]})
        body |= {name: number(body[name]) for name in NUMBERS & body.keys()}
        if "serials" in body:
            body["serials"] = str(body["serials"]).split()
        if line.get("line", "").isdigit():
            body["line"] = int(line["line"])
        else:
            following += 1
            body["line"] = following
        bodies.append(body)
    return bodies


async def head_body(view: View, draft: Draft, names: Sequence[str]) -> dict[str, Any]:
    """The head as the document's shape wants it; a local time gets the site's zone."""
    body: dict[str, Any] = given({name: draft.head.get(name, "") for name in names})
    if body.get("shipped_at"):
        zone = await _zone(view, str(draft.head.get("site", "")))
        try:
            at = datetime.fromisoformat(str(body["shipped_at"]))
        except ValueError:
            return body
        body["shipped_at"] = at if at.tzinfo else at.replace(tzinfo=formats.zone_of(zone)).astimezone(UTC)
    return body


async def _zone(view: View, site: str) -> str:
    try:
        return (await sites.get(view.platform, site, actor=view.person)).site.time_zone if site else view.zone
    except Refusal:
        return view.zone


@router.get("/documents/new/{kind}")
async def new_document(kind: str, view: Writer) -> Response:
    """An empty form."""
    _known(kind)
    return view.page(await _entry_page(view, kind, Draft({}, [{}])))


@router.post("/documents/new/{kind}")
async def enter_document(kind: str, view: Writer) -> Response:
    """Enters the document, or says which field of which line is wrong."""
    _known(kind)
    draft = read_draft(kind, await view.posted())
    made = await tried(view, _enter(view, kind, draft))
    if isinstance(made, Problems):
        return view.page(await _entry_page(view, kind, draft, made), made.status)
    return view.go(f"/documents/{made.document.id}", view.words.gettext("The document is entered."))


async def _enter(view: View, kind: str, draft: Draft) -> DocumentView:
    raw = {**await head_body(view, draft, HEADS[kind]), "lines": line_bodies(draft, kind)}
    who: dict[str, Any] = {"actor": view.person, "request_id": view.request_id}
    if kind == "purchase_order":
        order = PurchaseOrderIn.model_validate(raw)
        return await documents.post_purchase_order(view.platform, order, **who)
    advice = DispatchAdviceIn.model_validate(raw)
    return await documents.post_dispatch_advice(view.platform, advice, **who)


def _known(kind: str) -> None:
    if kind not in HEADS:
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
    kind = found.document.kind
    _known(kind)
    draft = read_draft(kind, await view.posted())
    made = await tried(view, _correct(view, found, draft))
    if isinstance(made, Problems):
        return view.page(await _correction_page(view, found, draft, made), made.status)
    return view.go(f"/documents/{ref}", view.words.gettext("The correction is recorded."))


async def _correct(view: View, found: DocumentView, draft: Draft) -> int:
    kind, standing = found.document.kind, await _standing(view, found)
    names = [n for n in CHANGEABLE[kind] if draft.head.get(n, "") != standing.head.get(n, "")]
    with_site = Draft({**draft.head, "site": found.document.site}, draft.lines)
    raw = await head_body(view, with_site, names)
    if _lines_open(found):
        bodies = line_bodies(draft, kind)
        if bodies != line_bodies(standing, kind):
            raw["lines"] = bodies
    shape = PurchaseOrderChanges if kind == "purchase_order" else DispatchAdviceChanges
    version = number(str(draft.head.get("version", "")))
    return await documents.correct(
        view.platform,
        found.document.id,
        version=version if isinstance(version, int) else 0,
        changes=shape.model_validate(raw),
        reason=str(draft.head.get("reason", "")),
        actor=view.person,
        request_id=view.request_id,
    )


def _lines_open(found: DocumentView) -> bool:
    """Whether lines can be corrected here: no run relies on them, and all of them fit on the page."""
    return found.document.state == "open" and found.lines.next is None


async def _standing(view: View, found: DocumentView) -> Draft:
    row = found.document
    head = {name: str(row.header.get(name, "")) for name in CHANGEABLE[row.kind]}
    if head.get("shipped_at"):
        zone = formats.zone_of(await _zone(view, row.site))
        head["shipped_at"] = (
            formats.as_instant(head["shipped_at"]).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        )
    head |= {"version": str(row.version)}
    lines = [_line_values(line) for line in found.lines.items if "removed" not in line.data]
    return Draft(head, lines)


def _line_values(line: DocumentLine) -> dict[str, str]:
    return {
        "line": str(line.line_no),
        "material": line.material,
        "order_line": str(line.order_line_no or ""),
        "batch": line.batch_number or "",
        "produced_on": line.produced_on.isoformat() if line.produced_on else "",
        "expires_on": line.expires_on.isoformat() if line.expires_on else "",
        "quantity": str(line.entered_quantity or line.quantity),
        "unit": line.entered_unit or line.base_unit,
        "min_remaining_days": str(line.data.get("min_remaining_days", "")),
        "serials": " ".join(line.data.get("serials", ())),
    }


async def _entry_page(view: View, kind: str, draft: Draft, problems: Problems = NONE) -> DocumentEntryPage:
    _ = view.words.gettext
    word = codes.word(codes.DOCUMENT_KINDS, kind, view.words)
    fields = [(await _head_fields(view))[name] for name in HEADS[kind]]
    rows = [line_fields(view, kind, index, line, problems) for index, line in enumerate(draft.lines or [{}])]
    names = {field.name for row in rows for field in row}
    head = Problems(
        {p: s for p, s in problems.by_field.items() if _path_name(p) not in names}, problems.whole
    )
    made = form(f"/documents/new/{kind}", _("Enter"), fields, draft.head, head, cancel_href="/documents")
    return DocumentEntryPage(
        title=_("New: %(kind)s", kind=word),
        eyebrow=_("Documents"),
        form=made,
        lines=rows,
        blank=line_fields(view, kind, BLANK, {}, NONE),
        suggestions=await _suggestions(view),
    )


async def _correction_page(
    view: View, found: DocumentView, draft: Draft, problems: Problems = NONE
) -> DocumentEntryPage:
    _ = view.words.gettext
    kind, row = found.document.kind, found.document
    known = await _head_fields(view)
    fields = [known[name] for name in CHANGEABLE[kind]]
    fields.append(Field("reason", _("Reason"), "textarea", required=True, max_length=500))
    fields.append(Field("version", "", "hidden", str(row.version)))
    lines = draft.lines if _lines_open(found) else []
    rows = [line_fields(view, kind, index, line, problems) for index, line in enumerate(lines)]
    names = {field.name for line in rows for field in line}
    head = Problems(
        {p: s for p, s in problems.by_field.items() if _path_name(p) not in names}, problems.whole
    )
    made = form(
        f"/documents/{row.id}/correct",
        _("Record the correction"),
        fields,
        draft.head,
        head,
        cancel_href=f"/documents/{row.id}",
    )
    intro = "" if rows else _("A run relies on the lines: only the head can be corrected.")
    return DocumentEntryPage(
        title=_("Correct: %(number)s", number=row.number),
        eyebrow=codes.word(codes.DOCUMENT_KINDS, kind, view.words),
        form=made,
        lines=rows,
        blank=line_fields(view, kind, BLANK, {}, NONE),
        suggestions=await _suggestions(view),
        intro=intro,
    )


def _path_name(path: str) -> str:
    """A service's path as the name of the field: `lines[3].material` is `lines.3.material`."""
    name = path.replace("[", ".").replace("]", "")
    return ".".join(name.split(".")[:3]) if name.startswith("lines.") else name


def line_fields(view: View, kind: str, index: int, line: Values, problems: Problems) -> list[Field]:
    """The fields of one line with values and problems."""
    _ = view.words.gettext
    words: dict[str, tuple[str, Any]] = {
        "material": (_("Material"), "text"),
        "order_line": (_("Order line"), "integer"),
        "batch": (_("Batch"), "text"),
        "produced_on": (_("Produced on"), "date"),
        "expires_on": (_("Expiry"), "date"),
        "quantity": (_("Quantity"), "decimal"),
        "unit": (_("Unit"), "text"),
        "min_remaining_days": (_("Least days left"), "integer"),
        "serials": (_("Serial numbers"), "text"),
    }
    must = {"material", "batch", "expires_on", "quantity", "unit"}
    said = {_path_name(path): text for path, text in problems.by_field.items()}
    fields = [
        Field(
            f"lines.{index}.{name}",
            words[name][0],
            words[name][1],
            line.get(name, ""),
            required=name in must,
            error=said.get(f"lines.{index}.{name}", ""),
            suggestions={"material": "materials", "unit": "units"}.get(name, ""),
        )
        for name in LINES[kind]
    ]
    if line.get("line"):
        fields.append(Field(f"lines.{index}.line", "", "hidden", line["line"]))
    whole = said.get(f"lines.{index}")
    return [replace(fields[0], error=whole), *fields[1:]] if whole else fields


async def _head_fields(view: View) -> dict[str, Field]:
    _ = view.words.gettext
    suppliers: list[tuple[str, str]] = []
    if view.may(Permission.MASTER_READ):
        page = await parties.list_parties(
            view.platform, actor=view.person, role="supplier", active=True, limit=MANY
        )
        suppliers = [(p.code, f"{p.name} ({p.code})") for p in page.items]
    supplier = Field(
        "supplier", _("Supplier"), "choice", required=True, options=to_options(suppliers), compact=True
    )
    if not suppliers:
        supplier = Field("supplier", _("Supplier (code)"), required=True)
    return {
        "number": Field("number", _("Number"), required=True, autofocus=True),
        "supplier": supplier,
        "site": Field(
            "site",
            _("Site"),
            "choice",
            required=True,
            options=to_options(await site_options(view)),
            compact=True,
        ),
        "ordered_on": Field("ordered_on", _("Ordered on"), "date", required=True),
        "purchase_order": Field("purchase_order", _("Purchase order (number)"), required=True),
        "shipped_at": Field(
            "shipped_at", _("Shipped at"), "datetime", required=True, help=_("In the site's time.")
        ),
        "carrier": Field("carrier", _("Carrier")),
        "vehicle": Field("vehicle", _("Vehicle")),
    }


async def _suggestions(view: View) -> list[Suggestions]:
    if not view.may(Permission.MASTER_READ):
        return []
    page = await materials.list_materials(view.platform, actor=view.person, active=True, limit=500)
    known = [
        (m.code, f"{view.words.pick({'zh': m.name_zh, 'en': m.name_en})} {m.specification}")
        for m in page.items
    ]
    units = sorted({m.base_unit for m in page.items} | {u.unit for m in page.items for u in m.units})
    return [Suggestions("materials", known), Suggestions("units", [(unit, unit) for unit in units])]

"""UI pages: procedures - versions, who approved, since when in force; read as steps, with the YAML."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid
from domain.sop_yaml import parse
from services import sites, sop_catalogue
from services.permissions import Permission
from services.signatures import SignatureGiven
from services.sop_catalogue import SopRow, VersionRow, VersionView
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Fact, Field, Form, Row, Table
from ui.contexts.records import FormPage, ListPage
from ui.contexts.runs import SopVersionPage
from ui.formats import instant, zone_of
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import identity, site_options, to_options
from ui.pages.sop_reading import Reader as DefinitionReader
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
Controller = Annotated[
    View, page_permission(Permission.SOP_APPROVE, Permission.SOP_PUBLISH, Permission.SOP_DRAFT)
]
Attempt = tuple[str, Mapping[str, Any], Problems]
TRANSITIONS = {
    "submit": mark("Submitted for review"),
    "reject": mark("Sent back to the author"),
    "approve": mark("Approved"),
    "publish": mark("Put in force"),
    "retire": mark("Retired"),
}
IN_FORM = {"wrong_password": "password", "locked_out": "password", "reason_required": "reason"}


@router.get("/sops")
async def list_sops(view: Reader) -> Response:
    """All procedures, with what is in force."""
    _ = view.words.gettext
    found = await sop_catalogue.list_sops(view.platform, actor=view.person)
    columns = [
        Column(_("Procedure")),
        Column(_("In force")),
        Column(_("Owner")),
        Column(_("Versions"), numeric=True),
    ]
    empty = Empty(_("No procedures"), _("Load a definition as a draft."))
    table = Table("sops", _("Procedures"), columns, [_row(view, row) for row in found], empty)
    actions = (
        [Action(_("New draft from YAML"), "/sops/new", "plus")] if view.may(Permission.SOP_DRAFT) else []
    )
    intro = _(
        "A procedure is a document that the software carries out. Only approved versions in force are used."
    )
    return view.page(ListPage(_("Procedures"), intro, table, actions=actions))


def _row(view: View, row: SopRow) -> Row:
    placed = [_placed(view, one.version, one.site, one.effective_from) for one in row.in_force]
    return Row(
        [
            Cell(
                view.words.pick({"zh": row.title_zh, "en": row.title_en}),
                href=f"/sops/{row.key}",
                sub=row.key,
            ),
            Cell(placed, "lines")
            if placed
            else Cell(Chip(view.words.gettext("not in force"), "pause", "warn"), "chip"),
            Cell(f"{row.owner_department} / {row.owner_post}"),
            Cell(row.versions, "quantity"),
        ]
    )


def _placed(view: View, version: int, site: str | None, since: datetime) -> str:
    _ = view.words.gettext
    return _(
        "v%(n)s, %(site)s, since %(at)s", n=version, site=site or _("all sites"), at=instant(since, view.zone)
    )


@router.get("/sops/new")
async def new_draft(view: Drafter) -> Response:
    """An empty text."""
    return view.page(_draft_page(view, {}))


@router.post("/sops/new")
async def load_draft(view: Drafter) -> Response:
    """Keeps a text as a draft; every finding is told with its line."""
    text = (await view.fields()).get("source", "").replace("\r\n", "\n")
    try:
        row, _findings = await sop_catalogue.load_draft(
            view.platform, text + "\n", actor=view.person, request_id=view.request_id
        )
    except DefinitionInvalid as invalid:
        said = "\n".join(f"{f.line}:{f.column} {f.message(view.language)}" for f in invalid.findings)
        return view.page(_draft_page(view, {"source": text}, Problems({"source": said})), 422)
    except Refusal as refusal:
        problem = Problems(whole=refusal.message(view.language))
        return view.page(_draft_page(view, {"source": text}, problem), status_of(refusal))
    return view.go(f"/sops/{row.key}/versions/{row.id}", view.words.gettext("The draft is kept."))


def _draft_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [
        Field(
            "source",
            _("Definition (YAML)"),
            "textarea",
            required=True,
            help=_("As the language reference says."),
        )
    ]
    made = form("/sops/new", _("Check and keep as a draft"), fields, values, problems, cancel_href="/sops")
    return FormPage(_("New draft"), made, _("Procedures"))


@router.get("/sops/{key}")
async def show_sop(key: str, view: Reader) -> Response:
    """The versions of a procedure."""
    _ = view.words.gettext
    found = await sop_catalogue.versions(view.platform, key, actor=view.person)
    rows = [_version_row(view, row) for row in found]
    labels = [_("Version"), _("State"), _("Origin"), _("Author"), _("Written"), "SHA-256"]
    table = Table(
        "versions", _("Versions"), [Column(label) for label in labels], rows, Empty(_("No versions"))
    )
    title = view.words.pick({"zh": found[0].title_zh, "en": found[0].title_en})
    return view.page(ListPage(title, _("A run keeps the version with which it started."), table))


def _version_row(view: View, row: VersionRow) -> Row:
    _ = view.words.gettext
    name = _("v%(n)s", n=row.version) if row.version else _("Draft")
    origin = _("local") if row.origin == "local" else _("vendor v%(n)s", n=row.vendor_version)
    return Row(
        [
            Cell(name, href=version_href(row)),
            Cell(codes.chip(codes.VERSION_STATES, row.state, view.words), "chip"),
            Cell(origin),
            Cell(row.author),
            Cell(row.created_at, "instant"),
            Cell(row.sha256 or "", "hash"),
        ]
    )


def version_href(row: VersionRow) -> str:
    """The address of a version: by number once it has one."""
    return f"/sops/{row.key}/versions/{row.version or row.id}"


@router.get("/sops/{key}/versions/{ref}")
async def show_version(key: str, ref: str, view: Reader) -> Response:
    """The page that answers: what does this version say."""
    return view.page(await _version_page(view, key, ref))


async def _version(view: View, key: str, ref: str) -> VersionView:
    number = int(ref) if ref.isdigit() and len(ref) < 7 else identity(ref, "version")  # noqa: PLR2004
    return await sop_catalogue.get_version(view.platform, key, number, actor=view.person)


async def _version_page(view: View, key: str, ref: str, attempt: Attempt | None = None) -> SopVersionPage:
    _ = view.words.gettext
    found = await _version(view, key, ref)
    row = found.row
    definition = definition_of(found)
    posts: dict[str, str] = {}
    if view.may(Permission.MASTER_READ):
        listed = await sites.list_posts(view.platform, actor=view.person)
        posts = {p.code: view.words.pick({"zh": p.name_zh, "en": p.name_en}) for p in listed}
    name = _("v%(n)s", n=row.version) if row.version else _("Draft")
    return SopVersionPage(
        title=view.words.pick(definition.title),
        eyebrow=f"{row.key} · {name}",
        subtitle=view.words.pick(definition.summary) if definition.summary else "",
        chips=[codes.chip(codes.VERSION_STATES, row.state, view.words)],
        facts=_facts(view, found, definition),
        approvals=_approvals(view, found),
        steps=DefinitionReader(view.words, posts).sections(definition),
        yaml=found.source,
        actions=[Action(_("All versions"), f"/sops/{row.key}", "list")],
        forms=await _forms(view, row, attempt),
        opened=attempt[0] if attempt else "",
    )


def definition_of(found: VersionView) -> SopDefinition:
    """The definition as its author wrote it; the stored form keeps no order."""
    return parse(found.source).definition if found.source else SopDefinition.model_validate(found.definition)


def _facts(view: View, found: VersionView, definition: SopDefinition) -> list[Fact]:
    _ = view.words.gettext
    row = found.row
    placed = [_placed(view, one.version, one.site, one.effective_from) for one in found.in_force]
    findings = [f"{f.line}:{f.column} {f.message(view.language)}" for f in found.findings]
    return [
        Fact(_("In force"), Cell(placed, "lines")),
        Fact(_("Clauses"), Cell(list(definition.clauses), "lines")),
        Fact(_("Owner"), Cell(f"{definition.owner.department} / {definition.owner.post}")),
        Fact(_("Author"), Cell(row.author)),
        Fact(_("Written"), Cell(row.created_at, "instant")),
        Fact(_("Retention"), Cell(definition.retention)),
        Fact("SHA-256", Cell(row.sha256 or "", "hash")),
        Fact(_("Findings of the check"), Cell(findings, "lines") if findings else Cell(_("none"))),
    ]


def _approvals(view: View, found: VersionView) -> Table:
    _ = view.words.gettext
    rows = []
    for one in found.approvals:
        meaning = view.words.pick({"zh": one.meaning_zh or "", "en": one.meaning_en or ""})
        signed = f"{one.printed_name} · {meaning}" if one.printed_name else (one.comment or "")
        word = _(TRANSITIONS[one.kind]) if one.kind in TRANSITIONS else one.kind
        rows.append(Row([Cell(word), Cell(one.actor, sub=signed), Cell(one.recorded_at, "instant")]))
    labels = [_("What"), _("Who"), _("When")]
    return Table(
        "approvals",
        _("Who approved"),
        [Column(label) for label in labels],
        rows,
        Empty(_("Not reviewed yet")),
    )


async def _forms(view: View, row: VersionRow, attempt: Attempt | None) -> list[tuple[str, str, Form]]:
    """What can be done next with the version, by its state and the person's posts."""
    _ = view.words.gettext
    password = Field(
        "password", _("Your password, again"), "password", required=True, autocomplete="current-password"
    )
    comment = Field("comment", _("Comment"), "textarea", max_length=500)
    reason = Field("reason", _("Reason"), "textarea", required=True, max_length=500)
    offered: list[tuple[str, str, Permission, list[Field], str]] = []
    if row.state == "draft":
        offered.append(("submit", _("Submit for review"), Permission.SOP_DRAFT, [comment], ""))
    if row.state == "in_review":
        hint = _("Approved by a second person; the author may not approve.")
        offered.append(("approve", _("Approve and sign"), Permission.SOP_APPROVE, [comment, password], hint))
        offered.append(("reject", _("Send back to the author"), Permission.SOP_APPROVE, [reason], ""))
    if row.state in {"approved", "effective"}:
        fields = [
            Field(
                "site",
                _("Site"),
                "choice",
                options=to_options(await site_options(view)),
                help=_("None: at all sites."),
            ),
            Field("effective_from", _("In force from"), "datetime", help=_("Empty: at once.")),
            password,
        ]
        offered.append(("publish", _("Put in force and sign"), Permission.SOP_PUBLISH, fields, ""))
        offered.append(("retire", _("Retire and sign"), Permission.SOP_PUBLISH, [reason, password], ""))
    made = []
    for kind, label, permission, fields, hint in offered:
        if view.may(permission):
            entered, problems = (attempt[1], attempt[2]) if attempt and attempt[0] == kind else ({}, NONE)
            action = f"/sops/{row.key}/versions/{row.id}/{kind}"
            made.append((kind, label, form(action, label, fields, entered, problems, hint=hint)))
    return made


@router.post("/sops/{key}/versions/{ref}/{kind}")
async def control(key: str, ref: str, kind: str, view: Controller) -> Response:
    """Submits, approves, rejects, publishes or retires a version."""
    fields = await view.fields()
    password = str((await view.posted()).get("password", ""))
    try:
        await _perform(view, identity(ref, "version"), kind, fields, password)
    except Refusal as refusal:
        message = refusal.message(view.language)
        where = IN_FORM.get(refusal.code)
        problems = Problems({where: message}) if where else Problems(whole=message)
        kept = {name: value for name, value in fields.items() if name != "password"}
        return view.page(await _version_page(view, key, ref, (kind, kept, problems)), status_of(refusal))
    return view.go(f"/sops/{key}/versions/{ref}", view.words.gettext("It is done and recorded."))


async def _perform(view: View, version: Any, kind: str, fields: Mapping[str, str], password: str) -> None:
    who: dict[str, Any] = {"actor": view.person, "request_id": view.request_id}
    signature = SignatureGiven(password)
    if kind == "submit":
        await sop_catalogue.submit(view.platform, version, comment=fields.get("comment"), **who)
    elif kind == "reject":
        await sop_catalogue.reject(view.platform, version, reason=fields.get("reason", ""), **who)
    elif kind == "approve":
        comment = fields.get("comment")
        await sop_catalogue.approve(view.platform, version, signature=signature, comment=comment, **who)
    elif kind == "publish":
        site, since = fields.get("site") or None, _since(view, fields.get("effective_from", ""))
        await sop_catalogue.publish(
            view.platform, version, signature=signature, site=site, effective_from=since, **who
        )
    elif kind == "retire":
        reason = fields.get("reason", "")
        await sop_catalogue.retire(view.platform, version, signature=signature, reason=reason, **who)


def _since(view: View, text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone_of(view.zone))).astimezone(UTC)

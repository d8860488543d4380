"""UI pages: procedures - versions, who approved, since when in force; read as steps, with the YAML."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.sop_findings import DefinitionInvalid
from services import decision_tables, sop_catalogue, sop_changes
from services.permissions import Permission
from services.sop_catalogue import SopRow, VersionRow, VersionView
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Field, Form, Row, Table
from ui.contexts.records import FormPage, ListPage
from ui.contexts.runs import SopVersionPage
from ui.pages.approvals import approvals_table
from ui.pages.changeovers import to_running
from ui.pages.filling import NONE, Problems, form, problems_of
from ui.pages.listing import identity
from ui.pages.names import Names, read_names
from ui.pages.sop_changes import changes_of, news_cell
from ui.pages.sop_comments import comments_of
from ui.pages.sop_control import Attempt, control_forms, perform
from ui.pages.sop_export import to_file
from ui.pages.sop_facts import facts
from ui.pages.sop_placing import placed, shown, state_chip, version_named
from ui.pages.sop_reading import Reader as DefinitionReader
from ui.pages.sop_training import untrained_of
from ui.pages.sop_whatif import what_if_of
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
Drafter = Annotated[View, page_permission(Permission.SOP_DRAFT)]
Controller = Annotated[
    View, page_permission(Permission.SOP_APPROVE, Permission.SOP_PUBLISH, Permission.SOP_DRAFT)
]
IN_FORM = {"wrong_password": "password", "locked_out": "password", "reason_required": "reason"}


@router.get("/sops")
async def list_sops(view: Reader) -> Response:
    """All procedures, with what is in force."""
    _ = view.words.gettext
    found = await sop_catalogue.list_sops(view.platform, actor=view.person)
    names = await read_names(view, "post", "department", "site")
    columns = [
        Column(_("Procedure")),
        Column(_("In force")),
        Column(_("Owner")),
        Column(_("Versions"), numeric=True),
    ]
    empty = Empty(_("No procedures"), _("Load a definition as a draft."))
    rows = [_row(view, row, names) for row in found]
    if news := await sop_changes.vendor_news(view.platform, actor=view.person):
        columns.append(Column(_("From the vendor")))
        rows = [
            Row([*row.cells, news_cell(view, news.get(one.key))])
            for row, one in zip(rows, found, strict=True)
        ]
    table = Table("sops", _("Procedures"), columns, rows, empty)
    actions = [Action(_("Decision tables"), "/decision-tables", "list")]
    if view.may(Permission.SOP_DRAFT):
        actions = [
            *actions,
            Action(_("New procedure"), "/sops/begin", "plus", primary=True),
            Action(_("New draft from YAML"), "/sops/new", "document"),
        ]
    intro = _(
        "A procedure is a document that the software carries out. Only approved versions in force are used."
    )
    return view.page(ListPage(_("Procedures"), intro, table, actions=actions))


def _row(view: View, row: SopRow, names: Names) -> Row:
    told = [placed(view, one, names) for one in shown(row.in_force)]
    return Row(
        [
            Cell(
                view.words.pick({"zh": row.title_zh, "en": row.title_en}),
                href=f"/sops/{row.key}",
                sub=row.key,
            ),
            Cell(told, "lines")
            if told
            else Cell(Chip(view.words.gettext("not in force"), "pause", "warn"), "chip"),
            Cell(names.owner(row.owner_department, row.owner_post)),
            Cell(row.versions, "quantity"),
        ]
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
    return FormPage(_("New draft"), made, back=Action(_("Procedures"), "/sops"))


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
    intro = _("A run keeps the version with which it started.")
    return view.page(ListPage(title, intro, table, back=Action(_("Procedures"), "/sops")))


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


async def read_version(view: View, key: str, ref: str) -> VersionView:
    """A version by its number or, a draft, by its id."""
    return await sop_catalogue.get_version(view.platform, key, version_named(ref), actor=view.person)


async def _version_page(view: View, key: str, ref: str, attempt: Attempt | None = None) -> SopVersionPage:
    _ = view.words.gettext
    found = await read_version(view, key, ref)
    row = found.row
    definition = found.written
    names = await read_names(view, "post", "department", "site", "sop")
    name = _("v%(n)s", n=row.version) if row.version else _("Draft")
    return SopVersionPage(
        title=view.words.pick(definition.title),
        eyebrow=name,
        back=Action(_("Procedures"), "/sops"),
        subtitle=view.words.pick(definition.summary) if definition.summary else "",
        chips=[state_chip(view, row, found.in_force)],
        facts=facts(view, found, definition, names),
        approvals=approvals_table(view, found.approvals),
        steps=DefinitionReader(
            view.words, names.known["post"], definition, found.tables, names.known["sop"]
        ).sections(),
        yaml=found.source,
        actions=[
            *_to_designer(view, row),
            Action(_("Flowchart"), f"{version_href(row)}/flowchart", "route"),
            Action(_("Certain on every path"), f"{version_href(row)}/proofs", "check"),
            Action(_("Cases"), f"{version_href(row)}/cases", "list"),
            Action(_("What changed"), f"{version_href(row)}/changes", "pen"),
            Action(_("Drills"), f"{version_href(row)}/drills", "check"),
            *what_if_of(view, version_href(row)),
            *await to_running(view, row),
            to_file(view, version_href(row)),
            Action(_("All versions"), f"/sops/{row.key}", "list"),
        ],
        forms=[*await control_forms(view, found, definition, attempt), *_copying(view, row)],
        opened=attempt[0] if attempt else "",
        changes=await changes_of(view, row) if row.state == "in_review" else None,
        comments=await comments_of(view, row, definition),
        newer_tables=await _newer_tables(view, found),
        untrained=await untrained_of(view, row),
    )


async def _newer_tables(view: View, found: VersionView) -> list[Action]:
    """The decision tables that have a newer approved version than the one by which this version decides."""
    if found.row.state not in {"approved", "effective"}:
        return []
    _ = view.words.gettext
    newer = await decision_tables.newer_than(view.platform, found.bundle, actor=view.person)
    return [
        Action(
            _(
                "The decision table “%(table)s” has a newer version: v%(newest)s. This one uses v%(pinned)s.",
                table=view.words.pick(dict(one.title)),
                newest=one.newest,
                pinned=one.pinned,
            ),
            f"/decision-tables/{one.key}",
        )
        for one in newer
    ]


def _is_written_here(view: View, row: VersionRow) -> bool:
    return row.state == "draft" and row.origin == "local" and view.may(Permission.SOP_DRAFT)


def _to_designer(view: View, row: VersionRow) -> list[Action]:
    """A draft of one's own is changed in the designer."""
    if not _is_written_here(view, row):
        return []
    return [
        Action(view.words.gettext("Open in the designer"), f"{version_href(row)}/design", "pen", primary=True)
    ]


def _copying(view: View, row: VersionRow) -> list[tuple[str, str, Form]]:
    """Anything else stays as it is: a new draft begins as a copy of it."""
    _ = view.words.gettext
    if _is_written_here(view, row) or not view.may(Permission.SOP_DRAFT):
        return []
    made = form(f"{version_href(row)}/design", _("Begin the draft"), [], {}, NONE)
    return [("copy", _("Change it in a new draft"), made)]


@router.post("/sops/{key}/versions/{ref}/{kind}")
async def control(key: str, ref: str, kind: str, view: Controller) -> Response:
    """Submits, approves, rejects, publishes or retires a version."""
    fields = await view.fields()
    password = str((await view.posted()).get("password", ""))
    try:
        await perform(view, identity(ref, "规程版本 / version"), kind, fields, password)
    except Refusal as refusal:
        where = IN_FORM.get(refusal.code)
        told = problems_of(view, refusal)
        problems = Problems({where: refusal.message(view.language)}) if where else told
        kept = {name: value for name, value in fields.items() if name != "password"}
        return view.page(await _version_page(view, key, ref, (kind, kept, problems)), status_of(refusal))
    return view.go(f"/sops/{key}/versions/{ref}", view.words.gettext("It is done and recorded."))

"""UI pages: partners with their licences - found, read, created, changed with a reason."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.master_data import PartyChanges, PartyIn
from services import parties
from services.permissions import Permission
from services.read_models import PartyRow
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import (
    Action,
    Cell,
    Chip,
    Column,
    Empty,
    Fact,
    Field,
    Filter,
    Form,
    Row,
    Section,
    Table,
)
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.filling import NONE, Problems, form, given, number, several, tried
from ui.pages.licence_parts import Attempt, licence_form, licence_table, today
from ui.pages.listing import PAGE, after, asked, choice, next_href, search, to_options
from ui.pages.reasons import reason_field
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.MASTER_READ)]
Writer = Annotated[View, page_permission(Permission.MASTER_WRITE)]


@router.get("/admin/parties")
async def list_parties(view: Reader) -> Response:
    """Partners by code."""
    _ = view.words.gettext
    page = await parties.list_parties(
        view.platform,
        actor=view.person,
        text=asked(view, "text"),
        role=asked(view, "role"),
        after=after(view),
        limit=PAGE,
    )
    filter_ = Filter(
        "/admin/parties",
        "parties",
        [
            search(view, _("Name or code")),
            choice(view, "role", _("Role"), codes.choices(codes.PARTY_ROLES, view.words)),
        ],
    )
    labels = [_("Partner"), _("Roles"), _("Licences"), _("State")]
    table = Table(
        "parties",
        _("Partners"),
        [Column(label) for label in labels],
        [_row(view, row) for row in page.items],
        Empty(_("Nothing matches"), _("Widen the filter.")),
        next_href(view, page),
    )
    actions = (
        [Action(_("New partner"), "/admin/parties/new", "plus")] if view.may(Permission.MASTER_WRITE) else []
    )
    intro = _("No order and no receipt outside a partner's licences.")
    return view.page(
        ListPage(_("Partners"), intro, table, filter_, actions, back=Action(_("Administration"), "/admin"))
    )


def _row(view: View, row: PartyRow) -> Row:
    _ = view.words.gettext
    over = [one for one in row.licences if one.withdrawn or one.valid_until < today(view)]
    licences = Cell(f"{len(row.licences) - len(over)} / {len(row.licences)}")
    if over:
        licences = Cell(
            Chip(_("licence over"), "alert", "bad"),
            "chip",
            sub=f"{len(row.licences) - len(over)} / {len(row.licences)}",
        )
    roles = [codes.word(codes.PARTY_ROLES, role, view.words) for role in row.roles]
    state = Chip(_("In use"), "check", "good") if row.active else Chip(_("Not in use"), "x")
    return Row(
        [
            Cell(row.name, href=f"/admin/parties/{row.code}", sub=row.code),
            Cell(roles, "lines"),
            licences,
            Cell(state, "chip"),
        ]
    )


@router.get("/admin/parties/new")
async def new_party(view: Writer) -> Response:
    """An empty form."""
    return view.page(_new_page(view, {}))


@router.post("/admin/parties/new")
async def create_party(view: Writer) -> Response:
    """Creates a partner; licences are added on its page."""
    fields: dict[str, Any] = {**await view.fields(), "roles": await several(view, "roles")}
    made = await tried(view, _create(view, fields))
    if isinstance(made, Problems):
        return view.page(_new_page(view, fields, made), made.status)
    return view.go(
        f"/admin/parties/{made.code}", view.words.gettext("The partner is created: add the licences.")
    )


async def _create(view: View, fields: Mapping[str, Any]) -> PartyRow:
    body = PartyIn.model_validate({name: fields.get(name) for name in ("code", "name", "roles")})
    return await parties.create(view.platform, body, actor=view.person, request_id=view.request_id)


def _roles(view: View) -> Field:
    return Field(
        "roles",
        view.words.gettext("Roles"),
        "checks",
        [],
        required=True,
        options=to_options(codes.choices(codes.PARTY_ROLES, view.words)),
    )


def _new_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [
        Field("code", _("Code"), required=True, autofocus=True),
        Field("name", _("Name"), required=True),
        _roles(view),
    ]
    return FormPage(
        _("New partner"),
        form("/admin/parties/new", _("Create"), fields, values, problems, cancel_href="/admin/parties"),
        back=Action(_("Partners"), "/admin/parties"),
    )


@router.get("/admin/parties/{code}")
async def show_party(code: str, view: Reader) -> Response:
    """A partner with its licences."""
    return view.page(await _record(view, code))


@router.post("/admin/parties/{code}")
async def change_party(code: str, view: Writer) -> Response:
    """Changes a partner, with a reason."""
    fields: dict[str, Any] = {**await view.fields(), "roles": await several(view, "roles")}
    made = await tried(view, _change(view, code, fields))
    if isinstance(made, Problems):
        return view.page(await _record(view, code, changed=(fields, made)), made.status)
    return view.go(f"/admin/parties/{made.code}", view.words.gettext("The change is recorded."))


async def _change(view: View, code: str, fields: Mapping[str, Any]) -> PartyRow:
    row = await parties.get(view.platform, code, actor=view.person)
    raw: dict[str, Any] = {}
    if fields.get("name") != row.name:
        raw["name"] = fields.get("name", "")
    if set(fields["roles"]) - set(row.roles):
        raw["roles"] = sorted({*fields["roles"], *row.roles})
    asked_days = number(fields.get("min_remaining_days") or "0")
    if asked_days != (row.min_remaining_days or 0):
        raw["min_remaining_days"] = asked_days
    if (fields.get("active") == "true") != row.active:
        raw["active"] = fields.get("active") == "true"
    changes = PartyChanges.model_validate(raw)
    return await parties.change(
        view.platform,
        code,
        changes,
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )


@router.post("/admin/parties/{code}/licences")
async def put_licence(code: str, view: Writer) -> Response:
    """Adds a licence, or replaces the one of the same kind and number."""
    fields: dict[str, Any] = {**await view.fields(), "scope": await several(view, "scope")}
    made = await tried(view, _licence(view, code, fields))
    if isinstance(made, Problems):
        plain = {path.removeprefix("licences[0]."): said for path, said in made.by_field.items()}
        return view.page(
            await _record(view, code, licence=(fields, Problems(plain, made.whole))), made.status
        )
    return view.go(f"/admin/parties/{made.code}", view.words.gettext("The licence is recorded."))


async def _licence(view: View, code: str, fields: Mapping[str, Any]) -> PartyRow:
    names = ("kind", "number", "scope", "valid_from", "valid_until")
    raw = {
        **given({name: fields.get(name) for name in names}),
        "withdrawn": fields.get("withdrawn") == "true",
    }
    changes = PartyChanges.model_validate({"licences": [raw]})
    return await parties.change(
        view.platform,
        code,
        changes,
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )


async def _record(
    view: View, code: str, changed: Attempt | None = None, licence: Attempt | None = None
) -> RecordPage:
    _ = view.words.gettext
    row = await parties.get(view.platform, code, actor=view.person)
    sections = [Section(_("Licences"), table=licence_table(view, row))]
    if row.min_remaining_days:
        asked_for = Cell(row.min_remaining_days, "quantity", unit=_("days"))
        sections.insert(0, Section(_("Record"), facts=[Fact(_("Least days left"), asked_for)]))
    if view.may(Permission.MASTER_WRITE):
        sections.append(
            Section(
                _("Add or replace a licence"), form=licence_form(view, row, licence), folded=licence is None
            )
        )
        sections.append(Section(_("Change"), form=_change_form(view, row, changed), folded=changed is None))
    roles = [Chip(codes.word(codes.PARTY_ROLES, role, view.words)) for role in row.roles]
    state = Chip(_("In use"), "check", "good") if row.active else Chip(_("Not in use"), "x")
    back = Action(_("Partners"), "/admin/parties")
    actions = (
        [Action(_("Trace"), f"/trace?party={row.id}", "search")] if view.may(Permission.STOCK_READ) else []
    )
    return RecordPage(row.name, row.code, sections, chips=[state, *roles], actions=actions, back=back)


def _change_form(view: View, row: PartyRow, attempt: Attempt | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    days = "" if row.min_remaining_days is None else str(row.min_remaining_days)
    now = {
        "name": row.name,
        "min_remaining_days": days,
        "roles": list(row.roles),
        "active": str(row.active).lower(),
    }
    yes_no = to_options([("true", _("Yes")), ("false", _("No"))])
    fields = [
        Field("name", _("Name"), required=True),
        Field("active", _("In use"), "boolean", required=True, options=yes_no),
        _roles(view),
        Field(
            "min_remaining_days",
            _("Least days left"),
            "integer",
            help=_("The shelf life that this customer asks for on everything; empty: none."),
        ),
        reason_field(view),
    ]
    return form(f"/admin/parties/{row.code}", _("Record the change"), fields, {**now, **values}, problems)

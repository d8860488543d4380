"""UI pages: sites with their zones and locations, departments and posts - each change with a reason."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.master_data import SiteChanges, SiteIn
from services import sites
from services.permissions import Permission
from services.sites import SiteView
from ui import goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Fact, Field, Form, Row, Section, Table
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.filling import NONE, Problems, form, given, tried
from ui.pages.listing import PAGE, after, next_href, to_options
from ui.pages.reasons import reason_field
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.MASTER_READ)]
Writer = Annotated[View, page_permission(Permission.ADMIN_SITES)]
Attempt = tuple[Mapping[str, Any], Problems]


@router.get("/admin/sites")
async def list_sites(view: Reader) -> Response:
    """Sites by code."""
    _ = view.words.gettext
    page = await sites.list_sites(view.platform, actor=view.person, after=after(view), limit=PAGE)
    labels = [Column(_("Site")), Column(_("Legal entity")), Column(_("Region")), Column(_("Time zone"))]
    labels += [Column(_("Zones"), numeric=True), Column(_("Locations"), numeric=True)]
    rows = [
        Row(
            [
                Cell(
                    view.words.pick({"zh": s.name_zh, "en": s.name_en}),
                    href=f"/admin/sites/{s.code}",
                    sub=s.code,
                ),
                Cell(s.legal_entity),
                Cell(s.region),
                Cell(s.time_zone),
                Cell(s.zone_count, "quantity"),
                Cell(s.location_count, "quantity"),
            ]
        )
        for s in page.items
    ]
    table = Table("sites", _("Sites"), labels, rows, Empty(_("No sites")), next_href(view, page))
    actions = [Action(_("New site"), "/admin/sites/new", "plus")] if view.may(Permission.ADMIN_SITES) else []
    return view.page(
        ListPage(
            _("Sites"),
            _("Each site decides by its own clock which day it is."),
            table,
            actions=actions,
            back=Action(_("Administration"), "/admin"),
        )
    )


@router.get("/admin/sites/new")
async def new_site(view: Writer) -> Response:
    """An empty form."""
    return view.page(await _new_page(view, {}))


@router.post("/admin/sites/new")
async def create_site(view: Writer) -> Response:
    """Creates a site; zones and locations are added on its page."""
    fields = await view.fields()
    made = await tried(view, _create(view, fields))
    if isinstance(made, Problems):
        return view.page(await _new_page(view, fields, made), made.status)
    return view.go(
        f"/admin/sites/{made.site.code}", view.words.gettext("The site is created: add its zones.")
    )


async def _create(view: View, fields: Mapping[str, str]) -> SiteView:
    raw: dict[str, Any] = given(
        {n: fields.get(n, "") for n in ("code", "legal_entity", "region", "time_zone")}
    )
    raw["name"] = {"zh": fields.get("name_zh", ""), "en": fields.get("name_en", "")}
    body = SiteIn.model_validate(raw)
    return await sites.create(view.platform, body, actor=view.person, request_id=view.request_id)


async def _new_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    entities = await sites.list_legal_entities(view.platform, actor=view.person)
    options = [(e.code, view.words.pick({"zh": e.name_zh, "en": e.name_en})) for e in entities]
    fields = [
        Field("code", _("Code"), required=True, autofocus=True),
        Field("name_zh", _("Name in Chinese"), required=True),
        Field("name_en", _("Name in English")),
        Field("legal_entity", _("Legal entity"), "choice", required=True, options=to_options(options)),
        Field("region", _("Region"), required=True),
        Field("time_zone", _("Time zone"), value="Asia/Shanghai", required=True),
    ]
    shown = form("/admin/sites/new", _("Create"), fields, values, problems, cancel_href="/admin/sites")
    return FormPage(_("New site"), shown, back=Action(_("Sites"), "/admin/sites"))


@router.get("/admin/sites/{code}")
async def show_site(code: str, view: Reader) -> Response:
    """A site with its zones and locations."""
    return view.page(await _record(view, code))


@router.post("/admin/sites/{code}/zones")
async def put_zone(code: str, view: Writer) -> Response:
    """Adds a zone, or locations to one that is there."""
    fields = await view.fields()
    made = await tried(view, _put_zone(view, code, fields))
    if isinstance(made, Problems):
        plain = {path.removeprefix("zones[0]."): said for path, said in made.by_field.items()}
        return view.page(await _record(view, code, (fields, Problems(plain, made.whole))), made.status)
    return view.go(f"/admin/sites/{code}", view.words.gettext("The change is recorded."))


async def _put_zone(view: View, code: str, fields: Mapping[str, str]) -> SiteView:
    zone: dict[str, Any] = given({n: fields.get(n, "") for n in ("code", "kind", "storage_class")})
    zone["name"] = {"zh": fields.get("name_zh", ""), "en": fields.get("name_en", "")}
    zone["locations"] = fields.get("locations", "").split()
    zone["special_control"] = fields.get("special_control") == "true"
    return await sites.change(
        view.platform,
        code,
        SiteChanges.model_validate({"zones": [zone]}),
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )


@router.post("/admin/sites/{code}/locations")
async def set_location(code: str, view: Writer) -> Response:
    """Takes a location out of use or back into use."""
    fields = await view.fields()
    await sites.set_location_active(
        view.platform,
        code,
        fields.get("location", ""),
        active=fields.get("active") == "true",
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )
    return view.go(f"/admin/sites/{code}", view.words.gettext("The change is recorded."))


async def _record(view: View, code: str, attempt: Attempt | None = None) -> RecordPage:
    _ = view.words.gettext
    found = await sites.get(view.platform, code, actor=view.person)
    site = found.site
    facts = [
        Fact(_("Code"), Cell(site.code, "code")),
        Fact(_("Legal entity"), Cell(site.legal_entity)),
        Fact(_("Region"), Cell(site.region)),
        Fact(_("Time zone"), Cell(site.time_zone)),
    ]
    sections = [
        Section(_("Record"), facts=facts),
        Section(_("Zones and locations"), table=_zones(view, found)),
    ]
    if view.may(Permission.ADMIN_SITES):
        sections.append(
            Section(
                _("Add a zone or locations"), form=_zone_form(view, code, attempt), folded=attempt is None
            )
        )
        sections.append(
            Section(_("A location in or out of use"), form=_location_form(view, found), folded=True)
        )
    state = Chip(_("In use"), "check", "good") if site.active else Chip(_("Not in use"), "x")
    name = view.words.pick({"zh": site.name_zh, "en": site.name_en})
    actions = [Action(_("Stock"), f"/stock?site={site.code}", "box")]
    return RecordPage(
        name, site.code, sections, chips=[state], actions=actions, back=Action(_("Sites"), "/admin/sites")
    )


def _zones(view: View, found: SiteView) -> Table:
    _ = view.words.gettext
    rows = []
    for zone in found.zones:
        shown = [f"{p.code}{'' if p.active else ' ✕'}" for p in zone.locations]
        cells = [
            Cell(view.words.pick({"zh": zone.name_zh, "en": zone.name_en}), sub=zone.code),
            Cell(codes.chip(goods_words.ZONE_KINDS, zone.kind, view.words), "chip"),
            Cell(codes.chip(goods_words.STORAGE_CLASSES, zone.storage_class, view.words), "chip"),
            Cell(_("Yes") if zone.special_control else _("No")),
            Cell(", ".join(shown)),
        ]
        rows.append(Row(cells))
    labels = [_("Zone"), _("Kind"), _("Storage"), _("Special control"), _("Locations")]
    return Table(
        "zones", _("Zones and locations"), [Column(label) for label in labels], rows, Empty(_("No zones"))
    )


def _zone_form(view: View, code: str, attempt: Attempt | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    kinds = to_options(codes.choices(goods_words.ZONE_KINDS, view.words))
    classes = to_options(codes.choices(goods_words.STORAGE_CLASSES, view.words))
    fields = [
        Field("code", _("Code"), required=True),
        Field("name_zh", _("Name in Chinese"), required=True),
        Field("name_en", _("Name in English")),
        Field("kind", _("Kind"), "choice", required=True, options=kinds),
        Field("storage_class", _("Storage"), "choice", required=True, options=classes),
        Field(
            "special_control",
            _("Special control"),
            "boolean",
            "false",
            required=True,
            options=to_options([("true", _("Yes")), ("false", _("No"))]),
        ),
        Field("locations", _("Locations"), "textarea", help=_("Codes, separated by blanks or lines.")),
        reason_field(view),
    ]
    return form(f"/admin/sites/{code}/zones", _("Record the change"), fields, values, problems)


def _location_form(view: View, found: SiteView) -> Form:
    _ = view.words.gettext
    places = [(p.code, p.code) for zone in found.zones for p in zone.locations]
    fields = [
        Field("location", _("Location"), "choice", required=True, options=to_options(places)),
        Field(
            "active",
            _("In use"),
            "boolean",
            required=True,
            options=to_options([("true", _("Yes")), ("false", _("No"))]),
        ),
        reason_field(view),
    ]
    return form(f"/admin/sites/{found.site.code}/locations", _("Record the change"), fields)

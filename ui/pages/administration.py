"""UI pages: administration - where master data is, and posts and departments, which are short lists."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from domain.master_data import NamedIn, PostIn
from services import sites
from services.permissions import Permission
from services.read_models import PostRow
from ui.answers import PageRoute
from ui.audit_words import permission_words
from ui.contexts.parts import Action, Cell, Column, Empty, Fact, Field, Form, Option, Row, Section, Table
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.filling import NONE, Problems, form, several, tried
from ui.pages.reasons import reason_field
from ui.session import page_permission
from ui.translation import mark
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.MASTER_READ)]
PeopleWriter = Annotated[View, page_permission(Permission.ADMIN_PEOPLE)]
SitesWriter = Annotated[View, page_permission(Permission.ADMIN_SITES)]
ROOMS = (
    (
        "/admin/persons",
        mark("People"),
        mark("Who may log in, which posts they hold, what they are trained on."),
        None,
    ),
    (
        "/admin/keys",
        mark("Keys of machines"),
        mark("Which other systems may call, and what; revoked here."),
        Permission.ADMIN_PEOPLE,
    ),
    ("/admin/posts", mark("Posts"), mark("What each post is allowed to do."), None),
    (
        "/admin/departments",
        mark("Departments"),
        mark("Where posts belong; procedures address a post in a department."),
        None,
    ),
    ("/admin/sites", mark("Sites"), mark("Warehouses with their zones, locations and time zone."), None),
    (
        "/admin/schedules",
        mark("Schedules"),
        mark("Which procedures start by themselves, when, and what came of it."),
        Permission.ADMIN_SCHEDULES,
    ),
    (
        "/admin/parties",
        mark("Partners"),
        mark("Suppliers, customers, manufacturers, carriers and their licences."),
        None,
    ),
    (
        "/admin/materials",
        mark("Materials"),
        mark("One code per material, with units, GTINs and storage class."),
        None,
    ),
)
"""Where it is, what it is called, what is there, and what one needs (or may read the audit log) to enter."""


@router.get("/admin")
async def rooms(view: Reader) -> Response:
    """What can be administered."""
    _ = view.words.gettext
    rows = [
        Row([Cell(_(name), href=href, sub=_(words))])
        for href, name, words, needed in ROOMS
        if needed is None or view.may(needed) or view.may(Permission.AUDIT_READ)
    ]
    table = Table("rooms", _("Administration"), [Column(_("List"))], rows, Empty(""))
    return view.page(
        ListPage(_("Administration"), _("Master data under control: every change has a reason."), table)
    )


@router.get("/admin/departments")
async def list_departments(view: Reader) -> Response:
    """All departments."""
    _ = view.words.gettext
    found = await sites.list_departments(view.platform, actor=view.person)
    rows = [
        Row([Cell(view.words.pick({"zh": d.name_zh, "en": d.name_en})), Cell(d.code, "code")]) for d in found
    ]
    table = Table(
        "departments",
        _("Departments"),
        [Column(_("Department")), Column(_("Code"))],
        rows,
        Empty(_("No departments")),
    )
    actions = (
        [Action(_("New department"), "/admin/departments/new", "plus")]
        if view.may(Permission.ADMIN_SITES)
        else []
    )
    return view.page(
        ListPage(_("Departments"), "", table, actions=actions, back=Action(_("Administration"), "/admin"))
    )


@router.get("/admin/departments/new")
async def new_department(view: SitesWriter) -> Response:
    """An empty form."""
    return view.page(_named_page(view, "/admin/departments", view.words.gettext("New department"), {}))


@router.post("/admin/departments/new")
async def create_department(view: SitesWriter) -> Response:
    """Creates a department."""
    fields = await view.fields()
    made = await tried(view, _create_department(view, fields))
    if isinstance(made, Problems):
        title = view.words.gettext("New department")
        return view.page(_named_page(view, "/admin/departments", title, fields, made), made.status)
    return view.go("/admin/departments", view.words.gettext("The department is created."))


def _names(fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": fields.get("code", ""),
        "name": {"zh": fields.get("name_zh", ""), "en": fields.get("name_en", "")},
    }


async def _create_department(view: View, fields: Mapping[str, str]) -> UUID:
    body = NamedIn.model_validate(_names(fields))
    return await sites.create_department(view.platform, body, actor=view.person, request_id=view.request_id)


def _named_fields(view: View) -> list[Field]:
    _ = view.words.gettext
    return [
        Field("code", _("Code"), required=True, autofocus=True),
        Field("name_zh", _("Name in Chinese"), required=True),
        Field("name_en", _("Name in English")),
    ]


def _named_page(
    view: View, place: str, title: str, values: Mapping[str, Any], problems: Problems = NONE
) -> FormPage:
    _ = view.words.gettext
    shown = form(f"{place}/new", _("Create"), _named_fields(view), values, problems, cancel_href=place)
    return FormPage(title, shown, back=Action(_("Departments"), "/admin/departments"))


@router.get("/admin/posts")
async def list_posts(view: Reader) -> Response:
    """All posts with how many hold them."""
    _ = view.words.gettext
    found = await sites.list_posts(view.platform, actor=view.person)
    rows = [
        Row(
            [
                Cell(
                    view.words.pick({"zh": p.name_zh, "en": p.name_en}),
                    href=f"/admin/posts/{p.code}",
                    sub=p.code,
                ),
                Cell(
                    view.words.gettext(", ").join(permission_words(one, view.words) for one in p.permissions)
                ),
                Cell(p.holders, "quantity"),
            ]
        )
        for p in found
    ]
    columns = [Column(_("Post")), Column(_("Permissions")), Column(_("Holders"), numeric=True)]
    table = Table("posts", _("Posts"), columns, rows, Empty(_("No posts")))
    actions = [Action(_("New post"), "/admin/posts/new", "plus")] if view.may(Permission.ADMIN_PEOPLE) else []
    return view.page(
        ListPage(
            _("Posts"),
            _("A permission is never given to a person, only to a post."),
            table,
            actions=actions,
            back=Action(_("Administration"), "/admin"),
        )
    )


def _permissions(view: View) -> Field:
    options = [Option(p.value, permission_words(p.value, view.words)) for p in Permission]
    return Field("permissions", view.words.gettext("Permissions"), "checks", [], options=options)


@router.get("/admin/posts/new")
async def new_post(view: PeopleWriter) -> Response:
    """An empty form."""
    return view.page(_post_page(view, {}))


@router.post("/admin/posts/new")
async def create_post(view: PeopleWriter) -> Response:
    """Creates a post."""
    fields: dict[str, Any] = {**await view.fields(), "permissions": await several(view, "permissions")}
    made = await tried(view, _create_post(view, fields))
    if isinstance(made, Problems):
        return view.page(_post_page(view, fields, made), made.status)
    return view.go("/admin/posts", view.words.gettext("The post is created."))


async def _create_post(view: View, fields: Mapping[str, Any]) -> UUID:
    body = PostIn.model_validate({**_names(fields), "permissions": fields["permissions"]})
    return await sites.create_post(view.platform, body, actor=view.person, request_id=view.request_id)


def _post_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [*_named_fields(view), _permissions(view)]
    shown = form("/admin/posts/new", _("Create"), fields, values, problems, cancel_href="/admin/posts")
    return FormPage(_("New post"), shown, back=Action(_("Posts"), "/admin/posts"))


@router.get("/admin/posts/{code}")
async def show_post(code: str, view: Reader) -> Response:
    """A post and what it is allowed to do."""
    return view.page(await _post_record(view, code))


@router.post("/admin/posts/{code}")
async def change_post(code: str, view: PeopleWriter) -> Response:
    """Gives a post other permissions."""
    fields: dict[str, Any] = {**await view.fields(), "permissions": await several(view, "permissions")}
    made = await tried(view, _change_post(view, code, fields))
    if isinstance(made, Problems):
        return view.page(await _post_record(view, code, (fields, made)), made.status)
    return view.go(f"/admin/posts/{code}", view.words.gettext("The change is recorded."))


async def _change_post(view: View, code: str, fields: Mapping[str, Any]) -> None:
    await sites.change_post(
        view.platform,
        code,
        fields["permissions"],
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )


async def _post_record(
    view: View, code: str, attempt: tuple[Mapping[str, Any], Problems] | None = None
) -> RecordPage:
    _ = view.words.gettext
    rows = await sites.list_posts(view.platform, actor=view.person)
    row = next((post for post in rows if post.code == code), None)
    if row is None:
        raise NotFound(what=code)
    facts = [
        Fact(_("Holders"), Cell(row.holders, "quantity", f"/admin/persons?post={row.code}")),
        Fact(_("Permissions"), Cell([permission_words(one, view.words) for one in row.permissions], "lines")),
    ]
    sections = [Section(_("Record"), facts=facts)]
    if view.may(Permission.ADMIN_PEOPLE):
        sections.append(Section(_("Change"), form=_post_form(view, row, attempt), folded=attempt is None))
    name = view.words.pick({"zh": row.name_zh, "en": row.name_en})
    return RecordPage(name, row.code, sections, back=Action(_("Posts"), "/admin/posts"))


def _post_form(view: View, row: PostRow, attempt: tuple[Mapping[str, Any], Problems] | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({"permissions": list(row.permissions)}, NONE)
    fields = [_permissions(view), reason_field(view)]
    hint = _("Everybody who holds the post is affected at once.")
    return form(f"/admin/posts/{row.code}", _("Record the change"), fields, values, problems, hint=hint)

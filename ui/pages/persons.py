"""UI pages: people, the posts they hold and what they are trained on - each change with a reason."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.master_data import PersonChanges, PersonIn, TrainingIn
from services import persons, sites
from services.permissions import Permission
from services.read_models import PersonRow
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
    Option,
    Row,
    Section,
    Table,
)
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.filling import NONE, Problems, form, given, number, several, tried
from ui.pages.listing import PAGE, after, asked, choice, next_href, search, site_options, to_options
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.MASTER_READ)]
Writer = Annotated[View, page_permission(Permission.ADMIN_PEOPLE)]
Attempt = tuple[Mapping[str, Any], Problems]


@router.get("/admin/persons")
async def list_persons(view: Reader) -> Response:
    """People by user name, with posts."""
    _ = view.words.gettext
    page = await persons.list_persons(
        view.platform,
        actor=view.person,
        text=asked(view, "text"),
        post=asked(view, "post"),
        site=asked(view, "site"),
        after=after(view),
        limit=PAGE,
    )
    filter_ = Filter(
        "/admin/persons",
        "persons",
        [
            search(view, _("Name")),
            choice(view, "post", _("Post"), await _posts(view)),
            choice(view, "site", _("Site"), await site_options(view)),
        ],
    )
    labels = [_("Person"), _("Posts"), _("Trained on"), _("State")]
    table = Table(
        "persons",
        _("People"),
        [Column(label) for label in labels],
        [_row(view, row) for row in page.items],
        Empty(_("Nothing matches"), _("Widen the filter.")),
        next_href(view, page),
    )
    actions = (
        [Action(_("New person"), "/admin/persons/new", "plus")] if view.may(Permission.ADMIN_PEOPLE) else []
    )
    return view.page(
        ListPage(_("People"), _("Who holds which post, where, and trained on what."), table, filter_, actions)
    )


async def _posts(view: View) -> list[tuple[str, str]]:
    rows = await sites.list_posts(view.platform, actor=view.person)
    return [(row.code, view.words.pick({"zh": row.name_zh, "en": row.name_en})) for row in rows]


async def _departments(view: View) -> list[tuple[str, str]]:
    rows = await sites.list_departments(view.platform, actor=view.person)
    return [(row.code, view.words.pick({"zh": row.name_zh, "en": row.name_en})) for row in rows]


def _held(view: View, row: PersonRow) -> list[tuple[str, str]]:
    """The posts held now: a value that a form can send back, and words."""
    _ = view.words.gettext
    held = []
    for post in row.posts:
        name = view.words.pick({"zh": post.post_name_zh, "en": post.post_name_en})
        place = " · ".join(filter(None, (post.site or _("all sites"), post.department)))
        held.append((f"{post.post}|{post.site or ''}|{post.department or ''}", f"{name} – {place}"))
    return held


def _state(view: View, row: PersonRow) -> Chip:
    if row.active:
        return Chip(view.words.gettext("In use"), "check", "good")
    return Chip(view.words.gettext("Not in use"), "x")


def _row(view: View, row: PersonRow) -> Row:
    trained = [f"{one.sop} {one.version}" for one in row.trained]
    return Row(
        [
            Cell(row.name, href=f"/admin/persons/{row.username}", sub=row.username),
            Cell([words for _value, words in _held(view, row)], "lines"),
            Cell(trained, "lines"),
            Cell(_state(view, row), "chip"),
        ]
    )


@router.get("/admin/persons/new")
async def new_person(view: Writer) -> Response:
    """An empty form."""
    return view.page(await _new_page(view, {}))


@router.post("/admin/persons/new")
async def create_person(view: Writer) -> Response:
    """Creates a person with a first post and a first password."""
    fields = await view.fields()
    made = await tried(view, _create(view, fields))
    if isinstance(made, Problems):
        kept = {name: value for name, value in fields.items() if name != "password"}
        return view.page(await _new_page(view, kept, made), made.status)
    return view.go(f"/admin/persons/{made.username}", view.words.gettext("The person is created."))


def _post_of(fields: Mapping[str, str]) -> list[dict[str, str]]:
    if not fields.get("post"):
        return []
    return [
        given({"post": fields["post"], "site": fields.get("site"), "department": fields.get("department")})
    ]


async def _create(view: View, fields: Mapping[str, str]) -> PersonRow:
    raw = given({name: fields.get(name, "") for name in ("username", "name", "password", "language")})
    body = PersonIn.model_validate({**raw, "posts": _post_of(fields)})
    return await persons.create(view.platform, body, actor=view.person, request_id=view.request_id)


async def _post_fields(view: View) -> list[Field]:
    _ = view.words.gettext
    return [
        Field("post", _("Post"), "choice", options=to_options(await _posts(view))),
        Field(
            "site",
            _("Site"),
            "choice",
            options=to_options(await site_options(view)),
            help=_("None: at all sites."),
        ),
        Field("department", _("Department"), "choice", options=to_options(await _departments(view))),
    ]


def _languages() -> list[Option]:
    return [Option("zh", "中文"), Option("en", "English")]


async def _new_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [
        Field("username", _("User name"), required=True, autofocus=True),
        Field("name", _("Name"), required=True),
        Field("password", _("First password"), "password", required=True, autocomplete="new-password"),
        Field("language", _("Language"), "choice", "zh", required=True, options=_languages()),
        *await _post_fields(view),
    ]
    shown = form("/admin/persons/new", _("Create"), fields, values, problems, cancel_href="/admin/persons")
    return FormPage(_("New person"), shown, _("Administration"))


@router.get("/admin/persons/{username}")
async def show_person(username: str, view: Reader) -> Response:
    """A person with posts and training."""
    return view.page(await _record(view, username))


@router.post("/admin/persons/{username}")
async def change_person(username: str, view: Writer) -> Response:
    """Changes a person, with a reason; posts that are not kept end now."""
    fields: dict[str, Any] = {**await view.fields(), "posts": await several(view, "posts")}
    made = await tried(view, _change(view, username, fields))
    if isinstance(made, Problems):
        kept = {name: value for name, value in fields.items() if name != "password"}
        return view.page(await _record(view, username, changed=(kept, made)), made.status)
    return view.go(f"/admin/persons/{made.username}", view.words.gettext("The change is recorded."))


async def _change(view: View, username: str, fields: Mapping[str, Any]) -> PersonRow:
    row = await persons.get(view.platform, username, actor=view.person)
    raw: dict[str, Any] = {
        n: fields[n] for n in ("name", "language") if fields.get(n) not in {None, getattr(row, n)}
    }
    if (fields.get("active") == "true") != row.active:
        raw["active"] = fields.get("active") == "true"
    if fields.get("password"):
        raw["password"] = fields["password"]
    held = [value for value, _words in _held(view, row)]
    if set(fields["posts"]) != set(held) or fields.get("post"):
        raw["posts"] = [_assignment(value) for value in fields["posts"]] + _post_of(fields)
    changes = PersonChanges.model_validate(raw)
    return await persons.change(
        view.platform,
        username,
        changes,
        reason=fields.get("reason", ""),
        actor=view.person,
        request_id=view.request_id,
    )


def _assignment(value: str) -> dict[str, str]:
    post, site, department = [*value.split("|"), "", ""][:3]
    return given({"post": post, "site": site, "department": department})


@router.post("/admin/persons/{username}/training")
async def record_training(username: str, view: Writer) -> Response:
    """Records that the person was trained on a version of a procedure."""
    fields = await view.fields()
    made = await tried(view, _train(view, username, fields))
    if isinstance(made, Problems):
        return view.page(await _record(view, username, training=(fields, made)), made.status)
    return view.go(f"/admin/persons/{made.username}", view.words.gettext("The training is recorded."))


async def _train(view: View, username: str, fields: Mapping[str, str]) -> PersonRow:
    raw = given({"sop": fields.get("sop"), "trained_on": fields.get("trained_on")})
    training = TrainingIn.model_validate({**raw, "version": number(fields.get("version", ""))})
    return await persons.record_training(
        view.platform, username, training, actor=view.person, request_id=view.request_id
    )


async def _record(
    view: View, username: str, changed: Attempt | None = None, training: Attempt | None = None
) -> RecordPage:
    _ = view.words.gettext
    row = await persons.get(view.platform, username, actor=view.person)
    sections = [
        Section(_("Record"), facts=_facts(view, row)),
        Section(_("Trained on"), table=_training(view, row)),
    ]
    if view.may(Permission.ADMIN_PEOPLE):
        change = await _change_form(view, row, changed)
        train = _training_form(view, row, training)
        sections.append(Section(_("Record a training"), form=train, folded=training is None))
        sections.append(Section(_("Change"), form=change, folded=changed is None))
    back = Action(_("People"), "/admin/persons")
    return RecordPage(row.name, row.username, sections, chips=[_state(view, row)], back=back)


def _facts(view: View, row: PersonRow) -> list[Fact]:
    _ = view.words.gettext
    kind = _("Person") if row.kind == "person" else _("Machine")
    password = _("set") if row.has_password else _("none: cannot log in")
    return [
        Fact(_("User name"), Cell(row.username, "code")),
        Fact(_("Kind"), Cell(kind)),
        Fact(_("Posts"), Cell([words for _value, words in _held(view, row)], "lines")),
        Fact(_("Language"), Cell("English" if row.language == "en" else "中文")),
        Fact(_("Password"), Cell(password)),
    ]


def _training(view: View, row: PersonRow) -> Table:
    _ = view.words.gettext
    rows = [
        Row([Cell(t.sop, href=f"/sops/{t.sop}"), Cell(t.version), Cell(t.trained_on, "date")])
        for t in row.trained
    ]
    labels = [_("Procedure"), _("Version"), _("On")]
    empty = Empty(_("No training"), _("Without training on the version in force nobody gets its tasks."))
    return Table("training", _("Trained on"), [Column(label) for label in labels], rows, empty)


def _training_form(view: View, row: PersonRow, attempt: Attempt | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    fields = [
        Field("sop", _("Procedure (key)"), value="receiving_acceptance", required=True),
        Field("version", _("Version"), "integer", "1", required=True),
        Field("trained_on", _("On"), "date"),
    ]
    return form(f"/admin/persons/{row.username}/training", _("Record the training"), fields, values, problems)


async def _change_form(view: View, row: PersonRow, attempt: Attempt | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    held = _held(view, row)
    now = {
        "name": row.name,
        "language": row.language,
        "active": str(row.active).lower(),
        "posts": [value for value, _words in held],
    }
    yes_no = to_options([("true", _("Yes")), ("false", _("No"))])
    keep = (
        [Field("posts", _("Posts held: untick to end one"), "checks", [], options=to_options(held))]
        if held
        else []
    )
    fields = [
        Field("name", _("Name"), required=True),
        Field("language", _("Language"), "choice", required=True, options=_languages()),
        Field("active", _("In use"), "boolean", required=True, options=yes_no),
        Field(
            "password",
            _("New password"),
            "password",
            autocomplete="new-password",
            help=_("Empty: stays as it is."),
        ),
        *keep,
        *await _post_fields(view),
        Field("reason", _("Reason"), "textarea", required=True, max_length=500),
    ]
    return form(f"/admin/persons/{row.username}", _("Record the change"), fields, {**now, **values}, problems)

"""UI pages: people, the posts they hold and what they are trained on - each change with a reason."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from domain.master_data import PersonChanges, PersonIn, TrainingIn
from services import persons
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
    Row,
    Section,
    Table,
)
from ui.contexts.records import FormPage, ListPage, RecordPage
from ui.pages.evidence_package import to_package
from ui.pages.filling import NONE, Problems, form, given, number, several, tried
from ui.pages.listing import PAGE, after, asked, choice, next_href, search, site_options
from ui.pages.names import Names, read_names
from ui.pages.person_forms import (
    Attempt,
    change_form,
    languages,
    password_rule,
    post_choices,
    post_fields,
    posts_held,
    training_form,
)
from ui.session import page_permission
from ui.view import View

FEW = 3
"""Procedures that the list names of a person; the rest stand on the own page."""
router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.MASTER_READ)]
Writer = Annotated[View, page_permission(Permission.ADMIN_PEOPLE)]


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
            choice(view, "post", _("Post"), await post_choices(view)),
            choice(view, "site", _("Site"), await site_options(view)),
        ],
    )
    names = await read_names(view, "site", "department", "sop")
    labels = [_("Person"), _("Posts"), _("Trained on"), _("State")]
    table = Table(
        "persons",
        _("People"),
        [Column(label) for label in labels],
        [_row(view, row, names) for row in page.items],
        Empty(_("Nothing matches"), _("Widen the filter.")),
        next_href(view, page),
    )
    actions = (
        [Action(_("New person"), "/admin/persons/new", "plus")] if view.may(Permission.ADMIN_PEOPLE) else []
    )
    return view.page(
        ListPage(
            _("People"),
            _("Who holds which post, where, and trained on what."),
            table,
            filter_,
            actions,
            back=Action(_("Administration"), "/admin"),
        )
    )


def _state(view: View, row: PersonRow) -> Chip:
    if row.active:
        return Chip(view.words.gettext("In use"), "check", "good")
    return Chip(view.words.gettext("Not in use"), "x")


def _row(view: View, row: PersonRow, names: Names) -> Row:
    trained = [f"{names.of('sop', one.sop)} v{one.version}" for one in row.trained]
    left = len(trained) - FEW
    more = [view.words.gettext("and %(n)s more", n=left)] if left > 0 else []
    return Row(
        [
            Cell(row.name, href=f"/admin/persons/{row.username}", sub=row.username),
            Cell([words for _value, words in posts_held(view, row, names)], "lines"),
            Cell([*trained[:FEW], *more], "lines"),
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


async def _new_page(view: View, values: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    fields = [
        Field("username", _("User name"), required=True, autofocus=True),
        Field("name", _("Name"), required=True),
        Field(
            "password",
            _("First password"),
            "password",
            required=True,
            autocomplete="new-password",
            help=password_rule(view),
        ),
        Field("language", _("Language"), "choice", "zh", required=True, options=languages()),
        *await post_fields(view),
    ]
    shown = form("/admin/persons/new", _("Create"), fields, values, problems, cancel_href="/admin/persons")
    return FormPage(_("New person"), shown, back=Action(_("People"), "/admin/persons"))


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
    held = [value for value, _words in posts_held(view, row, Names())]
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
        said = dict(made.by_field)  # one field of the form gives both
        one = [said.pop(name) for name in ("sop", "version") if name in said]
        made = replace(made, by_field={**said, **({"training": one[-1]} if one else {})})
        return view.page(await _record(view, username, training=(fields, made)), made.status)
    return view.go(f"/admin/persons/{made.username}", view.words.gettext("The training is recorded."))


async def _train(view: View, username: str, fields: Mapping[str, str]) -> PersonRow:
    sop, _bar, version = fields.get("training", "").partition("|")
    raw = given({"sop": sop, "version": number(version), "trained_on": fields.get("trained_on")})
    training = TrainingIn.model_validate(raw)
    return await persons.record_training(
        view.platform, username, training, actor=view.person, request_id=view.request_id
    )


async def _record(
    view: View, username: str, changed: Attempt | None = None, training: Attempt | None = None
) -> RecordPage:
    _ = view.words.gettext
    row = await persons.get(view.platform, username, actor=view.person)
    names = await read_names(view, "site", "department", "sop")
    sections = [
        Section(_("Record"), facts=_facts(view, row, names)),
        Section(_("Trained on"), table=_training(view, row, names)),
    ]
    if view.may(Permission.ADMIN_PEOPLE):
        change = await change_form(view, row, names, changed)
        train = await training_form(view, row, training)
        sections.append(Section(_("Record a training"), form=train, folded=training is None))
        sections.append(Section(_("Change"), form=change, folded=changed is None))
    back = Action(_("People"), "/admin/persons")
    return RecordPage(
        row.name, row.username, sections, chips=[_state(view, row)], actions=_acted(view, row), back=back
    )


def _acted(view: View, row: PersonRow) -> list[Action]:
    """What somebody has done: in the log, in the goods, and as evidence to take along."""
    _ = view.words.gettext
    found = []
    if view.may(Permission.AUDIT_READ):
        found.append(Action(_("Audit log"), f"/audit?{urlencode({'actor': row.username})}", "shield"))
    if view.may(Permission.STOCK_READ):
        found.append(Action(_("Trace"), f"/trace?{urlencode({'person': row.username})}", "search"))
    return [*found, *to_package(view, "person", row.username)]


def _facts(view: View, row: PersonRow, names: Names) -> list[Fact]:
    _ = view.words.gettext
    kind = _("Person") if row.kind == "person" else _("Machine")
    password = _("set") if row.has_password else _("none: cannot log in")
    return [
        Fact(_("User name"), Cell(row.username, "code")),
        Fact(_("Kind"), Cell(kind)),
        Fact(_("Posts"), Cell([words for _value, words in posts_held(view, row, names)], "lines")),
        Fact(_("Language"), Cell("English" if row.language == "en" else "中文")),
        Fact(_("Password"), Cell(password)),
    ]


def _training(view: View, row: PersonRow, names: Names) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(names.of("sop", t.sop), href=f"/sops/{t.sop}"),
                Cell(f"v{t.version}"),
                Cell(t.trained_on, "date"),
            ]
        )
        for t in row.trained
    ]
    labels = [_("Procedure"), _("Version"), _("On")]
    empty = Empty(_("No training"), _("Without training on the version in force nobody gets its tasks."))
    return Table("training", _("Trained on"), [Column(label) for label in labels], rows, empty)

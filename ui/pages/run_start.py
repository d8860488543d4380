"""UI pages: starting a run - which procedure, then its inputs."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Invalid, NotFound, Refusal
from domain.half_width import half_width
from domain.sop_definition import Input, SopDefinition
from services import documents, parties, run_orders, runs, sop_catalogue
from services.documents import DocumentRow
from services.permissions import Permission
from services.runs import OpenRunExists
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Field, FieldType
from ui.contexts.records import FormPage
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import MANY, site_options, to_options
from ui.session import page_permission
from ui.shape_problems import of_refusal
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Starter = Annotated[View, page_permission(Permission.RUN_START)]


@router.get("/runs/new")
async def new_run(view: Starter) -> Response:
    """Which procedure, then its inputs."""
    key = view.query("sop")
    if not key:
        return view.page(await _choose(view))
    given = {name: view.query(name) for name in view.request.query_params if name != "sop"}
    return view.page(await _inputs_page(view, key, given))


async def procedures_in_force(view: View) -> list[tuple[str, str]]:
    """The procedures that people start, key and title; first those in which this person has tasks."""
    found = await sop_catalogue.list_sops(view.platform, actor=view.person)
    by_hand = [s for s in found if any(not one.called_only for one in s.in_force)]
    held = {assigned.post for assigned in view.person.assignments}
    by_hand.sort(key=lambda sop: not any(held.intersection(one.posts) for one in sop.in_force))
    return [(s.key, view.words.pick({"zh": s.title_zh, "en": s.title_en})) for s in by_hand]


async def _choose(view: View) -> FormPage:
    _ = view.words.gettext
    options = await procedures_in_force(view)
    fields = [
        Field(
            "sop",
            _("Procedure"),
            "choice",
            options[0][0] if len(options) == 1 else "",
            required=True,
            options=to_options(options),
        )
    ]
    hint = "" if options else _("No procedure is in force yet.")
    made = form("/runs/choose", _("Next"), fields, hint=hint, cancel_href="/runs")
    return FormPage(
        _("Start a run"),
        made,
        intro=_("Only procedures in force can be started."),
        back=Action(_("Runs"), "/runs"),
    )


@router.post("/runs/choose")
async def choose(view: Starter) -> Response:
    """On to the inputs of the chosen procedure."""
    key = (await view.fields()).get("sop", "")
    return view.go(f"/runs/new?sop={key}" if key.isidentifier() else "/runs/new")


async def definition_in_force(view: View, key: str) -> SopDefinition:
    """The newest version in force of a procedure; NotFound without one."""
    for one in await sop_catalogue.list_sops(view.platform, actor=view.person):
        if one.key == key and one.in_force:
            newest = max(one.in_force, key=lambda placed: placed.version)
            found = await sop_catalogue.get_version(view.platform, key, newest.version, actor=view.person)
            return found.written
    raise NotFound(what=key)


TYPES: dict[str, FieldType] = {"boolean": "boolean", "integer": "integer", "date": "date"}


async def _inputs_page(view: View, key: str, given: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    definition = await definition_in_force(view, key)
    shown = {name: one for name, one in definition.inputs.items() if name not in _followed(definition)}
    sites = await _startable(view, key)
    fields = [
        await input_field(view, name, one, _where(definition, name, sites)) for name, one in shown.items()
    ]
    fields.append(Field("sop", "", "hidden", key))
    made = form("/runs/new", _("Start"), fields, {**given, "sop": key}, problems, cancel_href="/runs")
    title = view.words.pick(definition.title)
    return FormPage(
        _("Start: %(title)s", title=title),
        made,
        _("Start a run"),
        view.words.pick(definition.summary) if definition.summary else "",
        back=Action(_("Runs"), "/runs"),
    )


Sites = list[tuple[str, str]]


async def _startable(view: View, key: str) -> Sites:
    """The sites at which the person may start runs and a version of the procedure is in force now."""
    found = await site_options(view, Permission.RUN_START)
    for sop in await sop_catalogue.list_sops(view.platform, actor=view.person):
        if sop.key == key:
            places = {one.site for one in sop.in_force if one.effective_from <= view.now}
            return [one for one in found if None in places or one[0] in places]
    return found


def _where(definition: SopDefinition, name: str, sites: Sites) -> Sites | None:
    """The sites to which an input is bound that says where the run takes place; None for another one."""
    scope = (definition.scope.site or "").strip()
    return sites if scope in {f"inputs.{name}", f"inputs.{name}.site"} else None


def _followed(definition: SopDefinition) -> set[str]:
    """Inputs that nobody chooses: the order follows from the advice."""
    names = run_orders.pair(definition.inputs)
    return {names[1]} if names else set()


def _label(view: View, definition: SopDefinition, name: str) -> str:
    label = definition.inputs[name].label
    return view.words.pick(label) if label else name


async def input_field(view: View, name: str, one: Input, sites: Sites | None = None) -> Field:
    """The field in which an input of a procedure is filled in; `sites` are those that it may be at."""
    label = view.words.pick(one.label) if one.label else name
    if one.type == "document":
        page = await documents.list_documents(
            view.platform, actor=view.person, kind=one.kind, waiting=True, limit=MANY
        )
        here = None if sites is None else {code for code, _name in sites}
        options = [(str(d.id), _named(d)) for d in page.items if here is None or d.site in here]
        none = "" if options else view.words.gettext("None of this kind is waiting.")
        return Field(
            name, label, "choice", required=one.required, options=to_options(options), compact=True, help=none
        )
    if one.type == "site":
        offered = await site_options(view) if sites is None else sites
        only = offered[0][0] if len(offered) == 1 and one.required else ""
        none = "" if offered else view.words.gettext("It is not in force at a site where you may start it.")
        return Field(
            name, label, "choice", only, required=one.required, options=to_options(offered), help=none
        )
    if one.type == "party":
        return await _party_field(view, name, label, one)
    if one.options:
        named = [(key, view.words.pick(text)) for key, text in one.options.items()]
        return Field(name, label, "choice", required=one.required, options=to_options(named))
    if one.type == "boolean":
        yes_no = [("true", view.words.gettext("Yes")), ("false", view.words.gettext("No"))]
        return Field(name, label, "boolean", required=one.required, options=to_options(yes_no))
    hint = (
        view.words.gettext("Material code and batch number, as M0001:240601.") if one.type == "batch" else ""
    )
    return Field(name, label, TYPES.get(one.type, "text"), required=one.required, help=hint)


async def _party_field(view: View, name: str, label: str, one: Input) -> Field:
    """Partners are searched by code or name among those of the role that the input is about."""
    known: list[tuple[str, str]] = []
    if view.may(Permission.MASTER_READ):
        page = await parties.list_parties(
            view.platform, actor=view.person, role=one.kind, active=True, limit=MANY
        )
        known = [(party.code, party.name) for party in page.items]
    hint = view.words.gettext("Search by code or name.") if known else ""
    return Field(name, label, required=one.required, options=to_options(known), help=hint)


def _named(document: DocumentRow) -> str:
    """A document to choose from: its number, the order that it names, partner and site."""
    order = str(document.header.get("purchase_order", ""))
    return " · ".join(filter(None, (document.number, order, document.party_name, document.site)))


@router.post("/runs/new")
async def start(view: Starter) -> Response:
    """Starts the run; one that is open already for the same key is shown instead."""
    fields = await view.fields()
    key = fields.get("sop", "")
    definition = await definition_in_force(view, key)
    given = {
        name: input_value(one, fields[name]) for name, one in definition.inputs.items() if fields.get(name)
    }
    try:
        made = await runs.start(view.platform, key, given, actor=view.person, request_id=view.request_id)
    except OpenRunExists as exists:
        return view.go(f"/runs/{exists.params['run_id']}", exists.message(view.language), "warn")
    except Refusal as refusal:
        by_field = of_refusal(refusal, view.words) if isinstance(refusal, Invalid) else {}
        plain = {path.removeprefix("inputs."): said for path, said in by_field.items()}
        hidden = [
            f"{_label(view, definition, name)}: {plain.pop(name)}"
            for name in _followed(definition) & plain.keys()
        ]
        whole = "; ".join(hidden) if by_field else refusal.message(view.language)
        problems = Problems(plain, whole)
        return view.page(await _inputs_page(view, key, fields, problems), status_of(refusal))
    return view.go(f"/runs/{made.row.id}", view.words.gettext("The run has started."))


def input_value(one: Input, text: str) -> Any:
    """What was filled in as the input's own type; what is no such value goes on as text, to be refused."""
    if one.type == "boolean":
        return text == "true"
    digits = half_width(text)
    return int(digits) if one.type == "integer" and digits.lstrip("-").isdigit() else text

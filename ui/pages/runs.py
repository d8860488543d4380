"""UI pages: runs - found, started, watched live, commanded."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from domain.errors import Invalid, NotFound, Refusal
from domain.sop_definition import Input, SopDefinition
from services import run_moves, runs, sop_catalogue, timeline
from services.permissions import Permission
from services.runs import OpenRunExists, RunRow
from services.signatures import SignatureGiven
from services.tasks import Pending
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Cell, Column, Empty, Field, FieldType, Filter, Row, Table
from ui.contexts.records import FormPage, ListPage
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import PAGE, after, asked, choice, identity, next_href, search, site_options, to_options
from ui.pages.run_context import COMMANDS, RunReading
from ui.pages.sops import definition_of
from ui.pages.tasks import pending
from ui.session import page_permission
from ui.shape_problems import of_refusal
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.RUN_READ)]
Starter = Annotated[View, page_permission(Permission.RUN_START)]
Commander = Annotated[
    View, page_permission(Permission.RUN_SUSPEND, Permission.RUN_CANCEL, Permission.RUN_SEND_BACK)
]
IN_FORM = {
    "wrong_password": "password",
    "locked_out": "password",
    "reason_required": "reason",
    "signature_required": "password",
    "unknown_step": "to",
}


@router.get("/runs")
async def list_runs(view: Reader) -> Response:
    """Runs at the sites that the person may see, the newest first."""
    _ = view.words.gettext
    batch = asked(view, "batch")
    page = await runs.list_runs(
        view.platform,
        actor=view.person,
        sop=asked(view, "sop"),
        state=asked(view, "state"),
        site=asked(view, "site"),
        batch=identity(batch, "batch") if batch else None,
        text=asked(view, "text"),
        after=after(view),
        limit=PAGE,
    )
    filter_ = Filter(
        "/runs",
        "runs",
        [
            search(view, _("Search")),
            choice(view, "state", _("State"), codes.choices(codes.RUN_STATES, view.words)),
            choice(view, "site", _("Site"), await site_options(view)),
        ],
    )
    labels = [_("Run"), _("State"), _("Step"), _("Site"), _("Started"), _("Ended")]
    table = Table(
        "runs",
        _("Runs"),
        [Column(label) for label in labels],
        [_row(view, row) for row in page.items],
        Empty(_("No runs"), _("A run starts from a dispatch advice or here.")),
        next_href(view, page),
    )
    actions = [Action(_("Start a run"), "/runs/new", "play")] if view.may(Permission.RUN_START) else []
    return view.page(
        ListPage(
            _("Runs"), _("Every procedure that was started, with its whole history."), table, filter_, actions
        )
    )


def _row(view: View, row: RunRow) -> Row:
    pick = view.words.pick
    sop = pick({"zh": row.title_zh, "en": row.title_en})
    title = pick({"zh": row.summary_zh, "en": row.summary_en}) or row.business_key or str(row.id)
    tone = "bad" if row.state in {"incident", "failed"} else "warn" if row.state == "suspended" else "neutral"
    return Row(
        [
            Cell(title, href=f"/runs/{row.id}", sub=f"{sop} v{row.version}"),
            Cell(codes.chip(codes.RUN_STATES, row.state, view.words), "chip"),
            Cell(", ".join(row.current_steps) or row.outcome or ""),
            Cell(row.site),
            Cell(row.started_at, "instant", unit=row.time_zone),
            Cell(row.ended_at, "instant", unit=row.time_zone),
        ],
        tone,  # type: ignore[arg-type] # one of the tones
    )


@router.get("/runs/new")
async def new_run(view: Starter) -> Response:
    """Which procedure, then its inputs."""
    key = view.query("sop")
    if not key:
        return view.page(await _choose(view))
    given = {name: view.query(name) for name in view.request.query_params if name != "sop"}
    return view.page(await _inputs_page(view, key, given))


async def _choose(view: View) -> FormPage:
    _ = view.words.gettext
    found = await sop_catalogue.list_sops(view.platform, actor=view.person)
    options = [(s.key, view.words.pick({"zh": s.title_zh, "en": s.title_en})) for s in found if s.in_force]
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
    return FormPage(_("Start a run"), made, intro=_("Only procedures in force can be started."))


@router.post("/runs/choose")
async def choose(view: Starter) -> Response:
    """On to the inputs of the chosen procedure."""
    key = (await view.fields()).get("sop", "")
    return view.go(f"/runs/new?sop={key}" if key.isidentifier() else "/runs/new")


async def _definition(view: View, key: str) -> SopDefinition:
    for one in await sop_catalogue.list_sops(view.platform, actor=view.person):
        if one.key == key and one.in_force:
            newest = max(one.in_force, key=lambda placed: placed.version)
            found = await sop_catalogue.get_version(view.platform, key, newest.version, actor=view.person)
            return definition_of(found)
    raise NotFound(what=key)


TYPES: dict[str, FieldType] = {"boolean": "boolean", "integer": "integer", "date": "date"}


async def _inputs_page(view: View, key: str, given: Mapping[str, Any], problems: Problems = NONE) -> FormPage:
    _ = view.words.gettext
    definition = await _definition(view, key)
    prefilled = await _with_order(view, definition, given)
    fields = [await _input_field(view, name, one) for name, one in definition.inputs.items()]
    fields.append(Field("sop", "", "hidden", key))
    made = form("/runs/new", _("Start"), fields, {**prefilled, "sop": key}, problems, cancel_href="/runs")
    title = view.words.pick(definition.title)
    return FormPage(
        _("Start: %(title)s", title=title),
        made,
        _("Start a run"),
        view.words.pick(definition.summary) if definition.summary else "",
    )


async def _with_order(view: View, definition: SopDefinition, given: Mapping[str, Any]) -> dict[str, Any]:
    """An advice names its order: who comes from the advice need not look for the order."""
    from services import documents

    filled = dict(given)
    advice = filled.get("dispatch_advice")
    if not advice or filled.get("purchase_order") or "purchase_order" not in definition.inputs:
        return filled
    try:
        found = await documents.get(view.platform, str(advice), actor=view.person, kind="dispatch_advice")
        number = str(found.document.header.get("purchase_order", ""))
        order = await documents.get(view.platform, number, actor=view.person, kind="purchase_order")
    except Refusal:
        return filled
    return filled | {"purchase_order": str(order.document.id)}


async def _input_field(view: View, name: str, one: Input) -> Field:
    from services import documents

    label = view.words.pick(one.label) if one.label else name
    if one.type == "document":
        page = await documents.list_documents(view.platform, actor=view.person, kind=one.kind, limit=200)
        usable = [d for d in page.items if d.state in {"open", "in_process"}]
        options = [(str(d.id), f"{d.number} · {d.party_name or ''} · {d.site}") for d in usable]
        return Field(name, label, "choice", required=one.required, options=to_options(options), compact=True)
    if one.type == "site":
        return Field(
            name, label, "choice", required=one.required, options=to_options(await site_options(view))
        )
    if one.type == "boolean":
        yes_no = [("true", view.words.gettext("Yes")), ("false", view.words.gettext("No"))]
        return Field(name, label, "boolean", required=one.required, options=to_options(yes_no))
    return Field(name, label, TYPES.get(one.type, "text"), required=one.required)


@router.post("/runs/new")
async def start(view: Starter) -> Response:
    """Starts the run; one that is open already for the same key is shown instead."""
    fields = await view.fields()
    key = fields.get("sop", "")
    definition = await _definition(view, key)
    given = {
        name: _input_value(one, fields[name]) for name, one in definition.inputs.items() if fields.get(name)
    }
    try:
        made = await runs.start(view.platform, key, given, actor=view.person, request_id=view.request_id)
    except OpenRunExists as exists:
        return view.go(f"/runs/{exists.params['run_id']}", exists.message(view.language), "warn")
    except Refusal as refusal:
        by_field = of_refusal(refusal, view.words) if isinstance(refusal, Invalid) else {}
        plain = {path.removeprefix("inputs."): said for path, said in by_field.items()}
        problems = Problems(plain, "" if plain else refusal.message(view.language))
        return view.page(await _inputs_page(view, key, fields, problems), status_of(refusal))
    return view.go(f"/runs/{made.row.id}", view.words.gettext("The run has started."))


def _input_value(one: Input, text: str) -> Any:
    if one.type == "boolean":
        return text == "true"
    return int(text) if one.type == "integer" and text.lstrip("-").isdigit() else text


async def read_run(view: View, run: str, *, whole: bool = True) -> RunReading:
    """The run as this person may see it, times in its site's zone."""
    run_id = identity(run, "run")
    found = await runs.get(view.platform, run_id, actor=view.person)
    entries = await timeline.run_timeline(view.platform, run_id, actor=view.person, with_events=whole)
    moves = await run_moves.moves_of_run(view.platform, run_id, actor=view.person) if whole else []
    return RunReading(view.in_zone(found.row.time_zone), found, entries, moves)


@router.get("/runs/{run}")
async def show_run(run: str, view: Reader) -> Response:
    """The page that answers: what happened."""
    reading = await read_run(view, run)
    return reading.view.page(reading.page())


@router.get("/runs/{run}/live")
async def live(run: str, view: Reader) -> Response:
    """The live part: nothing new answers 204, so that whoever reads is not disturbed."""
    reading = await read_run(view, run, whole=False)
    if view.query("after") == str(len(reading.entries)) and reading.live().running:
        return Response(status_code=204)
    whole = await read_run(view, run)
    return whole.view.page(whole.live())


@router.get("/runs/{run}/batches")
async def batches_of_run(run: str, view: Reader) -> Response:
    """To the one batch of a run, or to its moves."""
    found = await runs.get(view.platform, identity(run, "run"), actor=view.person)
    if len(found.batch_ids) == 1:
        return RedirectResponse(f"/batches/{found.batch_ids[0]}", 303)
    return RedirectResponse(f"/runs/{run}#moves", 303)


@router.post("/runs/{run}/{command}")
async def command(run: str, command: str, view: Commander) -> Response:
    """Suspends, resumes, sends back or cancels, with a reason."""
    kind = command.replace("-", "_")
    if kind not in COMMANDS:
        raise NotFound(what=command)
    fields = await view.fields()
    password = str((await view.posted()).get("password", ""))
    try:
        answer = await runs.command(
            view.platform,
            identity(run, "run"),
            kind,  # type: ignore[arg-type] # one of COMMANDS
            reason=fields.get("reason", ""),
            to=fields.get("to") or None,
            signature=SignatureGiven(password) if password else None,
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        reading = await read_run(view, run)
        message = refusal.message(view.language)
        where = IN_FORM.get(refusal.code)
        problems = Problems({where: message}) if where else Problems(whole=message)
        kept = {name: value for name, value in fields.items() if name != "password"}
        return reading.view.page(reading.page((kind, kept, problems)), status_of(refusal))
    if isinstance(answer, Pending):
        return pending(view, f"/runs/{run}", answer.submission)
    return view.go(f"/runs/{run}", view.words.gettext("It is done and recorded."))


@router.get("/runs/{run}/submissions/{submission}")
async def verdict(run: str, submission: str, view: Reader) -> Response:
    """What became of a command."""
    from services import tasks

    found = await tasks.submission(view.platform, identity(submission), actor=view.person)
    if found.accepted is None:
        return Response(status_code=204) if view.swaps else pending(view, f"/runs/{run}", found.id)
    said = (
        view.words.gettext("It is done and recorded.")
        if found.accepted
        else found.message.get(view.language, "")
    )
    return view.go(f"/runs/{run}", said, "good" if found.accepted else "bad")

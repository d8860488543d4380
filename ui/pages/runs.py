"""UI pages: runs - found, started, watched live, commanded."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from domain.errors import NotFound, Refusal
from domain.sop_definition import Text
from services import change_control, replay_certificate, run_lines, run_moves, run_note, runs, tasks
from services.permissions import Permission
from services.run_lines import RunLines
from services.runs import RunRow
from services.signatures import SignatureGiven
from services.tasks import Pending
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.parts import Action, Cell, Column, Empty, Filter, Row, Table
from ui.contexts.records import ListPage
from ui.pages import run_lines as parts
from ui.pages.filling import Problems
from ui.pages.listing import PAGE, after, asked, choice, identity, next_href, search, site_options
from ui.pages.printed import pdf
from ui.pages.run_context import COMMANDS, RunReading
from ui.pages.run_moves import moves_table
from ui.pages.tasks import pending
from ui.session import page_permission
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
    batch, caller = asked(view, "batch"), asked(view, "called_by")
    page = await runs.list_runs(
        view.platform,
        actor=view.person,
        sop=asked(view, "sop"),
        state=asked(view, "state"),
        site=asked(view, "site"),
        batch=identity(batch, "批次 / batch") if batch else None,
        text=asked(view, "text"),
        called_by=identity(caller, "流程 / run") if caller else None,
        after=after(view),
        limit=PAGE,
    )
    titles = await runs.current_titles(view.platform, page.items)
    ended = await runs.outcome_titles(view.platform, page.items)
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
        [_row(view, row, titles[row.id], ended.get(row.id)) for row in page.items],
        Empty(_("No runs"), _("A run starts from a dispatch advice or here.")),
        next_href(view, page),
    )
    actions = [Action(_("Start a run"), "/runs/new", "play")] if view.may(Permission.RUN_START) else []
    return view.page(
        ListPage(
            _("Runs"), _("Every procedure that was started, with its whole history."), table, filter_, actions
        )
    )


def _row(view: View, row: RunRow, steps: Sequence[Text], ended: Text | None) -> Row:
    pick = view.words.pick
    sop = pick({"zh": row.title_zh, "en": row.title_en})
    title = pick({"zh": row.summary_zh, "en": row.summary_en}) or row.business_key or str(row.id)
    outcome = codes.outcome_words(row.outcome, ended, view.words)
    tone = "bad" if row.state in {"incident", "failed"} else "warn" if row.state == "suspended" else "neutral"
    return Row(
        [
            Cell(title, href=f"/runs/{row.id}", sub=f"{sop} v{row.version}"),
            Cell(codes.run_chip(row.state, row.outcome, view.words), "chip"),
            Cell([pick(step) for step in steps], "lines") if steps else Cell(outcome),
            Cell(pick({"zh": row.site_zh, "en": row.site_en})),
            Cell(row.started_at, "instant", unit=row.time_zone),
            Cell(row.ended_at, "instant", unit=row.time_zone),
        ],
        tone,  # type: ignore[arg-type] # one of the tones
    )


async def read_run(view: View, run: str) -> RunReading:
    """The run as this person may see it, times in its site's zone."""
    # The time line first: what happens between the reads is then seen by the next look, not missed for ever.
    lines = await _lines(view, run, whole=True)
    found = await runs.get(
        view.platform, lines.head.row.id, actor=view.person, head=lines.head, moves=run_moves.FIRST + 1
    )
    return RunReading(view.in_zone(found.row.time_zone), found, lines)


async def _lines(view: View, run: str, *, whole: bool) -> RunLines:
    return await run_lines.page(
        view.platform,
        identity(run, "流程 / run"),
        actor=view.person,
        wanted=parts.wanted(view),
        after=parts.cursor(view),
        limit=parts.PAGE,
        most=parts.MOST_DATA,
        with_events=whole,
        with_rest=whole,
    )


@router.get("/runs/{run}")
async def show_run(run: str, view: Reader) -> Response:
    """The page that answers: what happened."""
    reading = await read_run(view, run)
    row = reading.found.row
    about = await change_control.reviewed(view.platform, row.sop, row.id, actor=view.person)
    return reading.view.page(replace(reading, reviewed=about).page())


@router.get("/runs/{run}/live")
async def live(run: str, view: Reader) -> Response:
    """What is watched, anew: nothing new answers 204, so that whoever reads is not disturbed."""
    lines = await _lines(view, run, whole=False)
    if view.query("after") == str(parts.token(lines)) and parts.watched(view, lines.head.row):
        return Response(status_code=204)
    whole = await read_run(view, run)
    return whole.view.page(whole.change())


@router.get("/runs/{run}/note")
async def note_of_run(run: str, view: Reader) -> Response:
    """The printable record, in the browser's own viewer."""
    name, content = await run_note.pdf(
        view.platform,
        identity(run, "流程 / run"),
        actor=view.person,
        language=view.language,
        request_id=view.request_id,
    )
    return pdf(name, content)


@router.get("/runs/{run}/certificate")
async def certificate_of_run(run: str, view: Reader) -> Response:
    """The run replayed from its archive, and what came of it on paper."""
    name, content = await replay_certificate.pdf(
        view.platform,
        identity(run, "流程 / run"),
        actor=view.person,
        language=view.language,
        request_id=view.request_id,
    )
    return pdf(name, content)


@router.get("/runs/{run}/moves")
async def moves_of_run(run: str, view: Reader) -> Response:
    """The stock moves of a run by themselves: its page shows the first."""
    run_id = identity(run, "流程 / run")
    moves = await run_moves.moves_of_run(view.platform, run_id, actor=view.person)
    row = (await runs.get(view.platform, run_id, actor=view.person)).row
    shown = view.in_zone(row.time_zone)
    back = Action(row.business_key or str(row.id), f"/runs/{run}")
    intro = view.words.gettext("In the order in which they were posted; at most %(n)s.", n=run_moves.SHOWN)
    return shown.page(
        ListPage(view.words.gettext("Stock moves"), intro, moves_table(shown, moves), back=back)
    )


@router.get("/runs/{run}/batches")
async def batches_of_run(run: str, view: Reader) -> Response:
    """To the one batch of a run, or to its moves."""
    found = await runs.get(view.platform, identity(run, "流程 / run"), actor=view.person)
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
            identity(run, "流程 / run"),
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
    found = await tasks.submission(view.platform, identity(submission), actor=view.person)
    if found.accepted is None:
        return Response(status_code=204) if view.swaps else pending(view, f"/runs/{run}", found.id)
    said = (
        view.words.gettext("It is done and recorded.")
        if found.accepted
        else found.message.get(view.language, "")
    )
    return view.go(f"/runs/{run}", said, "good" if found.accepted else "bad")

"""UI pages: a work list - one focused field, the last scan huge, one line at hand, the list below."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound, Refusal
from services import worklists
from services.worklists import LinePage, NotAWorkList, ScanAnswer
from ui import words as codes
from ui.answers import PageRoute, status_of
from ui.contexts.work import LineItem, LineList, LinePanel, ScanPage, ScanPart, Verdict
from ui.definition_forms import posted_data
from ui.pages.filling import Problems, problems_of
from ui.pages.left_lines import keep_at_hand
from ui.pages.line_context import line_list, line_panel, places_of, scanned_since
from ui.pages.posted import epoch_of
from ui.pages.recorded_line import REPLACES, expected
from ui.pages.scan_verdicts import ready, shown_code, verdict_of, with_undo
from ui.pages.task_context import TaskReading
from ui.pages.task_parts import progress
from ui.pages.tasks import Reader, Worker, read_task
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LINES_SHOWN = 20


@router.get("/tasks/{task}/scan")
async def show_scan(task: str, view: Reader) -> Response:
    """The page that answers: which line is next."""
    reading = await read_task(view, task)
    if reading.found.totals is None:
        return view.go(reading.address, NotAWorkList().message(view.language), "warn")
    number = view.query("line")
    panel = None
    if number:
        panel = line_panel(reading, await one_line(reading, line_number(number)))
    part = await _part(reading, await with_undo(reading, ready(reading)), panel)
    return view.page(_page(reading, part))


@router.post("/tasks/{task}/scans")
async def scan(task: str, view: Worker) -> Response:
    """One scan: green or red at once, with the line at hand below."""
    reading = await read_task(view, task)
    fields = await view.fields()
    try:
        answer = await worklists.scan(
            view.platform,
            reading.found.task.id,
            scan_id=_id(fields.get("scan_id")),
            code=fields.get("code", ""),
            epoch=epoch_of(fields.get("epoch")),
            line=_at_hand(fields),
            actor=view.person,
            device_at=_instant(fields.get("device_at")),
            request_id=view.request_id,
        )
    except Refusal as refusal:
        verdict = Verdict(
            "refused",
            view.words.gettext("Stop"),
            refusal.message(view.language),
            shown_code(fields.get("code", "")),
            fresh=True,
        )
        verdict = await with_undo(reading, verdict)
        return await _answer(reading, verdict, await _held(reading, fields), status_of(refusal))
    panel = await _panel_after(reading, answer, fields)
    verdict = await with_undo(reading, verdict_of(reading, answer, fields.get("code", ""), panel))
    left = await keep_at_hand(reading, answer, fields, panel)
    return await _answer(reading, replace(verdict, line=left), panel)


@router.post("/tasks/{task}/scans/{scan_id}/undo")
async def undo(task: str, scan_id: str, view: Worker) -> Response:
    """Takes a scan back: a reversal is appended."""
    reading = await read_task(view, task)
    fields = await view.fields()
    try:
        answer = await worklists.undo_scan(
            view.platform,
            reading.found.task.id,
            _id(scan_id),
            undo_id=_id(fields.get("undo_id")),
            epoch=reading.found.task.epoch,
            actor=view.person,
            request_id=view.request_id,
        )
    except Refusal as refusal:
        verdict = Verdict("refused", view.words.gettext("Stop"), refusal.message(view.language), "")
        return await _answer(reading, verdict, await _held(reading, fields), status_of(refusal))
    said = view.words.gettext("Line %(n)s: %(count)s taken back.", n=answer.line, count=answer.quantity or 0)
    panel = await _held(reading, fields, answer.quantity or 0)
    verdict = Verdict("waiting", view.words.gettext("Undone"), said, "")
    return await _answer(reading, await with_undo(reading, verdict), panel)


@router.post("/tasks/{task}/lines/{number}")
async def record_line(task: str, number: str, view: Worker) -> Response:
    """The result of one line; what is wrong stands next to its field."""
    reading = await read_task(view, task)
    fields = await view.fields()
    data = posted_data(reading.line_form, await view.posted())
    try:
        await worklists.line_result(
            view.platform,
            reading.found.task.id,
            line_number(number),
            result_id=_id(fields.get("result_id")),
            outcome=fields.get("outcome", ""),
            data=data,
            epoch=epoch_of(fields.get("epoch")),
            actor=view.person,
            expected=expected(fields),
            request_id=view.request_id,
        )
    except Refusal as refusal:
        problems = _problems(view, refusal)
        panel = line_panel(reading, await one_line(reading, line_number(number)), data, problems)
        panel = replace(panel, replaces=REPLACES in fields)
        return await _answer(reading, ready(reading), panel, status_of(refusal))
    said = view.words.gettext("Line %(n)s is recorded.", n=number)
    verdict = Verdict("matched", view.words.gettext("Saved"), said, "", fresh=True)
    return await _answer(reading, verdict, await _opened_next(reading, line_number(number)))


async def _opened_next(reading: TaskReading, number: int) -> LinePanel | None:
    """The next line without a result, opened by itself; where goods are scanned the next scan leads to it."""
    if reading.found.scan or reading.awaiting:
        return None
    for after in (number, 0):
        page = await _lines(reading, after=after, only_open=True, limit=1)
        if page.items:
            return replace(line_panel(reading, page.items[0]), by_itself=True)
    return None


def _problems(view: View, refusal: Refusal) -> Problems:
    where = {"reason_required": "reason", "line_answered": REPLACES}.get(refusal.code)
    return Problems({where: refusal.message(view.language)}) if where else problems_of(view, refusal)


async def _answer(
    reading: TaskReading, verdict: Verdict, panel: LinePanel | None, status: int = 200
) -> Response:
    """The part that changed, or the whole page where there is no HTMX."""
    part = await _part(reading, verdict, panel)
    if reading.view.swaps:
        return reading.view.page(part, status)
    return reading.view.page(_page(reading, part), status)


async def _part(reading: TaskReading, verdict: Verdict, panel: LinePanel | None) -> ScanPart:
    view = reading.view
    only_open = view.query("only_open") == "1"
    page = await _lines(reading, after=_cursor(view.query("after")), only_open=only_open)
    listed = line_list(reading, page, only_open=only_open)
    return ScanPart(
        verdict=verdict,
        progress=progress(view, page.totals),
        panel=panel,
        address=reading.address,
        lines=listed,
        scans_href=f"{reading.address}/scans" if reading.found.scan else "",
        may_work=reading.may_work,
        next_line=None if panel else await _next_line(reading, page, listed),
    )


async def _next_line(reading: TaskReading, page: LinePage, listed: LineList) -> LineItem | None:
    """The first line that has no result: what to go to, while none is at hand."""
    if not reading.may_work or reading.awaiting or page.totals.done == page.totals.lines:
        return None
    shown = next((item for item in listed.items if item.open), None)
    if shown is None or listed.items[0].number > 1:  # of a later page
        first = await _lines(reading, after=0, only_open=True, limit=1)
        shown = next(iter(line_list(reading, first, only_open=True).items), None)
    return shown


async def _lines(reading: TaskReading, *, after: int, only_open: bool, limit: int = LINES_SHOWN) -> LinePage:
    return await worklists.lines(
        reading.view.platform,
        reading.found.task.id,
        actor=reading.view.person,
        after=after,
        limit=limit,
        only_open=only_open,
    )


async def one_line(reading: TaskReading, number: int) -> Any:
    """A line by its number; NotFound."""
    page = await _lines(reading, after=number - 1, only_open=False, limit=1)
    if not page.items or page.items[0].line != number:
        raise NotFound(what=f"明细行 / line {number}")
    return page.items[0]


async def _panel_after(
    reading: TaskReading, answer: ScanAnswer, fields: Mapping[str, str]
) -> LinePanel | None:
    """The line that a scan leads to; the line at hand stays, with a scanned place put into its field."""
    at_hand = _at_hand(fields)
    number = answer.line if answer.verdict == "matched" and answer.line is not None else at_hand
    if answer.location and "blind" in reading.found.task.content["lines"]:
        number = await worklists.first_at(
            reading.view.platform, reading.found.task.id, answer.location, actor=reading.view.person
        )
    if number is None:
        return None
    line = await one_line(reading, number)
    if line.outcome and answer.line == number and reading.found.task.content["lines"].get("counted"):
        return None  # it is counted in full: on to the next
    if number != at_hand:
        return line_panel(reading, line)
    values = posted_data(reading.line_form, await reading.view.posted())
    if answer.location:
        values |= dict.fromkeys(places_of(reading), answer.location)
    elif answer.line is not None:
        values = dict(scanned_since(reading, line, values, line.scanned - (answer.quantity or 0)))
    return line_panel(reading, line, values)


async def _held(reading: TaskReading, fields: Mapping[str, str], undone: int = 0) -> LinePanel | None:
    """The line at hand with what is filled in; `undone` is the quantity of a scan that was taken back."""
    number = _at_hand(fields)
    if number is None:
        return None
    line = await one_line(reading, number)
    values = posted_data(reading.line_form, await reading.view.posted())
    return line_panel(reading, line, scanned_since(reading, line, values, line.scanned + undone))


def _page(reading: TaskReading, part: ScanPart) -> ScanPage:
    task, view = reading.found.task, reading.view
    return ScanPage(
        title=view.words.pick({"zh": task.title_zh, "en": task.title_en}),
        eyebrow=" · ".join(
            (
                view.words.pick({"zh": task.object, "en": task.object_en}),
                view.words.pick({"zh": task.site_zh, "en": task.site_en}),
            )
        ),
        address=reading.address,
        epoch=task.epoch,
        scan_id=str(uuid4()),
        part=part,
        can_scan=reading.found.scan,
        additions_href=f"{reading.address}/additions" if _takes_more(reading) else "",
        may_work=reading.may_work and not reading.awaiting,
        why_not=reading.why_not()
        or ("" if reading.may_work else view.words.gettext("Claim the task first.")),
        chips=[codes.chip(codes.TASK_STATES, task.state, view.words)],
    )


def _takes_more(reading: TaskReading) -> bool:
    """Whether goods beside the list can be added to it."""
    return bool((reading.found.task.content["lines"] or {}).get("additions"))


def _at_hand(fields: Mapping[str, str]) -> int | None:
    """The line that is open while something is scanned."""
    return line_number(fields["line"]) if fields.get("line", "").isdigit() else None


def line_number(text: str) -> int:
    """The number of a line as an address or a form has it; NotFound."""
    if not text.isdigit() or len(text) > 9:  # noqa: PLR2004 # line numbers are small
        raise NotFound(what=f"明细行 / line {text[:20]}")
    return int(text)


def _cursor(text: str) -> int:
    return line_number(text) if text else 0


def _id(text: str | None) -> UUID:
    """The client's id; one that is none gets a fresh id, so nothing is lost."""
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()


def _instant(text: str | None) -> datetime | None:
    """What the device says the time is: a claim, kept as such; only with an offset."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else None

"""UI pages: a whole trace as a file - CSV of the way, Excel with a sheet for each table, PDF for paper."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import cast, get_args
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from services import print_notes, spreadsheet, trace_export
from services.print_notes import Note, NoteTable
from services.spreadsheet import Sheet, Value
from services.trace_export import As, WholeTrace
from services.trace_lines import Place, TraceAccount, TraceLine
from ui import csv_file, formats, goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.pages.attachments import SANDBOX
from ui.pages.trace_asked import DIRECTIONS, KINDS, Reader, asked_at, asked_direction, asked_start
from ui.pages.trace_tables import CAME, HELD, people_of
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/trace.{as_}")
async def save_trace(as_: str, view: Reader) -> Response:
    """The trace that the page shows, all its pages; that it was taken along is logged."""
    start = asked_start(view)
    if start is None or as_ not in get_args(As):
        raise NotFound(what=f"/trace.{as_}"[:80])
    found = await trace_export.whole(
        view.platform,
        start,
        as_=cast("As", as_),
        actor=view.person,
        direction=asked_direction(view),
        at=asked_at(view),
        request_id=view.request_id,
    )
    began = found.started.name.replace("/", "-")
    name = f"{view.words.gettext('Trace')}-{began}-{_clock(view, view.now):%Y%m%d-%H%M}.{as_}"
    sheets = [_way(view, found.rows), _accounts(view, found.accounts), _places(view, found.places)]
    if as_ == "csv":
        return csv_file.download(name, _lines(view, sheets[0], cut=found.cut))
    if as_ == "xlsx":
        cut = [Sheet(view.words.gettext("Note"), [_cut(view)], [])] if found.cut else []
        return _file(await spreadsheet.workbook([*sheets, *cut]), EXCEL, name)
    return _file(await print_notes.pdf(_note(view, found, sheets)), "application/pdf", name)


async def _lines(view: View, way: Sheet, *, cut: bool) -> AsyncIterator[str]:
    yield csv_file.MARK + csv_file.lines([way.columns, *way.rows])
    if cut:
        yield csv_file.lines([[_cut(view)]])


def _cut(view: View) -> str:
    return view.words.gettext("This trace is longer; the file has its first part.")


def _file(content: bytes, media: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=media, headers=headers)


def _clock(view: View, at: datetime) -> datetime:
    """An instant on the person's clock, as spreadsheets keep it."""
    return at.astimezone(formats.zone_of(view.zone)).replace(tzinfo=None, microsecond=0)


def _goods(view: View, one: TraceLine | TraceAccount) -> list[Value]:
    name = view.words.pick({"zh": one.material_zh, "en": one.material_en})
    return [one.batch_number, one.material_code, name, one.expires_on]


def _goods_columns(view: View) -> list[str]:
    _ = view.words.gettext
    return [_("Batch"), _("Material (code)"), _("Material"), _("Expiry")]


def _way(view: View, rows: Sequence[TraceLine]) -> Sheet:
    """The way row by row; each value in a column of its own, for filters and pivots."""
    _, pick = view.words.gettext, view.words.pick
    columns = [_("When"), _("Until"), _("What"), *_goods_columns(view), _("From"), _("To"), _("Site")]
    columns += [_("Partner"), _("Partner (code)"), _("Quantity"), _("Unit"), _("Kind of document")]
    columns += [_("Document"), _("Run"), _("Who"), _("Packages")]
    made: list[list[Value]] = [
        [
            _clock(view, one.first_at),
            _clock(view, one.last_at),
            codes.word(goods_words.POSTING_KINDS, one.kind, view.words),
            *_goods(view, one),
            codes.word(goods_words.PLACE_KINDS, one.from_kind, view.words),
            codes.word(goods_words.PLACE_KINDS, one.to_kind, view.words),
            one.site_code,
            one.party,
            one.party_code,
            one.quantity,
            one.base_unit,
            codes.word(codes.DOCUMENT_KINDS, one.document_kind, view.words) if one.document_kind else None,
            one.document_number,
            "; ".join(
                f"{pick({'zh': run.title_zh, 'en': run.title_en})} {run.key or ''}" for run in one.runs
            ),
            "; ".join(people_of([one])),
            "; ".join(one.packages),
        ]
        for one in rows
    ]
    return Sheet(_("The way"), columns, made)


def _accounts(view: View, accounts: Sequence[TraceAccount]) -> Sheet:
    _ = view.words.gettext
    columns = [
        *_goods_columns(view),
        *(_(label) for _name, label in (*CAME, *HELD)),
        _("Difference"),
        _("Unit"),
    ]
    return Sheet(
        _("Account"),
        columns,
        [
            [
                *_goods(view, one),
                *(getattr(one, name) for name, _label in (*CAME, *HELD)),
                one.difference,
                one.base_unit,
            ]
            for one in accounts
        ],
    )


def _places(view: View, places: Sequence[Place]) -> Sheet:
    _ = view.words.gettext
    columns = [_("Batch"), _("Kind"), _("Site"), _("Place"), _("Status"), _("Partner"), _("Document")]
    return Sheet(
        _("Places"),
        [*columns, _("Quantity"), _("Unit")],
        [
            [
                one.batch_number,
                codes.word(
                    goods_words.PLACE_KINDS, "internal" if one.kind == "on_hand" else one.kind, view.words
                ),
                one.site_code,
                one.location,
                codes.word(goods_words.STOCK_STATUSES, one.status, view.words) if one.status else None,
                one.party,
                one.document_number,
                one.quantity,
                one.base_unit,
            ]
            for one in places
        ],
    )


PRINTED = (0, 2, 3, 7, 8, 9, 10, 12, 13, 15, 17)
"""Columns of the way that stand on paper; the files have all."""
ACCOUNT_WIDTHS = (9, 7, 15, 10, *(8 for _ in (*CAME, *HELD)), 8, 5)
PLACE_WIDTHS = (9, 9, 6, 9, 8, 18, 18, 7, 5)
WIDTHS = (13, 8, 10, 8, 8, 7, 16, 7, 5, 14, 10)


def _note(view: View, found: WholeTrace, sheets: Sequence[Sheet]) -> Note:
    """The trace on paper: how it was asked for, the accounts, the places, the way."""
    _, started = view.words.gettext, found.started
    way, accounts, places = sheets
    at = asked_at(view)
    direction = dict(DIRECTIONS)[asked_direction(view)]
    facts = [
        (_("Began with"), f"{_(KINDS[started.kind])} {started.name}"),
        (_("Direction"), _(direction)),
        (_("As it was on"), formats.instant(at, view.zone) if at else _("now")),
        (_("Printed at"), formats.instant(view.now, view.zone)),
        (_("Printed by"), view.person.name),
    ]
    picked = [[row[at_] for at_ in PRINTED] for row in way.rows]
    remarks = [_("Only the sites that the reader may see are told and counted.")] if found.partial else []
    return Note(
        title=_("Trace"),
        number=started.name,
        issuer=_("Xunji"),
        facts=facts,
        tables=[
            _printed(accounts, range(4, len(accounts.columns) - 1), ACCOUNT_WIDTHS),
            _printed(places, (len(places.columns) - 2,), PLACE_WIDTHS),
            _printed(Sheet(way.name, [way.columns[at_] for at_ in PRINTED], picked), (7,), WIDTHS),
        ],
        remarks=[*remarks, *([_cut(view)] if found.cut else [])],
        language=view.language,
    )


def _printed(sheet: Sheet, numeric: Sequence[int], widths: Sequence[int] = ()) -> NoteTable:
    rows = [["" if value is None else _text(value) for value in row] for row in sheet.rows]
    return NoteTable(sheet.name, sheet.columns, rows, list(numeric), widths)


def _text(value: Value) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)

"""UI pages: a drill record that was taken over - what was played in the drill, line by line, and its file."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.drill_record import DrilledRun
from services import drill_evidence
from services.drill_evidence import Evidence
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Fact, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.pages.listing import identity
from ui.pages.sop_drills import ahead_in_words, end_in_words, ends_in_words
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
WHAT = "演练记录 / drill record"


@router.get("/drill-records/{evidence}")
async def show(evidence: str, view: Reader) -> Response:
    """Who took it over, the runs, and what happened in one of them: the first, or the one asked for."""
    found = await drill_evidence.get(view.platform, identity(evidence, WHAT), actor=view.person)
    asked = view.query("run")
    number = int(asked) if asked.isdecimal() and len(asked) < 4 else 1  # noqa: PLR2004 - a record has 200 at most
    return view.page(_page(view, found, min(max(number, 1), len(found.record.runs))))


@router.get("/drill-records/{evidence}/file")
async def download(evidence: str, view: Reader) -> Response:
    """A record as it came."""
    found = await drill_evidence.get(view.platform, identity(evidence, WHAT), actor=view.person)
    row = found.row
    headers = {"Content-Disposition": f'attachment; filename="{row.sop}-drill-{row.record_sha256[:8]}.json"'}
    return Response(row.record, media_type="application/json; charset=utf-8", headers=headers)


def _page(view: View, found: Evidence, number: int) -> RecordPage:
    _ = view.words.gettext
    row = found.row
    here = f"/sops/{row.sop}/versions/{row.version_id}/drills"
    run = found.record.runs[number - 1]
    stands = Chip(_("Of this text"), "check", "good") if found.stands else _changed(view)
    sections = [Section(_("Record"), facts=_facts(view, found)), _runs(view, found, number)]
    sections.append(Section(_("What happened: %(run)s", run=_named(run)), table=_lines(view, run)))
    return RecordPage(
        view.words.pick({"zh": row.title_zh, "en": row.title_en}),
        _("Drill record"),
        sections,
        subtitle=_("Played in the drill with invented people. Its times are those of the drill’s clock."),
        chips=[stands],
        actions=[Action(_("Download"), f"/drill-records/{row.id}/file", "document")],
        back=Action(_("Records of drills"), here),
        printable=True,
    )


def _changed(view: View) -> Chip:
    return Chip(view.words.gettext("The text was changed since"), "alert", "warn")


def _facts(view: View, found: Evidence) -> list[Fact]:
    _ = view.words.gettext
    row, record = found.row, found.record
    made = Cell(record.made_at, "evidence", sub=ahead_in_words(view, record))
    return [
        Fact(_("Made in the drill"), made),
        Fact(_("Taken over"), Cell(row.recorded_at, "evidence")),
        Fact(_("Signed: drill record checked"), Cell(row.actor)),
        Fact(_("Who took part"), Cell(list(row.persons) or [_("nobody named")], "lines")),
        Fact(_("How they ended"), Cell(ends_in_words(view, found), "lines")),
        Fact("SHA-256", Cell(row.record_sha256, "hash")),
    ]


def _runs(view: View, found: Evidence, number: int) -> Section:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(_named(run), href="" if at == number else f"?run={at}"),
                Cell(_end(view, found, run), "chip"),
                Cell(run.started_at, "evidence"),
                Cell(run.ended_at, "evidence"),
            ]
        )
        for at, run in enumerate(found.record.runs, 1)
    ]
    columns = [Column(label) for label in (_("Run"), _("State"), _("Started"), _("Ended"))]
    return Section(_("Runs"), table=Table("runs", _("Runs"), columns, rows, Empty(_("No runs"))))


def _named(run: DrilledRun) -> str:
    return f"{run.key} · {run.site}"


def _end(view: View, found: Evidence, run: DrilledRun) -> Chip:
    """How it ended; a run that goes on, its state."""
    end = end_in_words(view, found, run)
    known = codes.run_chip(run.state, run.outcome, view.words)
    return Chip(end, known.icon, known.tone) if end else known


def _lines(view: View, run: DrilledRun) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(one.at, "evidence"),
                Cell(one.who or _("System")),
                Cell(view.words.pick({"zh": one.zh, "en": one.en})),
            ]
        )
        for one in run.lines
    ]
    columns = [Column(label) for label in (_("When"), _("Who"), _("What"))]
    return Table("lines", _("What happened"), columns, rows, Empty(_("Nothing is recorded of this run")))

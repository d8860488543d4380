"""UI pages: one schedule in full - what it starts, its next times, its last runs, pause and resume."""

from collections.abc import Mapping
from typing import Any

from services.permissions import Permission
from services.schedules import ScheduleView
from ui import formats
from ui import words as codes
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Fact, Form, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.pages.filling import NONE, Problems, form
from ui.pages.reasons import reason_field
from ui.view import View

PLACE = "/admin/schedules"


def state_chip(view: View, one: ScheduleView) -> Chip:
    _ = view.words.gettext
    return Chip(_("Active"), "play", "good") if one.row.active else Chip(_("Paused"), "pause", "warn")


def next_times(view: View, one: ScheduleView) -> list[str]:
    """The next times in the site's own time, or why there are none."""
    if not one.row.active:
        return ["–"]
    if one.next_at is None:
        return [view.words.gettext("Not known at the moment")]
    return [formats.instant(at, one.row.time_zone) for at in one.next_at] or ["–"]


def site_in_words(view: View, one: ScheduleView) -> str:
    """The name of its site; the code only where it has none."""
    return view.words.pick({"zh": one.row.site_zh, "en": one.row.site_en}) or one.row.site


def record(
    view: View, one: ScheduleView, attempt: tuple[Mapping[str, Any], Problems] | None = None
) -> RecordPage:
    _ = view.words.gettext
    row = one.row
    facts = [
        Fact(
            _("Procedure"),
            Cell(view.words.pick({"zh": row.title_zh, "en": row.title_en}), href=f"/sops/{row.sop}"),
        ),
        Fact(_("Site"), Cell(site_in_words(view, one), href=f"/admin/sites/{row.site}", sub=row.time_zone)),
        Fact(_("When"), Cell(view.words.pick(one.calendar.in_words()))),
        Fact(_("Next times"), Cell(next_times(view, one), "lines")),
        Fact(_("Inputs"), Cell([f"{name}: {value}" for name, value in row.inputs.items()] or ["–"], "lines")),
        Fact(_("Made by"), Cell(row.made_by, sub=formats.instant(row.created_at, row.time_zone))),
        Fact(_("Last change"), Cell(row.changed_by, sub=formats.instant(row.changed_at, row.time_zone))),
        Fact(_("Reason"), Cell(row.reason)),
    ]
    sections = [
        Section(_("Record"), facts=facts),
        Section(_("Last runs"), table=_firings(view, one)),
    ]
    if view.person.may(Permission.ADMIN_SCHEDULES, row.site_id):
        switch = _switch_form(view, one, attempt)
        title = _("Pause") if row.active else _("Resume")
        sections.append(Section(title, form=switch, folded=attempt is None))
    eyebrow = site_in_words(view, one)
    return RecordPage(
        row.name, eyebrow, sections, chips=[state_chip(view, one)], back=Action(_("Schedules"), PLACE)
    )


def _firings(view: View, one: ScheduleView) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(
                    formats.instant(f.due_at, one.row.time_zone),
                    href=f"/runs/{f.run_id}" if f.run_state else "",
                ),
                Cell(codes.chip(codes.FIRINGS, f.state, view.words), "chip"),
                Cell(
                    codes.run_chip(f.run_state, f.run_outcome, view.words)
                    if f.run_state
                    else view.words.pick({"zh": f.message_zh, "en": f.message_en}) or "–",
                    "chip" if f.run_state else "text",
                ),
            ]
        )
        for f in one.firings
    ]
    columns = [Column(label) for label in (_("Due"), _("What came of it"), _("Run"))]
    return Table("firings", _("Last runs"), columns, rows, Empty(_("It has not come due yet.")))


def _switch_form(view: View, one: ScheduleView, attempt: tuple[Mapping[str, Any], Problems] | None) -> Form:
    _ = view.words.gettext
    values, problems = attempt or ({}, NONE)
    fields = [reason_field(view)]
    verb, label = ("pause", _("Pause")) if one.row.active else ("resume", _("Resume"))
    hint = (
        _("Nothing is started until it is resumed.")
        if one.row.active
        else _("It starts again at its next time; what was missed is not made up for.")
    )
    return form(f"{PLACE}/{one.row.id}/{verb}", label, fields, values, problems, hint=hint)

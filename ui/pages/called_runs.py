"""UI pages: the run that called a run, and the runs that it has called."""

from domain.sop_definition import Text
from services.runs import RunRow, RunView
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Fact, Row, Table
from ui.view import View

OPEN = {"running", "suspended", "incident"}
FIRST = 15
"""Called runs that the page shows; the others stand in the list of runs."""


def caller_fact(view: View, found: RunView) -> list[Fact]:
    """The way to the run that called this one."""
    caller = found.caller
    if caller is None:
        return []
    pick = view.words.pick
    sop = pick({"zh": caller.title_zh, "en": caller.title_en})
    summary = pick({"zh": caller.summary_zh, "en": caller.summary_en}) or caller.business_key or ""
    cell = Cell(" ".join(filter(None, (sop, summary))), href=f"/runs/{caller.id}")
    return [Fact(view.words.gettext("Called by"), cell)]


def called_table(view: View, found: RunView) -> Table | None:
    """The runs that this one has called, in the order of their lines; None when it has called none."""
    if not found.called_states:
        return None
    _, total = view.words.gettext, sum(found.called_states.values())
    still = sum(number for state, number in found.called_states.items() if state in OPEN)
    labels = (_("Run"), _("State"), _("Outcome"), _("Site"), _("Ended"))
    return Table(
        "called",
        _("Called runs: %(open)s of %(total)s open", open=still, total=total),
        [Column(label) for label in labels],
        [_row(view, row, found.outcomes.get(row.id)) for row in found.called[:FIRST]],
        Empty(_("None that you may see")),
        f"/runs?called_by={found.row.id}" if total > min(len(found.called), FIRST) else "",
    )


def _row(view: View, row: RunRow, outcome: Text | None) -> Row:
    words = view.words
    summary = words.pick({"zh": row.summary_zh, "en": row.summary_en})
    title = words.pick({"zh": row.title_zh, "en": row.title_en})
    return Row(
        [
            Cell(
                summary or row.business_key or str(row.called_line or row.id),
                href=f"/runs/{row.id}",
                sub=f"{title} v{row.version}",
            ),
            Cell(codes.run_chip(row.state, row.outcome, words), "chip"),
            Cell(codes.outcome_words(row.outcome, outcome, words)),
            Cell(words.pick({"zh": row.site_zh, "en": row.site_en})),
            Cell(row.ended_at, "instant", unit=row.time_zone),
        ]
    )

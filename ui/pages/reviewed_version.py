"""UI pages: the version that a change control is about - by its name and number, with the way to it."""

from dataclasses import replace

from services.sop_catalogue import VersionRow
from services.tasks import TaskView
from ui import words as codes
from ui.contexts.parts import Cell, Fact, Section
from ui.view import View


def fact(view: View, row: VersionRow) -> Fact:
    """The version, its state below."""
    _ = view.words.gettext
    title = view.words.pick({"zh": row.title_zh, "en": row.title_en})
    said = f"{title} · {_('v%(n)s', n=row.version)}" if row.version else title
    state = codes.word(codes.VERSION_STATES, row.state, view.words)
    return Fact(_("Version under review"), Cell(said, href=_address(row), sub=state))


def section(view: View, row: VersionRow) -> Section:
    """The same on a task, with the pages that somebody reads who assesses the change."""
    _ = view.words.gettext
    here = _address(row)
    pages = (
        (_("What changed"), f"{here}/changes"),
        (_("Certain on every path"), f"{here}/proofs"),
        (_("Cases"), f"{here}/cases"),
        (_("What-if"), f"{here}/what-if"),
        (_("Drills"), f"{here}/drills"),
    )
    read = Fact(_("To read"), Cell(pages, "links"))
    return Section(_("The change"), facts=[fact(view, row), read])


def without_codes(found: TaskView, row: VersionRow) -> TaskView:
    """The task without its codes of the version, which the link says better."""
    codes_of = (row.key, str(row.id))
    kept = [one for one in found.data if str(one["value"]).partition("/")[0] not in codes_of]
    return replace(found, data=kept)


def _address(row: VersionRow) -> str:
    return f"/sops/{row.key}/versions/{row.id}"

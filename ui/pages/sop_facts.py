"""UI pages: what a version's page says of it - where it is in force, its owner, what the check found."""

from collections import Counter

from domain.sop_definition import SopDefinition
from services.sop_catalogue import VersionView
from ui import words as codes
from ui.contexts.parts import Cell, Fact
from ui.pages.names import Names
from ui.pages.sop_placing import placed, shown
from ui.view import View


def facts(view: View, found: VersionView, definition: SopDefinition, names: Names) -> list[Fact]:
    """Where it is in force, who owns and wrote it, what the check says."""
    _ = view.words.gettext
    row = found.row
    told = [placed(view, one, names) for one in shown(found.in_force)]
    findings = _findings(view, found, definition)
    notes = _findings(view, found, definition, notes=True)
    return [
        Fact(_("In force"), Cell(told, "lines") if told else Cell(_("none"))),
        Fact(_("Clauses"), Cell([codes.clause(one, view.words) for one in definition.clauses], "lines")),
        Fact(_("Owner"), Cell(names.owner(definition.owner.department, definition.owner.post))),
        Fact(_("Author"), Cell(row.author)),
        Fact(_("Written"), Cell(row.created_at, "instant")),
        Fact(_("Retention"), Cell(_years(view, definition.retention))),
        Fact(_("Key"), Cell(row.key, "code")),
        Fact("SHA-256", Cell(row.sha256 or "", "hash")),
        Fact(_("Findings of the check"), Cell(findings, "lines") if findings else Cell(_("none"))),
        *([Fact(_("Left to the owner"), Cell(notes, "lines"))] if notes else []),
    ]


def _findings(view: View, found: VersionView, definition: SopDefinition, *, notes: bool = False) -> list[str]:
    """What the check says, each once for its step, with the number of places; or what it notes."""
    titles = {one.id: view.words.pick(one.title) for one in definition.walk() if one.title}
    told = Counter(
        view.words.gettext("%(what)s: %(value)s", what=titles[f.step_id], value=f.message(view.language))
        if f.step_id in titles
        else f.message(view.language)
        for f in found.findings
        if (f.severity == "note") == notes
    )
    return [
        said
        if n == 1
        else view.words.ngettext("%(what)s (%(n)s place)", "%(what)s (%(n)s places)", n, what=said)
        for said, n in told.items()
    ]


def _years(view: View, retention: str) -> str:
    years = int(retention.strip("PY"))
    return view.words.ngettext("%(n)s year", "%(n)s years", years)

"""UI pages: a part of a time line - filtered by person, step and kind, paged, with the waits between."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args
from urllib.parse import urlencode
from uuid import UUID

from services.run_lines import Band, Kind, LineFilter, Outage, RunLines
from services.runs import RunRow, RunView
from ui import formats
from ui.contexts.parts import Filter
from ui.contexts.runs import TimelineMark
from ui.pages.listing import choice
from ui.translation import mark
from ui.view import View

PAGE, MOST_DATA = 30, 10_000
"""So many lines are on a page, and fewer where they hold more bytes of data."""
OPEN = {"running", "suspended", "incident"}
FIELDS = ("person", "step", "kind")
OLDER = "older"
KINDS: dict[Kind, str] = {
    "done": mark("Steps that people completed"),
    "signed": mark("Signatures"),
    "command": mark("Commands to the run and its tasks"),
    "system": mark("What the system did"),
    "act": mark("Claimed, released, deviations"),
    "refused": mark("Refused"),
}


def wanted(view: View) -> LineFilter:
    """What the address asks for; what it asks in vain does not filter."""
    kind = view.query("kind")
    return LineFilter(
        person=_id(view.query("person")),
        step=view.query("step") or None,
        kind=next((one for one in get_args(Kind) if one == kind), None),
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def cursor(view: View) -> str | None:
    """Where an older page begins."""
    return view.request.query_params.get(OLDER) or None


def line_filter(view: View, found: RunView, lines: RunLines) -> Filter:
    """The filter of the time line."""
    _, pick = view.words.gettext, view.words.pick
    steps = [(one.step, pick(one.title)) for one in found.steps]
    kinds = [(code, _(word)) for code, word in KINDS.items()]
    return Filter(
        f"/runs/{found.row.id}",
        "live",
        [
            choice(view, "person", _("Person"), lines.people),
            choice(view, "step", _("Step"), steps),
            choice(view, "kind", _("Kind"), kinds),
        ],
    )


def kept_query(view: View) -> str:
    """The filter as the rest of an address, '' without one."""
    given = {name: view.query(name) for name in FIELDS if view.query(name)}
    return f"&{urlencode(given)}" if given else ""


def older_href(view: View, lines: RunLines) -> str:
    """The address of the lines before these, '' at the beginning of the run."""
    if lines.next is None:
        return ""
    return f"/runs/{lines.head.row.id}?{urlencode({OLDER: lines.next})}{kept_query(view)}"


def watched(view: View, row: RunRow) -> bool:
    """Whether something of the page may still change; of an older page nothing does."""
    return row.state in OPEN and not cursor(view)


def token(lines: RunLines) -> int:
    """What stands on the page, as a number: another one means that something has changed."""
    row = lines.head.row
    shown = [row.state, *row.current_steps]
    shown += [f"{entry.at.isoformat()} {entry.text.zh}" for entry in lines.entries]
    return int(hashlib.sha256("\n".join(shown).encode()).hexdigest()[:12], 16)


def with_bands(view: View, marks: Sequence[TimelineMark], lines: RunLines) -> list[TimelineMark]:
    """Each line with how long nothing happened after it and for whom, and when the system did not answer."""
    after = {band.start: band for band in lines.waits}
    found = list(marks)
    for number, entry in enumerate(lines.entries):
        following = lines.entries[number + 1].at if number + 1 < len(lines.entries) else None
        if entry.at in after and following != entry.at:
            found[number] = replace(found[number], waited=waited(view, after[entry.at]))
    for outage in lines.outages:
        before = [number for number, entry in enumerate(lines.entries) if entry.at <= outage.start]
        number = before[-1] if before else 0
        if found:
            said = [*found[number].outages, away(view, outage)]
            found[number] = replace(found[number], outages=said)
    return found


def away(view: View, outage: Outage) -> str:
    """An outage in words: from when to when, and what shows it."""
    _ = view.words.gettext
    reasons = {
        "no_worker": _("no worker took up the work"),
        "tried_again": _("a step of the system had to be tried again"),
        "late_timer": _("a deadline came late"),
        "not_taken_in": _("what was submitted was not taken in"),
    }
    why = _("; ").join(reasons[one] for one in outage.why)
    since = formats.instant(outage.start, view.zone, seconds=True)
    if outage.end is None:
        return _("The system has not answered since %(since)s: %(why)s", since=since, why=why)
    until = formats.instant(outage.end, view.zone, seconds=True)
    return _(
        "The system did not answer from %(since)s to %(until)s: %(why)s", since=since, until=until, why=why
    )


def waited(view: View, band: Band) -> list[str]:
    """A wait in words, a line for each task that was open."""
    _, pick = view.words.gettext, view.words.pick
    time = formats.span(band.lasted.total_seconds(), view.words)
    if not band.waits:
        return [_("%(time)s without an open task: a timer, an outside event or the system", time=time)]
    said = []
    for one in band.waits:
        task = pick(one.task)
        if one.holder:
            said.append(_("%(time)s in the hands of %(who)s: %(task)s", time=time, who=one.holder, task=task))
        else:
            said.append(
                _("%(time)s waited for %(post)s: %(task)s", time=time, post=pick(one.post), task=task)
            )
    return said

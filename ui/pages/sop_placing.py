"""UI pages: where a version is in force, from when until when - in words, on the clock of its site."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.sop_catalogue import InForce, VersionRow
from ui import words as codes
from ui.contexts.parts import Chip
from ui.formats import instant, offset
from ui.pages.listing import identity
from ui.pages.names import Names
from ui.view import View


def placed(view: View, one: InForce, names: Names) -> str:
    """A version, where it is in force, since when, and until when if that is known."""
    _ = view.words.gettext
    site = names.of("site", one.site) or _("all sites")
    since = on_its_clock(view, one.effective_from, one.time_zone)
    if planned(view, one):
        told = _("v%(n)s, %(site)s, planned from %(at)s", n=one.version, site=site, at=since)
    else:
        told = _("v%(n)s, %(site)s, since %(at)s", n=one.version, site=site, at=since)
    if one.effective_to is None:
        return told
    return _("%(what)s until %(at)s", what=told, at=on_its_clock(view, one.effective_to, one.time_zone))


def planned(view: View, one: InForce) -> bool:
    """Whether it is to come into force and was not called off."""
    return one.effective_from > view.now and one.effective_to != one.effective_from


def shown(periods: Sequence[InForce]) -> list[InForce]:
    """The periods without those that were called off."""
    return [one for one in periods if one.effective_to != one.effective_from]


def on_its_clock(view: View, at: datetime, zone: str | None) -> str:
    """An instant on the clock of a site, with what that clock is ahead of UTC."""
    clock = zone or view.zone
    return f"{instant(at, clock)} ({offset(at, clock)})"


def state_chip(view: View, row: VersionRow, periods: Sequence[InForce]) -> Chip:
    """The state of a version; one that has begun nowhere yet is scheduled."""
    coming = [one for one in periods if planned(view, one)]
    if row.state == "effective" and coming and len(coming) == len(shown(periods)):
        return codes.chip(codes.VERSION_STATES, "scheduled", view.words)
    return codes.chip(codes.VERSION_STATES, row.state, view.words)


def version_named(ref: str) -> int | UUID:
    """What an address names: a number, or the id of a draft."""
    return int(ref) if ref.isdigit() and len(ref) < 7 else identity(ref, "规程版本 / version")  # noqa: PLR2004

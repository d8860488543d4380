"""UI pages: the places outside the database that have heads of the chain, in words."""

from __future__ import annotations

from datetime import datetime

from services.head_places import PlaceStanding
from ui.contexts.parts import Cell, Fact
from ui.formats import instant
from ui.view import View


def place_fact(view: View, place: PlaceStanding) -> Fact:
    _, ngettext = view.words.gettext, view.words.ngettext
    label = {
        "file": _("Heads in the file"),
        "store": _("Heads in the store"),
        "mail": _("Heads by mail"),
    }[place.kind]
    if place.trouble:
        return Fact(label, Cell(_("cannot be read now"), sub=place.name))
    said = _("up to block %(n)s", n=place.until) if place.until else _("none yet")
    missing = ngettext(
        "%(n)s block is not there yet", "%(n)s blocks are not there yet", place.missing, n=place.missing
    )
    return Fact(label, Cell(said, sub=missing if place.missing else ""))


def place_window(view: View, place: PlaceStanding) -> str:
    """What one place outside does not show, in a sentence."""
    _, ngettext = view.words.gettext, view.words.ngettext
    if place.trouble:
        return _(
            "the heads at %(place)s could not be read: %(why)s. What only they show was not compared",
            place=place.name,
            why=place.trouble,
        )
    said = {
        "file": _("the file %(place)s has heads up to block %(n)s", place=place.name, n=place.until),
        "store": _("the store %(place)s has heads up to block %(n)s", place=place.name, n=place.until),
        "mail": _(
            "a mail to %(place)s has the head of block %(n)s; it is compared when you give it above",
            place=place.name,
            n=place.until,
        ),
    }[place.kind]
    if not place.until:
        said = _("no head has come to %(place)s yet", place=place.name)
    missing = ngettext(
        "%(n)s block is not there yet", "%(n)s blocks are not there yet", place.missing, n=place.missing
    )
    late = f"{missing}{in_brackets(since_words(view, place.behind_since))}" if place.missing else ""
    return _("; ").join(part for part in (said, late) if part)


def since_words(view: View, at: object) -> str:
    return view.words.gettext("since %(at)s", at=instant(at, view.zone)) if isinstance(at, datetime) else ""


def in_brackets(text: str) -> str:
    return f" ({text})" if text else ""

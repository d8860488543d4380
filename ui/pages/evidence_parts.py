"""UI pages: the parts of the evidence page - what is asked, how things stand, a verification in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.audit import AuditRow
from services.evidence_check import EvidenceVerdict
from services.evidence_reading import EvidenceStanding
from ui.contexts.evidence import Verification
from ui.contexts.parts import Cell, Chip, Column, Empty, Fact, Field, Form, Option, Row, Table
from ui.pages.evidence_places import in_brackets, place_fact, place_window, since_words
from ui.pages.filling import form
from ui.view import View

NAMES = ("of", "ref", "since", "until", "levels", "head")
LEVEL_CHOICES = {"all": (1, 2, 3, 4), "seals": (1,), "quick": (1, 4)}


@dataclass(frozen=True)
class Asked:
    """What a verification is to be about."""

    of: str = "all"
    ref: str = ""
    since: date | None = None
    until: date | None = None
    levels: str = "all"
    head: str = ""
    """A head that the reader has kept, as a mail has it."""

    @property
    def fields(self) -> dict[str, str]:
        """As a form posts it."""
        return {
            "of": self.of,
            "ref": self.ref,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "levels": self.levels,
            "head": self.head,
        }


def asked(fields: Mapping[str, str]) -> Asked:
    """What was chosen; what is no choice or date is as if nothing had been chosen."""
    return Asked(
        of=fields.get("of") or "all",
        ref=fields.get("ref", "").strip()[:200],
        since=_day(fields.get("since", "")),
        until=_day(fields.get("until", "")),
        levels=fields.get("levels") or "all",
        head=fields.get("head", "").strip()[:2000],
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def choice(view: View, asked: Asked) -> Form:
    _ = view.words.gettext
    of = [
        Option("all", _("All of it")),
        Option("run", _("A run")),
        Option("batch", _("A batch")),
        Option("person", _("A person")),
    ]
    levels = [
        Option("all", _("All four levels")),
        Option("quick", _("Without replaying runs")),
        Option("seals", _("Seals only")),
    ]
    fields = [
        Field("of", _("Scope"), "choice", asked.of, options=of, required=True, compact=True),
        Field(
            "ref",
            _("Which one"),
            "text",
            asked.ref,
            help=_("Number of the business or run, batch number, user name"),
        ),
        Field("since", _("Ended from"), "date", asked.fields["since"]),
        Field("until", _("Ended until"), "date", asked.fields["until"]),
        Field(
            "levels",
            _("How thoroughly"),
            "choice",
            asked.levels,
            options=levels,
            required=True,
            compact=True,
        ),
        Field(
            "head",
            _("Head from a mail"),
            "text",
            asked.head,
            help=_("If you have one: the line with number and hash"),
        ),
    ]
    return form("", _("Verify"), fields)


def standing_facts(view: View, standing: EvidenceStanding) -> list[Fact]:
    _, ngettext = view.words.gettext, view.words.ngettext
    unsealed = ngettext("%(n)s record", "%(n)s records", standing.unsealed, n=standing.unsealed)
    waiting = ngettext("%(n)s run", "%(n)s runs", standing.backlog, n=standing.backlog)
    return [
        Fact(_("Blocks"), Cell(standing.blocks, "quantity")),
        Fact(_("Sealed until"), Cell(standing.last_sealed_at, "evidence")),
        Fact(_("Not sealed yet"), Cell(unsealed, sub=since_words(view, standing.unsealed_since))),
        *(place_fact(view, place) for place in standing.places),
        Fact(_("Waiting for their archive"), Cell(waiting, sub=since_words(view, standing.backlog_since))),
    ]


def key_table(view: View, standing: EvidenceStanding) -> Table:
    _ = view.words.gettext
    return Table(
        "keys",
        _("Seal keys"),
        [Column(_("Key no.")), Column(_("Fingerprint")), Column(_("Since"))],
        [
            Row([Cell(number), Cell(shown, "code"), Cell(since, "evidence")])
            for number, shown, since in standing.keys
        ],
        Empty(
            _("Nothing is sealed yet"),
            _("The worker makes the first key when it starts."),
        ),
    )


def earlier_table(view: View, events: Sequence[AuditRow]) -> Table:
    _ = view.words.gettext
    rows = []
    for event in events:
        said = event.after or {}
        found = int(said.get("found", 0))
        words = _("nothing found") if not found else _found(view, found)
        about = "、".join(f"{value}" for value in (said.get("scope") or {}).values()) or _("All of it")
        rows.append(
            Row(
                [
                    Cell(event.recorded_at, "evidence"),
                    Cell(event.actor_name),
                    Cell(about),
                    Cell(", ".join(str(level) for level in said.get("levels", ()))),
                    Cell(words),
                ],
                "bad" if found else "good",
            )
        )
    columns = [_("When"), _("Who"), _("Scope"), _("Levels"), _("Result")]
    return Table(
        "earlier",
        _("Earlier verifications"),
        [Column(label) for label in columns],
        rows,
        Empty(_("Nobody has verified yet")),
    )


def _found(view: View, found: int) -> str:
    return view.words.ngettext("%(n)s finding", "%(n)s findings", found, n=found)


def verification(
    view: View,
    asked: Asked,
    verdict: EvidenceVerdict,
    *,
    total: int,
    found: int,
    by_level: Mapping[int, int],
    state: Sequence[tuple[str, str]],
    run: UUID | None = None,
) -> Verification:
    """A verification so far, in words."""
    _ = view.words.gettext
    counted = (
        (_("Blocks"), verdict.blocks),
        (_("Records"), verdict.rows),
        (_("Archived contents"), verdict.contents),
        (_("Runs"), verdict.runs),
        (_("Events"), verdict.events),
    )
    done = verdict.blocks + verdict.runs
    return Verification(
        about=_about(view, asked),
        done=done,
        total=max(total, done, 1),
        levels=[_level(view, level, by_level.get(level, 0), over=not state) for level in verdict.levels],
        counted=[Fact(label, Cell(value, "quantity")) for label, value in counted],
        findings=[
            (_("Level %(n)s", n=finding.level), finding.message(view.language))
            for finding in verdict.findings
        ],
        found=found,
        state=state,
        windows=() if state else _windows(view, verdict),
        certificate=f"/runs/{run}/certificate" if run and not state and verdict.runs else "",
    )


def _about(view: View, asked: Asked) -> str:
    labels = {option.value: option.label for option in choice(view, asked).groups[0].fields[0].options}
    return " ".join(part for part in (labels.get(asked.of, ""), asked.ref) if part)


def _level(view: View, level: int, found: int, *, over: bool) -> tuple[str, Chip]:
    _ = view.words.gettext
    name = {
        1: _("Level 1: hashes, blocks, signatures, contents"),
        2: _("Level 2: the engine's own replay"),
        3: _("Level 3: strict replay"),
        4: _("Level 4: histories, signatures and books agree"),
    }[level]
    if found:
        return name, Chip(_found(view, found), "alert", "bad")
    return name, Chip(_("nothing found"), "check", "good") if over else Chip(_("nothing found so far"))


def _windows(view: View, verdict: EvidenceVerdict) -> list[str]:
    _, ngettext = view.words.gettext, view.words.ngettext
    seals, said = verdict.seals, []
    if seals.unsealed:
        said.append(
            ngettext(
                "%(n)s record is not sealed yet",
                "%(n)s records are not sealed yet",
                seals.unsealed,
                n=seals.unsealed,
            )
            + in_brackets(since_words(view, seals.unsealed_since))
        )
    if 1 in verdict.levels:
        said += [place_window(view, place) for place in seals.places]
        if not any(place.until for place in seals.places if place.kind != "mail"):
            said.append(
                _("no head was found outside the database: a tail that was cut off would not be noticed")
            )
    if verdict.deleted:
        said.append(
            ngettext(
                "contents of %(n)s run were deleted under retention; header and tombstone stand",
                "contents of %(n)s runs were deleted under retention; headers and tombstones stand",
                verdict.deleted,
                n=verdict.deleted,
            )
        )
    if verdict.not_archived:
        said.append(
            ngettext(
                "%(n)s run has no archive: under way, or just ended",
                "%(n)s runs have no archive: under way, or just ended",
                verdict.not_archived,
                n=verdict.not_archived,
            )
        )
    return said

"""UI pages: a run as its page shows it - time line, current steps, signatures, documents, moves, commands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from services.permissions import Permission
from services.run_lines import RunLines
from services.runs import RunView
from services.sop_catalogue import VersionRow
from services.timeline import TimelineEntry
from ui import formats
from ui import words as codes
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Cell, Fact, Field, Form, Group, Table, Tone
from ui.contexts.runs import RunChange, RunLive, RunPage, TimelineMark
from ui.pages import reviewed_version, run_lines, superseded
from ui.pages.called_runs import called_table, caller_fact
from ui.pages.evidence_package import to_package
from ui.pages.filling import NONE, Problems, form
from ui.pages.listing import to_options
from ui.pages.reasons import reason_field
from ui.pages.run_flow import run_picture
from ui.pages.run_moves import moves_table
from ui.pages.run_parts import current_steps, deleted_fact, documents_table, signatures_table
from ui.pages.task_parts import stamp
from ui.translation import mark
from ui.view import View

RECALLS = {"recall", "recall_consignee"}
TONES: dict[str, Tone] = {
    "started": "info",
    "complete": "good",
    "sign": "good",
    "ended": "good",
    "cancel": "bad",
    "suspend": "warn",
    "resume": "info",
    "send_back": "warn",
    "incident": "bad",
    "escalate": "warn",
    "remind": "warn",
}
COMMANDS: dict[str, tuple[str, str, Permission, str]] = {
    "suspend": (
        mark("Suspend"),
        "pause",
        Permission.RUN_SUSPEND,
        mark("Nobody can complete a task until it is resumed."),
    ),
    "resume": (
        mark("Resume"),
        "play",
        Permission.RUN_SUSPEND,
        mark("The open tasks can be worked on again."),
    ),
    "send_back": (
        mark("Send back"),
        "undo",
        Permission.RUN_SEND_BACK,
        mark("The work since that step is undone and done again; every pass stays in the history."),
    ),
    "cancel": (
        mark("Cancel the run"),
        "x",
        Permission.RUN_CANCEL,
        mark("Stock effects are undone in reverse order, the rest is listed. This needs your signature."),
    ),
}


@dataclass(frozen=True)
class RunReading:
    """Reads one run for one request."""

    view: View
    found: RunView
    lines: RunLines
    reviewed: VersionRow | None = None

    @property
    def entries(self) -> Sequence[TimelineEntry]:
        """The lines of this page."""
        return self.lines.entries

    @property
    def address(self) -> str:
        return f"/runs/{self.found.row.id}"

    @property
    def title(self) -> str:
        row = self.found.row
        summary = self.view.words.pick({"zh": row.summary_zh, "en": row.summary_en})
        return summary or row.business_key or str(row.id)

    def page(self, attempt: tuple[str, Mapping[str, Any], Problems] | None = None) -> RunPage:
        """The whole page; `attempt` is a command that was refused, with what was entered."""
        row, pick = self.found.row, self.view.words.pick
        sop = pick({"zh": row.title_zh, "en": row.title_en})
        return RunPage(
            title=self.title,
            eyebrow=f"{sop} · v{row.version} · {pick({'zh': row.site_zh, 'en': row.site_en})}",
            back=Action(self.view.words.gettext("Runs"), "/runs"),
            actions=to_package(self.view, "run", str(row.id)),
            chips=(),
            facts=self._facts(),
            live=self.live(),
            signatures=signatures_table(self.view, self.lines),
            documents=self._documents(),
            moves=moves_table(self.view, self.found.moves, f"{self.address}/moves"),
            called=called_table(self.view, self.found),
            commands=self._commands(attempt),
            reopened=attempt[0] if attempt else "",
            flowchart=self._picture(),
            certificate="" if row.state in run_lines.OPEN else f"{self.address}/certificate",
        )

    def _picture(self) -> Picture | None:
        posts = {code: self.view.words.pick(name) for code, name in self.lines.posts.items()}
        return run_picture(self.view, self.found, self.lines.ways, posts)

    def change(self) -> RunChange:
        """All that tells of the run, for a page that is being watched."""
        return RunChange(
            self.live(),
            self._facts(),
            signatures_table(self.view, self.lines),
            documents=self._documents(),
            moves=moves_table(self.view, self.found.moves, f"{self.address}/moves"),
            called=called_table(self.view, self.found),
            flowchart=self._picture(),
        )

    def live(self) -> RunLive:
        """What changes while somebody watches; of an older page nothing does."""
        row, older = self.found.row, run_lines.cursor(self.view)
        return RunLive(
            address=self.address,
            running=run_lines.watched(self.view, row),
            last=run_lines.token(self.lines),
            chips=[codes.run_chip(row.state, row.outcome, self.view.words)],
            current=current_steps(self.view, self.found, self._outcome()),
            marks=run_lines.with_bands(self.view, [self._mark(one) for one in self.entries], self.lines),
            filter=run_lines.line_filter(self.view, self.found, self.lines),
            kept=run_lines.kept_query(self.view),
            older_href=run_lines.older_href(self.view, self.lines),
            newest_href=self.address if older else "",
        )

    def _outcome(self) -> str:
        row = self.found.row
        return codes.outcome_words(row.outcome, self.found.outcomes.get(row.id), self.view.words)

    def _mark(self, entry: TimelineEntry) -> TimelineMark:
        view = self.view
        signature = ""
        if entry.signature:
            s = entry.signature
            said = (s.printed_name, view.words.pick(s.post), view.words.pick(s.meaning), stamp(view, s.at))
            counts = (s.content_sha256[:12], superseded.words(view, s.superseded))
            what = " · ".join(filter(None, (*said, *counts)))
            signature = view.words.gettext("Signature: %(what)s", what=what)
        return TimelineMark(
            number=entry.seq,
            at=formats.instant(entry.at, view.zone, seconds=True),
            zone=formats.offset(entry.at, view.zone),
            text=view.words.pick(entry.text),
            actor=entry.actor or view.words.gettext("System"),
            tone=self._tone(entry),
            step=entry.step_path,
            signature=signature,
            data=json.dumps(entry.data, ensure_ascii=False, indent=2, default=str) if entry.data else "",
            events=", ".join(str(event) for event in entry.event_ids),
            lines_href=self._lines_href(entry),
        )

    def _tone(self, entry: TimelineEntry) -> Tone:
        row = self.found.row
        if entry.kind == "ended" and not entry.refused:  # an end that is a refusal is not green
            return codes.run_chip(row.state, row.outcome, self.view.words).tone
        return "bad" if entry.refused else TONES.get(entry.kind, "neutral")

    def _lines_href(self, entry: TimelineEntry) -> str:
        """Where the results of a completed work list stand line by line; its event has only their root."""
        if "lines" not in entry.data or not self.view.may(Permission.TASK_READ):
            return ""
        return next((f"/tasks/{one.id}/scan" for one in self.found.tasks if one.path == entry.step_path), "")

    def _room(self) -> list[Fact]:
        """The way from a recall, or from one consignee's part of it, to its room."""
        row = self.found.row
        if row.sop not in RECALLS or not row.business_key:
            return []
        number = row.business_key.partition(" / ")[0]
        href = f"/recalls/{quote(number, safe='')}"
        return [Fact(self.view.words.gettext("Recall room"), Cell(number, "code", href))]

    def _facts(self) -> list[Fact]:
        _, row = self.view.words.gettext, self.found.row
        sop = self.view.words.pick({"zh": row.title_zh, "en": row.title_en})
        facts = [
            Fact(_("Started by"), Cell(row.started_by_name)),
            Fact(_("Started"), Cell(row.started_at, "instant")),
            Fact(_("Ended"), Cell(row.ended_at, "instant")),
            Fact(_("Outcome"), Cell(self._outcome())),
            *(
                []
                if self._known_by_batch() or self.reviewed
                else [Fact(_("Business key"), Cell(row.business_key or "", "code"))]
            ),
            *([reviewed_version.fact(self.view, self.reviewed)] if self.reviewed else []),
            *caller_fact(self.view, self.found),
            *self._room(),
            Fact(
                _("Procedure"),
                Cell(f"{sop} v{row.version}", href=f"/sops/{row.sop}/versions/{row.version}"),
            ),
            Fact(_("Definition SHA-256"), Cell(row.sha256, "hash")),
            Fact(_("Batches"), Cell(len(self.found.batch_ids), "quantity", f"/runs/{row.id}/batches")),
            Fact(_("Id"), Cell(str(row.id), "code")),
            *deleted_fact(self.view, self.found),
        ]
        return [fact for fact in facts if fact.label != _("Batches") or self.found.batch_ids]

    def _known_by_batch(self) -> bool:
        """Whether the key is the id of a batch: the title names it, and the id says nothing to people."""
        return self.found.row.business_key in {str(one) for one in self.found.batch_ids}

    def _documents(self) -> Table:
        return documents_table(self.view, self.found)

    def _commands(
        self, attempt: tuple[str, Mapping[str, Any], Problems] | None
    ) -> list[tuple[str, str, str, Form]]:
        _ = self.view.words.gettext
        state = self.found.row.state
        offered = []
        for kind, (label, icon, permission, hint) in COMMANDS.items():
            wrong_state = state not in run_lines.OPEN or (
                (kind == "resume") != (state == "suspended") and kind in {"suspend", "resume"}
            )
            if wrong_state or not self.view.person.may(permission, self.found.row.site_id):
                continue
            entered, problems = (attempt[1], attempt[2]) if attempt and attempt[0] == kind else ({}, NONE)
            offered.append((kind, _(label), icon, self._command(kind, _(label), _(hint), entered, problems)))
        return offered

    def _command(
        self, kind: str, label: str, hint: str, entered: Mapping[str, Any], problems: Problems
    ) -> Form:
        _ = self.view.words.gettext
        fields = [reason_field(self.view)]
        if kind == "send_back":
            fields.insert(
                0,
                Field(
                    "to", _("To which step"), "choice", required=True, options=to_options(self._done_steps())
                ),
            )
        if kind == "cancel":
            fields.append(
                Field(
                    "password",
                    _("Your password, again"),
                    "password",
                    required=True,
                    autocomplete="current-password",
                )
            )
        tone: Tone = "bad" if kind in {"cancel", "send_back"} else "info"
        made = form(
            f"{self.address}/{kind.replace('_', '-')}", label, fields, entered, problems, tone=tone, hint=hint
        )
        group = made.groups[0]
        return replace(made, groups=[Group([replace(f, name=f.name) for f in group.fields])])

    def _done_steps(self) -> list[tuple[str, str]]:
        """Steps of people that were performed already."""
        pick = self.view.words.pick
        done = {
            t.step_id: pick({"zh": t.title_zh, "en": t.title_en})
            for t in self.found.tasks
            if t.state == "done"
        }
        return list(done.items())

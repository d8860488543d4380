"""UI pages: a task as its page shows it - built from the service's view, no rule of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from uuid import uuid4

from domain.sop_definition import FormField
from domain.sop_order import Order, arranged
from domain.sop_progress.refusals import AlreadySigned
from services import tasks
from services.documents import DocumentRow
from services.permissions import Permission
from services.tasks import TaskView
from ui import formats
from ui import words as codes
from ui.contexts.parts import Action, Chip, Fact, Form, Group, Section, Upload
from ui.contexts.work import (
    CommandDialog,
    Confirmation,
    OutcomeButton,
    PassedStep,
    TaskFormPart,
    TaskPage,
    WorkProgress,
)
from ui.definition_forms import field_views, read_form
from ui.pages import task_command_forms
from ui.pages.filling import NONE, Problems
from ui.pages.task_data import answer_cell
from ui.pages.task_parts import DONE, outcome_buttons, papers, pass_of, progress, send_back_form, stamp
from ui.view import View


@dataclass(frozen=True)
class Entered:
    """What was posted and why it was not accepted, to show the page again."""

    data: Mapping[str, Any] | None = None
    problems: Problems = NONE
    confirmation: Confirmation | None = None
    send_back: Form | None = None
    command: CommandDialog | None = None


@dataclass(frozen=True)
class TaskReading:
    """Reads one task view for one request."""

    view: View
    found: TaskView
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    papers: Sequence[DocumentRow] = ()
    evidence: Sequence[Section] = ()

    @property
    def address(self) -> str:
        return f"/tasks/{self.found.task.id}"

    @property
    def form(self) -> dict[str, FormField]:
        """The task's form, in the author's order."""
        return read_form(self.found.form, self._order)

    @property
    def line_form(self) -> dict[str, FormField]:
        """The form of each line of a work list."""
        return read_form(self.found.line_form, self._order, "lines/form")

    @property
    def task_outcomes(self) -> dict[str, Any]:
        """The outcomes of the task, in the author's order."""
        return arranged(self.found.outcomes, self._order.get("outcomes", ()))

    @property
    def line_outcomes(self) -> dict[str, Any]:
        """The outcomes of each line."""
        return arranged(self.found.line_outcomes, self._order.get("lines/outcomes", ()))

    @property
    def _order(self) -> Order:
        order: Order = self.found.task.content.get("order") or {}
        return order

    @property
    def awaiting(self) -> bool:
        """Whether the task is completed and only lacks signatures."""
        return self.found.task.state == "awaiting_signature"

    def page(self, entered: Entered | None = None) -> TaskPage:
        """The whole page."""
        entered = entered or self._opened()
        view, task = self.view, self.found.task
        _, pick = view.words.gettext, view.words.pick
        tone, due = formats.due(task.due_at, view.now, view.words)
        closed = task.state not in {"open", "claimed", "awaiting_signature"}
        kind_chip = [] if task.kind == "step" else [codes.chip(codes.TASK_KINDS, task.kind, view.words)]
        again = pass_of(task.path)
        more = [Chip(_("Pass %(n)s", n=again), "undo", "warn")] if again > 1 else []
        if task.run_state == "suspended" and not closed:
            more.append(codes.chip(codes.RUN_STATES, task.run_state, view.words))
        sop = pick({"zh": task.sop_title_zh, "en": task.sop_title_en})
        return TaskPage(
            title=pick({"zh": task.title_zh, "en": task.title_en}),
            eyebrow=f"{sop} · v{task.version} · {pick({'zh': task.site_zh, 'en': task.site_en})}",
            object=pick({"zh": task.object, "en": task.object_en}),
            chips=[codes.chip(codes.TASK_STATES, task.state, view.words), *kind_chip, *more],
            due_tone="calm" if closed else tone,
            due=_("closed %(at)s", at=formats.instant(task.closed_at, view.zone)) if closed else due,
            instruction=pick(self.found.instruction),
            data=self._data(),
            before=[self._passed(step) for step in self.found.history],
            run=self._run(),
            address=self.address,
            epoch=task.epoch,
            draft=self.found.may["complete"].allowed and not self.awaiting,
            form=self._form(entered),
            outcomes=self.outcomes(),
            signers=task_command_forms.signers(view, self.found),
            may_claim=self.found.may["claim"].allowed and task.state == "open",
            may_release=self.found.may["release"].allowed and task.state == "claimed",
            may_complete=self.may_work,
            may_sign=self.found.may["sign"].allowed,
            submission_id=str(uuid4()),
            why_not=self.why_not(),
            waits_for=self.waits_for(),
            send_back=self.send_back_form(entered.send_back),
            commands=task_command_forms.buttons(view, self.found),
            command=entered.command,
            notes=task_command_forms.notes(view, self.found),
            lines=self.progress(),
            lines_href=f"{self.address}/scan",
            lines_label=self._lines_label(closed=closed),
            confirmation=entered.confirmation,
            saved=self._saved(),
            watched="" if closed or self.may_work else tasks.standing_of(task),
        )

    def _lines_label(self, *, closed: bool) -> str:
        """What the way to the lines is for: once they are answered, only to look at them."""
        _ = self.view.words.gettext
        if closed or self.awaiting:
            return _("See the lines")
        return _("Scan and record line by line") if self.found.scan else _("Record line by line")

    def _run(self) -> Action:
        """The way to the run; where a task only reports that the run is stuck, the way out."""
        _, href = self.view.words.gettext, f"/runs/{self.found.task.run_id}"
        if self.found.task.kind == "incident":
            return Action(_("Send back or cancel: to the run"), href, primary=True)
        return Action(_("The whole run: what happened so far"), href)

    def form_part(self, entered: Entered) -> TaskFormPart:
        """The form alone."""
        page = self.page(entered)
        return TaskFormPart(**{one.name: getattr(page, one.name) for one in fields(page)})

    @property
    def may_work(self) -> bool:
        """Whether an outcome or a signature can be given now."""
        if self.awaiting:
            return self.found.may["sign"].allowed
        return self.found.may["complete"].allowed

    def why_not(self) -> str:
        """Why the form cannot be filled in now, in words; '' when it can or when claiming comes first."""
        asked = self.found.may["sign" if self.awaiting else "complete"]
        if (
            asked.allowed
            or self.waits_for()
            or (self.found.may["claim"].allowed and self.found.task.state == "open")
        ):
            return ""
        return (asked.reason or {}).get(self.view.language, "")

    def waits_for(self) -> str:
        """Whose signature is still missing, for who has done the own part; '' otherwise."""
        if not self.awaiting or self.found.may["sign"].code != AlreadySigned.code:
            return ""
        view = self.view
        missing = [view.words.pick(one.post_name) for one in self.found.signatures if one.signed_by is None]
        return view.words.gettext("It waits for the signature of: %(posts)s.", posts=", ".join(missing))

    def outcomes(self) -> list[OutcomeButton]:
        """The buttons: outcomes with their consequence, or the one signature that is asked for."""
        _ = self.view.words.gettext
        if self.awaiting:
            meaning = self.meaning()
            return [OutcomeButton("sign", _("Sign"), meaning, "good", confirm=True, key="1")]
        signs = bool(self.found.signatures)
        listed = self.task_outcomes or {DONE: {"label": {"zh": "完成", "en": "Done"}, "reason": None}}
        buttons = outcome_buttons(self.view, listed, signs=signs)
        totals = self.found.totals
        if totals is None or totals.done == totals.lines:
            return buttons
        return [replace(one, tone="neutral" if one.tone == "good" else one.tone) for one in buttons]

    def meaning(self) -> str:
        """The meaning of the signature that this person would give: the first unmet one of a post held."""
        posts = {held.post for held in self.view.person.assignments}
        unmet = [one for one in self.found.signatures if one.signed_by is None]
        own = [one for one in unmet if one.post in posts] or unmet
        return self.view.words.pick(own[0].meaning) if own else ""

    def progress(self) -> WorkProgress | None:
        """How far the work list is."""
        totals = self.found.totals
        return progress(self.view, totals) if totals else None

    def send_back_form(self, again: Form | None) -> Form | None:
        """To which step, and why."""
        if again is not None or not self.found.may["send_back"].allowed or not self.found.send_back:
            return again
        return send_back_form(self.view, self.found)

    def _opened(self) -> Entered:
        """Nothing entered yet; a refusal that came after this person had left the page is told now."""
        refused = self.found.refused
        if refused is None:
            return Entered()
        said = self.view.words.pick({"zh": refused.message_zh, "en": refused.message_en})
        words = self.view.words.gettext("Your last answer was not accepted: %(why)s", why=said)
        return Entered(problems=Problems(whole=words))

    def _form(self, entered: Entered) -> Form | None:
        form = self.form
        if not form:
            problem = entered.problems
            return Form("", "", (), problem=problem.whole) if problem is not NONE else None
        shown = field_views(
            form,
            entered.data if entered.data is not None else self.kept(),
            self.view.words,
            required=self.found.required,
            errors=entered.problems.by_field,
            upload_href=f"{self.address}/attachments/form" if self.may_work and not self.awaiting else "",
            uploads=self.uploads,
        )
        return Form("", "", [Group(shown)], problem=entered.problems.whole)

    def kept(self) -> Mapping[str, Any]:
        """The answers that stand: completed ones, else the draft of this pass."""
        result = self.found.task.result
        if result and result.get("data"):
            data: Mapping[str, Any] = result["data"]
            return data
        draft = self.found.draft
        return draft.data if draft and not draft.stale else {}

    def _saved(self) -> str:
        draft = self.found.draft
        return (
            formats.instant(draft.saved_at, self.view.zone, seconds=True) if draft and not draft.stale else ""
        )

    def _data(self) -> list[Section]:
        groups: dict[str, list[Fact]] = {}
        for entry in self.found.data:
            group = (
                self.view.words.pick(entry["group"])
                if entry.get("group")
                else self.view.words.gettext("Data")
            )
            label = self.view.words.pick(entry["label"])
            groups.setdefault(group, []).append(Fact(label, answer_cell(self.view, self.uploads, entry)))
        shown = [Section(title, facts=facts) for title, facts in groups.items()]
        return [*self.evidence, *papers(self.view, self.papers), *shown]

    def answered_before(self) -> list[Fact]:
        """The answers of earlier steps: readings, remarks, files - what somebody decides on."""
        pick = self.view.words.pick
        return [
            Fact(pick(e["label"]), answer_cell(self.view, self.uploads, e))
            for e in self.found.data
            if e.get("type")
        ]

    def _passed(self, step: Any) -> PassedStep:
        _ = self.view.words.gettext
        title = self.view.words.pick({"zh": step.title_zh, "en": step.title_en})
        meta = f"{', '.join(step.performers)} · {stamp(self.view, step.closed_at)}"
        result = self.view.words.pick({"zh": step.outcome_zh or "", "en": step.outcome_en or ""})
        done = _("done")
        may_look = step.listed and self.view.person.may(Permission.TASK_READ, step.site_id)
        lines_href = f"/tasks/{step.task_id}/scan" if may_look else ""
        return PassedStep(f"{title} · {result or done}", meta, "good", lines_href)

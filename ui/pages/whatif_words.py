"""UI pages: what-if in words - what was assumed or refused, both paths, how long, which posts. No service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.decision_table import DecisionTable
from domain.sop_case_words import CaseWords
from domain.sop_definition import SopDefinition, Text
from domain.sop_proof_words import answer_words
from domain.sop_whatif import NoteOut, PathStep, RunResult
from ui.formats import span
from ui.translation import Translations, mark
from ui.words import RUN_OUTCOMES, word

ASSUMED: Mapping[str, str] = {
    "step": mark("%(step)s: nobody had done it; it was taken as done with the outcome that stands first."),
    "field": mark("%(step)s: “%(what)s” had not been asked for and was filled in."),
    "outcome": mark("%(step)s: its recorded outcome is not there any more; “%(what)s” was taken."),
    "reason": mark("%(step)s: a reason had not been asked for and was filled in."),
    "lines": mark(
        "%(step)s: it had had no work list; its lines were taken with the outcome that stands first."
    ),
    "signature": mark("%(step)s: a signature of %(what)s had not been given and was taken as given."),
    "person": mark("%(step)s: somebody else was taken to have done it."),
    "action": mark("%(step)s: the system had not done “%(what)s”; a usual result was taken."),
    "inputs": mark("%(step)s: the system was given something else; its recorded result was taken."),
    "outputs": mark("%(step)s: what the system had not said was filled in: %(what)s."),
    "event": mark("%(step)s: nobody had sent the event; it was taken to have come."),
    "call": mark("%(step)s: the procedure had not been called; it was taken to have ended usually."),
    "input": mark("“%(what)s” was not given at the start and was filled in."),
}
WHY: Mapping[str, str] = {
    "refused": mark("%(step)s: the recorded answer would not be accepted."),
    "incident": mark("%(step)s: an incident would open: %(code)s"),
    "stuck": mark("%(step)s: nobody and nothing recorded gets on from here."),
    "endless": mark("The procedure goes round and round."),
    "halted": mark("Played again by its own version it stops."),
    "answers": mark("Played again by its own version it lacks an answer, or one is refused."),
    "order": mark("Too much happened at one instant to tell what a change would do."),
    "path": mark("Played again by its own version it walks other steps."),
    "decisions": mark("Played again by its own version it decides otherwise."),
    "end": mark("Played again by its own version it ends otherwise."),
}


@dataclass(frozen=True)
class WhatIfWords:
    """The words of one version; `before` is the definition that a run had, where it is known."""

    words: Translations
    definition: SopDefinition
    tables: Mapping[str, DecisionTable]
    posts: Mapping[str, str]

    def names(self, definition: SopDefinition | None = None) -> CaseWords:
        """The names of steps and ends."""
        shown = definition or self.definition
        ends = {code: Text(zh=word(RUN_OUTCOMES, code, self.words)) for code in RUN_OUTCOMES}
        return CaseWords(shown, tables=self.tables, ends=ends)

    def step(self, id_: str) -> str:
        """What a step is called, in quotation marks; "" for none."""
        return f"“{self.words.pick(self.names().step(id_))}”" if id_ else ""

    def end(self, outcome: str | None) -> str:
        """How a run ends."""
        return self.words.pick(self.names().end(outcome))

    def post(self, code: str) -> str:
        """The name of a post."""
        return self.posts.get(code, code)

    def long(self, seconds: float) -> str:
        """A duration in words."""
        return span(seconds, self.words)

    def path(self, path: Sequence[PathStep], definition: SopDefinition | None = None) -> str:
        """The steps of a path with how each was left."""
        names = self.names(definition)
        told = []
        for one in path:
            said = self.words.pick(names.step(one.step))
            step = names.steps.get(one.step)
            if one.how and step is not None and not step.end and one.how != "done":
                how = answer_words(step, one.how, self.tables)
                left = self.words.pick(how)
                said += self.words.pick({"zh": f"（{left}）", "en": f" ({left})"})
            if one.times > 1:
                said += f" ×{one.times}"
            told.append(said)
        return " → ".join(told) or "–"

    def assumed(self, note: NoteOut) -> str:
        """What was assumed."""
        _ = self.words.gettext
        return _(ASSUMED[note.kind], step=self.step(note.step), what=self._what(note))

    def refused(self, note: NoteOut) -> str:
        """What would not be accepted, with the rule."""
        field, step = self._field(note), self.step(note.step)
        zh, en = (f"{step}的“{field}”", f"{step}, “{field}”") if field else (step, step)
        return self.words.pick({"zh": f"{zh}：{note.zh}", "en": f"{en}: {note.en or note.zh}"})

    def why(self, result: RunResult) -> str:
        """Why a run comes to no end, or cannot be compared."""
        text = WHY.get(result.why)
        return self.words.gettext(text, step=self.step(result.at), code=self._code(result)) if text else ""

    def _code(self, result: RunResult) -> str:
        return self.words.pick(self.names().refusal(result.code))

    def _what(self, note: NoteOut) -> str:
        if note.kind == "signature":
            return self.post(note.what)
        if note.kind == "outcome":
            step = self.names().steps.get(note.step)
            return self.words.pick(answer_words(step, note.what, self.tables)) if step else note.what
        if note.kind == "action":
            spec = self.names().catalogue.get(note.what)
            return self.words.pick(spec.title) if spec else note.what
        return self._field(note) or note.what

    def _field(self, note: NoteOut) -> str:
        """The label of the field that a note is about; "" when it is about none."""
        name = note.what.rpartition(".")[2]
        if note.kind == "input":
            given = self.definition.inputs.get(name)
            return self.words.pick(given.label) if given and given.label else name
        step = self.names().steps.get(note.step)
        human = step.human if step else None
        form = (human.lines.form if human.lines else human.form) if human else {}
        return self.words.pick(form[name].label) if name in form else ""

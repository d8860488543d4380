"""UI pages: a case as fields - what goes in, what is answered at each step, what must come - and read back.

What has no field here stays as it is written: lists of answers, lines of lists, outputs of actions.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from domain.action_spec import DOCUMENT_FIELDS
from domain.sop_calls import CalledSop, ends_of, outcomes_of
from domain.sop_case import Way
from domain.sop_case_words import CaseWords
from domain.sop_definition import Form as StepForm
from domain.sop_definition import FormField, Human, SopDefinition, Step
from domain.sop_document import Data, value_at
from domain.yaml_text import Path
from ui.contexts.parts import Field, FieldType, Group, Option
from ui.pages.case_values import EMPTY, Spot, entered, name_of, plain_field, put, text_of, value_of
from ui.translation import Translations, mark

INCIDENT = "!"
LINES = "lines"
DOCUMENT_WORDS: Mapping[str, str] = {
    "number": mark("Number"),
    "site": mark("Site"),
    "supplier": mark("Supplier"),
    "customer": mark("Customer"),
    "cold_chain": mark("Cold chain"),
    "special_control": mark("Special control"),
}
TYPES: Mapping[str, FieldType] = {
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "choice": "choice",
}


@dataclass
class CaseFields:
    """The fields of one case in groups, and what has to be left to the text."""

    groups: list[tuple[str, list[Spot]]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def spots(self) -> Iterator[Spot]:
        """All fields that stand for one value."""
        return (spot for _, spots in self.groups for spot in spots)


def names_of(case: Data) -> tuple[str, str]:
    """The Chinese and the English half of a case's name."""
    zh, _, en = str(case.get("name", "")).partition(" / ")
    return zh, en


def shown(case: Data, fields: CaseFields, values: Mapping[str, str] | None = None) -> list[Group]:
    """The groups of the form with what the case says, or with what was entered and not kept."""
    return [
        Group(
            [
                replace(
                    spot.field,
                    value=entered(spot, value_at(case, spot.path))
                    if values is None
                    else values.get(spot.field.name, ""),
                )
                for spot in spots
            ],
            legend,
        )
        for legend, spots in fields.groups
    ]


def read(case: Data, fields: CaseFields, given: Mapping[str, str]) -> Data:
    """The case with what was entered; an empty field takes its value away, what has no field stays."""
    made = copy.deepcopy(case)
    zh, en = given.get("name_zh", ""), given.get("name_en", "")
    made["name"] = f"{zh} / {en}" if en else zh
    for spot in fields.spots():
        put(made, spot.path, value_of(spot, given.get(spot.field.name, "")))
    expect = made.setdefault("expect", {})
    end = given.get("end", "")
    expect["outcome"] = None if end.startswith(INCIDENT) else end
    expect.pop("incident", None)
    if end.startswith(INCIDENT):
        expect["incident"] = end.removeprefix(INCIDENT)
    return made


def ends(
    case: Data, definition: SopDefinition, incident: str | None, words: CaseWords, own: Translations
) -> Field:
    """How it must end: one of the ends, or the incident that is expected or came."""
    found = case.get("expect")
    expect: Data = found if isinstance(found, dict) else {}
    stops = [one for one in dict.fromkeys((expect.get("incident"), incident)) if one]
    _ = own.gettext
    options = [Option(one, own.pick(words.end(one))) for one in ends_of(definition)]
    options += [
        Option(INCIDENT + one, _("stops at an incident: %(what)s", what=own.pick(words.refusal(one))))
        for one in stops
    ]
    value = INCIDENT + str(expect["incident"]) if expect.get("incident") else str(expect.get("outcome") or "")
    return Field("end", _("How it must end"), "choice", value, required=True, options=options, compact=True)


def fields_of(
    case: Data,
    definition: SopDefinition,
    called: Mapping[str, CalledSop],
    words: CaseWords,
    own: Translations,
) -> CaseFields:
    """The fields of a case: a group for the inputs, and one for each step that is answered."""
    made = CaseFields()
    _Fields(case, definition, called, words, own, made).all()
    return made


@dataclass(frozen=True)
class _Fields:
    case: Data
    definition: SopDefinition
    called: Mapping[str, CalledSop]
    words: CaseWords
    own: Translations
    made: CaseFields

    def all(self) -> None:
        inputs = [spot for name in self.definition.inputs for spot in self.input(name)]
        if inputs:
            self.made.groups.append((self.own.gettext("What goes in"), inputs))
        for step in self.definition.walk():
            answer = value_at(self.case, ("answers", step.id))
            title = self.own.pick(self.words.step(step.id))
            if answer is not None and not isinstance(answer, dict):
                self.made.left.append(title)
            elif spots := list(self.step(step, answer or {})):
                self.made.groups.append((title, spots))

    def input(self, name: str) -> Iterator[Spot]:
        one, at = self.definition.inputs[name], ("inputs", name)
        label = self.own.pick(one.label) if one.label else name
        given = value_at(self.case, at)
        if one.type == "document" and (given is None or isinstance(given, dict)):
            for part, type_ in DOCUMENT_FIELDS.get(one.kind or "", {}).items():
                if part in DOCUMENT_WORDS:
                    word = f"{label} · {self.own.gettext(DOCUMENT_WORDS[part])}"
                    yield self.flag((*at, part), word) if type_ == "bool" else plain_field((*at, part), word)
        elif one.type == "boolean":
            yield self.flag(at, label)
        elif one.options:
            yield self.choice(at, label, {key: self.own.pick(text) for key, text in one.options.items()})
        elif one.type in {"document", "line_set"} or isinstance(given, dict | list):
            self.made.left.append(label)
        else:
            kind: FieldType = TYPES.get(one.type, "text")
            yield plain_field(at, label, kind)

    def step(self, step: Step, answer: Data) -> Iterator[Spot]:
        at: Path = ("answers", step.id)
        _ = self.own.gettext
        if step.human:
            yield from self.human(step.human, answer, at)
        elif step.action:
            yield from self.action(step, answer, at)
        elif step.wait and step.wait.event:
            if step.wait.timeout:
                yield self.flag((*at, "timed_out"), _("It does not come in time"))
            yield from self.form(step.wait.data, at)
        elif step.call and step.call.lines is None and (sop := self.called.get(step.call.sop)):
            ends_ = {
                one: self.own.pick(sop.titles.get(one) or self.words.end(one)) for one in outcomes_of(sop)
            }
            yield self.choice((*at, "outcome"), _("How it ends"), ends_)

    def action(self, step: Step, answer: Data, at: Path) -> Iterator[Spot]:
        """Why it is refused, and whether what it lists is empty; a list of its own is left to the text."""
        _ = self.own.gettext
        if step.refusals:
            refusals = {
                code: self.own.pick(self.words.way(Way(step.id, "refusal", code))) for code in step.refusals
            }
            yield self.choice((*at, "refused"), _("Refused because"), refusals)
        spec = self.words.catalogue.get(step.action or "")
        if spec is None or LINES not in spec.outputs:
            return
        if answer.get(LINES):
            self.left_to_the_text(step.id)
        else:
            place: Path = (*at, LINES)
            yield replace(self.choice(place, _("The list is empty"), {"true": _("Yes")}), kind=EMPTY)

    def left_to_the_text(self, step_id: str) -> None:
        title = self.own.pick(self.words.step(step_id))
        self.made.left.append(self.own.gettext("the lines of “%(step)s”", step=title))

    def human(self, human: Human, answer: Data, at: Path) -> Iterator[Spot]:
        _ = self.own.gettext
        if human.outcomes:
            said = {key: self.own.pick(one.label) for key, one in human.outcomes.items()}
            yield self.choice((*at, "outcome"), _("Outcome"), said)
        if any(one.reason for one in human.outcomes.values()):
            yield plain_field((*at, "reason"), _("Reason"))
        if human.lines is None:
            yield from self.form(human.form, at)
            return
        lines = answer.get(LINES)
        if isinstance(lines, list) and len(lines) > 1:
            self.left_to_the_text(str(at[-1]))
            return
        line: Path = (*at, LINES, 0)
        if human.lines.outcomes:
            said = {key: self.own.pick(one.label) for key, one in human.lines.outcomes.items()}
            yield self.choice((*line, "outcome"), _("Result of each line"), said)
        yield from self.form(human.lines.form, line)

    def form(self, form: StepForm, at: Path) -> Iterator[Spot]:
        for name, one in form.items():
            if one.type != "attachment" and not one.many:
                yield self.of_field(one, (*at, name))

    def of_field(self, one: FormField, at: Path) -> Spot:
        label = self.own.pick(one.label)
        if one.type == "boolean":
            return self.flag(at, label)
        if one.type == "choice":
            return self.choice(at, label, {key: self.own.pick(text) for key, text in one.options.items()})
        return plain_field(at, label, TYPES.get(one.type, "text"))

    def choice(self, at: Path, label: str, said: Mapping[str, str]) -> Spot:
        options = [Option(key, word) for key, word in said.items()]
        value = text_of(value_at(self.case, at))
        if value and value not in said:
            options.append(Option(value, value))
        return Spot(at, Field(name_of(at), label, "choice", options=options, compact=True))

    def flag(self, at: Path, label: str) -> Spot:
        _ = self.own.gettext
        options = [Option("true", _("Yes")), Option("false", _("No"))]
        return Spot(at, Field(name_of(at), label, "choice", options=options, compact=True), "flag")

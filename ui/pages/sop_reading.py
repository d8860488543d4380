"""UI pages: a definition read aloud - each step as a card of sentences, in the order of the procedure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain import sop_untitled
from domain.action_catalogue import CATALOGUE
from domain.decision_table import DecisionTable
from domain.sop_chart_words import group_note
from domain.sop_definition import (
    Duration,
    FormField,
    Human,
    Limit,
    Outcome,
    SopDefinition,
    Step,
    Wait,
    WorkingDays,
)
from domain.sop_parts import SignatureRule
from domain.sop_proof_words import answer_words
from ui.contexts.parts import Chip, Tone
from ui.contexts.runs import StepCard
from ui.pages.expression_words import in_words
from ui.pages.value_words import input_word, type_word
from ui.translation import Translations, mark
from ui.words import RUN_OUTCOMES, clause, word

KINDS: dict[str, tuple[str, str, Tone]] = {
    "human": (mark("Person"), "person", "info"),
    "action": (mark("Action"), "gear", "neutral"),
    "decide": (mark("Decision"), "route", "neutral"),
    "parallel": (mark("At the same time"), "list", "neutral"),
    "for_each": (mark("For each line"), "list", "neutral"),
    "wait": (mark("Wait"), "clock", "neutral"),
    "call": (mark("Another procedure"), "book", "neutral"),
    "notify": (mark("Message"), "bell", "neutral"),
    "repeat": (mark("Repeat"), "undo", "neutral"),
    "end": (mark("End"), "check", "good"),
}
PLACEHOLDER = re.compile(r"{\w+}")
AMOUNT = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


@dataclass(frozen=True)
class Reader:
    """Reads a definition in one language; `posts` are the names of posts by code."""

    words: Translations
    posts: Mapping[str, str]
    definition: SopDefinition
    tables: Mapping[str, DecisionTable] = field(default_factory=dict)
    """The decision tables by key, for what they are called."""
    procedures: Mapping[str, str] = field(default_factory=dict)
    """The names of procedures by key."""

    def sections(self) -> list[tuple[str, list[StepCard]]]:
        """The procedure and its sections, each with its cards."""
        _ = self.words.gettext
        told = [(_("Procedure"), self.cards(self.definition.steps))]
        for key, steps in self.definition.sections.items():
            told.append((_("Section %(name)s", name=self.target(key)), self.cards(steps)))
        return told

    def target(self, key: str) -> str:
        """Where something leads: a step by its title, a section by that of its first step."""
        steps = self.definition.sections.get(key) or [s for s in self.definition.walk() if s.id == key]
        return self._title(steps[0]) if steps else key

    def _title(self, step: Step) -> str:
        if step.title:
            return self.words.pick(step.title)
        if step.end:
            return word(RUN_OUTCOMES, step.end, self.words)
        return self.words.pick(sop_untitled.names(self.definition)[step.id])

    def _branch(self, step: Step, name: str, number: int) -> str:
        """Branches have ids and no words: they are numbered as they are written."""
        return self.words.gettext("Branch %(n)s", n=number) if step.parallel else name

    def cards(self, steps: Sequence[Step]) -> list[StepCard]:
        """The cards of a list of steps."""
        return [self.card(step) for step in steps]

    def card(self, step: Step) -> StepCard:
        """One step as a card."""
        kind, icon, tone = KINDS[step.kind]
        return StepCard(
            id=step.id,
            title=self._title(step),
            kind=Chip(self.words.gettext(kind), icon, tone),
            tone=step.kind,
            sentences=[s for s in (*self._condition(step), *self._sentences(step), *self._leads(step)) if s],
            instruction=self.words.pick(step.human.instruction) if step.human else "",
            clauses=", ".join(clause(one, self.words) for one in step.clauses),
            inner=[
                (self._branch(step, name, number), self.cards(body))
                for number, (name, body) in enumerate(step.bodies(), 1)
            ],
        )

    def rule(self, expression: str) -> str:
        """An expression in words."""
        return in_words(expression, self.definition, self.words)

    def duration(self, duration: Duration) -> str:
        """A duration in words."""
        _, ngettext = self.words.gettext, self.words.ngettext
        if isinstance(duration, WorkingDays):
            return ngettext("%(n)s working day", "%(n)s working days", duration.working_days)
        if isinstance(duration, Limit):
            return _("the limit %(name)s of %(profile)s", name=duration.limit, profile=duration.profile)
        found = AMOUNT.match(duration)
        if found is None:
            return duration
        weeks, days, hours, minutes, seconds = (int(g or 0) for g in found.groups())
        parts = [ngettext("%(n)s day", "%(n)s days", weeks * 7 + days)] if weeks or days else []
        parts += [_("%(n)s h", n=hours)] if hours else []
        parts += [_("%(n)s min", n=minutes)] if minutes else []
        parts += [_("%(n)s s", n=seconds)] if seconds else []
        return " ".join(parts)

    def _condition(self, step: Step) -> list[str]:
        return [self.words.gettext("Only when %(rule)s.", rule=self.rule(step.when))] if step.when else []

    def _sentences(self, step: Step) -> list[str]:
        _ = self.words.gettext
        if step.human:
            return self._human(step.human)
        if step.action:
            undo = _("Can be undone.") if step.undo else ""
            why = self.words.pick(step.irreversible) if step.irreversible else ""
            kept = _("Cannot be undone: %(why)s", why=why) if why else ""
            return [
                _("The system performs “%(name)s”.", name=self._action(step.action)),
                *self._given(step.with_),
                undo,
                kept,
            ]
        if step.decide:
            table = step.decide.table
            known = self.tables.get(table or "")
            named = self.words.pick(known.title) if known else table
            by = _("By decision table %(name)s.", name=named)
            if not table:
                by = _("By the rule: %(rule)s.", rule=self.rule(str(step.decide.value)))
            labels = {name: self.words.pick(one.label) for name, one in known.inputs.items()} if known else {}
            return [by, *self._given(step.decide.with_, labels)]
        return self._flow(step)

    def _flow(self, step: Step) -> list[str]:
        _ = self.words.gettext
        if step.parallel:
            return [self.words.pick(group_note(step))]
        if step.for_each:
            each = step.for_each
            mode = _("one after another") if each.mode == "serial" else _("up to %(n)s at once", n=each.limit)
            return [_("For every line of %(lines)s, %(mode)s.", lines=self.rule(each.lines), mode=mode)]
        return self._calls(step)

    def _calls(self, step: Step) -> list[str]:
        _ = self.words.gettext
        if step.wait:
            return self._wait(step.wait)
        if step.notify:
            return [
                _(
                    "Tells %(post)s: %(name)s.",
                    post=self._post(step.notify.to.post),
                    name=self._message(step.notify.template),
                )
            ]
        if step.repeat:
            return [
                self.words.ngettext(
                    "Until %(rule)s, at most %(n)s time.",
                    "Until %(rule)s, at most %(n)s times.",
                    step.repeat.limit,
                    rule=self.rule(step.repeat.until),
                )
            ]
        if step.call:
            named = self.procedures.get(step.call.sop, step.call.sop)
            return [_("Starts the procedure %(name)s.", name=named), *self._given(step.call.with_)]
        return []

    def _human(self, human: Human) -> list[str]:
        _ = self.words.gettext
        told = [_("Done by %(post)s.", post=self._post(human.post))]
        if human.due is not None:
            told.append(_("Due within %(time)s.", time=self.duration(human.due)))
        if human.escalate is not None:
            after, post = self.duration(human.escalate.after), self._post(human.escalate.to.post)
            told.append(_("After %(time)s shown to %(post)s as well.", time=after, post=post))
        if human.separate_from:
            told.append(_("Not by whoever did %(steps)s.", steps=self._all_of(human.separate_from)))
        told += [self._signed(rule) for rule in human.signature_rules]
        fields = [self._field(one) for one in (human.lines.form if human.lines else human.form).values()]
        if human.lines:
            told.append(_("A work list over %(lines)s.", lines=self.rule(human.lines.of)))
        if fields:
            told.append(_("Records: %(fields)s.", fields=self.words.gettext(", ").join(fields)))
        outcomes = {**human.outcomes, **(human.lines.outcomes if human.lines else {})}
        checks = [*human.checks, *(human.lines.checks if human.lines else [])]
        told += [_("Refused otherwise: %(what)s.", what=self.words.pick(check.message)) for check in checks]
        return [*told, *(self._outcome(outcome) for outcome in outcomes.values())]

    def _field(self, one: FormField) -> str:
        """A field with what sort of value it takes and whether it may be left empty."""
        _, told = self.words.gettext, [type_word(one.type, self.words)]
        if one.required:
            told.append(_("must be filled in"))
        elif one.required_if is not None:
            told.append(_("must be filled in when %(rule)s", rule=self.rule(one.required_if)))
        return _("%(what)s (%(kind)s)", what=self.words.pick(one.label), kind=_(", ").join(told))

    def _signed(self, rule: SignatureRule) -> str:
        """A signature, whose it is, and when it is asked for at all."""
        _ = self.words.gettext
        meaning = self.words.pick(rule.meaning)
        if rule.post:
            meaning = _("%(meaning)s, by %(post)s", meaning=meaning, post=self._post(rule.post))
        if rule.when:
            return _("Signed, only when %(rule)s: %(meaning)s.", rule=self.rule(rule.when), meaning=meaning)
        return _("Signed: %(meaning)s.", meaning=meaning)

    def _outcome(self, outcome: Outcome) -> str:
        label = self.words.pick(outcome.label)
        if outcome.go == "next" and outcome.reason == "required":
            return self.words.gettext("“%(label)s” goes on; a reason must be given.", label=label)
        if outcome.go == "next":
            return self.words.gettext("“%(label)s” goes on.", label=label)
        return self.words.gettext(
            "“%(label)s” leads to %(target)s.", label=label, target=self.target(outcome.go)
        )

    def _leads(self, step: Step) -> list[str]:
        _ = self.words.gettext
        told = [
            _("When %(result)s: to %(target)s.", result=results, target=self.target(target))
            for target, results in self._routes(step).items()
            if target != "next"
        ]
        return told if step.go == "next" else [*told, _("Then to %(target)s.", target=self.target(step.go))]

    def _routes(self, step: Step) -> dict[str, str]:
        """By target: the results and refusals that lead there, in words."""
        found: dict[str, list[str]] = {}
        for result, target in {**step.routes, **step.refusals}.items():
            said = self.words.pick(answer_words(step, result, self.tables))
            found.setdefault(target, []).append(f"“{said}”")
        return {target: self.words.gettext(", ").join(results) for target, results in found.items()}

    def _action(self, name: str) -> str:
        spec = CATALOGUE.get(name)
        return self.words.pick(spec.title) if spec else name

    def _message(self, key: str) -> str:
        message = self.definition.messages.get(key)
        return PLACEHOLDER.sub("…", self.words.pick(message.title)) if message else key

    def _all_of(self, steps: Sequence[str]) -> str:
        return self.words.gettext(", ").join(self.target(step) for step in steps)

    def _given(self, given: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> list[str]:
        if not given:
            return []
        _ = self.words.gettext
        told = [
            _(
                "%(what)s: %(value)s",
                what=(labels or {}).get(name) or input_word(name, self.words),
                value=self.rule(str(value)),
            )
            for name, value in given.items()
        ]
        return [_("Given: %(values)s.", values=_("; ").join(told))]

    def _wait(self, wait: Wait) -> list[str]:
        _ = self.words.gettext
        if wait.for_ is not None:
            return [_("For %(time)s.", time=self.duration(wait.for_))]
        if wait.until:
            return [_("Until %(rule)s.", rule=self.rule(wait.until))]
        told = [_("For the event %(name)s with the key %(key)s.", name=wait.event, key=wait.key)]
        if wait.data:
            labels = _(", ").join(self.words.pick(part.label) for part in wait.data.values())
            told.append(_("It brings: %(fields)s.", fields=labels))
        told.append(_("It may have come up to %(time)s before.", time=self.duration(wait.keep)))
        if wait.timeout is not None:
            told.append(_("At most for %(time)s.", time=self.duration(wait.timeout.after)))
        if wait.timeout is not None and wait.timeout.go != "next":
            told.append(_("If it does not come: %(target)s.", target=self.target(wait.timeout.go)))
        return told

    def _post(self, code: str) -> str:
        return self.posts.get(code, code)

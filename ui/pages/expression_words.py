"""UI pages: expressions told to people who do not program - names by their steps and fields, signs as words.

Only told, never read back: what stands in the definition is the expression itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.action_catalogue import CATALOGUE
from domain.sop_definition import Human, SopDefinition, Step, Text
from ui.pages.value_words import column_word
from ui.translation import Translations, mark

_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|&&|\|\||==|!=|<=|>=|!")
_SIGNS: Mapping[str, str] = {
    "&&": mark("and"),
    "||": mark("or"),
    "==": mark("is"),
    "!=": mark("is not"),
    "<=": mark("at most"),
    ">=": mark("at least"),
    "!": mark("not"),
}
_PARTS: Mapping[str, str] = {
    "outcome": mark("outcome"),
    "reason": mark("reason"),
    "value": mark("result"),
    "count": mark("number of lines"),
    "any_cold_chain": mark("cold chain goods among them"),
    "any_recalled": mark("a recalled batch among them"),
    "any_refused": mark("something refused among them"),
    "any_rejected_since": mark("a batch rejected meanwhile among them"),
    "any_special_control": mark("special-control goods among them"),
    "balanced": mark("all is accounted for"),
    "cold_chain": mark("cold chain goods"),
    "left": mark("what is left"),
    "missing": mark("what is missing"),
    "special_control": mark("special-control goods"),
    "surplus": mark("what is too much"),
    "verdict": mark("verdict"),
}
"""Outcomes, results and what the actions of the catalogue say of their lines."""
GIVEN, COUNTED = "_given", "count_"
_GUARD = re.compile(r"\b([\w.]+)_given && (?=\1\b)")
"""An optional value is asked for only where it is given: that goes without saying."""
_ELSE = re.compile(r"\b([\w.]+)_given \? \1 : (.+)")
"""What stands in for an optional value."""


def in_words(expression: str, definition: SopDefinition, words: Translations) -> str:
    """An expression as a sentence part; a name that nothing says in words stays as it is."""
    return _Telling(definition, words).told(expression)


class _Telling:
    def __init__(self, definition: SopDefinition, words: Translations) -> None:
        self.definition, self.words = definition, words
        self.steps = {step.id: step for step in definition.walk()}
        self.lists = {step.for_each.as_: step.for_each.lines for step in self.steps.values() if step.for_each}
        self.choices: Mapping[str, Text] = {}

    def told(self, expression: str) -> str:
        if instead := _ELSE.fullmatch(expression.strip()):
            value, other = self.told(instead[1]), self.told(instead[2])
            return self.words.gettext("%(value)s, or %(other)s if not filled in", value=value, other=other)
        plain = _TOKEN.sub(lambda found: self._token(found[0]), _GUARD.sub("", expression))
        return re.sub(r"\s+", " ", plain).strip()

    def _token(self, token: str) -> str:
        if token in _SIGNS:
            return f" {self.words.gettext(_SIGNS[token])} "
        if token[0] in "'\"":
            code = token[1:-1]
            said = self.words.pick(self.choices[code]) if code in self.choices else code
            return f"“{said}”"
        return self._name(token)

    def _name(self, name: str) -> str:
        head, _dot, field = name.partition(".")
        self.choices = {}
        if head == "inputs":
            key, _dot, _rest = field.partition(".")
            found = self.definition.inputs.get(key)
            label = self.words.pick(found.label) if found else ""
            return f"“{label}”" if label and key == field else name
        step = self.steps.get(head)
        if step is None:
            return self._of_line(head, field) or name
        asked, field = field.endswith(GIVEN), field.removesuffix(GIVEN)
        said = self._of_step(step, field)
        if not said:
            return name
        told = f"{self._title(step)} · {said}"
        if asked:
            told = self.words.gettext("%(what)s: filled in or not", what=told)
        return f"“{told}”"

    def _of_line(self, head: str, field: str) -> str:
        """A value of the line that a `for_each` is at: what was recorded of it, else of its goods."""
        if head not in self.lists:
            return ""
        field = field.removesuffix(GIVEN)
        step = self.steps.get(self.lists[head].partition(".")[0])
        work = step.human.lines if step and step.human else None
        part = work.form.get(field) if work else None
        if part:
            self.choices = part.options
        elif field == "outcome" and work:
            self.choices = {key: outcome.label for key, outcome in work.outcomes.items()}
        said = self.words.pick(part.label) if part else column_word(field, self.words)
        return self.words.gettext("“of the line · %(what)s”", what=said) if said else ""

    def _title(self, step: Step) -> str:
        if step.title:
            return self.words.pick(step.title)
        spec = CATALOGUE.get(step.action or "")
        return self.words.pick(spec.title) if spec else step.id

    def _of_step(self, step: Step, field: str) -> str:
        if field == "lines":
            return self.words.gettext("its lines")
        human, field = step.human, field.rpartition(".")[2]
        part = human.form.get(field) if human else None
        if part:
            self.choices = part.options
            return self.words.pick(part.label)
        if field == "outcome" and human:
            self.choices = _outcomes(human)
        if field.startswith(COUNTED):
            outcomes = human.lines.outcomes if human and human.lines else {}
            found = outcomes.get(field.removeprefix(COUNTED))
            said = self.words.pick(found.label) if found else field.removeprefix(COUNTED)
            return self.words.gettext("number of lines with “%(name)s”", name=said)
        return self.words.gettext(_PARTS[field]) if field in _PARTS else ""


def _outcomes(human: Human) -> Mapping[str, Text]:
    return {key: outcome.label for key, outcome in human.outcomes.items()}

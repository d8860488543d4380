"""UI designer: the open card as fields - each value with words, choices and what the check says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from domain.action_catalogue import CATALOGUE
from domain.sop_cards import position_in_value
from domain.sop_document import kind_of, place_of, value_at
from domain.yaml_text import Path
from services.sop_names import example
from ui.contexts.designer import Editor, Entry, EntryGroup, Remark, UsableName
from ui.contexts.parts import Action, Chip
from ui.designer import specs, step_specs
from ui.designer.desk import Desk, gathered
from ui.designer.fields import Fields
from ui.designer.naming import GIVEN, lists_at_hand, name_in_words, type_in_words
from ui.designer.specs import Many, Spec
from ui.pages.sop_reading import KINDS as KIND_CHIPS
from ui.pages.value_words import input_word, type_word
from ui.translation import mark

HOLDS = {"true": mark("When it is so"), "false": mark("When it is not so")}


def _places(entries: Sequence[Entry], groups: Sequence[EntryGroup]) -> set[str]:
    """Where the card shows a value: what is wrong with it stands beside it."""
    found = {field.name for entry in entries for field in entry.fields}
    found |= {place.rpartition("/")[0] for place in found if place.endswith(("/zh", "/en"))}
    for group in groups:
        found |= _places(group.entries, group.groups)
    return found


def _likely(name: str, wanted: str, lines: Mapping[str, str]) -> tuple[bool, bool, bool, str]:
    """Names in the order in which they are looked for: what is called like the value, lines, the rest."""
    head, _dot, last = name.partition(".")
    alike = GIVEN not in last and (last == wanted or last.startswith(f"{wanted}_"))
    return (not alike, GIVEN in last, head not in lines, name)


def editor_of(desk: Desk) -> Editor:
    """The editor of the open card: of the head when no step is open."""
    return _Editor(desk).made()


class _Editor(Fields):
    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, desk.view.words, desk.path)
        self.kind = kind_of(desk.step)
        self.scope = (
            desk.scopes.get(str(desk.step.get("id", "")), {}) if self.path else desk.scopes.get("", {})
        )

    def made(self) -> Editor:
        _ = self.words.gettext
        listed = (*step_specs.STEP, *step_specs.KINDS.get(self.kind, ())) if self.path else specs.DEFINITION
        entries, groups = self.part(self.path, listed)
        entries += self.of_the_kind()
        chip = None
        if self.path and self.kind:
            word, icon, tone = KIND_CHIPS[self.kind]
            chip = Chip(_(word), icon, tone)
        card = place_of(self.path)
        shown = _places(entries, groups)
        unplaced = [
            self.remark(one) for one in self.desk.findings if one.card == card and one.place not in shown
        ]
        return Editor(
            card,
            self.desk.title(self.desk.step) if self.path else _("The whole procedure"),
            chip,
            str(self.desk.step.get("id", "")),
            gathered(unplaced, self.words),
            entries,
            groups,
            self.address("preview", card=card) if self.kind == "human" and self.desk.scopes else "",
            self.leads(),
        )

    def leads(self) -> list[Action]:
        """To the decision table by which the card decides."""
        decide = self.desk.step.get("decide")
        table = decide.get("table") if isinstance(decide, Mapping) else None
        if table not in self.desk.tables:
            return []
        return [Action(self.words.gettext("Read the decision table"), f"/decision-tables/{table}", "list")]

    def part(self, path: Path, listed: Sequence[Spec | Many]) -> tuple[list[Entry], list[EntryGroup]]:
        """The fields and the groups of a part."""
        entries, groups = [], []
        around = value_at(self.desk.data, path)
        type_ = around.get("type") if isinstance(around, Mapping) else None
        for one in listed:
            if type_ and one.only and type_ not in one.only and one.place not in around:
                continue  # a field of another kind does not have it
            if one.place in {"undo", "irreversible"} and self.without_effect(one.place):
                continue
            if isinstance(one, Spec):
                entry = self.entry(path, one)
                if any(field.type != "checks" or field.options or field.value for field in entry.fields):
                    entries.append(entry)  # there is something to choose from
            else:
                groups.append(self.many((*path, *one.place.split("/")), one))
        return entries, groups

    def without_effect(self, place: str) -> bool:
        """Whether there is nothing to be undone: the action has no effect, or no reversal of its own."""
        spec = CATALOGUE.get(str(self.desk.step.get("action")))
        needed = spec is not None and bool(spec.undo if place == "undo" else spec.effects)
        return not needed and self.desk.step.get(place) is None

    def many(self, path: Path, many: Many) -> EntryGroup:
        """Parts of one kind with what can be done with each."""
        value = value_at(self.desk.data, path)
        label, add = self.words.gettext(many.label), self.words.gettext(many.add)
        adding = [(add, self.address("add", at=place_of(path), part=many.part, shape=many.shape))]
        if many.shape == "optional":
            if value is None:
                return EntryGroup(place_of(path), label, adds=adding, folded=True)
            entries, groups = self.part(path, specs.PARTS[many.part])
            return EntryGroup(place_of(path), label, entries, groups, removes=True)
        inner = []
        keys: Sequence[Any] = ()
        if isinstance(value, Mapping):
            keys = list(value)
        elif isinstance(value, list):
            keys = range(len(value))
        for key in keys:
            here = (*path, key)
            entries, groups = self.part(here, specs.PARTS[many.part])
            inner.append(
                EntryGroup(
                    place_of(here),
                    self.called(many, key, value_at(self.desk.data, here)),
                    entries,
                    groups,
                    key=str(key) if isinstance(key, str) else "",
                    renames=isinstance(key, str),
                    removes=True,
                    moves=len(keys) > 1,
                    folded=len(keys) > 1 and many.part not in {"route", "option", "reminder"},
                )
            )
        return EntryGroup(place_of(path), label, groups=inner, adds=adding, folded=not inner)

    def called(self, many: Many, key: Any, value: Any) -> str:
        """What an entry is called: its own words, else its key or number."""
        own = (
            value.get("label") or value.get("title") or value.get("meaning")
            if isinstance(value, Mapping)
            else None
        )
        said = self.desk.pick(own) or (self.desk.pick(value) if many.part == "option" else "")
        if many.part == "route" and key in HOLDS:
            return self.words.gettext(HOLDS[key])
        return said or (key if isinstance(key, str) else str(key + 1))

    def of_the_kind(self) -> list[Entry]:
        """Values whose names the catalogue, the called procedure or the message says."""
        step, _ = self.desk.step, self.words.gettext
        found: list[Entry] = []
        given: Mapping[str, str] = {}
        at: Path = (*self.path, "with")
        if self.kind == "action" and (spec := CATALOGUE.get(str(step.get("action")))):
            given = {
                name: self.asked(input_word(name, self.words), type_, may_be_empty=name in spec.optional)
                for name, type_ in spec.inputs.items()
            }
            refusals = [
                Spec(
                    f"refusals/{name}",
                    "target",
                    self.words.pick(text),
                    _("Left empty: an incident for the owner."),
                )
                for name, text in spec.refusals.items()
            ]
            found += [self.entry(self.path, one, said=True) for one in refusals]
        elif self.kind == "call" and (
            called := self.desk.called.get(str((step.get("call") or {}).get("sop")))
        ):
            at = (*self.path, "call", "with")
            given = {
                name: self.asked(
                    self.words.pick(one.label) if one.label else input_word(name, self.words),
                    one.type,
                    may_be_empty=not one.required,
                )
                for name, one in called.inputs.items()
            }
        elif self.kind == "decide" and (
            table := self.desk.tables.get(str((step.get("decide") or {}).get("table")))
        ):
            at = (*self.path, "decide", "with")
            given = {
                name: self.asked(self.words.pick(one.label), one.type, may_be_empty=one.optional)
                for name, one in table.inputs.items()
            }
        elif self.kind == "notify":
            at = (*self.path, "notify", "with")
            given = {name: name for name in self.placeholders()}
        inputs = [self.entry(at, Spec(name, "expression", label), said=True) for name, label in given.items()]
        then = [] if self.kind in {"end", ""} else [self.entry(self.path, step_specs.THEN)]
        return [*inputs, *found, *then]

    def asked(self, word: str, type_: str, *, may_be_empty: bool) -> str:
        """What a value is called, what sort of value it is, whether it may be left empty."""
        _ = self.words.gettext
        kind = type_word(type_, self.words)
        kind = _("%(kind)s, may be left empty", kind=kind) if may_be_empty else kind
        return _("%(what)s (%(kind)s)", what=word, kind=kind)

    def placeholders(self) -> list[str]:
        """The `{name}`s of the message that the step sends."""
        messages = self.desk.data.get("messages")
        template = (self.desk.step.get("notify") or {}).get("template")
        message = messages.get(template) if isinstance(messages, Mapping) else None
        return list(dict.fromkeys(re.findall(r"{(\w+)}", str(message or ""))))

    def entry(self, around: Path, spec: Spec, *, said: bool = False) -> Entry:
        """One value; `said`: its label is in the person's language already."""
        path = (*around, *spec.place.split("/")) if spec.place else around
        label = spec.label if said else self.words.gettext(spec.label)
        hint = self.words.gettext(spec.help) if spec.help and not said else spec.help
        value = value_at(self.desk.data, path)
        if spec.widget == "action" and (chosen := CATALOGUE.get(str(value))):
            hint = self.words.pick(chosen.description)  # the choice itself is cut off
        fields = self.fields(path, spec, label, value)
        places = {field.name for field in fields}
        remarks = [
            self.remark(one)
            for one in self.desk.findings
            if one.place in places or (one.place == place_of(path))
        ]
        names: list[UsableName] = []
        if spec.widget == "expression":
            wanted, lines = path[-1], lists_at_hand(self.desk)
            listed = sorted(self.scope.items(), key=lambda one: _likely(one[0], str(wanted), lines))
            names = [self.usable(name, type_) for name, type_ in listed]
        return Entry(
            fields,
            self.address("put", at=place_of(path), widget=spec.widget, label=spec.label),
            redraws=spec.redraws,
            remarks=remarks,
            names=names,
            hint=hint,
        )

    def usable(self, name: str, type_: str) -> UsableName:
        """A name of the scope as people read it."""
        words = name_in_words(self.desk, name)
        return UsableName(name, words, type_in_words(self.desk, type_), example(type_))

    def remark(self, one: Any) -> Remark:
        """A finding in words; in an expression with the character at which it stands."""
        said = self.desk.remark(one)
        at = position_in_value(self.desk.draft.source, one) if one.finding.rule == "expression" else 0
        text = self.words.gettext("Character %(n)s: %(what)s", n=at, what=said.text) if at else said.text
        return Remark(text, said.tone, said.href)

    def address(self, command: str, **query: str) -> str:
        return f"{self.desk.base}/{command}?{urlencode(query)}"

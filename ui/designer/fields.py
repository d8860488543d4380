"""UI designer: the inputs of one value of the open card, and what can be chosen for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.action_catalogue import CATALOGUE
from domain.sop_document import place_of, value_at
from domain.yaml_text import Path
from ui.contexts.parts import Field, Option
from ui.designer.areas import actions_by_area
from ui.designer.desk import Desk
from ui.designer.specs import Spec
from ui.designer.values import UNITS, amount_of, literal_of
from ui.translation import Translations, mark

UNIT_WORDS = {
    "minutes": mark("minutes"),
    "hours": mark("hours"),
    "days": mark("days"),
    "working_days": mark("working days"),
    "as_written": mark("as written"),
}
UNIT = "@unit"


@dataclass
class Fields:
    """Makes the inputs of the card at a path."""

    desk: Desk
    words: Translations
    path: Path

    def fields(self, path: Path, spec: Spec, label: str, value: Any) -> list[Field]:
        """The inputs of a value: two for words in both languages, two for a duration, else one."""
        place, _ = place_of(path), self.words.gettext
        if spec.widget in {"words", "prose"}:
            kind: Any = "textarea" if spec.widget == "prose" else "text"
            texts = value if isinstance(value, Mapping) else {}
            in_zh, in_en = _("%(what)s in Chinese", what=label), _("%(what)s in English", what=label)
            return [
                Field(
                    f"{place}/zh",
                    in_zh,
                    kind,
                    texts.get("zh", ""),
                    required=spec.required,
                ),
                Field(f"{place}/en", in_en, kind, texts.get("en", "")),
            ]
        if spec.widget == "duration":
            amount, unit = amount_of(value)
            units = [
                Option(u, _(UNIT_WORDS[u]))
                for u in (*UNITS, *(["as_written"] if unit == "as_written" else []))
            ]
            return [
                Field(place, label, "text", amount, required=spec.required),
                Field(
                    place + UNIT,
                    _("Unit of time"),
                    "choice",
                    unit,
                    options=units,
                    required=True,
                    compact=True,
                ),
            ]
        if spec.widget in {"steps", "commands"}:
            return [Field(place, label, "checks", value or [], options=self.choices(path, spec))]
        if spec.widget == "flag":
            yes = [Option("true", _("Yes"))]
            return [Field(place, label, "checks", ["true"] if value is True else [], options=yes)]
        options = self.choices(path, spec)
        shown = self.shown(spec, value)
        if not options:
            return [Field(place, label, "text", shown, required=spec.required)]
        if shown and shown not in {one.value for one in options}:
            options = [*options, Option(shown, shown)]
        return [Field(place, label, "choice", shown, options=options, required=spec.required, compact=True)]

    def shown(self, spec: Spec, value: Any) -> str:
        if spec.widget == "target":
            return str(value or ("next" if spec.place == "go" else ""))
        if spec.widget == "list" and isinstance(value, list):
            return "; ".join(str(one) for one in value)
        if spec.widget == "department":
            return literal_of(value)
        if isinstance(value, bool):
            return str(value).lower()
        return "" if value is None or isinstance(value, dict | list) else str(value)

    def choices(self, path: Path, spec: Spec) -> list[Option]:
        """What can be chosen; nothing where it is typed."""
        known = self.desk.names.known
        if spec.widget in {"post", "sop", "department", "unit"}:
            kind: Any = {"unit": "department"}.get(spec.widget, spec.widget)
            named = known.get(kind, {})
            return [Option(code, name) for code, name in sorted(named.items(), key=lambda one: one[1])]
        match spec.widget:
            case "target":
                return self.desk.targets(self.path)
            case "steps":
                return self.desk.other_steps()
            case "action":
                return actions_by_area(self.words)
            case "undo":
                return self.reversal()
            case _:
                return self.named_within(path, spec)

    def reversal(self) -> list[Option]:
        """What undoes the chosen action: the catalogue names one or none."""
        spec = CATALOGUE.get(str(self.desk.step.get("action")))
        return [Option(spec.undo, self.words.gettext("its own reversal"))] if spec and spec.undo else []

    def named_within(self, path: Path, spec: Spec) -> list[Option]:
        """Tables, messages of the definition, fields of the same form; else what the spec offers."""
        match spec.widget:
            case "table":
                return [Option(key, self.words.pick(one.title)) for key, one in self.desk.tables.items()]
            case "message":
                return self.entries_of(self.desk.data.get("messages"), "title")
            case "sibling":
                return self.entries_of(value_at(self.desk.data, (*path[:-3], "form")), "label")
            case "sibling_option":
                listed = value_at(self.desk.data, (*path[:-1], "options"))
                options = listed.items() if isinstance(listed, Mapping) else ()
                return [Option(key, self.desk.pick(words) or key) for key, words in options]
            case _:
                return [Option(value, self.words.gettext(word)) for value, word in spec.choices]

    def entries_of(self, mapping: Any, name: str) -> list[Option]:
        """The entries of a mapping by their own words."""
        listed = mapping.items() if isinstance(mapping, Mapping) else ()
        return [
            Option(key, self.desk.pick(one.get(name)) or key)
            for key, one in listed
            if isinstance(one, Mapping)
        ]

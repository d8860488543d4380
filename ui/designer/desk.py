"""UI designer: what lies beside the draft in work - names, findings, what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from domain import sop_untitled
from domain.decision_table import DecisionTable
from domain.sop_cards import Placed, placed
from domain.sop_definition import SopDefinition, Text
from domain.sop_document import Data, kind_of, path_of, steps, value_at
from domain.sop_findings import Severity
from domain.sop_yaml import named_in
from domain.yaml_text import Path
from services import decision_tables, sop_catalogue, sop_names
from services.sop_catalogue import VersionRow
from services.sop_editing import DraftView
from ui.contexts.designer import Remark
from ui.contexts.parts import Option, Tone
from ui.designer.specs import DEFINITION, PARTS
from ui.designer.step_specs import KINDS, STEP
from ui.pages.names import Names, read_names
from ui.pages.value_words import input_word
from ui.translation import Translations
from ui.view import View
from ui.words import RUN_OUTCOMES, word

TONES: Mapping[Severity, Tone] = {"error": "bad", "warning": "warn", "note": "info"}


@dataclass(frozen=True)
class Desk:
    """A draft with all that its editor offers; `card` is the place of the card that is open."""

    view: View
    draft: DraftView
    card: str
    names: Names
    scopes: Mapping[str, Mapping[str, str]]
    called: Mapping[str, Any]
    findings: Sequence[Placed]
    tables: Mapping[str, DecisionTable]

    @property
    def data(self) -> Data:
        return self.draft.data

    @property
    def base(self) -> str:
        """The address of the designer."""
        return address_of(self.draft.row)

    @property
    def path(self) -> Path:
        """The path of the open card, of the head when there is no such step."""
        path = path_of(self.data, self.card)
        return path if isinstance(value_at(self.data, path), dict) else ()

    @property
    def step(self) -> Data:
        found = value_at(self.data, self.path) if self.path else {}
        return found if isinstance(found, dict) else {}

    def remark(self, one: Placed) -> Remark:
        """A finding in words, with the way to its card."""
        said = one.finding.message(self.view.language)
        if one.finding.rule == "schema":
            said = self.in_words(one, said)
        elif one.finding.rule == "input_missing":
            said = self.missing(one, said)
        return Remark(said, TONES[one.finding.severity], f"{self.base}?card={one.card}")

    def in_words(self, one: Placed, said: str) -> str:
        """What is wrong with the form of a value, with the word that stands above its field."""
        _named, colon, what = said.replace("：", ": ", 1).partition(": ")
        label = label_of(named_in(one.finding)[0])
        if not colon or not label:
            return said
        if value_at(self.data, path_of(self.data, one.place)) == "":
            return self.view.words.gettext(
                "Still to be chosen or filled in: %(what)s", what=self.view.words.gettext(label)
            )
        return self.view.words.gettext("%(what)s: %(value)s", what=self.view.words.gettext(label), value=what)

    def missing(self, one: Placed, said: str) -> str:
        """That an input is missing, with the word that stands above its field."""
        step = value_at(self.data, path_of(self.data, one.card))
        name = one.finding.en.split("`")[1]
        if not isinstance(step, dict):
            return said
        asked = self.called.get(str((step.get("call") or {}).get("sop"))) or self.tables.get(
            str((step.get("decide") or {}).get("table"))
        )
        known = asked.inputs.get(name) if asked else None
        word = (
            self.view.words.pick(known.label) if known and known.label else input_word(name, self.view.words)
        )
        return self.view.words.gettext("Still to be chosen or filled in: %(what)s", what=word)

    def pick(self, words: Any) -> str:
        """A text of the definition in the person's language, '' where there is none."""
        if not isinstance(words, Mapping):
            return ""
        zh, en = (str(words.get(one) or "") for one in ("zh", "en"))
        return self.view.words.pick({"zh": zh, "en": en})

    def title(self, step: Data) -> str:
        """What a step is called."""
        if said := self.pick(step.get("title")):
            return said
        if isinstance(step.get("end"), str):
            return word(RUN_OUTCOMES, step["end"], self.view.words)
        id_ = str(step.get("id") or kind_of(step) or "?")
        untitled = self.untitled.get(id_) if "decide" in step else None
        return self.view.words.pick(untitled) if untitled else id_

    @cached_property
    def steps(self) -> Mapping[str, Data]:
        """Every step by its id; of two with the same one the first."""
        return {str(one["id"]): one for _path, one in reversed(list(steps(self.data))) if "id" in one}

    @cached_property
    def untitled(self) -> Mapping[str, Text]:
        """Every step in words, once the draft has the form of a definition; till then ids have to do."""
        try:
            return sop_untitled.names(SopDefinition.model_validate(self.data))
        except ValidationError:
            return {}

    def targets(self, path: Path) -> list[Option]:
        """Where a step may lead: on, to a later step of its list, to a section."""
        _ = self.view.words.gettext
        found = [Option("next", _("goes on"))]
        around, index = value_at(self.data, path[:-1]), path[-1] if path else 0
        for number, one in enumerate(around if isinstance(around, list) else []):
            if isinstance(index, int) and number > index and isinstance(one, dict):
                name = one.get("id") or f"end_{one.get('end')}"
                found.append(Option(str(name), self.title(one)))
        sections = self.data.get("sections")
        for key, body in sections.items() if isinstance(sections, dict) else ():
            first = body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else {}
            found.append(Option(key, _("Section %(name)s", name=self.title(first) if first else key)))
        return found

    def other_steps(self) -> list[Option]:
        """Every step that a person does, but the open one."""
        return [
            Option(str(one["id"]), self.title(one))
            for path, one in steps(self.data)
            if "human" in one and "id" in one and path != self.path
        ]


def gathered(remarks: Sequence[Remark], words: Translations) -> list[Remark]:
    """The same remark of several places once, with their number."""
    found: dict[tuple[str, str], list[Remark]] = {}
    for one in remarks:
        found.setdefault((one.text, one.tone), []).append(one)
    return [
        several[0]
        if len(several) == 1
        else Remark(
            words.ngettext(
                "%(what)s (%(n)s place)", "%(what)s (%(n)s places)", len(several), what=several[0].text
            ),
            several[0].tone,
            several[0].href,
        )
        for several in found.values()
    ]


def address_of(row: VersionRow) -> str:
    """The designer's address of a draft."""
    return f"/sops/{row.key}/versions/{row.id}/design"


async def desk_of(view: View, draft: DraftView, card: str) -> Desk:
    """The desk of a draft with one card open."""
    names = await read_names(view, "post", "department", "sop")
    scopes = await sop_names.names_of(view.platform, draft.source, actor=view.person)
    called = await sop_catalogue.callable_sops(view.platform, actor=view.person)
    tables = await decision_tables.in_use(view.platform, actor=view.person)
    return Desk(view, draft, card, names, scopes, called, placed(draft.source, draft.findings), tables)


def label_of(name: str) -> str:
    """The word above the field of a value; '' for one that no card shows."""
    every = [*DEFINITION, *STEP, *(one for listed in (*KINDS.values(), *PARTS.values()) for one in listed)]
    return next((one.label for one in every if one.place.rpartition("/")[2] == name), "")

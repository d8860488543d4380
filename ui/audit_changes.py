"""UI: what changed, before and after, in words - for the audit log and the corrections of documents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.audit_names import PATH, PROCEDURE, AuditNames
from ui import goods_words
from ui import words as codes
from ui.audit_words import WHYS, field_words, permission_words
from ui.translation import Translations

SHOWN = 400
STEP = "step"
PERMISSIONS = "permissions"
WHY = "why"
NOTHING: tuple[Any, ...] = (None, "", [], {})
STATES: Mapping[str, dict[str, codes.Entry]] = {
    "task": codes.TASK_STATES,
    "run": codes.RUN_STATES,
    "document": codes.DOCUMENT_STATES,
    "changeover": codes.ORDER_STATES,
    "decision_table_version": codes.VERSION_STATES,
    "sop_version": codes.VERSION_STATES,
    "package": goods_words.PACKAGE_STATES,
}
"""What the states of things are called, by the sort of thing."""


@dataclass(frozen=True)
class Told:
    """Tells changes of a sort of thing, with the names of what is told by id."""

    words: Translations
    names: AuditNames = field(default_factory=AuditNames)
    run_id: UUID | None = None
    object_type: str = ""

    def lines(self, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
        """A line per field: `field: before → after`; what says nothing on both sides is left out."""
        old, new = before or {}, after or {}
        told: list[str] = []
        for name in [*old, *(n for n in new if n not in old)]:
            sides = [side[name] for side in (old, new) if name in side]
            if all(value in NOTHING for value in sides) or (len(sides) > 1 and sides[0] == sides[1]):
                continue
            label = field_words(STEP if name == PATH else name, self.words)
            told += [f"{label}{said}" for said in self._told(name, sides)]
        return told

    def _told(self, name: str, sides: list[Any]) -> list[str]:
        """What of a field changed: of fields within it each by itself, of a list what left and what came."""
        if len(sides) > 1 and all(isinstance(value, dict) for value in sides):
            return [f" · {line}" for line in self.lines(*sides)]
        if len(sides) > 1 and all(isinstance(value, list) and value for value in sides):
            gone = [one for one in sides[0] if one not in sides[1]]
            come = [one for one in sides[1] if one not in sides[0]]
            marked = [(one, self.words.gettext("taken away")) for one in gone]
            marked += [(one, self.words.gettext("added")) for one in come]
            if marked:
                return [f": {self._value(name, [one])} ({said})" for one, said in marked]
        return [f": {' → '.join(self._value(name, value) for value in sides)}"]

    def _value(self, name: str, value: Any) -> str:
        text = self._of_its_kind(name, value) or self._plain(value)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    def _of_its_kind(self, name: str, value: Any) -> str | None:
        """A path is told by its step's title, a state by its word."""
        if isinstance(value, list) and name in {PERMISSIONS, WHY}:
            return ", ".join(self._code(name, str(one)) for one in value)
        if not isinstance(value, str) or not value:
            return None
        if name == PATH:
            title = self.names.step(self.run_id, value, self.words.language)
            return title or value.rpartition(".")[2].partition("#")[0]
        if name == PROCEDURE:
            return self.names.procedure(value, self.words.language)
        if name == "state" and self.object_type in STATES:
            return codes.word(STATES[self.object_type], value, self.words)
        return None

    def _code(self, name: str, code: str) -> str:
        return self.words.gettext(WHYS.get(code, code)) if name == WHY else permission_words(code, self.words)

    def _plain(self, value: Any) -> str:
        if value in NOTHING:
            return "–"
        if isinstance(value, bool):
            return self.words.gettext("Yes") if value else self.words.gettext("No")
        if isinstance(value, list):
            return ("; " if isinstance(value[0], dict) else ", ").join(self._plain(one) for one in value)
        if isinstance(value, dict):
            given = {name: one for name, one in value.items() if one not in NOTHING}
            return ", ".join(
                f"{field_words(name, self.words)} {self._plain(one)}" for name, one in given.items()
            )
        text = str(value)
        return self.names.of(text, self.words.language) or self.words.own(text)

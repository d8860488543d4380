"""UI pages: what is recorded of the line at hand already - shown, and replaced only by who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ui.contexts.parts import Cell, Fact
from ui.definition_forms import answer_facts
from ui.pages.task_context import TaskReading

SEEN, REPLACES = "seen", "replaces"
"""Fields of a line's form: the result that its page shows ('' for none), and that it is to be replaced."""


@dataclass(frozen=True)
class RecordedLine:
    """The standing result of a line: which one (`seen` is '' for none) and what was written in it."""

    seen: str = ""
    facts: tuple[Fact, ...] = ()


def recorded(reading: TaskReading, line: Any) -> RecordedLine:
    """What stands; a reason is told even where no field of the form asks for it."""
    if line.outcome is None:
        return RecordedLine()
    words, given = reading.view.words, line.result or {}
    facts = answer_facts(reading.line_form, given, words, reading.uploads)
    if given.get("reason") and "reason" not in reading.line_form:
        facts.append(Fact(words.gettext("Reason"), Cell(given["reason"])))
    return RecordedLine(str(line.result_id), tuple(facts))


def expected(fields: Mapping[str, str]) -> str | None:
    """The result that may be replaced: the one shown, if that was said; None where nobody was asked."""
    if SEEN not in fields:
        return None
    return fields[SEEN] if fields.get(REPLACES) else ""

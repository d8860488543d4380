"""UI pages: what is signed for each line of a work list."""

from typing import Any

from ui.contexts.parts import Cell, Fact
from ui.definition_forms import answer_facts
from ui.pages.line_context import line_code, line_title, result_word
from ui.pages.task_context import TaskReading


def signed_lines(reading: TaskReading) -> list[Fact]:
    """What is signed for each line: its result and answers; nothing where the list is longer than a page."""
    if reading.found.lines_next is not None:
        return []
    facts = []
    for line in reading.found.lines:
        given = answer_facts(reading.line_form, line.result or {}, reading.view.words, reading.uploads)
        said = [f"{fact.label} {_plain(fact.cell.value)}" for fact in given]
        label = f"{line.line} · {line_title(reading, line)} {line_code(line)}"
        facts.append(Fact(label, Cell(result_word(reading, line), sub=" · ".join(said)), wide=True))
    return facts


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)

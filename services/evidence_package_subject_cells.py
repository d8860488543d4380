"""Services: cells of what stands beside the runs of an evidence package - in both languages, with names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services.evidence_package_report import ZONE
from services.evidence_package_story import LANGUAGES
from services.note_parts import Sayer

if TYPE_CHECKING:
    from services.evidence_package_subject import Subject
    from services.evidence_package_subject_words import TableWords
    from services.note_parts import Words

Both = dict[str, str]
Row = Mapping[str, Any]


class Names:
    """What was found, and the names that its copy of master data has for the ids in it."""

    def __init__(self, found: Subject) -> None:
        self.found = found
        self.named = {
            table: {str(row["id"]): row for row in rows if "id" in row}
            for table, rows in found.master.items()
        }

    def of(self, table: str, key: object) -> Row:
        return self.named.get(table, {}).get(str(key)) or {}

    def code(self, table: str, key: object, name: str = "code") -> str:
        return str(self.of(table, key).get(name, ""))

    def who(self, person: object) -> str:
        known = self.found.people.get(str(person)) if person else None
        return known["name"] if known else ""


def table(words: TableWords, rows: list[list[Both]]) -> dict[str, Any]:
    return {
        "title": pair(words.title),
        "columns": [pair(column) for column, _ in words.columns],
        "widths": [width for _, width in words.columns],
        "rows": rows,
    }


def instant(moment: Any) -> Both:
    said = Sayer("zh", ZONE).instant(moment)
    return {"zh": said, "en": said}


def plain(value: Any) -> Both:
    text = "" if value is None else str(value)
    return {"zh": text, "en": text}


def joined(*parts: Both | None) -> Both:
    kept = [part for part in parts if part is not None]
    return {language: " · ".join(part[language] for part in kept if part[language]) for language in LANGUAGES}


def named(row: Row) -> Both:
    """The name of a material, post or site; in Chinese where there is no English one."""
    return {"zh": row["name_zh"], "en": row["name_en"] or row["name_zh"]}


def in_words(words: Mapping[str, Words], code: str) -> Both:
    """A code in words; one that has none as it is."""
    return pair(words.get(code, (code, code)))


def pair(words: Words) -> Both:
    return {"zh": words[0], "en": words[1]}

"""Domain: definitions and decision tables read from YAML text, with positions, and written back.

Form only: what the words mean together is `sop_lint`'s. It knows no files.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain.decision_table import DecisionTable
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_parts import AMOUNT_PATTERN, KEY_PATTERN, YEARS_PATTERN
from domain.yaml_text import Document, Path, Place, YamlInvalid, read, write

M = TypeVar("M", bound=BaseModel)

_WORDS = {
    "missing": ("缺少此项", "is missing"),
    "extra_forbidden": ("本语言没有此项", "is not known here"),
    "literal_error": ("不在允许的取值之内", "is none of the possible values"),
    "string_type": (
        "应为文字（小数和表达式须加引号）",
        "is to be text (put decimals and expressions in quotes)",
    ),
    "int_type": ("应为整数", "is to be a whole number"),
    "bool_type": ("应为 true 或 false", "is to be true or false"),
    "dict_type": ("应为键值对", "is to have names with values"),
    "list_type": ("应为列表", "is to be a list"),
    "model_type": ("应为键值对", "is to have names with values"),
    "too_short": ("不能为空", "must not be empty"),
    "string_too_short": ("过短或为空", "is empty or too short"),
    "string_too_long": ("过长", "is too long"),
}
_KEY = (
    "代码以小写字母开头，只含小写字母、数字和下划线",
    "begins with a small letter and has small letters, digits and _ only",
)
_DURATION = (
    "时长写作 PT2H（小时）、P3D（天）或 P1W（周）",
    "is written as PT2H (hours), P3D (days) or P1W (weeks)",
)
_YEARS = ("年数写作 P5Y", "is written as P5Y (years)")
_OTHER = ("写法不符合要求", "is written in another way than it should be")


@dataclass(frozen=True)
class ParsedSop:
    """A definition and where everything of it stands in its text."""

    definition: SopDefinition
    document: Document
    text: str

    def position_of(self, path: Path) -> tuple[int, int]:
        """Line and column (from 1) of a path such as `("steps", 2, "action")`, or of what is around it."""
        place = self.document.place(path)
        return place.line, place.column

    def position_in(self, path: Path, line: int, column: int) -> tuple[int, int]:
        """Line and column in the text of a place inside the string at a path (an expression)."""
        place = self.document.place(path)
        if not place.text_line:
            return place.line, place.column
        return place.text_line + line - 1, column + (place.text_column - 1 if line == 1 else 0)


@dataclass(frozen=True)
class ParsedTable:
    """A decision table and where everything of it stands in its text."""

    table: DecisionTable
    document: Document


def parse(text: str) -> ParsedSop:
    """Reads a definition; DefinitionInvalid with every fault of its form."""
    document = _read(text)
    return ParsedSop(_model(SopDefinition, document), document, text)


def parse_table(text: str) -> ParsedTable:
    """Reads a decision table; DefinitionInvalid with every fault of its form."""
    document = _read(text)
    return ParsedTable(_model(DecisionTable, document), document)


def to_yaml(model: BaseModel) -> str:
    """The YAML text of a definition or table, defaults left out; reading it gives the same model."""
    return write(model.model_dump(mode="json", by_alias=True, exclude_defaults=True))


@lru_cache(maxsize=32)
def document_of(text: str) -> Document:
    """The text as data with positions; the same for the same text, so nobody changes it. Raises YamlInvalid.

    A page looks at one text many times, and reading it takes most of the time.
    """
    return read(text)


def _read(text: str) -> Document:
    """A document of one's own: a model keeps what it is given where anything may stand (a case's answers)."""
    try:
        shared = document_of(text)
        return Document(copy.deepcopy(shared.data), shared.places)
    except YamlInvalid as fault:
        finding = Finding("error", "yaml", None, fault.line, fault.column, fault.zh, fault.en)
        raise DefinitionInvalid([finding]) from None


def _model(model: type[M], document: Document) -> M:
    try:
        return model.model_validate(document.data)
    except ValidationError as faults:
        findings: dict[tuple[int, int], Finding] = {}
        for fault in faults.errors(include_url=False):
            location = tuple(part for part in fault["loc"] if part != "[key]")
            path = document.known(location)
            place = document.place(path)
            finding = _finding(fault, location, path, place, _step_at(document.data, path))
            findings.setdefault((place.line, place.column), finding)
        raise DefinitionInvalid(findings.values()) from None


def _step_at(data: Any, path: Path) -> str | None:
    """The id of the innermost step around a path; an `end` may have none of its own."""
    found: str | None = None
    for part in path:
        data = data[part]
        if isinstance(part, int) and isinstance(data, dict):
            id_, end = data.get("id"), data.get("end")
            found = id_ if isinstance(id_, str) else f"end_{end}" if isinstance(end, str) else found
    return found


def _finding(fault: object, location: Path, path: Path, place: Place, step: str | None) -> Finding:
    assert isinstance(fault, dict)
    inside = _in_step(path or location)
    if fault["type"] == "missing" and location:
        inside = _in_step((*path, location[-1]))
    named = ".".join(str(part) for part in inside)
    zh, en = _words(fault)
    return Finding("error", "schema", step, place.line, place.column, f"{named}：{zh}", f"{named}: {en}")


def named_in(finding: Finding) -> tuple[str, str]:
    """The last name that a finding of the form speaks of, and whether it is `missing` there."""
    named, _colon, what = finding.en.partition(": ")
    return named.rpartition(".")[2], "missing" if what == _WORDS["missing"][1] else ""


def _in_step(path: Path) -> Path:
    """The part of a path that lies in its innermost step: people know the step by its card."""
    steps = [
        at
        for at, part in enumerate(path)
        if isinstance(part, int) and (path[at - 1] == "steps" or path[at - 2] in {"sections", "branches"})
    ]
    return (path[steps[-1] + 1 :] or path) if steps else path


def _words(fault: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, in both languages, with the rule where there is one."""
    if fault["type"] == "string_pattern_mismatch":
        pattern = str(fault.get("ctx", {}).get("pattern", ""))
        rules = {KEY_PATTERN: _KEY, AMOUNT_PATTERN: _DURATION, YEARS_PATTERN: _YEARS}
        return rules.get(pattern, _OTHER)
    message = str(fault["msg"]).removeprefix("Value error, ")
    return _WORDS.get(fault["type"], (message, message))

"""Domain: definitions and decision tables read from YAML text, with positions, and written back.

Form only: what the words mean together is `sop_lint`'s. It knows no files.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain.decision_table import DecisionTable
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid, Finding
from domain.yaml_text import Document, Path, Place, YamlInvalid, read, write

M = TypeVar("M", bound=BaseModel)

_ZH = {
    "missing": "缺少此项",
    "extra_forbidden": "本语言没有此项",
    "string_pattern_mismatch": "写法不符合要求",
    "literal_error": "不在允许的取值之内",
    "string_type": "应为文字（小数和表达式须加引号）",
    "int_type": "应为整数",
    "bool_type": "应为 true 或 false",
    "dict_type": "应为键值对",
    "list_type": "应为列表",
    "model_type": "应为键值对",
    "too_short": "不能为空",
    "string_too_short": "过短或为空",
    "string_too_long": "过长",
}


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
        for fault in faults.errors(include_url=False, include_context=False):
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
    named = ".".join(str(part) for part in (path or location))
    if fault["type"] == "missing" and location:
        named = ".".join(str(part) for part in (*path, location[-1]))
    message = str(fault["msg"]).removeprefix("Value error, ")
    zh = _ZH.get(fault["type"], message)
    return Finding("error", "schema", step, place.line, place.column, f"{named}：{zh}", f"{named}: {message}")

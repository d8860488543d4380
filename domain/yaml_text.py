"""Domain: YAML 1.2 text as plain data with positions - strict, so that what is read is what is meant.

Duplicate keys, anchors, tags, several documents and bare floats are errors with line and column. Keys are
always text. It knows nothing of definitions.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

Path = tuple[str | int, ...]
MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40
_INTEGER = re.compile(r"^[-+]?\d+$|^0o[0-7]+$|^0x[0-9a-fA-F]+$", re.ASCII)
_FLOAT = re.compile(
    r"^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$|^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$", re.ASCII
)
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class YamlInvalid(Exception):
    """The text is not YAML of this strict kind."""

    code = "yaml_invalid"

    def __init__(self, line: int, column: int, zh: str, en: str) -> None:
        super().__init__(f"{line}:{column} {en}")
        self.line, self.column, self.zh, self.en = line, column, zh, en


@dataclass(frozen=True)
class Place:
    """Where a value stands: line and column of its first character, and of its text if it is a scalar."""

    line: int
    column: int
    text_line: int = 0
    text_column: int = 0


@dataclass
class Document:
    """The data with the place of every key and value."""

    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """The place of a path, or of the nearest value around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(1, 1, 1, 1))

    def known(self, location: Path) -> Path:
        """The path that a location means, leaving out what is not a key or index of the data."""
        path: Path = ()
        for part in location:
            if (*path, part) in self.places:
                path = (*path, part)
        return path


def read(text: str) -> Document:
    """Reads one document; YamlInvalid with the place of the first fault."""
    if len(text) > MAX_CHARACTERS:
        raise YamlInvalid(1, 1, "文件过大", "the text is too long")
    document = Document()
    reader = _Reader(document, text.splitlines())
    try:
        events = YAML(typ="safe", pure=True).parse(io.StringIO(text))
        document.data = reader.document(events)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YamlInvalid(
            line, column, f"YAML 语法错误：{error.problem}", f"not YAML: {error.problem}"
        ) from None
    except (YAMLError, ValueError, UnicodeError) as error:
        words = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise YamlInvalid(1, 1, f"YAML 语法错误：{words}", f"not YAML: {words}") from None
    return document


def write(data: Any) -> str:
    """The data as YAML text that `read` gives back."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False
    yaml.width = 110
    yaml.representer.ignore_aliases = lambda _: True  # what occurs twice is written twice: no anchors
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


@dataclass
class _Reader:
    out: Document
    lines: list[str]

    def document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        seen = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                seen += 1
                if seen > 1:
                    raise _at(event, "只允许一个文档", "one document only")
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                value = self._value(event, events, ())
        return value

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        _plain(event)
        if len(path) > MAX_DEPTH:
            raise _at(event, "嵌套过深", "nested too deeply")
        self.out.places[path] = self._place(event)
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, SequenceStartEvent):
            items: list[Any] = []
            for item in events:
                if isinstance(item, SequenceEndEvent):
                    return items
                items.append(self._value(item, events, (*path, len(items))))
        return self._mapping(events, path)

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in events:
            if isinstance(key, MappingEndEvent):
                break
            _plain(key)
            if not isinstance(key, ScalarEvent):
                raise _at(key, "键必须是文字", "a key must be a text")
            if key.value in found:
                raise _at(key, f"键“{key.value}”重复", f"duplicate key `{key.value}`")
            found[key.value] = self._value(next(events), events, (*path, key.value))
            # A value that is not a scalar is shown at its key.
            if not isinstance(found[key.value], str | int):
                place = self._place(key)
                self.out.places[(*path, key.value)] = Place(place.line, place.column)
        return found

    def _place(self, event: Any) -> Place:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        style = getattr(event, "style", None)
        if style in {"'", '"'}:
            return Place(line, column, line, column + 1)
        if style in {"|", ">"} and line < len(self.lines):
            below = self.lines[line]
            return Place(line, column, line + 1, len(below) - len(below.lstrip()) + 1)
        return Place(line, column, line, column)


def _plain(event: Any) -> None:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
        raise _at(event, "不允许锚点与引用", "anchors and aliases are not allowed")
    if getattr(event, "tag", None) is not None:
        raise _at(event, "不允许类型标签", "tags are not allowed")


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style not in {None, ""}:
        return text
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INTEGER.match(text):
        if len(text) > 17:  # noqa: PLR2004 - canonical JSON ends at 2^53
            raise _at(event, "整数过大", "the number is too large")
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if _FLOAT.match(text):
        raise _at(event, f"小数须加引号：'{text}'", f"no bare floats: write '{text}'")
    return text


def _at(event: Any, zh: str, en: str) -> YamlInvalid:
    return YamlInvalid(event.start_mark.line + 1, event.start_mark.column + 1, zh, en)

"""Domain: the expressions of the definition language - type-checked CEL over declared names, exact.

The only module that imports the expression library. Every name is declared with its dotted spelling
(`inputs.dispatch_advice.site`) and a type of ours: bool, int, string, date, decimal, timestamp, list<...>,
and the opaque line_set and document<kind>, which can only be handed on as a whole. Decimals arrive as strings
and compare exactly, by < <= > >= only; there are no floats. It knows nothing of steps or definitions and
reads no clock: equal values give equal results, so workflow code may call it.
A little over 300 lines: checking and evaluating share what is known of the library, which no other module is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from domain.decimals import NotADecimal, from_order_key, order_key
from domain.errors import Refusal
from domain.expression_tree import Node, read_tree, unguarded
from domain.type_words import type_words

GIVEN = "_given"
_ABSENT = object()
_ORDER = {"_<_", "_<=_", "_>_", "_>=_", "_?_:_"}
_MESSAGE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_OVERLOAD = re.compile(r"no matching overload for '([^']+)' applied to '\(([^)]*)\)'")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_PLAIN = {"bool", "int", "string", "timestamp", "bytes", "duration"}


class ExpressionInvalid(Refusal):
    """An expression that does not compile or type-check; `line` and `column` count from 1 in its source."""

    code = "expression_invalid"
    kind = "invalid"
    zh = "表达式第 {line} 行第 {column} 列：{message_zh}"
    en = "Expression, line {line}, column {column}: {message_en}"

    def __init__(self, line: int, column: int, message_zh: str, message_en: str) -> None:
        super().__init__(line=line, column=column, message_zh=message_zh, message_en=message_en)
        self.line, self.column, self.message_zh, self.message_en = line, column, message_zh, message_en


class ExpressionFailed(Refusal):
    """A sound expression that has no value for these values: one is missing, or a division by zero."""

    code = "expression_failed"
    kind = "invalid"
    zh = "表达式“{source}”无法求值：{reason}"
    en = "Expression `{source}` has no value: {reason}"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source=source, reason=reason)


def is_opaque(type_: str) -> bool:
    """Whether a value of this type can only be handed on as a whole."""
    return type_ == "line_set" or type_.startswith("document")


@dataclass(frozen=True)
class _Program:
    compiled: Any
    tree: Node
    type: str
    names: tuple[str, ...]
    unguarded: tuple[Node, ...]


class Environment:
    """The names that an expression may see, with their types."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self._optional = frozenset(n for n in self.names if self.names.get(n + GIVEN) == "bool")
        self._programs: dict[str, _Program] = {}

    def check(self, source: str, *, absent_allowed: bool = False) -> str:
        """The type of the result; ExpressionInvalid otherwise.

        `absent_allowed`: a bare optional name is fine, because whoever takes the value knows "not given".
        """
        program = self._program(source)
        if program.unguarded and not (absent_allowed and program.tree.name):
            name = program.unguarded[0].name
            raise self._at(
                source,
                program.unguarded[0],
                f"“{name}”可能未填写：先用 {name}{GIVEN} && 判断，"
                f"或写 {name}{GIVEN} ? {name} : '未填写时的文字'",
                f"`{name}` may be absent: guard it with `{name}{GIVEN} &&`, or write "
                f"`{name}{GIVEN} ? {name} : 'text for none'`",
            )
        return program.type

    def names_in(self, source: str) -> tuple[str, ...]:
        """The declared names that the expression uses, sorted."""
        return self._program(source).names

    def absent(self, source: str, values: Mapping[str, Any]) -> bool:
        """Whether the expression is a bare optional name that has no value."""
        name = self._program(source).tree.name
        return name in self._optional and _lookup(values, name) is _ABSENT

    def evaluate(self, source: str, values: Mapping[str, Any]) -> Any:
        """The value as JSON: timestamps and decimals as canonical strings; ExpressionFailed if none."""
        program = self._program(source)
        if program.tree.name:
            value = self._value(source, program.tree.name, values)
            if value is _ABSENT:
                raise ExpressionFailed(source, f"{program.tree.name} is absent")
            return _canonical_time(value) if isinstance(value, datetime) else value
        data = {}
        for name in program.names:
            value = self._value(source, name, values)
            if value is not _ABSENT:
                data[name] = _into(source, name, self.names[name], value)
        try:
            result = program.compiled.eval(data=data)
        except (RuntimeError, TypeError, ValueError, OverflowError) as error:
            raise ExpressionFailed(source, str(error)[:300]) from None
        if result.type().name() in {"ERROR", "UNKNOWN"}:
            raise ExpressionFailed(source, str(result.value())[:300])
        return _out_of(result.plain_value())

    def settled(self, source: str, known: Mapping[str, Any]) -> Any:
        """The value if these names alone settle it, whatever the others are; None if they do not.

        `known` has values by dotted name, `<name>_given` among them. A name left out is not absent but
        unknown: `false && x` is false all the same.
        """
        program = self._program(source)
        if program.tree.name:
            return known.get(program.tree.name)
        try:
            data = {n: _into(source, n, self.names[n], known[n]) for n in program.names if n in known}
            result = program.compiled.eval(data=data)
        except (ExpressionFailed, RuntimeError, TypeError, ValueError, OverflowError):
            return None
        return None if result.type().name() in {"ERROR", "UNKNOWN"} else _out_of(result.plain_value())

    def _value(self, source: str, name: str, values: Mapping[str, Any]) -> Any:
        if name.endswith(GIVEN) and name.removesuffix(GIVEN) in self._optional:
            return _lookup(values, name.removesuffix(GIVEN)) is not _ABSENT
        value = _lookup(values, name)
        if isinstance(value, float):
            raise ExpressionFailed(source, f"{name} is a float")
        return value

    def _program(self, source: str) -> _Program:
        program = self._programs.get(source)
        if program is None:
            program = self._programs[source] = self._compile(source)
        return program

    def _compile(self, source: str) -> _Program:
        try:
            compiled = _cel(tuple(sorted(self.names.items()))).compile(source)
        except (RuntimeError, UnicodeError, ValueError) as error:
            raise _rejected(source, str(error)) from None
        tree = read_tree(compiled.serialize())
        names = tuple(sorted({n.name for n in tree.walk() if n.name in self.names}))
        program = _Program(compiled, tree, self._type(tree), names, tuple(unguarded(tree, self._optional)))
        self._restrict(source, tree)
        if program.type not in {"bool", "int", "string", "date", "decimal", "timestamp"} and not (
            is_opaque(program.type) or program.type.startswith("list<")
        ):
            raise self._at(
                source, tree, "结果类型不可用", f"a result of type {program.type} cannot be handed on"
            )
        return program

    def _restrict(self, source: str, tree: Node) -> None:
        """What CEL has and the language does not: floats, unsigned, bytes, maps, null, mixed lists."""
        for node in tree.walk():
            if node.name.startswith("@"):
                continue
            element = node.type.removeprefix("list<").rstrip(">")
            if is_opaque(node.type) and not tree.name:
                raise self._at(
                    source, node, "只能整体传递", f"`{node.name}` can only be handed on as a whole"
                )
            if element == "double":
                raise self._at(
                    source, node, '不允许浮点数，请写 decimal("…")', 'no floats: write decimal("...")'
                )
            literal = not node.name and not node.function and not node.children
            if (element not in _PLAIN and not is_opaque(element)) or (element == "bytes" and literal):
                raise self._at(source, node, "该写法不属于本语言", "this is not part of the language")
            if any(c.type == "bytes" for c in node.children) and node.function not in _ORDER:
                raise self._at(
                    source, node, "小数只能用 < <= > >= 比较", "decimals compare by < <= > >= only"
                )

    def _type(self, node: Node) -> str:
        """The node's type in our words; a bare name, or a choice between two, keeps what was declared."""
        if node.name in self.names:
            return self.names[node.name]
        if node.function == "_?_:_":
            yes, no = self._type(node.children[1]), self._type(node.children[2])
            if yes == no:
                return yes
        return node.type.replace("bytes", "decimal")

    @staticmethod
    def _at(source: str, node: Node, zh: str, en: str) -> ExpressionInvalid:
        """The error at a node; a dotted name is positioned at its last dot, so step back to its start."""
        offset = node.offset
        if "." in node.name:
            offset = max(0, offset - len(node.name.rpartition(".")[0]))
        before = source[:offset]
        return ExpressionInvalid(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, zh, en)


@lru_cache(maxsize=512)
def _cel(names: tuple[tuple[str, str], ...]) -> Any:
    """The library's environment for these declarations; making one costs about 5 ms, hence the cache."""
    key = cel.FunctionDecl(
        "decimal",
        [
            cel.Overload("decimal_string", cel.Type.BYTES, [cel.Type.STRING], False, order_key),
            cel.Overload("decimal_int", cel.Type.BYTES, [cel.Type.INT], False, _int_key),
        ],
    )
    return cel.NewEnv(variables={name: _declared(type_) for name, type_ in names}, functions=[key])


def _int_key(value: int) -> bytes:
    return order_key(str(value))


def _declared(type_: str) -> Any:
    if type_.startswith("list<"):
        return cel.Type.List(_declared(type_.removeprefix("list<").removesuffix(">")))
    if is_opaque(type_):
        return cel.Type.AbstractType(type_.partition("<")[0])
    if type_ == "decimal":
        return cel.Type.BYTES
    return getattr(cel.Type, "STRING" if type_ == "date" else type_.upper())


def _rejected(source: str, text: str) -> ExpressionInvalid:
    """The library's first complaint, with its position and in words of the language."""
    first = _MESSAGE.search(text)
    line, column, message = (int(first[1]), int(first[2]), first[3]) if first else (1, 1, text[:200])
    message = message.replace(" (in container '')", "").replace("bytes", "decimal")
    if "undeclared reference" in message or "operand of a select" in message:
        # The position is that of a dot inside a dotted name.
        for name in _NAME.finditer((source.splitlines() or [""])[line - 1]):
            if name.start() < column <= name.end():
                return ExpressionInvalid(
                    line, name.start() + 1, f"未知名称“{name[0]}”", f"unknown name `{name[0]}`"
                )
    if "Syntax error" in message:
        return ExpressionInvalid(line, column, "语法错误", message[:300])
    fits = _OVERLOAD.search(message)
    if fits:
        types = [type_words(one.strip()) for one in fits[2].split(",")]
        sign = fits[1].strip("_").replace("_", " … ")
        zh, en = "与".join(one[0] for one in types), " and ".join(one[1] for one in types)
        return ExpressionInvalid(line, column, f"“{sign}”不能用于{zh}", f"`{sign}` does not fit {en}")
    if "no matching overload" in message:
        return ExpressionInvalid(line, column, f"类型不符：{message[:300]}", message[:300])
    return ExpressionInvalid(line, column, f"无法编译：{message[:300]}", message[:300])


def _lookup(values: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name in flat or nested values; a line set's aggregates count as its fields."""
    if name in values:
        return _ABSENT if values[name] is None else values[name]
    here: Any = values
    for part in name.split("."):
        if not isinstance(here, Mapping):
            return _ABSENT
        if part in here:
            here = here[part]
        elif isinstance(here.get("aggregates"), Mapping) and part in here["aggregates"]:
            here = here["aggregates"][part]
        else:
            return _ABSENT
    return _ABSENT if here is None else here


def _into(source: str, name: str, type_: str, value: Any) -> Any:
    """A JSON value as the library takes it; another type than declared is a failure, never a guess."""
    try:
        if type_ == "bool" and isinstance(value, bool):
            return value
        if type_ == "int" and isinstance(value, int) and not isinstance(value, bool):
            return value
        if type_ in {"string", "date"} and isinstance(value, str):
            return value
        if type_ == "decimal" and isinstance(value, str):
            return order_key(value)
        if type_ == "timestamp":
            at = datetime.fromisoformat(value) if isinstance(value, str) else value
            return at.astimezone(UTC)
        if type_.startswith("list<") and isinstance(value, list):
            inner = type_.removeprefix("list<").removesuffix(">")
            return [_into(source, name, inner, v) for v in value]
    except (NotADecimal, ValueError, AttributeError):
        pass
    raise ExpressionFailed(source, f"{name} is not a {type_}")


def _out_of(value: Any) -> Any:
    if isinstance(value, datetime):
        return _canonical_time(value)
    if isinstance(value, bytes | bytearray):
        return from_order_key(bytes(value))
    if isinstance(value, list):
        return [_out_of(v) for v in value]
    return value


def _canonical_time(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

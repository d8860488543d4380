"""Domain: the expressions of the definition language - type-checked CEL over declared names, exact.

The only module that imports the expression library. Every name is declared with its dotted spelling
(`inputs.dispatch_advice.site`) and a type of ours: bool, int, string, date, decimal, timestamp, list<...>,
and the opaque line_set and document<kind>, which can only be handed on as a whole. Decimals arrive as strings
and compare exactly, by < <= > >= only; there are no floats. It knows nothing of steps or definitions and
reads no clock: equal values give equal results, so workflow code may call it.
How values go in and out is in `expression_values`, what is said of a bad one in `expression_errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from domain.decimals import order_key
from domain.expression_errors import ExpressionFailed, ExpressionInvalid, rejected
from domain.expression_tree import Node, read_tree, unguarded
from domain.expression_values import ABSENT, canonical_time, into, lookup, out_of

GIVEN = "_given"
_ORDER = {"_<_", "_<=_", "_>_", "_>=_", "_?_:_"}
_PLAIN = {"bool", "int", "string", "timestamp", "bytes", "duration"}


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
        return name in self._optional and lookup(values, name) is ABSENT

    def evaluate(self, source: str, values: Mapping[str, Any]) -> Any:
        """The value as JSON: timestamps and decimals as canonical strings; ExpressionFailed if none."""
        program = self._program(source)
        if program.tree.name:
            value = self._value(source, program.tree.name, values)
            if value is ABSENT:
                raise ExpressionFailed(source, f"{program.tree.name} is absent")
            return canonical_time(value) if isinstance(value, datetime) else value
        data = {}
        for name in program.names:
            value = self._value(source, name, values)
            if value is not ABSENT:
                data[name] = into(source, name, self.names[name], value)
        try:
            result = program.compiled.eval(data=data)
        except (RuntimeError, TypeError, ValueError, OverflowError) as error:
            raise ExpressionFailed(source, str(error)[:300]) from None
        if result.type().name() in {"ERROR", "UNKNOWN"}:
            raise ExpressionFailed(source, str(result.value())[:300])
        return out_of(result.plain_value())

    def settled(self, source: str, known: Mapping[str, Any]) -> Any:
        """The value if these names alone settle it, whatever the others are; None if they do not.

        `known` has values by dotted name, `<name>_given` among them. A name left out is not absent but
        unknown: `false && x` is false all the same.
        """
        program = self._program(source)
        if program.tree.name:
            return known.get(program.tree.name)
        try:
            data = {n: into(source, n, self.names[n], known[n]) for n in program.names if n in known}
            result = program.compiled.eval(data=data)
        except (ExpressionFailed, RuntimeError, TypeError, ValueError, OverflowError):
            return None
        return None if result.type().name() in {"ERROR", "UNKNOWN"} else out_of(result.plain_value())

    def _value(self, source: str, name: str, values: Mapping[str, Any]) -> Any:
        if name.endswith(GIVEN) and name.removesuffix(GIVEN) in self._optional:
            return lookup(values, name.removesuffix(GIVEN)) is not ABSENT
        value = lookup(values, name)
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
            raise rejected(source, str(error)) from None
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

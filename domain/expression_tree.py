"""Domain: the checked tree of an expression - which names it uses, and which of them are unguarded.

The expression library hands its checked tree out only as serialised `cel.expr.CheckedExpr` (cel-spec,
proto/cel/expr/checked.proto). This module reads just the fields that the language rules need. It knows
nothing of definitions, types of ours or evaluation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Wire = list[tuple[int, "int | bytes"]]

PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
WELL_KNOWN = {2: "timestamp", 3: "duration"}
_VARINT, _FIXED64, _BYTES, _FIXED32, _CONTINUES = 0, 1, 2, 5, 0x80


@dataclass(frozen=True)
class Node:
    """One node: `name` for an identifier, `function` with `children` for a call; positions in characters."""

    id: int
    type: str
    offset: int
    name: str = ""
    function: str = ""
    children: tuple[Node, ...] = field(default=())

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_tree(serialized: bytes) -> Node:
    """The tree in a serialised checked expression (a protobuf `Any` around `CheckedExpr`)."""
    checked = _last(_wire(serialized), 2)
    types: dict[int, str] = {}
    names: dict[int, str] = {}
    offsets: dict[int, int] = {}
    root = b""
    for number, value in _wire(checked):
        match number, value:
            case 2, bytes():
                key, reference = _entry(value)
                names[key] = _text(_wire(reference), 1)
            case 3, bytes():
                key, type_ = _entry(value)
                types[key] = _type_name(_wire(type_))
            case 4, bytes():
                root = value
            case 5, bytes():
                offsets = dict(_position(v) for v in _messages(_wire(value), 4))
    return _Reader(types, names, offsets).node(_wire(root))


def unguarded(node: Node, optional: frozenset[str], given: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Uses of optional names not protected by their `<name>_given`.

    `&&` and `||` of CEL do not depend on the order of their sides, so that a guard counts on either.
    """
    if node.name:
        if node.name in optional and node.name not in given:
            yield node
        return
    if node.function in {"_&&_", "_||_"}:
        left, right = node.children
        facts = _true if node.function == "_&&_" else _false
        yield from unguarded(left, optional, given | facts(right))
        yield from unguarded(right, optional, given | facts(left))
        return
    if node.function == "_?_:_":
        condition, yes, no = node.children
        yield from unguarded(condition, optional, given)
        yield from unguarded(yes, optional, given | _true(condition))
        yield from unguarded(no, optional, given | _false(condition))
        return
    for child in node.children:
        yield from unguarded(child, optional, given)


def _true(node: Node) -> frozenset[str]:
    """Names that are certainly given when the node is true."""
    if node.name.endswith("_given"):
        return frozenset({node.name.removesuffix("_given")})
    if node.function == "!_":
        return _false(node.children[0])
    if node.function == "_&&_":
        return _true(node.children[0]) | _true(node.children[1])
    if node.function == "_||_":
        return _true(node.children[0]) & _true(node.children[1])
    return frozenset()


def _false(node: Node) -> frozenset[str]:
    """Names that are certainly given when the node is false."""
    if node.function == "!_":
        return _true(node.children[0])
    if node.function == "_||_":
        return _false(node.children[0]) | _false(node.children[1])
    if node.function == "_&&_":
        return _false(node.children[0]) & _false(node.children[1])
    return frozenset()


@dataclass(frozen=True)
class _Reader:
    types: dict[int, str]
    names: dict[int, str]
    offsets: dict[int, int]

    def node(self, wire: Wire) -> Node:
        """One `Expr`: id=2, ident=4, select=5, call=6, list=7, struct=8, comprehension=9."""
        id_, name, function = 0, "", ""
        children: tuple[Node, ...] = ()
        for number, value in wire:
            match number, value:
                case 2, int():
                    id_ = value
                case 4, bytes():
                    name = self.names.get(id_) or _text(_wire(value), 1)
                case 5, bytes():
                    # A select resolved to a dotted name is that name; else a field of its operand.
                    name = self.names.get(id_, "")
                    children = () if name else self._all(_wire(value), (1,))
                case 6, bytes():
                    function = _text(_wire(value), 2)
                    children = self._all(_wire(value), (1, 3))
                case 7, bytes():
                    children = self._all(_wire(value), (1,))
                case 8, bytes():
                    entries = [_wire(entry) for entry in _messages(_wire(value), 2)]
                    children = tuple(c for entry in entries for c in self._all(entry, (3, 4)))
                case 9, bytes():
                    children = self._all(_wire(value), (2, 4, 5, 6, 7))
        return Node(id_, self.types.get(id_, ""), self.offsets.get(id_, 0), name, function, children)

    def _all(self, wire: Wire, fields: tuple[int, ...]) -> tuple[Node, ...]:
        return tuple(self.node(_wire(v)) for n, v in wire if n in fields and isinstance(v, bytes))


def _messages(wire: Wire, number: int) -> Iterator[bytes]:
    return (v for n, v in wire if n == number and isinstance(v, bytes))


def _type_name(wire: Wire) -> str:
    """The name of a `Type`: dyn=1, primitive=3, well_known=5, list_type=6, abstract_type=14."""
    for number, value in wire:
        match number, value:
            case 1, _:
                return "dyn"
            case 3, int():
                return PRIMITIVES.get(value, "other")
            case 5, int():
                return WELL_KNOWN.get(value, "other")
            case 6, bytes():
                return f"list<{_type_name(_wire(_last(_wire(value), 1)))}>"
            case 14, bytes():
                return _text(_wire(value), 1)
    return "other"


def _entry(wire: bytes) -> tuple[int, bytes]:
    key, value = 0, b""
    for number, item in _wire(wire):
        if number == 1 and isinstance(item, int):
            key = item
        elif isinstance(item, bytes):
            value = item
    return key, value


def _position(wire: bytes) -> tuple[int, int]:
    pairs = {n: v for n, v in _wire(wire) if isinstance(v, int)}
    return pairs.get(1, 0), pairs.get(2, 0)


def _text(wire: Wire, number: int) -> str:
    return _last(wire, number).decode()


def _last(wire: Wire, number: int) -> bytes:
    return next((v for n, v in reversed(wire) if n == number and isinstance(v, bytes)), b"")


def _wire(data: bytes) -> Wire:
    """The fields of one protobuf message, undecoded (protobuf encoding, "Message structure")."""
    at, fields = 0, []
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        value: int | bytes
        if kind == _VARINT:
            value, at = _varint(data, at)
        else:
            size = {_FIXED64: 8, _FIXED32: 4}.get(kind, 0)
            if kind == _BYTES:
                size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        fields.append((number, value))
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        shift += 7
        if byte < _CONTINUES:
            return result, at

"""Domain: what an entry of the action catalogue declares, and what expressions see of documents.

Types are those of `expressions`; a line set's columns are the data of its lines, its aggregates what an
expression may see of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.sop_definition import Text


@dataclass(frozen=True)
class LineSetType:
    """The shape of a line set: columns of each line, aggregates of the whole (`count` is always there)."""

    columns: Mapping[str, str]
    aggregates: Mapping[str, str] = field(default_factory=dict)


ValueType = str | LineSetType


@dataclass(frozen=True)
class ActionSpec:
    """One action. An action with `effects` has an `undo` or says in `irreversible` why there is none.

    `optional` inputs may be left out or absent; `columns` are the columns that a line-set input must have
    (`int?`: it may be empty in a line); `reads` and `effects` name the nouns touched, so that a simulation
    can stub them; `permission` is what the action stands for; a `chunked` action is called until it returns
    no cursor.
    """

    name: str
    version: int
    title: Text
    description: Text
    permission: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outputs: Mapping[str, ValueType] = field(default_factory=dict)
    refusals: Mapping[str, Text] = field(default_factory=dict)
    undo: str | None = None
    irreversible: Text | None = None
    reads: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    chunked: bool = False


DOCUMENT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "purchase_order": {
        "id": "string",
        "number": "string",
        "supplier": "string",
        "site": "string",
        "ordered_on": "date",
        "line_count": "int",
    },
    "dispatch_advice": {
        "id": "string",
        "number": "string",
        "supplier": "string",
        "purchase_order": "string",
        "site": "string",
        "shipped_at": "timestamp",
        "carrier": "string",
        "vehicle": "string",
        "line_count": "int",
        "cold_chain": "bool",
        "special_control": "bool",
    },
    "sales_order": {
        "id": "string",
        "number": "string",
        "customer": "string",
        "site": "string",
        "ordered_on": "date",
        "line_count": "int",
        "cold_chain": "bool",
        "special_control": "bool",
    },
    "shipment": {
        "id": "string",
        "number": "string",
        "customer": "string",
        "sales_order": "string",
        "site": "string",
        "line_count": "int",
        "cold_chain": "bool",
        "special_control": "bool",
    },
    "transfer": {
        "id": "string",
        "number": "string",
        "site": "string",
        "to_site": "string",
        "ordered_on": "date",
        "line_count": "int",
        "cold_chain": "bool",
        "special_control": "bool",
    },
    "recall": {
        "id": "string",
        "number": "string",
        "site": "string",
        "class_name": "string",
        "profile": "string",
        "clock": "string",
        "initiated_by": "string",
        "noticed_on": "date",
        "scope": "string",
        "reason": "string",
        "line_count": "int",
    },
}
"""What an expression sees of a document input, by kind; codes and numbers, never names."""


def words(zh: str, en: str) -> Text:
    """A text in both languages."""
    return Text(zh=zh, en=en)

"""Small edits of shipped definitions: a fault is put in as data, written as text and linted like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from domain.action_catalogue import CATALOGUE
from domain.decision_table import DecisionTable
from domain.sop_definition import SopDefinition
from domain.sop_document import steps
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_lint import lint
from domain.sop_yaml import ParsedSop, parse
from domain.yaml_text import Document, read, write
from services import sop_files

Data = dict[str, Any]
People = dict[str, frozenset[str]]
POSTS = (
    *("receiver", "acceptor", "second_acceptor", "keeper", "picker", "reviewer", "warehouse_manager"),
    *("qa_manager", "qa_specialist", "buyer", "manager", "sales", "shipper"),
)
PEOPLE: People = {post: frozenset({f"{post} 1", f"{post} 2", f"{post} 3"}) for post in POSTS}
WORDS = {"zh": "字", "en": "word"}


@dataclass(frozen=True)
class Fault:
    """An edit of a shipped definition, and what the linter must say of it: rule, card, words of the message."""

    rule: str
    sop: str
    step: str | None
    says: str
    edit: Callable[[Data], object]
    people: People | None = None
    tables: Callable[[dict[str, DecisionTable]], Mapping[str, DecisionTable]] = dict


@cache
def _shipped(key: str) -> Data:
    data: Data = read(sop_files.newest(key).text).data
    return data


@cache
def _outside() -> tuple[dict[str, DecisionTable], Mapping[str, Any]]:
    return sop_files.tables(), sop_files.called_sops()


def at(data: Data, step: str) -> Data:
    """The step with this id, to be changed in place."""
    return next(one for _, one in steps(data) if one.get("id", f"end_{one.get('end')}") == step)


def found(fault: Fault) -> list[Finding]:
    """What the linter says of the shipped definition with the fault in it."""
    data = deepcopy(_shipped(fault.sop))
    fault.edit(data)
    try:
        # Reading the text again would take most of the time; its places are of no interest here.
        parsed = ParsedSop(SopDefinition.model_validate(data), Document(data), "")
    except ValidationError:
        return linted(write(data))
    return _linted(parsed, fault.people or PEOPLE, fault.tables(_outside()[0]))


def linted(text: str) -> list[Finding]:
    """What the linter says of a text, with everything outside as it is shipped."""
    try:
        return _linted(parse(text), PEOPLE, _outside()[0])
    except DefinitionInvalid as invalid:
        return invalid.findings


def _linted(parsed: ParsedSop, people: People, tables: Mapping[str, DecisionTable]) -> list[Finding]:
    return lint(parsed, CATALOGUE, tables, set(POSTS), people, _outside()[1])

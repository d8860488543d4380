"""Domain: what a definition needs to know of the SOPs that it calls, and what its bundle pins of them.

It knows no database: which version is in force is looked up outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from domain.errors import Refusal
from domain.sop_definition import Input, SopDefinition, Text

if TYPE_CHECKING:
    from domain.sop_bundle import Bundle, PinnedCall

CANCELLED = "cancelled"
"""How a called run can always end, whatever its definition says."""


class CallerNotOpen(Refusal):
    """A run that is over, or of another mode, calls no other one."""

    code = "caller_not_open"
    kind = "conflict"
    zh = "流程 {caller} 已结束或模式不同，不能再调用其他规程"
    en = "The run {caller} is over, or of another mode: it calls no other one"


class Ends(Protocol):
    """What knows the outcomes of a called SOP."""

    @property
    def outcomes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class CalledSop:
    """A version of an SOP as its callers see it.

    `reaches` are the keys of all SOPs that it calls, directly or not; `irreversible` says that something in
    it cannot be undone; `titles` are what it calls its ends.
    """

    key: str
    version: int
    sha256: str
    inputs: Mapping[str, Input] = field(default_factory=dict)
    outcomes: tuple[str, ...] = ()
    irreversible: bool = False
    reaches: tuple[str, ...] = ()
    titles: Mapping[str, Text] = field(default_factory=dict)


def called_sop(bundle: Bundle, version: int) -> CalledSop:
    """What callers need to know of a version, from its bundle."""
    return CalledSop(
        key=bundle.definition.sop,
        version=version,
        sha256=bundle.sha256,
        inputs=bundle.definition.inputs,
        outcomes=ends_of(bundle.definition),
        irreversible=_irreversible(bundle),
        reaches=reaches_of(bundle.calls),
        titles={step.end: step.title for step in bundle.definition.walk() if step.end and step.title},
    )


def ends_of(definition: SopDefinition) -> tuple[str, ...]:
    """The outcomes of a definition, each once, in order."""
    return tuple(sorted({step.end for step in definition.walk() if step.end}))


def outcomes_of(called: Ends) -> tuple[str, ...]:
    """Every outcome that a called run can have."""
    return tuple(dict.fromkeys((*called.outcomes, CANCELLED)))


def reaches_of(calls: Mapping[str, PinnedCall | CalledSop]) -> tuple[str, ...]:
    """The keys of all SOPs that are reached through these calls."""
    return tuple(sorted({*calls, *(key for call in calls.values() for key in call.reaches)}))


def _irreversible(bundle: Bundle) -> bool:
    for step in bundle.definition.walk():
        pinned = bundle.actions.get(step.action or "")
        if step.irreversible or (pinned and pinned.irreversible and not step.undo):
            return True
    return any(call.irreversible for call in bundle.calls.values())

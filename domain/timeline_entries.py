"""Domain: what the time line of a run is made from, and the lines that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.sop_definition import SopDefinition, Text
from domain.superseded import Superseded

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SignatureShown:
    """A signature as it must be shown: printed name, post, meaning, time (21 CFR 11.50).

    `superseded`: what was signed has been sent back since.
    """

    printed_name: str
    post: Text
    meaning: Text
    at: datetime
    content_sha256: str
    superseded: Superseded | None = None


@dataclass(frozen=True)
class TimelineEntry:
    """One line: `text` is the sentence, `data` what was entered or computed, `event_ids` the engine's."""

    seq: int
    at: datetime
    step_path: str
    kind: str
    actor: str | None
    text: Text
    data: Mapping[str, Any] = field(default_factory=dict)
    signature: SignatureShown | None = None
    refused: bool = False
    event_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class RunFacts:
    """The rows of one run. Submissions carry their verdict and signature, every actor a printed name.

    `definition` is what the run is pinned to; without it steps without a task show their ids. `chosen` are
    the names of those whom people gave tasks or asked to sign: persons by id, posts by code.
    `changeovers` are the versions that it has left, in their order, with when, by whose order and to which;
    `left` are their definitions, by which everything is told that was before. `superseded` says of the
    paths of tasks that were sent back what became of their signatures. Of a part of a run, `begins`
    and `ends` say whether its beginning and its end are in it.
    """

    run: Row
    tasks: Sequence[Row] = ()
    submissions: Sequence[Row] = ()
    effects: Sequence[Row] = ()
    audit: Sequence[Row] = ()
    definition: SopDefinition | None = None
    chosen: Mapping[str, Text] = field(default_factory=dict)
    changeovers: Sequence[Row] = ()
    left: Sequence[SopDefinition] = ()
    superseded: Mapping[str, Superseded] = field(default_factory=dict)
    begins: bool = True
    ends: bool = True

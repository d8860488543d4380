"""Room `api`: shapes of a what-if - what becomes of past runs by a version."""

from __future__ import annotations

from uuid import UUID

from api.schemas.base import Answer, BothLanguages, Instant
from domain.sop_whatif import PathStep, Verdict, Work


class NoteOfRunOut(Answer):
    """Something that was assumed, or refused by a rule, at a step of one run."""

    kind: str
    step: str
    what: str
    code: str
    rule: BothLanguages


class SideOut(Answer):
    """A run by one of the definitions; of the steps in `unknown` nobody knows how long they take."""

    path: list[PathStep]
    state: str | None
    outcome: str | None
    seconds: int
    work: dict[str, Work]
    unknown: list[str]


class WhatIfRunOut(Answer):
    """One run, as it was and as it would have been. `why`, `at` and `code` say why it comes to no end."""

    run: UUID
    site: str
    ended_at: Instant
    verdict: Verdict
    parting_step: str
    before: SideOut
    after: SideOut
    why: str
    at: str
    code: str
    assumed: list[NoteOfRunOut]
    refused: list[NoteOfRunOut]


class WhatIfOut(Answer):
    """A batch of the `found` runs, the newest first; `next` is the cursor of the next batch."""

    sha256: str
    found: int
    items: list[WhatIfRunOut]
    next: str | None

"""Room `api`: shapes of what must hold on every path of a version."""

from __future__ import annotations

from typing import Any, Literal

from api.schemas.base import Answer, BothLanguages


class PathStepOut(Answer):
    """A step of a path and how it was left: its outcome, route or refusal; `skipped` has none."""

    step: str
    why: str
    answer: str | None


class ProofOut(Answer):
    """A sentence as it is written and in words, and what came of it.

    `not_walked`: the flow has errors, or the sentence names what is not there. `path` is a shortest one on
    which it fails; `states` were looked at, at most `bound`.
    """

    proof: dict[str, Any]
    sentence: BothLanguages
    verdict: Literal["holds", "fails", "undecided", "idle", "not_walked"]
    states: int
    bound: int
    path: list[PathStepOut]


class ProofsOut(Answer):
    """What must hold on every path of a version."""

    proofs: list[ProofOut]

"""Domain: the shape of a proof - a sentence about every path of a procedure, in a closed vocabulary.

Pure shape: `sop_proof_words` says it in words, `sop_proofs` finds out whether it holds. A proof is kept with
its definition, reviewed with it, and - like a case - not executed: the bundle of a run leaves it out.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.sop_parts import Key, Part

ProofKind = Literal["without", "after", "ends"]


class Event(Part):
    """What happened at a step: it was done, or ended with this outcome (of a decision: took this route)."""

    step: Key
    outcome: Key | None = None


class Target(Part):
    """What no path may do: a deed of the product's vocabulary (`sop_deeds`), or one step."""

    deed: Key | None = None
    step: Key | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Target:
        if (self.deed is None) == (self.step is None):
            raise ValueError("name either a deed or a step")
        return self


class Evidence(Part):
    """What must stand before the deed, exactly one of these.

    `signed`: a step with a signature that is always asked for. `signed_by`: such a signature by somebody of
    this post, at any step. `done`: a step that was completed, with `outcome` if that is said. `persons`: two
    different persons - at two steps of which one is separate from the other, or at one step with two
    signatures; `any` means at whatever steps.
    """

    signed: Key | None = None
    signed_by: Key | None = None
    done: Key | None = None
    outcome: Key | None = None
    persons: Literal["any"] | Annotated[list[Key], Field(min_length=1, max_length=2)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Evidence:
        if sum(x is not None for x in (self.signed, self.signed_by, self.done, self.persons)) != 1:
            raise ValueError("name exactly one of signed, signed_by, done, persons")
        if self.outcome is not None and self.done is None:
            raise ValueError("an outcome is that of the step that was done")
        return self


class Proof(Part):
    """One sentence.

    `{never, without}`: no path does it without the evidence; with `after` only on paths on which that
    happened. `{after, never}`: once that has happened no path does it. `{ends}`: every path, or with `after`
    every path on which that happened, ends with one of these outcomes.
    """

    never: Target | None = None
    without: Evidence | None = None
    after: Event | None = None
    ends: Annotated[list[Key], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _a_sentence(self) -> Proof:
        if (self.never is None) == (self.ends is None):
            raise ValueError("a proof says either what never happens or how every path ends")
        if self.never is not None and self.without is None and self.after is None:
            raise ValueError("say without what, or after what, it never happens")
        if self.ends is not None and self.without is not None:
            raise ValueError("`without` belongs to `never`")
        return self

    @property
    def kind(self) -> ProofKind:
        """Which sort of sentence this is."""
        if self.ends is not None:
            return "ends"
        return "without" if self.without is not None else "after"

"""UI contexts: what must hold on every path of a version - sentences with what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Chip, Form


@dataclass(frozen=True)
class ProofLine:
    """A sentence: its verdict, how many situations were looked at, and the path on which it fails.

    `value` is the sentence as it is posted to tick it or take it out; '' where neither can be done.
    """

    sentence: str
    chip: Chip
    counted: str = ""
    path: str = ""
    ruled_out: Sequence[str] = ()
    flowchart: Picture | None = None
    value: str = ""


@dataclass(frozen=True)
class SopProofsPage(Context):
    """The page that answers: what is certain in every run of this version."""

    template = "sops/proofs.html"
    title: str
    eyebrow: str
    intro: str
    back: Action
    address: str
    revision: int
    lines: Sequence[ProofLine]
    empty: str
    offered: Sequence[ProofLine] = ()
    note: str = ""
    more: Form | None = None

"""UI contexts: what-if - past runs by a changed version, while it is made and when it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui.contexts import Context
from ui.contexts.flowchart import Picture
from ui.contexts.parts import Action, Chip, Form, Table, Tone


@dataclass(frozen=True)
class Bar:
    """A pair of bars: what was, what would be; `width` of a hundred, with the words beside them."""

    label: str
    before: str
    after: str
    before_width: float
    after_width: float


@dataclass(frozen=True)
class Share:
    """A piece of a bar of all runs: from where and how wide, of a hundred."""

    tone: Tone
    at: float
    width: float


@dataclass(frozen=True)
class WhatIfLine:
    """A run that is listed: what became of it, where the ways part, both paths and ends, what was assumed."""

    group: str
    chip: Chip
    name: str
    href: str
    seen: str
    said: str
    before: str
    after: str
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class WhatIf:
    """A what-if so far: in sentences, as pictures with their tables, and the runs of the last batch.

    `state` is what the next batch goes on with; without it all is done.
    """

    done: int
    total: int
    sentences: Sequence[str]
    shares: Sequence[Share]
    verdicts: Table
    bars: Sequence[Bar]
    work: Table
    outcomes: Table
    refused: Sequence[str]
    assumed: Sequence[str]
    lines: Sequence[WhatIfLine]
    groups: Sequence[tuple[str, str]]
    address: str = ""
    state: Sequence[tuple[str, str]] = ()
    flowcharts: Sequence[tuple[str, Picture]] = ()


@dataclass(frozen=True)
class SopWhatIfPage(Context):
    """The page that answers: what would have become of past runs by this version."""

    template = "sops/what_if.html"
    title: str
    eyebrow: str
    intro: str
    back: Action
    choice: Form
    found: WhatIf | None = None
    note: str = ""


@dataclass(frozen=True)
class WhatIfPart(Context):
    """The same, one batch further, swapped in on its own."""

    template = "sops/what_if_part.html"
    found: WhatIf


@dataclass(frozen=True)
class SopWhatIfRunPage(Context):
    """The page that answers: how would this one run have gone."""

    template = "sops/what_if_run.html"
    title: str
    eyebrow: str
    intro: str
    back: Action
    line: WhatIfLine
    facts: Table
    flowcharts: Sequence[tuple[str, Picture]] = ()

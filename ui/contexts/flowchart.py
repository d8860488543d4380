"""UI contexts: a flowchart ready to draw - boxes, ways and words with their places - and its pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ui.contexts import Context
from ui.contexts.parts import Action, Chip, Table

Mark = Literal["walked", "here", "failed", "added", "changed", "removed"]
Shape = Literal["box", "hexagon", "pill", "diamond", "dot", "group"]


@dataclass(frozen=True)
class ChartWords:
    """A line of words at its place; `quiet` words are smaller."""

    x: float
    y: float
    text: str
    quiet: bool = False
    middle: bool = False


@dataclass(frozen=True)
class IconShape:
    """A piece of an icon: a path, or a circle where `r` is given."""

    d: str = ""
    cx: str = ""
    cy: str = ""
    r: str = ""


@dataclass(frozen=True)
class ChartBox:
    """A drawn node. `points` are the corners of a diamond or hexagon; `badge` is the sign of its mark."""

    kind: str
    shape: Shape
    x: float
    y: float
    width: float
    height: float
    title: str = ""
    points: str = ""
    words: Sequence[ChartWords] = ()
    icon: Sequence[IconShape] = ()
    mark: Mark | Literal[""] = ""
    badge: str = ""
    step: str = ""


@dataclass(frozen=True)
class ChartWay:
    """A drawn edge with its arrow head and its words."""

    by: str
    points: str
    head: str
    words: Sequence[ChartWords] = ()
    walked: bool = False


@dataclass(frozen=True)
class Picture:
    """A flowchart: `name` is unlike that of any other on the page.

    One that would be too small on a printed page is cut into `slices`: from where, and how high; they begin
    `left` of the picture, so that a narrow one is not blown up.
    """

    name: str
    title: str
    description: str
    width: float
    height: float
    boxes: Sequence[ChartBox]
    ways: Sequence[ChartWay]
    legend: Sequence[tuple[Mark, str, str]] = ()
    wide: bool = False
    slices: Sequence[tuple[float, float]] = ()
    left: float = 0.0


@dataclass(frozen=True)
class FlowchartPart(Context):
    """A flowchart that replaces another on its page."""

    template = "sops/_flowchart.html"
    flowchart: Picture


@dataclass(frozen=True)
class FlowchartFile(Context):
    """A flowchart as a file of its own."""

    template = "sops/flowchart_file.html"
    flowchart: Picture


@dataclass(frozen=True)
class FlowchartPage(Context):
    """The page that answers: how does this version run."""

    template = "sops/flowchart.html"
    title: str
    eyebrow: str
    chips: Sequence[Chip]
    back: Action
    flowchart: Picture
    steps: Table
    actions: Sequence[Action] = field(default=())

"""Domain: where the boxes of a chart stand and how its ways run, by the layout library `graphlay`.

A layered drawing from top to bottom, the same every time for the same chart. What the library is told is how
large boxes and words are; lengths have the unit of those sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import graphlay

from domain.sop_chart import GROUPS, Chart, Edge, Node

Size = tuple[float, float]
Point = tuple[float, float]
Piece = tuple[Point, Point]
HEAVY = 8.0
"""How much more the way straight on counts than others: it is drawn straight."""
FAR, SHORT = 16.0, 44.0
"""How far words may stand from their way, and how long a piece is that they may stand on."""
DIAMONDS = frozenset({"gateway", "fork", "join"})
ROUNDS = frozenset({"start", "end", "exit", "escalated", "thrown"})


@dataclass(frozen=True)
class Measure:
    """How large nodes and the words of edges are; `head` is the height of the words above a group.

    `joins`: ways to the same place run together at their end; `direction`: where the drawing goes to.
    """

    node: Callable[[Node], Size]
    label: Callable[[Edge], Size | None]
    head: float = 26.0
    padding: float = 12.0
    layer_gap: float = 26.0
    node_gap: float = 24.0
    joins: bool = True
    direction: Literal["topbottom", "leftright"] = "topbottom"


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Way:
    """An edge as it runs, border to border, and the box of its words."""

    edge: Edge
    points: tuple[Point, ...]
    label: Box | None = None


@dataclass(frozen=True)
class Layout:
    """The whole drawing, from (0, 0) to (width, height)."""

    width: float
    height: float
    boxes: dict[str, Box]
    ways: tuple[Way, ...]


def lay_out(chart: Chart, measure: Measure) -> Layout:
    """The drawing of a chart: what stands inside a node is drawn first, and is as large as it is."""
    boxes: dict[str, Box] = {}
    ways: dict[int, Way] = {}
    _draw(chart, measure, "", boxes, ways)
    return _moved(boxes, [ways[number] for number in range(len(chart.edges))])


def _draw(chart: Chart, measure: Measure, group: str, boxes: dict[str, Box], ways: dict[int, Way]) -> Size:
    """Draws what stands directly in a group, with all that is inside, at (0, 0); its size."""
    inside = [node for node in chart.nodes if node.group == group]
    numbers = [n for n, edge in enumerate(chart.edges) if chart.node(edge.source).group == group]
    inner: dict[str, tuple[dict[str, Box], dict[int, Way], Size]] = {}
    graph = graphlay.Graph()
    for node in inside:
        if node.kind in GROUPS:
            held: tuple[dict[str, Box], dict[int, Way]] = {}, {}
            inner[node.id] = (*held, _draw(chart, measure, node.id, *held))
        width, height = _around(inner[node.id][2], node, measure) if node.id in inner else measure.node(node)
        graph.node(node.id, width=width, height=height)
    edges = [chart.edges[n] for n in numbers]
    sizes = [measure.label(edge) for edge in edges]
    for edge, size in zip(edges, sizes, strict=True):
        more: dict[str, Any] = {"label_size": {"width": size[0], "height": size[1]}} if size else {}
        if edge.back:
            more["reverse_for_ranking"] = True
        straight = edge.by in {"go", "outcome", "route"}
        graph.edge(edge.source, edge.target, weight=HEAVY if straight else 1.0, **more)
    drawn = _read(inside, edges, graphlay.layout(graph, options=_options(measure)), sizes, chart)
    ways |= dict(zip(numbers, drawn.ways, strict=True))
    boxes |= drawn.boxes
    for name, (held_boxes, held_ways, size) in inner.items():
        box = boxes[name]
        x, y = box.x + (box.width - size[0]) / 2, box.y + measure.head + measure.padding
        boxes |= {one: _shifted(held, x, y) for one, held in held_boxes.items()}
        ways |= {n: _way_shifted(way, x, y) for n, way in held_ways.items()}
    return drawn.width, drawn.height


def _around(size: Size, node: Node, measure: Measure) -> Size:
    """The size of a group around what is in it: room for its words above, and for them to be read."""
    width = max(size[0] + 2 * measure.padding, measure.node(node)[0])
    return width, size[1] + 2 * measure.padding + measure.head


def _options(measure: Measure) -> dict[str, Any]:
    return {
        "direction": measure.direction,
        "spacing": {
            "layer_gap": measure.layer_gap,
            "node_gap": measure.node_gap,
            "dummy_gap": 16.0,
            "port_gap": 14.0,
            "stub": 8.0,
            "edge_label_margin": 6.0,
            "isolated_gap": measure.node_gap,
        },
        "labels": {"reservation": "when_needed", "placement": "candidates"},
        "routing": {"merge_edges": "joins" if measure.joins else "none"},
        "compaction": {"mode": "priority"},
    }


def _read(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    drawn: graphlay.Layout,
    labels: Sequence[Size | None],
    chart: Chart,
) -> Layout:
    """The library's answer in our terms, moved to (0, 0)."""
    boxes = {}
    for node, placed in zip(nodes, drawn.nodes, strict=True):
        w, h = placed["size"]["width"], placed["size"]["height"]
        boxes[node.id] = Box(placed["center"]["x"] - w / 2, placed["center"]["y"] - h / 2, w, h)
    ways = []
    for edge, placed, size in zip(edges, drawn.edges, labels, strict=True):
        at, box = placed["label_anchor"], None
        if at and size:
            box = Box(at["x"] - size[0] / 2, at["y"] - size[1] / 2, *size)
        points = [(p["x"], p["y"]) for p in placed["points"]]
        points[0] = _on_outline(chart.node(edge.source), boxes[edge.source], points[0])
        points[-1] = _on_outline(chart.node(edge.target), boxes[edge.target], points[-1])
        ways.append(Way(edge, tuple(points), box))
    return _moved(boxes, _beside(ways, list(boxes.values())))


def _on_outline(node: Node, box: Box, point: Point) -> Point:
    """Where an end of a way meets what is drawn: a diamond and a round are not as wide as their box."""
    (x, y), (middle_x, middle_y) = point, box.middle
    above = y <= middle_y
    half_height, aside = box.height / 2, min(1.0, abs(x - middle_x) / (box.width / 2 or 1.0))
    if not box.x < x < box.x + box.width:
        return point
    if node.kind in DIAMONDS:
        half_height *= 1 - aside
    elif node.kind in ROUNDS and box.width == box.height:
        half_height *= (1 - aside**2) ** 0.5
    return x, middle_y - half_height if above else middle_y + half_height


def _beside(ways: Sequence[Way], boxes: Sequence[Box]) -> list[Way]:
    """Words that the library put far from their way, or over all of a short one, stand beside it instead."""
    taken = [*boxes, *(way.label for way in ways if way.label)]
    found = []
    for way in ways:
        label, pieces = way.label, list(pairwise(way.points))
        if label is not None and _badly(label, pieces):
            taken.remove(label)
            pieces.sort(key=_length, reverse=True)
            places = [place for piece in pieces for place in _places(piece, label)]
            label = next((place for place in places if not any(_meet(place, one) for one in taken)), label)
            taken.append(label)
        found.append(Way(way.edge, way.points, label))
    return found


def _badly(label: Box, pieces: Sequence[Piece]) -> bool:
    """Whether words are too far from their way, or hide the whole of the piece that they stand on."""
    near = min(pieces, key=lambda piece: _away(label, piece))
    return _away(label, near) > FAR or (_upright(near) and _away(label, near) == 0 and _length(near) < SHORT)


def _upright(piece: Piece) -> bool:
    return piece[0][0] == piece[1][0]


def _length(piece: Piece) -> float:
    (x1, y1), (x2, y2) = piece
    return abs(x1 - x2) + abs(y1 - y2)


def _places(piece: Piece, box: Box) -> list[Box]:
    """Where words can stand at a piece of a way: right or left of an upright one, on a lying one."""
    (x1, y1), (x2, y2) = piece
    x, y = (x1 + x2 - box.width) / 2, (y1 + y2 - box.height) / 2
    aside = box.width / 2 + 1
    sides = (aside, -aside) if _upright(piece) else (0.0,)
    return [Box(x + side, y, box.width, box.height) for side in sides]


def _meet(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def _away(box: Box, piece: Piece) -> float:
    (x1, y1), (x2, y2) = piece
    aside = max(0.0, box.x - max(x1, x2), min(x1, x2) - box.x - box.width)
    return aside + max(0.0, box.y - max(y1, y2), min(y1, y2) - box.y - box.height)


def _moved(boxes: dict[str, Box], ways: list[Way]) -> Layout:
    """The drawing with its upper left corner at (0, 0)."""
    known = [*boxes.values(), *(way.label for way in ways if way.label)]
    xs = [x for box in known for x in (box.x, box.x + box.width)] + [x for w in ways for x, _ in w.points]
    ys = [y for box in known for y in (box.y, box.y + box.height)] + [y for w in ways for _, y in w.points]
    left, top = min(xs), min(ys)
    placed = {name: _shifted(box, -left, -top) for name, box in boxes.items()}
    return Layout(max(xs) - left, max(ys) - top, placed, tuple(_way_shifted(w, -left, -top) for w in ways))


def _shifted(box: Box, x: float, y: float) -> Box:
    return Box(box.x + x, box.y + y, box.width, box.height)


def _way_shifted(way: Way, x: float, y: float) -> Way:
    points = tuple((at + x, down + y) for at, down in way.points)
    return Way(way.edge, points, _shifted(way.label, x, y) if way.label else None)

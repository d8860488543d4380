"""UI pages: the flowchart of a definition as a picture, with marks at its steps.

`picture` is what pages call: the version's page, a run with its walked path, differences, failing proofs. The
graph and its places are the domain's (`sop_chart_of`, `sop_layout`); here are words, shapes and signs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET  # reads our own icons

from domain.decision_table import DecisionTable
from domain.sop_chart import GROUPS, Chart, Edge, Node
from domain.sop_chart_of import chart_of
from domain.sop_chart_text import width_of, wrapped
from domain.sop_definition import SopDefinition
from domain.sop_layout import Box, Layout, Measure, Way, lay_out
from ui.contexts.flowchart import ChartBox, ChartWay, ChartWords, IconShape, Mark, Picture, Shape
from ui.pages.flow_paper import paper_for
from ui.pages.flow_words import WAYS, FlowWords
from ui.pages.sop_reading import KINDS
from ui.rendering import STATIC
from ui.translation import Translations, mark

TYPE, SMALL, LINE, SMALL_LINE = 13.0, 11.0, 17.0, 14.0
"""Sizes of type and distances of lines, in the picture's pixels."""
WIDTH = {"zh": 196.0, "en": 224.0}
LABEL = 11
HEAD = 20.0
BADGE = 24.0
"""What a mark takes of the head of a group, at its end."""
EDGE = 8.0
SHAPES: Mapping[str, Shape] = {
    "start": "pill", "end": "pill", "missing": "pill", "exit": "dot",
    "gateway": "diamond", "decide": "hexagon",
    "parallel": "group", "for_each": "group", "repeat": "group",
}  # fmt: skip
MARKS: Mapping[Mark, tuple[str, str]] = {
    "walked": (mark("Walked"), "✓"),
    "here": (mark("Here now"), "▶"),
    "failed": (mark("Fails here"), "!"),
    "added": (mark("Added"), "+"),
    "changed": (mark("Changed"), "~"),
    "removed": (mark("Removed"), "−"),
}


CHOSEN = frozenset({"outcome", "route"})
"""Ways of which a run takes one."""


def picture(
    definition: SopDefinition,
    words: Translations,
    *,
    marks: Mapping[str, Mark] | None = None,
    posts: Mapping[str, str] | None = None,
    tables: Mapping[str, DecisionTable] | None = None,
    name: str = "flow",
) -> Picture:
    """The flowchart in the language of `words`.

    `marks` by step id, `posts` their names by code, `tables` give the words of their values; `name` is unlike
    that of any other picture on the page.
    """
    chart = chart_of(definition, tables=tables)
    read = FlowWords(words, chart, posts or {})
    pen = _Pen(read, marks or {}, read.named())
    drawn = lay_out(
        chart, Measure(pen.size, pen.plate, head=HEAD, padding=8.0, layer_gap=18.0, node_gap=20.0)
    )
    return pen.picture(definition, drawn, name)


def flow_title(words: Translations, definition: SopDefinition) -> str:
    """What the picture is called."""
    return words.gettext("Flowchart: %(name)s", name=words.pick(definition.title))


@cache
def icons() -> Mapping[str, tuple[IconShape, ...]]:
    """The shapes of our icons by name."""
    space = "{http://www.w3.org/2000/svg}"
    root = ET.parse(STATIC / "icons.svg").getroot()  # noqa: S314 # our own file
    return {
        symbol.get("id", ""): tuple(
            IconShape(*(shape.get(part, "") for part in ("d", "cx", "cy", "r"))) for shape in symbol
        )
        for symbol in root.iter(f"{space}symbol")
    }


@dataclass(frozen=True)
class _Pen:
    """Draws one chart in one language."""

    read: FlowWords
    marks: Mapping[str, Mark]
    several: frozenset[str]

    @property
    def chart(self) -> Chart:
        return self.read.chart

    @property
    def words(self) -> Translations:
        return self.read.words

    # -- sizes -----------------------------------------------------------------------------------

    def size(self, node: Node) -> tuple[float, float]:
        """How large a node is; groups grow with what is in them."""
        shape = SHAPES.get(node.kind, "box")
        if shape == "group":
            return self._head_width(node), HEAD
        if shape in {"diamond", "dot"}:
            return (22.0, 22.0) if shape == "diamond" else (12.0, 12.0)
        if shape == "pill":
            return max(64.0, width_of(self.read.title(node)) * TYPE + 28), 26.0
        quiet = SMALL_LINE if self.read.who(node) else 0.0
        return WIDTH[self.words.language], len(self._lines(node)) * LINE + quiet + 13

    def plate(self, edge: Edge) -> tuple[float, float] | None:
        """The size of the words of an edge, if it has any."""
        lines = self._label(edge)
        return (max(map(width_of, lines)) * SMALL + 8, len(lines) * SMALL_LINE + 2) if lines else None

    def _head_width(self, node: Node) -> float:
        """The room for the words at the head of a group."""
        return (
            width_of(self.read.title(node)) * TYPE + width_of(self.read.pick(node.note)) * SMALL + 28 + BADGE
        )

    def _lines(self, node: Node) -> list[str]:
        return wrapped(self.read.title(node), (WIDTH[self.words.language] - 42) / TYPE)

    def _label(self, edge: Edge) -> list[str]:
        if not edge.labels or (edge.by in WAYS and edge.source not in self.several):
            return []
        return wrapped(self.read.said(edge), LABEL, 2)

    def _mark(self, node: Node) -> Mark | None:
        return self.marks.get(node.step) if node.kind not in {"gateway", "exit", "start"} else None

    def _told(self, node: Node) -> str:
        """What a pointer over the node is told."""
        if node.kind in {"gateway", "exit"}:
            return ""
        found = self._mark(node)
        said = self.words.gettext(MARKS[found][0]) if found else ""
        parts = [self.read.title(node), self.read.kind(node), self.read.who(node), said]
        return " · ".join(part for part in parts if part)

    # -- the picture -----------------------------------------------------------------------------

    def picture(self, definition: SopDefinition, drawn: Layout, name: str) -> Picture:
        """The whole picture with a margin around it."""
        _ = self.words.gettext
        used = [m for m in MARKS if m in self.marks.values()]
        people = [node for node in self.chart.nodes if node.kind == "human"]
        steps = {node.step for node in self.chart.nodes if node.step}
        width, height = drawn.width + 2 * EDGE, drawn.height + 2 * EDGE
        boxes = [self._box(node, drawn.boxes[node.id]) for node in _outer_first(self.chart)]
        paper = paper_for(width, height, [Box(b.x, b.y, b.width, b.height) for b in boxes], TYPE)
        return Picture(
            name,
            flow_title(self.words, definition),
            self.words.ngettext(
                "%(n)s step, %(people)s of them by people; the table below says the same.",
                "%(n)s steps, %(people)s of them by people; the table below says the same.",
                len(steps),
                people=len(people),
            ),
            round(width, 1),
            round(height, 1),
            boxes,
            [self._way(way) for way in drawn.ways],
            [(m, MARKS[m][1], _(MARKS[m][0])) for m in used],
            paper.lying,
            paper.slices,
            paper.left,
        )

    def _box(self, node: Node, box: Box) -> ChartBox:
        shape = SHAPES.get(node.kind, "box")
        x, y, w, h = box.x + EDGE, box.y + EDGE, box.width, box.height
        found = self._mark(node)
        return ChartBox(
            node.kind,
            shape,
            round(x, 1),
            round(y, 1),
            round(w, 1),
            round(h, 1),
            title=self._told(node),
            points=_corners(shape, x, y, w, h),
            words=self._words(node, x, y, w, h),
            icon=icons()[KINDS[node.kind][1]] if shape in {"box", "hexagon"} else (),
            mark=found or "",
            badge=MARKS[found][1] if found else "",
            step=node.step,
        )

    def _words(self, node: Node, x: float, y: float, w: float, h: float) -> Sequence[ChartWords]:
        shape = SHAPES.get(node.kind, "box")
        if shape == "pill":
            return [
                ChartWords(round(x + w / 2, 1), round(y + h / 2 + 4.5, 1), self.read.title(node), middle=True)
            ]
        if shape == "group":
            how = x + 18 + width_of(self.read.title(node)) * TYPE
            note = ChartWords(round(how, 1), y + 17, self.read.pick(node.note), quiet=True)
            return [ChartWords(x + 10, y + 17, self.read.title(node)), note]
        if shape not in {"box", "hexagon"}:
            return ()
        lines = self._lines(node)
        said = [ChartWords(x + 32, y + 19 + LINE * n, line) for n, line in enumerate(lines)]
        if second := self.read.who(node):
            cut = wrapped(second, (w - 42) / SMALL, 1)[0]
            said.append(ChartWords(x + 32, y + 17 + LINE * len(lines), cut, quiet=True))
        return said

    def _way(self, way: Way) -> ChartWay:
        points = [(x + EDGE, y + EDGE) for x, y in way.points]
        said: list[ChartWords] = []
        if way.label:
            x, y = way.label.x + EDGE + way.label.width / 2, way.label.y + EDGE + 12
            lines = self._label(way.edge)
            said = [
                ChartWords(x, y + SMALL_LINE * n, one, quiet=True, middle=True) for n, one in enumerate(lines)
            ]
        return ChartWay(way.edge.by, joined(points), head_of(points), said, self._walked(way.edge))

    def _walked(self, edge: Edge) -> bool:
        """Whether a run went this way, as far as its steps tell: past a step that it skipped."""
        nodes = self.chart.by_id()
        source, target = nodes[edge.source], nodes[edge.target]
        went = [
            self.marks.get(node.step) in {"walked", "here", "failed"} or node.kind == "start"
            for node in (source, target)
        ]
        if edge.by in {"skip", "refusal", "timeout"}:
            passed = self.marks.get(source.step) not in {"walked", "here"}
            return edge.by == "skip" and passed and went[1] and bool(self.marks)
        return all(went) and edge.by in WAYS and bool(self.marks) and self._first(edge)

    def _first(self, edge: Edge) -> bool:
        """Of several ways from one step the one to what comes first: what was passed over was not walked."""
        order = [node.id for node in self.chart.nodes]
        known = self.chart.by_id()
        others = [
            one
            for one in self.chart.edges
            if one.source == edge.source and one.by in CHOSEN and self.marks.get(known[one.target].step)
        ]
        return edge.by not in CHOSEN or all(order.index(edge.target) <= order.index(o.target) for o in others)


def _outer_first(chart: Chart) -> Iterable[Node]:
    """Groups before what stands in them, so that nothing is covered."""
    return sorted(chart.nodes, key=lambda node: (node.kind not in GROUPS, len(chart.around(node.id))))


def _corners(shape: Shape, x: float, y: float, w: float, h: float) -> str:
    if shape == "diamond":
        return joined([(x + w / 2, y), (x + w, y + h / 2), (x + w / 2, y + h), (x, y + h / 2)])
    if shape == "hexagon":
        d = 12.0
        return joined(
            [
                (x + d, y),
                (x + w - d, y),
                (x + w, y + h / 2),
                (x + w - d, y + h),
                (x + d, y + h),
                (x, y + h / 2),
            ]
        )
    return ""


def head_of(points: Sequence[tuple[float, float]]) -> str:
    """The arrow head at the end of a way."""
    (x0, y0), (x, y) = points[-2], points[-1]
    if abs(x - x0) > abs(y - y0):
        back = -7 if x > x0 else 7
        return joined([(x, y), (x + back, y - 4), (x + back, y + 4)])
    back = -7 if y >= y0 else 7
    return joined([(x, y), (x - 4, y + back), (x + 4, y + back)])


def joined(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

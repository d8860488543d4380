"""UI pages: a trace as a picture - who had goods and what went between them, laid out by the library.

Boxes are partners, sites, transfers and what is gone for good; an arrow says how many went. What came back is
dashed. The table below the picture says the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain import sop_chart
from domain.sop_chart_text import width_of, wrapped
from domain.sop_layout import Box, Layout, Measure, Way, lay_out
from domain.tracing import Edge, Node, folded
from services.trace import Trace
from ui import formats, goods_words
from ui import words as codes
from ui.contexts.flowchart import ChartBox, ChartWay, ChartWords, Picture
from ui.pages.flow_paper import paper_for
from ui.pages.flow_picture import EDGE, LINE, SMALL, SMALL_LINE, TYPE, head_of, icons, joined
from ui.translation import Translations

WIDTH = 190.0
MOST_NODES = 40
"""Boxes that a picture has; the smallest partners are one box beyond that."""
ICONS = {
    "party": "person",
    "supplier": "truck",
    "customer": "person",
    "site": "box",
    "transit": "truck",
    "destroyed": "x",
    "sample": "list",
    "count": "pen",
}


@dataclass(frozen=True)
class _Arrow:
    """All that went from one box to another, by batch. What leads back is drawn against the way."""

    source: str
    target: str
    batches: Mapping[str, int]
    back: bool


def picture(found: Trace, words: Translations) -> Picture | None:
    """The picture of a trace; None where nothing went anywhere."""
    if not found.edges:
        return None
    nodes, edges, more = folded(found.nodes, found.edges, MOST_NODES)
    return _Pen(found, words, nodes, more, _arrows(edges)).picture()


def _arrows(edges: Sequence[Edge]) -> list[_Arrow]:
    """An arrow for each pair of boxes: of two between the same boxes the later one leads back."""
    summed: dict[tuple[str, str], Counter[str]] = {}
    for edge in edges:
        summed.setdefault((edge.source, edge.target), Counter())[edge.batch] += edge.quantity
    order = list(summed)
    return [
        _Arrow(source, target, batches, (target, source) in order[: order.index((source, target))])
        for (source, target), batches in summed.items()
    ]


@dataclass(frozen=True)
class _Pen:
    """Draws one trace in one language."""

    found: Trace
    words: Translations
    nodes: Sequence[Node]
    more: Mapping[str, int]
    arrows: Sequence[_Arrow]

    def picture(self) -> Picture:
        """The whole picture with a margin around it."""
        drawn = self._laid_out()
        width, height = drawn.width + 2 * EDGE, drawn.height + 2 * EDGE
        boxes = [self._box(node, drawn) for node in self.nodes]
        paper = paper_for(width, height, [Box(b.x, b.y, b.width, b.height) for b in boxes], TYPE)
        return Picture(
            "trace",
            self.words.gettext("The way of %(what)s", what=self.found.started.name),
            self.words.ngettext(
                "%(n)s place; the table below says the same.",
                "%(n)s places; the table below says the same.",
                len(self.nodes),
            ),
            round(width, 1),
            round(height, 1),
            boxes,
            [self._way(way) for way in drawn.ways],
            (),
            paper.lying,
            paper.slices,
            paper.left,
        )

    def _laid_out(self) -> Layout:
        chart = sop_chart.Chart(
            tuple(sop_chart.Node(node.id, "action") for node in self.nodes),
            tuple(
                sop_chart.Edge(one.source, one.target, "send_back" if one.back else "go")
                for one in self.arrows
            ),
        )
        by_id = {node.id: node for node in self.nodes}
        said = {(one.source, one.target): one for one in self.arrows}
        measure = Measure(
            lambda node: self._size(by_id[node.id]),
            lambda edge: self._plate(said[edge.source, edge.target]),
            layer_gap=34.0,
            node_gap=14.0,
            joins=False,
            direction="leftright",
        )
        return lay_out(chart, measure)

    # -- words and sizes ---------------------------------------------------------------------------

    def _title(self, node: Node) -> str:
        if node.id in self.more:
            return self.words.ngettext("%(n)s more", "%(n)s more", self.more[node.id])
        if node.kind == "site":
            return self._sites().get(node.name, node.name)
        return self._kind(node) if node.id.startswith("outside:") else node.name

    def _kind(self, node: Node) -> str:
        """What a box is, in a word."""
        if node.kind == "site":
            return node.name
        if node.kind == "party":
            return " · ".join(
                codes.word(goods_words.PLACE_KINDS, role, self.words) for role in self._roles(node)
            )
        return codes.word(goods_words.PLACE_KINDS, node.kind, self.words)

    def _roles(self, node: Node) -> list[str]:
        party = UUID(node.id.partition(":")[2])
        kinds = [
            kind for row in self.found.rows if row.party_id == party for kind in (row.from_kind, row.to_kind)
        ]
        return sorted({kind for kind in kinds if kind in {"supplier", "customer"}}, reverse=True)

    def _sites(self) -> dict[str, str]:
        return {
            row.site_code: self.words.pick({"zh": row.site_zh, "en": row.site_en}) for row in self.found.rows
        }

    def _lines(self, node: Node) -> list[str]:
        return wrapped(self._title(node), (WIDTH - 42) / TYPE, 3)

    def _quiet(self, node: Node) -> list[str]:
        """What stands small below the name: what it is, how many came and went where no arrow says it."""
        said = [] if node.id.startswith("outside:") else [self._kind(node)]
        if node.kind == "site":
            return said
        _ = self.words.gettext
        came = [one for one in self.arrows if one.target == node.id]
        went = [one for one in self.arrows if one.source == node.id]
        parts = [_("in %(n)s", n=self._many(one)) for one in came if len(came) == 1]
        parts += [_("out %(n)s", n=self._many(one)) for one in went if len(went) == 1]
        together = " · ".join(parts)
        return [*said, *(parts if width_of(together) * SMALL > WIDTH - 42 else filter(None, [together]))]

    def _many(self, arrow: _Arrow) -> str:
        """The pieces where it is one batch, else how many batches: pieces of different goods are no sum."""
        if len(arrow.batches) > 1:
            return self.words.ngettext("%(n)s batch", "%(n)s batches", len(arrow.batches))
        ((batch, quantity),) = arrow.batches.items()
        units = {str(one.batch_id): one.base_unit for one in self.found.accounts}
        return formats.quantity(quantity, units.get(batch, ""))

    def _size(self, node: Node) -> tuple[float, float]:
        return WIDTH, len(self._lines(node)) * LINE + len(self._quiet(node)) * SMALL_LINE + 13

    def _label(self, arrow: _Arrow) -> str:
        """What an arrow says by itself: nothing, where the box at its outer end says it."""
        outer = [end for end in (arrow.source, arrow.target) if not end.startswith("site:")]
        alike = [one for one in self.arrows if (one.target if arrow.target in outer else one.source) in outer]
        return self._many(arrow) if len(alike) > 1 or not outer else ""

    def _plate(self, arrow: _Arrow) -> tuple[float, float] | None:
        said = self._label(arrow)
        return (width_of(said) * SMALL + 8, SMALL_LINE + 2) if said else None

    # -- shapes ------------------------------------------------------------------------------------

    def _box(self, node: Node, drawn: Layout) -> ChartBox:
        at = drawn.boxes[node.id]
        x, y = at.x + EDGE, at.y + EDGE
        lines, quiet = self._lines(node), self._quiet(node)
        said = [ChartWords(x + 32, y + 19 + LINE * n, line) for n, line in enumerate(lines)]
        for n, line in enumerate(quiet):
            cut = wrapped(line, (WIDTH - 42) / SMALL, 1)[0]
            below = y + 17 + LINE * len(lines) + SMALL_LINE * n
            said.append(ChartWords(x + 32, below, cut, quiet=True))
        return ChartBox(
            node.kind,
            "box",
            round(x, 1),
            round(y, 1),
            round(at.width, 1),
            round(at.height, 1),
            title=" · ".join(dict.fromkeys((self._title(node), *quiet))),
            words=said,
            icon=icons()[
                ICONS[next(iter(self._roles(node)), "party") if node.kind == "party" else node.kind]
            ],
        )

    def _way(self, way: Way) -> ChartWay:
        points = [(x + EDGE, y + EDGE) for x, y in way.points]
        words: list[ChartWords] = []
        if way.label:
            ends = (way.edge.source, way.edge.target)
            arrow = next(one for one in self.arrows if (one.source, one.target) == ends)
            x, y = way.label.x + EDGE + way.label.width / 2, way.label.y + EDGE + 12
            words = [ChartWords(x, y, self._label(arrow), quiet=True, middle=True)]
        return ChartWay(way.edge.by, joined(points), head_of(points), words)

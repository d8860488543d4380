"""UI pages: the words of a flowchart - what its nodes and ways are called - for the picture and its table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.sop_chart import Chart, Edge, Node
from domain.sop_chart_words import and_more
from domain.sop_definition import Text
from ui.contexts.parts import Cell, Column, Empty, Row, Table
from ui.pages.sop_reading import KINDS
from ui.translation import Translations
from ui.words import RUN_OUTCOMES, word

WAYS = frozenset({"go", "outcome", "route"})
"""Ways straight on; others leave a step otherwise."""


@dataclass(frozen=True)
class FlowWords:
    """Reads a chart in one language; `posts` are the names of posts by code."""

    words: Translations
    chart: Chart
    posts: Mapping[str, str] = field(default_factory=dict)

    def title(self, node: Node) -> str:
        """What a node is called; an end without a title by its outcome."""
        if node.kind == "end" and node.title and node.title.zh == node.title.en:
            return word(RUN_OUTCOMES, node.title.zh, self.words)
        return self.pick(node.title)

    def who(self, node: Node) -> str:
        """Whose work it is."""
        return self.posts.get(node.post, node.post) if node.post else ""

    def kind(self, node: Node) -> str:
        """What kind of step it is."""
        return self.words.gettext(KINDS[node.kind][0]) if node.kind in KINDS else ""

    def said(self, edge: Edge) -> str:
        """The words of a way; of many refusals the first and how many more."""
        if edge.by == "refusal" and len(edge.labels) > 1:
            return self.pick(and_more(edge.labels))
        return self.words.gettext(", ").join(self.pick(label) for label in edge.labels)

    def named(self) -> frozenset[str]:
        """The nodes whose ways straight on need words: those with several."""
        leaving = [edge.source for edge in self.chart.edges if edge.by in WAYS]
        return frozenset(source for source in leaving if leaving.count(source) > 1)

    def pick(self, text: Text | None) -> str:
        """A text in this language."""
        return self.words.pick(text) if text else ""


@dataclass(frozen=True)
class FlowTable:
    """The same as a table: each step, whose it is, and where it leads."""

    words: FlowWords

    def table(self) -> Table:
        """The table."""
        _ = self.words.words.gettext
        labels = [_("Step"), _("Kind"), _("Who"), _("Leads to")]
        rows = [self._row(node) for node in self.words.chart.nodes if node.step and node.kind in KINDS]
        return Table("steps", _("Steps"), [Column(label) for label in labels], rows, Empty(_("No steps")))

    def _row(self, node: Node) -> Row:
        title, known = self.words.title, self.words.chart.by_id()
        inside = title(known[node.group]) if node.group else ""
        how = self.words.pick(node.note)
        return Row(
            [
                Cell(title(node), sub=inside or how),
                Cell(self.words.kind(node)),
                Cell(self.words.who(node)),
                Cell(self._leads(node), "lines"),
            ]
        )

    def _leads(self, node: Node) -> list[str]:
        """Where the step leads, through its gateways, each way with its word."""
        _ = self.words.words.gettext
        known = self.words.chart.by_id()
        gates = {one.id for one in known.values() if one.kind == "gateway" and one.step == node.step}
        told = []
        for edge in self.words.chart.edges:
            if edge.source not in {node.id, *gates} or edge.target in {node.id, *gates}:
                continue
            where = self._where(known[edge.target])
            label = _(", ").join(self.words.pick(one) for one in edge.labels)
            told.append(_("%(label)s: %(where)s", label=label, where=where) if label else where)
        if not told and node.group and node.kind != "end":
            return [_("to the end of the steps around it")]
        return told

    def _where(self, target: Node) -> str:
        """A gateway stands for the step that it belongs to."""
        if target.kind == "exit":
            return self.words.words.gettext("to the end of the steps around it")
        if target.kind == "gateway":
            return self.words.title(self.words.chart.by_id().get(target.step, target))
        return self.words.title(target)

"""Domain: the chart of a definition. What a chart is stands in `sop_chart`.

`explicit` draws what readers take for granted and BPMN does not: where each list inside a step begins and
ends, forks and joins, who hears of a late task, and where a step inside another ends the whole run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain import sop_untitled
from domain.action_catalogue import CATALOGUE
from domain.action_spec import ActionSpec
from domain.decision_table import DecisionTable
from domain.sop_chart import GROUPS, Chart, Edge, Kind, Node, lanes_of, ways
from domain.sop_chart_words import (
    END,
    ESCALATED,
    MET,
    MISSING,
    NO_END,
    START,
    Labels,
    end_words,
    group_note,
)
from domain.sop_definition import SopDefinition, Step, Text
from domain.sop_flow import NEXT, Jump, jumps


def chart_of(
    definition: SopDefinition,
    *,
    catalogue: Mapping[str, ActionSpec] = CATALOGUE,
    tables: Mapping[str, DecisionTable] | None = None,
    explicit: bool = False,
) -> Chart:
    """The chart of a definition, also of one with faults."""
    drawing = _Drawing(definition, Labels(definition, catalogue, tables or {}), explicit=explicit)
    return drawing.chart()


class _Place:
    """A list of steps that is being drawn: where it is, its nodes by step, and where it runs out to."""

    def __init__(self, steps: Sequence[Step], group: str, section: str, branch: str = "") -> None:
        self.steps, self.group, self.section, self.branch = steps, group, section, branch
        self.entries: dict[str, str] = {}
        self.out = ""


class _Drawing:
    def __init__(self, definition: SopDefinition, labels: Labels, *, explicit: bool) -> None:
        self.definition, self.labels, self.explicit = definition, labels, explicit
        self.titles = sop_untitled.names(definition)
        self.nodes: dict[str, Node] = {}
        self.edges: dict[tuple[str, str, str], Edge] = {}
        self.boxes: dict[str, str] = {}
        self.sections: dict[str, str] = {}

    def chart(self) -> Chart:
        """Draws the main list, then the sections; ways into sections are found by their first nodes."""
        start = self.add("start", "start", None, _Place([], "", ""), title=START)
        main = _Place(self.definition.steps, "", "")
        sections = [_Place(steps, "", name) for name, steps in self.definition.sections.items()]
        for place in (main, *sections):
            self.boxes_of(place)
        self.sections = {p.section: p.entries[p.steps[0].id] for p in sections}
        self.edge(start, main.entries[main.steps[0].id])
        for place in (main, *sections):
            self.ways_of(place)
        nodes = tuple(self.nodes.values())
        return Chart(nodes, tuple(self.edges.values()), lanes_of(nodes))

    # -- nodes -------------------------------------------------------------------------------------

    def add(
        self,
        wanted: str,
        kind: Kind,
        step: Step | None,
        place: _Place,
        *,
        title: Text | None = None,
        post: str = "",
        note: Text | None = None,
    ) -> str:
        """A new node; a name that is taken gets a number (only in definitions with faults)."""
        id_, n = wanted, 1
        while id_ in self.nodes:
            n += 1
            id_ = f"{wanted}~{n}"
        belongs = step.id if step else ""
        self.nodes[id_] = Node(
            id_, kind, belongs, title, place.group, place.section, place.branch, post, note
        )
        return id_

    def boxes_of(self, place: _Place) -> None:
        """The nodes of a list and of the lists inside its steps."""
        for step in place.steps:
            gate = ""
            if step.when is not None:
                gate = self.add(f"{step.id}.when", "gateway", step, place)
            box = self._box(step, place)
            self.boxes.setdefault(step.id, box)
            place.entries.setdefault(step.id, gate or box)
            if gate:
                self.edge(gate, box, "go", MET if self.explicit else None)

    def _box(self, step: Step, place: _Place) -> str:
        title = step.title or self.titles[step.id]
        if step.kind == "end":
            return self.add(step.id, "end", step, place, title=end_words(self.definition, step))
        if step.kind in GROUPS:
            kind: Kind = step.kind
            box = self.add(step.id, kind, step, place, title=title, note=group_note(step))
            self._inside(step, box, place)
            return box
        post = step.human.post if step.human else ""
        return self.add(step.id, step.kind, step, place, title=title, post=post)

    def _inside(self, step: Step, box: str, place: _Place) -> None:
        """The lists inside a step, each with its own ways."""
        bodies = [_Place(steps, box, place.section, name) for name, steps in step.bodies()]
        head = _Place([], box, place.section)
        begin = finish = ""
        if self.explicit:
            begin = self.add(f"{box}.start", "start", step, head)
            finish = self.add(f"{box}.done", "exit", step, head)
            if step.parallel:
                fork = self.add(f"{box}.fork", "fork", step, head)
                join = self.add(f"{box}.join", "join", step, head)
                self.edge(begin, fork)
                self.edge(join, finish)
                begin, finish = fork, join
        for body in bodies:
            self.boxes_of(body)
            body.out = finish or self._way_out(step, body)
            if begin:
                self.edge(begin, body.entries[body.steps[0].id])
            self.ways_of(body)

    def _way_out(self, step: Step, body: _Place) -> str:
        """A node where the list ends, if more than one way leads out of it; else its border is enough."""
        leaving = [
            j for i, s in enumerate(body.steps) for j in self._leaving(s) if self._runs_out(body, i, j)
        ]
        if all(jump.by == "go" for jump in leaving) and len(leaving) <= 1:
            return ""
        name = f"{step.id}.{body.branch}.done" if body.branch else f"{step.id}.done"
        return self.add(name, "exit", step, body)

    @staticmethod
    def _leaving(step: Step) -> list[Jump]:
        return list(jumps(step))

    @staticmethod
    def _runs_out(place: _Place, index: int, jump: Jump) -> bool:
        return jump.target == NEXT and index == len(place.steps) - 1

    # -- ways --------------------------------------------------------------------------------------

    def ways_of(self, place: _Place) -> None:
        """The ways out of the steps of a list (of lists inside them, when those were drawn)."""
        for index, step in enumerate(place.steps):
            box = self.boxes[step.id]
            if step.when is not None:
                self.way(place, index, f"{box}.when", Jump("skip", "when", NEXT))
            leaving = ways(step)
            plain = [jump for jump in leaving if self._is_plain(jump)]
            source = box
            if self._forks(step, place, index, plain):
                source = self.add(f"{box}.ways", "gateway", step, place)
                self.edge(box, source)
            for jump in leaving:
                self.way(place, index, source if jump in plain else box, jump)
            self._late(place, step, box)
            if self.explicit and step.kind == "end" and place.group:
                self._ends_all(step, box)

    def _is_plain(self, jump: Jump) -> bool:
        """A way that a gateway offers; refusals and time-outs leave the box itself."""
        return jump.by in {"go", "outcome", "route"} or (self.explicit and jump.by == "send_back")

    def _forks(self, step: Step, place: _Place, index: int, plain: Sequence[Jump]) -> bool:
        """Whether a gateway stands below the box: several ways lead to different places."""
        if step.decide and step.decide.table is None and not self.explicit:
            return False
        leads = {self.target(place, index, jump) or "" for jump in plain}
        return len(leads) > 1

    def way(self, place: _Place, index: int, source: str, jump: Jump) -> None:
        """One way of a step as an edge; none where a list simply runs out."""
        step = place.steps[index]
        target = self.target(place, index, jump)
        if target is None:
            if place.group:
                return
            target = self._missing(place, step, jump)
        if self.nodes[source].group != self.nodes[target].group:
            self._thrown(place, step, source, jump)
            source = self._lifted(source, target)
        self.edge(source, target, jump.by, self.labels.of(step, jump), (step.id, jump))

    def _missing(self, place: _Place, step: Step, jump: Jump) -> str:
        """Where a way leads that leads nowhere."""
        nowhere = jump.target == NEXT
        wanted = f"{place.section}.no_end" if nowhere else f"{step.id}.to.{jump.target}"
        if wanted not in self.nodes:
            title = (
                NO_END
                if nowhere
                else Text(zh=f"{MISSING.zh}：{jump.target}", en=f"{MISSING.en}: {jump.target}")
            )
            self.add(wanted, "missing", None, place, title=title)
        return wanted

    def target(self, place: _Place, index: int, jump: Jump) -> str | None:
        """The node where a way leads; None beyond the end of its list."""
        if jump.target == NEXT:
            following = place.steps[index + 1 : index + 2]
            return place.entries[following[0].id] if following else (place.out or None)
        if jump.by == "send_back":
            return self.boxes.get(jump.target) or self._missing(place, place.steps[index], jump)
        if jump.target in place.entries:
            return place.entries[jump.target]
        if not place.group and jump.target in self.sections:
            return self.sections[jump.target]
        return self._missing(place, place.steps[index], jump)

    def _lifted(self, source: str, target: str) -> str:
        """The node around `source` that stands beside `target`: edges cross no border."""
        at = self.nodes[source]
        while at.group and at.group != self.nodes[target].group:
            at = self.nodes[at.group]
        return at.id

    def _thrown(self, place: _Place, step: Step, source: str, jump: Jump) -> None:
        """Where a way leaves the steps around it, as seen from inside."""
        if self.explicit:
            left = self.add(f"{step.id}.back", "thrown", step, place)
            self.edge(source, left, jump.by, self.labels.of(step, jump))

    def _late(self, place: _Place, step: Step, box: str) -> None:
        if not self.explicit or step.human is None or step.human.escalate is None:
            return
        post = step.human.escalate.to.post
        told = self.add(f"{box}.escalated", "escalated", step, place, title=ESCALATED)
        self.edge(box, told, "escalate", Text(zh=post, en=post))

    def _ends_all(self, step: Step, box: str) -> None:
        """An end inside a step ends the whole run: a way from the outermost step around it to an end."""
        around = self.nodes[box]
        while around.group:
            around = self.nodes[around.group]
        outside = _Place([], "", around.section)
        end = self.add(f"{box}.run", "end", step, outside, title=self.nodes[box].title or END)
        self.edge(around.id, end, "end")

    def edge(
        self,
        source: str,
        target: str,
        by: str = "go",
        label: Text | None = None,
        jump: tuple[str, Jump] | None = None,
    ) -> None:
        """An edge, or another jump of one that is there already."""
        style = by if by in {"refusal", "timeout", "skip", "send_back", "escalate", "end"} else "way"
        key = (source, target, style)
        old = self.edges.get(key)
        kept = old or Edge(source, target, by)
        labels = (*kept.labels, label) if label is not None and label not in kept.labels else kept.labels
        found = (*kept.jumps, jump) if jump else kept.jumps
        self.edges[key] = Edge(source, target, kept.by, labels, found)

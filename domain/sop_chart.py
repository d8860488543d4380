"""Domain: a definition as a graph - its steps, the ways between them, and what stands inside what.

Pure data, with words in both languages and no places: `sop_layout` puts the graph on paper, the flowchart and
the BPMN export draw it. Every way out of a step that `sop_flow` knows is an edge, or, where a list inside
another step simply runs out, the border around it. Definitions with faults have a chart as well: a target
that does not exist is a node of kind `missing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from domain.sop_definition import Step, Text
from domain.sop_flow import Jump, jumps

Kind = Literal[
    "start", "end", "exit", "gateway", "fork", "join", "escalated", "thrown", "missing",
    "human", "action", "decide", "wait", "call", "notify",
    "parallel", "for_each", "repeat",
]  # fmt: skip
GROUPS = frozenset({"parallel", "for_each", "repeat"})
"""Kinds of nodes that other nodes stand in."""


@dataclass(frozen=True)
class Node:
    """A box, a round or a diamond. `step` is the step it belongs to, `group` the node that it stands in.

    `section` is the list it is in (empty for the main list), `branch` the branch of a `parallel`, `note` says
    how often and when what stands in it is done.
    """

    id: str
    kind: Kind
    step: str = ""
    title: Text | None = None
    group: str = ""
    section: str = ""
    branch: str = ""
    post: str = ""
    note: Text | None = None


@dataclass(frozen=True)
class Edge:
    """A way from a node to another. `jumps` are the ways of `sop_flow` that it stands for.

    `by`: go, outcome, route, refusal, timeout, skip, send_back, escalate, or `end` where a step inside
    another ends the whole run.
    """

    source: str
    target: str
    by: str = "go"
    labels: tuple[Text, ...] = ()
    jumps: tuple[tuple[str, Jump], ...] = ()

    @property
    def back(self) -> bool:
        """Whether it leads back."""
        return self.by == "send_back"


@dataclass(frozen=True)
class Chart:
    """The whole graph; `lanes` are the nodes of people's steps by post."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    lanes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def node(self, id_: str) -> Node:
        """A node by its id. KeyError."""
        return self.by_id()[id_]

    def by_id(self) -> dict[str, Node]:
        """All nodes by id."""
        return {node.id: node for node in self.nodes}

    def around(self, id_: str) -> list[str]:
        """The nodes around a node, innermost first."""
        known, found = self.by_id(), []
        at = known[id_].group
        while at:
            found.append(at)
            at = known[at].group
        return found


def lanes_of(nodes: tuple[Node, ...]) -> dict[str, tuple[str, ...]]:
    """The nodes of people's steps by post, in reading order."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        if node.post:
            found[node.post] = (*found.get(node.post, ()), node.id)
    return found


def ways(step: Step) -> list[Jump]:
    """Every way out of a step but a skip, with send-backs; an `end` has none."""
    found = [jump for jump in jumps(step) if jump.by != "skip"]
    back = step.human.send_back if step.human else []
    return [*found, *(Jump("send_back", "", target) for target in back)]

"""Domain: a trace as a graph - who had goods, and what went between them. Pure: rows come from a query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.errors import Refusal

Direction = Literal["back", "forward", "both"]
"""Where goods came from, where they went, or both."""


class TraceStart(Refusal):
    """Nothing, or more than one thing, to begin with."""

    code = "trace_start"
    kind = "invalid"
    zh = "请给出一个起点：批号、追溯码、单据、单位、人员或箱码"
    en = "Give one start: a batch, serial, document, party, person or package"


@dataclass(frozen=True)
class Node:
    """Who had goods, or where they are: a partner, a site of ours, goods on the way, or gone for good.

    `id` is `party:<id>`, `site:<code>`, `transit:<document id>` or `outside:<kind>`.
    """

    id: str
    kind: str
    name: str


@dataclass(frozen=True)
class Edge:
    """So many base units of a batch that went from one node to another."""

    source: str
    target: str
    batch: str
    quantity: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Passage:
    """One row of a trace with its names; kinds of places as in the ledger, `site` is ours."""

    batch: str
    kind: str
    quantity: int
    first_at: datetime
    last_at: datetime
    from_kind: str
    to_kind: str
    site: str
    party: tuple[str, str] | None
    document: tuple[str, str] | None
    """Partner and document as (id, name)."""

    def end(self, kind: str) -> Node:
        """The node at the end of such a kind."""
        if kind == "internal":
            return Node(f"site:{self.site}", "site", self.site)
        if kind == "transit" and self.document:
            return Node(f"transit:{self.document[0]}", "transit", self.document[1])
        if kind in {"supplier", "customer"} and self.party:
            return Node(f"party:{self.party[0]}", "party", self.party[1])
        return Node(f"outside:{kind}", kind, kind)


def graph(passages: Iterable[Passage]) -> tuple[list[Node], list[Edge]]:
    """The nodes, each once, and an edge for each batch and pair of nodes; both in the order of the rows."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str], Edge] = {}
    for one in passages:
        source, target = one.end(one.from_kind), one.end(one.to_kind)
        nodes.setdefault(source.id, source)
        nodes.setdefault(target.id, target)
        key = (source.id, target.id, one.batch)
        known = edges.get(key)
        edges[key] = Edge(
            *key,
            one.quantity + (known.quantity if known else 0),
            min(one.first_at, known.first_at) if known else one.first_at,
            max(one.last_at, known.last_at) if known else one.last_at,
        )
    return list(nodes.values()), list(edges.values())


def folded(
    nodes: Sequence[Node], edges: Sequence[Edge], most: int
) -> tuple[list[Node], list[Edge], dict[str, int]]:
    """The graph with at most so many nodes: the smallest partners and transfers are one node for each kind.

    The last says how many stand in such a node, by its id.
    """
    if len(nodes) <= most:
        return list(nodes), list(edges), {}
    size: Counter[str] = Counter()
    for edge in edges:
        size[edge.source] += edge.quantity
        size[edge.target] += edge.quantity
    small = [node for node in nodes if node.kind in FOLDED]
    small.sort(key=lambda node: (size[node.id], node.id))
    sides = {node.id: _side(node, edges) for node in small[: len(nodes) - most + len(SIDES)]}
    names = {one: f"more:{side}" for one, side in sides.items()}
    kept = [node for node in nodes if node.id not in names]
    made = [Node(f"more:{side}", side, "") for side in SIDES if side in sides.values()]
    counts = Counter(names.values())
    told = [
        Edge(
            names.get(edge.source, edge.source),
            names.get(edge.target, edge.target),
            edge.batch,
            edge.quantity,
            edge.first_at,
            edge.last_at,
        )
        for edge in edges
    ]
    return [*kept, *made], told, dict(counts)


FOLDED = frozenset({"party", "transit"})
SIDES = ("supplier", "customer", "transit")


def _side(node: Node, edges: Iterable[Edge]) -> str:
    """As what a partner is folded: goods came from a supplier, and went to a customer."""
    if node.kind == "transit":
        return "transit"
    gave = any(edge.source == node.id for edge in edges)
    got = any(edge.target == node.id for edge in edges)
    return "supplier" if gave and not got else "customer"

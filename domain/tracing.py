"""Domain: a trace as a graph - who had goods, and what went between them. Pure: rows come from a query."""

from __future__ import annotations

from collections.abc import Iterable
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

"""Services: where goods came from, where they went, where they are now - whatever a trace begins with (I5).

A trace is of batches (of single pieces, where it begins with one): its start says which, and all that crossed
the company's edge or went between its sites is told. Reads only; knows queries, no HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from db.queries import trace as queries
from db.queries import whereabouts
from db.queries.batches import counted_of
from domain.tracing import Direction, Edge, Node, TraceStart, graph
from domain.whereabouts import accounts
from services import blind_counts, trace_pages, trace_starts
from services.permissions import Permission, require, visible_sites
from services.trace_lines import Place, TraceAccount, TraceLine, account, line, passage, place
from services.trace_starts import Start, Started

if TYPE_CHECKING:
    from uuid import UUID

    from db.queries.trace_starts import Begun
    from db.session import Reader
    from services.platform import Actor, Platform

__all__ = ["Start", "Started", "Trace", "TraceLine", "trace"]

MOST_BATCHES = 200
MOST_ROWS = 1_000
MOST_PLACES = 1_000


@dataclass(frozen=True)
class Trace:
    """A trace as graph, as table, and as the account of each batch; `next`: where it goes on (None: the end).

    `counted`: batches are left out, because the reader may count them blind just now. `partial`: the reader
    sees some sites only, so that accounts are of these. `more_places`: the smallest places are left out.
    """

    started: Started
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    rows: Sequence[TraceLine]
    accounts: Sequence[TraceAccount]
    places: Sequence[Place]
    more_places: bool
    next: str | None
    cut: bool
    counted: bool
    partial: bool

    @property
    def more(self) -> bool:
        """Whether it is longer than what is shown."""
        return self.next is not None or self.cut


async def trace(
    platform: Platform,
    start: Start,
    *,
    actor: Actor,
    direction: Direction = "both",
    at: datetime | None = None,
    after: str | None = None,
    limit: int = MOST_ROWS,
) -> Trace:
    """The trace from a start, at the sites that the actor may see. `at` leaves out what happened later.

    TraceStart unless there is one start, NotFound, AmbiguousBatch, AmbiguousDocument.
    """
    require(actor, Permission.STOCK_READ)
    if len([value for value in vars(start).values() if value is not None]) != 1:
        raise TraceStart
    sites = visible_sites(actor, Permission.STOCK_READ)
    begins, offset = trace_pages.read(after)
    inside = await trace_starts.package(platform, start.package, actor) if start.package else None
    async with platform.database.read() as tx:
        started, begun = inside or await trace_starts.begin(tx, start, sites, begins, MOST_BATCHES)
        counted = await counted_of(tx, begun.batch_ids, await blind_counts.hidden_sheets(tx, actor))
        batch_ids = [batch_id for batch_id in begun.batch_ids if batch_id not in counted]
        found = await queries.rows(
            tx,
            batch_ids,
            direction,
            at=at,
            serial_ids=begun.serial_ids,
            sites=sites,
            limit=limit + 1,
            offset=offset,
        )
        asked = whereabouts.Asked(batch_ids, begun.serial_ids, at, sites)
        shown = found[:limit]
        told = await _whereabouts(tx, asked, batch_ids, shown)
    nodes, edges = graph(passage(row, told.names) for row in shown)
    return Trace(
        started,
        nodes,
        edges,
        [line(row, told.names) for row in shown],
        told.accounts,
        told.places,
        told.more_places,
        _next(begins, offset, begun, limit, longer=len(found) > limit),
        begun.cut,
        bool(counted),
        sites is not None,
    )


@dataclass(frozen=True)
class _Told:
    """The accounts of the batches with the names of all that the trace speaks of."""

    names: queries.Names
    accounts: Sequence[TraceAccount]
    places: Sequence[Place]
    more_places: bool


async def _whereabouts(
    tx: Reader, asked: whereabouts.Asked, batch_ids: Sequence[UUID], shown: Sequence[queries.TraceRow]
) -> _Told:
    made, holdings = accounts(
        batch_ids, await whereabouts.flows(tx, asked), await whereabouts.standing(tx, asked)
    )
    largest = sorted(holdings, key=lambda one: -one.quantity)[:MOST_PLACES]
    kept = [one for one in holdings if one in largest] if len(holdings) > MOST_PLACES else holdings
    names = await queries.names(
        tx,
        shown,
        batch_ids=batch_ids,
        party_ids={one.party_id for one in kept if one.party_id},
        document_ids={one.transfer_id for one in kept if one.transfer_id},
    )
    return _Told(
        names,
        [account(one, names) for one in made if one.came_in or one.accounted],
        [place(one, names) for one in kept],
        len(holdings) > MOST_PLACES,
    )


def _next(
    begins: trace_pages.After | None, offset: int, begun: Begun, limit: int, *, longer: bool
) -> str | None:
    """The rest of the rows of these batches first, then the next batches."""
    if longer:
        return trace_pages.cursor(begins, offset + limit)
    return trace_pages.cursor(begun.next, 0) if begun.next else None

"""Services: a whole trace to be taken along - and that it was taken stands in the audit log (E6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services import trace
from services.trace_lines import Place, TraceAccount, TraceLine

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.tracing import Direction
    from services.platform import Actor, Platform

As = Literal["csv", "xlsx", "pdf"]
MOST_EXPORTED = 20_000
"""Rows that are taken along at most; a trace that is longer says so."""
MOST_PRINTED = 2_000
"""The same on paper."""


@dataclass(frozen=True)
class WholeTrace:
    """A trace with the rows, accounts and places of all pages; `cut`: it is longer still."""

    started: trace.Started
    rows: Sequence[TraceLine]
    accounts: Sequence[TraceAccount]
    places: Sequence[Place]
    cut: bool
    partial: bool


async def whole(
    platform: Platform,
    start: trace.Start,
    *,
    as_: As,
    actor: Actor,
    direction: Direction = "both",
    at: datetime | None = None,
    request_id: str = "",
) -> WholeTrace:
    """All of a trace; refused as looking at it is. Taking it along is audited with how it was asked for."""
    most = MOST_PRINTED if as_ == "pdf" else MOST_EXPORTED
    rows: list[TraceLine] = []
    accounts: dict[object, TraceAccount] = {}
    places: dict[Place, None] = {}
    after: str | None = None
    while True:
        page = await trace.trace(platform, start, actor=actor, direction=direction, at=at, after=after)
        rows += page.rows
        accounts |= {one.batch_id: one for one in page.accounts}
        places |= dict.fromkeys(page.places)
        after = page.next
        if after is None or len(rows) > most:
            break
    found = WholeTrace(
        page.started,
        rows[:most],
        list(accounts.values()),
        list(places),
        page.cut or page.more_places or after is not None or len(rows) > most,
        page.partial,
    )
    async with platform.database.write(actor.ref, request_id) as tx:
        asked = {name: value for name, value in vars(start).items() if value is not None}
        asked |= {"format": as_, "direction": direction, "rows": len(found.rows)}
        at_ = {"at": at.isoformat()} if at else {}
        await tx.audit("export.trace", "trace", found.started.ref, after={**asked, **at_})
    return found

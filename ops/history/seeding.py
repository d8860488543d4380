"""Room `ops`, history: `./xunji seed --history 90d` - planned, taken over, reconciled."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.batches import Status
from ops import reconciliation
from ops.history import drill
from ops.history.plan import Plan, Terms, plan
from ops.history.shelves import Spot
from ops.history.taking_over import Clerks, clerks, take_over
from ops.loading_window import loading_window
from services import loaded_terms, stock
from services.platform import Platform

NAME = "demo company"
COMPARED_DAYS = 10
PAGE = 200


class HistoryLoaded(Exception):
    """The installation has its history: it is not loaded twice."""

    code = "history_loaded"


class OtherTerms(Exception):
    """A history was begun here on other terms, and is not finished."""

    code = "other_terms"


async def seed(
    platform: Platform,
    owner_url: str,
    *,
    days: int,
    scale: int = 1,
    until: date | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Load the history and check it; the figures. HistoryLoaded, or OtherTerms than those it was begun on.

    `until` is the last day, yesterday unless told; a load that was cut short keeps the day it began with.
    """
    began = time.monotonic()
    by = await clerks(platform)
    last = until or datetime.now(UTC).date() - timedelta(days=1)
    terms = await _terms(platform, Terms(days, scale, last), by)
    planned = plan(terms)
    planned_after = time.monotonic() - began
    with loading_window(owner_url) as keep_open:
        for number, event in enumerate(planned.events, 1):
            await take_over(platform, event, by)
            keep_open()
            if advance is not None:
                advance(number, len(planned.events))
    loaded_after = time.monotonic() - began
    differing = await differences(platform, planned, by)
    contradictions = reconciliation.contradictions(owner_url)
    found = {
        "ok": not differing and not any(contradictions.values()),
        "from": terms.first.isoformat(),
        "until": terms.until.isoformat(),
        "days": terms.days,
        "scale": terms.scale,
        "events": dict(sorted(planned.counts.items())),
        "loaded": reconciliation.loaded(owner_url),
        "contradictions": contradictions,
        "days_compared_with_the_plan": len(_compared(planned)),
        "differing_from_the_plan": differing[:20],
        "seconds": {
            "planning": round(planned_after, 1),
            "loading": round(loaded_after - planned_after, 1),
            "checking": round(time.monotonic() - began - loaded_after, 1),
        },
    }
    if found["ok"]:
        found["recall_drill"] = await drill.begin(platform, planned, buyer=by.buyer, quality=by.quality)
        await loaded_terms.finish(platform, NAME, {"events": len(planned.events)}, actor=by.clerk)
    return found


async def _terms(platform: Platform, wanted: Terms, by: Clerks) -> Terms:
    told = {"days": wanted.days, "scale": wanted.scale, "until": wanted.until.isoformat()}
    kept, done = await loaded_terms.begin(platform, NAME, told, actor=by.clerk)
    terms = Terms(kept["days"], kept["scale"], date.fromisoformat(kept["until"]))
    what = f"{terms.days} days until {terms.until}, scale {terms.scale}"
    if done:
        raise HistoryLoaded(f"this installation has its history already ({what}): it is loaded once")
    if (terms.days, terms.scale) != (wanted.days, wanted.scale):
        raise OtherTerms(f"a history was begun here ({what}) and is not finished: go on with those terms")
    return terms


def _compared(planned: Plan) -> list[datetime]:
    """Ends of days spread over the time, the last one among them."""
    step = max(1, planned.terms.days // COMPARED_DAYS)
    days = range(planned.terms.days - 1, -1, -step)
    midnight = datetime.combine(planned.terms.first, datetime.min.time(), UTC)
    return [midnight + timedelta(days=number, hours=23, minutes=59) for number in days]


async def differences(platform: Platform, planned: Plan, by: Clerks) -> list[dict[str, Any]]:
    """Where the stock as of a day, as the stock page tells it, is not the plan's figure for it."""
    found: list[dict[str, Any]] = []
    for at in _compared(planned):
        told, wanted = await _stock_at(platform, planned, by, at), planned.shelves.as_of(at)
        found += [
            {"at": at.isoformat(), "spot": list(spot), "plan": wanted.get(spot, 0), "books": told[spot]}
            for spot in sorted(wanted.keys() | told.keys())
            if wanted.get(spot, 0) != told[spot]
        ]
    return found


async def _stock_at(platform: Platform, planned: Plan, by: Clerks, at: datetime) -> Counter[Spot]:
    """Quantities of the plan's batches as of a moment."""
    found: Counter[Spot] = Counter()
    after: str | None = None
    while True:
        page = await stock.rows(platform, actor=by.clerk, at=at, after=after, limit=PAGE)
        for row in page.items:
            if (row.material_code, row.batch_number) in planned.shelves.lots:
                where = (row.site_code, row.location_code, row.material_code, row.batch_number)
                found[Spot(*where, Status(row.status))] += row.quantity
        after = page.next
        if after is None:
            return found

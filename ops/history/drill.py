"""Room `ops`, history: a recall drill on the books that were loaded - live, because a run cannot have been.

It stands on the loaded history; nothing is sealed, sent or booked (decision 0025). Its tasks wait for people.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, time

from db.ids import id_at
from domain.recall import RecallIn
from ops.demo_seed.places import MAIN
from ops.history.plan import Plan
from services import recall_notice, runs
from services.platform import Actor, Platform
from services.run_start import OpenRunExists


def batch_of(planned: Plan) -> tuple[str, str] | None:
    """Material and batch that went to the most customers of the plan; None when nothing was sold."""
    customers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in planned.events:
        for record in event.content if isinstance(event.content, tuple) else ():
            if record.kind == "shipment":
                for line in record.lines:
                    customers[line.material, line.batch].add(record.party or "")
    return max(customers, key=lambda key: (len(customers[key]), key), default=None)


async def begin(platform: Platform, planned: Plan, *, buyer: Actor, quality: Actor) -> str | None:
    """Start the drill; its number, None when the history has nothing to recall. Again, it does nothing.

    The buyer enters the notice, quality starts the run.
    """
    chosen = batch_of(planned)
    if chosen is None:
        return None
    material, batch = chosen
    notice = RecallIn.model_validate(
        {
            "number": f"YL-{planned.terms.until:%y%m%d}",
            "site": MAIN,
            "recall_class": "II",
            "profile": "cn-drug-2022",
            "initiated_by": "holder",
            "noticed_on": f"{datetime.now(UTC):%Y-%m-%d}",
            "scope": f"批号：{batch}",
            "reason": "年度模拟召回演练 / yearly mock recall",
            "materials": [material],
        }
    )
    key = id_at(datetime.combine(planned.terms.until, time(), UTC), "recall", MAIN, notice.number)
    posted = await recall_notice.post(platform, notice, actor=buyer, as_id=key)
    with suppress(OpenRunExists):
        await runs.start(platform, "recall", {"recall": str(posted.id), "drill": True}, actor=quality)
    return notice.number

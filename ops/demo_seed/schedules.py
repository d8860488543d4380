"""Room `ops`, demo company: what starts by itself - every night the expiry check, at each site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.master_data import SiteIn
from domain.schedules import Calendar, ScheduleIn

NIGHT = Calendar(times=("02:00",))
HORIZON_DAYS = 180
"""How long before its expiry a batch is shown to the warehouse manager."""


def schedules(sites: Iterable[SiteIn]) -> Iterator[ScheduleIn]:
    """One expiry check a night for each site."""
    for site in sites:
        yield ScheduleIn(
            name="每夜效期检查",
            sop="expiry_check",
            site=site.code,
            inputs={"site": site.code, "days": HORIZON_DAYS},
            calendar=NIGHT,
            reason="GSP 85：自动跟踪与控制有效期",
        )

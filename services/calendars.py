"""Services: working days and statutory limits as dated data, frozen into bundles. Knows no HTTP."""

from collections.abc import Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.session import Reader
from domain.calendars import Calendar
from domain.durations import LimitEntry
from services import audit, sop_files
from services.permissions import Permission, require
from services.platform import Actor, Platform

LimitData = dict[str, dict[str, dict[str, LimitEntry]]]


async def calendar(tx: Reader, jurisdiction: str) -> Calendar:
    """The public holidays and make-up days of a jurisdiction; days it does not name follow the week."""
    c = t.calendar_day.c
    rows = await tx.rows(sa.select(c.day, c.working).where(c.jurisdiction == jurisdiction).order_by(c.day))
    return Calendar(jurisdiction=jurisdiction, days={row["day"]: row["working"] for row in rows})


async def limits(tx: Reader) -> LimitData:
    """Statutory limits by profile, limit and class: the shipped ones, overruled by those kept here."""
    found: LimitData = sop_files.limits()
    c = t.limit_profile.c
    for row in await tx.rows(sa.select(c.key, c.limit_name, c.class_name, c.amount, c.clause)):
        entry = LimitEntry(amount=row["amount"], clause=row["clause"])
        found.setdefault(row["key"], {}).setdefault(row["limit_name"], {})[row["class_name"]] = entry
    return found


async def put_days(
    platform: Platform,
    jurisdiction: str,
    days: Mapping[date, tuple[bool, str]],
    *,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> int:
    """Set days of a calendar: working or not, and the holiday's name. Bundles frozen before keep theirs."""
    async with audit.refusals(
        platform, actor, "change.calendar", "calendar", jurisdiction, request_id=request_id
    ):
        require(actor, Permission.MASTER_WRITE)
        rows = [
            {"jurisdiction": jurisdiction, "day": day, "working": working, "name_zh": name}
            for day, (working, name) in sorted(days.items())
        ]
        async with platform.database.write(actor.ref, request_id) as tx:
            if rows:
                wanted = insert(t.calendar_day).values(rows)
                await tx.execute(
                    wanted.on_conflict_do_update(
                        index_elements=[t.calendar_day.c.jurisdiction, t.calendar_day.c.day],
                        set_={"working": wanted.excluded.working, "name_zh": wanted.excluded.name_zh},
                    )
                )
            await tx.audit(
                "change.calendar",
                "calendar",
                jurisdiction,
                after={str(row["day"]): row["working"] for row in rows},
                reason=reason,
            )
    return len(rows)

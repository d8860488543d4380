"""Room `ops`, trial `drill`: a recall whose consignees do not answer for days, drilled in less than a minute.

`./xunji trial drill days=7` starts a drill of its own, ships an order, recalls its batch, and lets the days
go by before anybody answers: reminders and escalations come as they would. Then the recall is worked off.
"""

import asyncio
import time
from typing import Any

from ops import addresses, outbound_script, recall_script
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.demo_plays import PLAYS
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import Settings
from ops.trials import evidence
from ops.trials.receiving import auditor

DAY = 86_400
MOST_SECONDS = 60.0
"""Of wall time, from the notice to the end of the recall (7 days)."""
ALL_BACK, SHIPPED_WHOLE = 11, 0
"""Numbers of plays: a recall from which everything comes back, an order that leaves whole."""
CALLED_WITHIN_SECONDS = 30.0
SAID = "SELECT kind, count(*) AS n FROM effect WHERE kind IN ('remind', 'escalate') GROUP BY kind"


async def run(days: int = 7) -> dict[str, Any]:
    """Drill so many days."""
    with private_instance(drill=True) as instance:
        return await play(instance, days)


async def play(instance: PrivateInstance, days: int) -> dict[str, Any]:
    """Ship, recall, wait, work off."""
    async with CompanyClient(instance.base_url, instance.company) as client:
        staff = Staff(client, client.person(auditor(instance.company)))
        ship = next(play for play in PLAYS if play.sop == outbound_script.SOP)
        await staff.work_off(*await ship.begin(client, SHIPPED_WHOLE, "DRILL-1"))
        began = time.monotonic()
        run_id, script = await recall_script.begin(client, ALL_BACK, "DRILL-1")
        assert isinstance(script, recall_script.RecallScript)
        await _until_called(staff, run_id, script)
        lagging, qa = 0, _drafter(client, instance)
        for _day in range(days):
            lagging += int((await qa.post("/drill/clock", {"seconds": DAY}))["lagging"])
        clock = await qa.get("/drill/clock")
        ended = await staff.work_off(run_id, script)
        seconds = round(time.monotonic() - began, 1)
    with evidence.look(addresses.owner_database_url(Settings(home=instance.home))) as session:
        said = {str(row["kind"]): int(row["n"]) for row in session.execute(SAID).fetchall()}
    within = seconds <= MOST_SECONDS and clock["ahead_seconds"] == days * DAY
    return {
        "ok": within and not lagging and ended["state"] == "completed" and said.get("remind", 0) > 0,
        "days": days,
        "seconds": seconds,
        "outcome": ended["outcome"],
        "reminders": said.get("remind", 0),
        "escalations": said.get("escalate", 0),
        "runs_that_lagged": lagging,
    }


def _drafter(client: CompanyClient, instance: PrivateInstance) -> Any:
    """Somebody of quality: they move the clock."""
    users = instance.company["users"]
    return client.person(next(u["username"] for u in users if u["posts"][0]["post"] == "qa_manager"))


async def _until_called(staff: Staff, run_id: str, script: recall_script.RecallScript) -> None:
    """Do the recall's own tasks until its consignees have been called."""
    deadline = time.monotonic() + CALLED_WITHIN_SECONDS
    while not await script.called(staff.watcher):
        for task in await staff.tasks_of(run_id):
            await staff.do(task, script)
        if time.monotonic() > deadline:
            raise TimeoutError(f"no consignee was called: {staff.last_refusal}")
        await asyncio.sleep(0.1)

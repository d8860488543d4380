"""A cold delivery on its way through receiving: checked on arrival with every reading, accepted, put away."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from services import attachments, tasks, worklists
from services.signatures import SignatureGiven
from tests.ui.house import House, line
from tests.world import PASSWORD

PDF = b"%PDF-1.4\n%%EOF\n"
GIVEN = SignatureGiven(PASSWORD)
COLD = {
    "transport_mode": "refrigerated",
    "packaging": "intact",
    "departure_temperature": "3.5",
    "temperature": "5.2",
    "lowest": "2.9",
    "highest": "7.8",
    "recorder": "TR-0042",
    "note": "随车记录仪",
}


async def arrived(house: House, outcome: str = "received", number: str = "1", **said: Any) -> UUID:
    """A run whose goods LI has checked on arrival; `reason` and fields of the check may be given."""
    run = await house.run(number, [line(1, "M2", "C-240513", 40)])
    li, task = await house.actor("li"), await house.task_of(run, "arrival")
    platform, reason = house.world.platform, said.pop("reason", None)
    await tasks.claim(platform, task, actor=li)
    way = await attachments.add(platform, PDF, actor=li, file_name="way.pdf", task_id=task)
    data = {**COLD, "temperature_record": [str(way.id)], **said}
    more = {"reason": reason} if reason else {}
    await tasks.complete(
        platform, task, outcome=outcome, data=data, epoch=1, actor=li, signature=GIVEN, **more
    )
    return run


async def accepted(house: House, run: UUID) -> None:
    """The one line, accepted and signed by WANG."""
    platform, wang = house.world.platform, await house.actor("wang")
    task = await house.task_of(run, "acceptance")
    await tasks.claim(platform, task, actor=wang)
    await house.decide(task)
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=wang, signature=GIVEN)


async def put_away(house: House, run: UUID, location: str) -> None:
    """The one line, put away and signed by SUN."""
    platform, sun = house.world.platform, await house.actor("sun")
    task = await house.task_of(run, "put_away")
    await tasks.claim(platform, task, actor=sun)
    await worklists.line_result(
        platform,
        task,
        1,
        result_id=uuid4(),
        outcome="done",
        data={"location": location},
        epoch=1,
        actor=sun,
    )
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=sun, signature=GIVEN)

"""Events and schedules over HTTP: a machine sends, an administrator schedules; repeats, refusals, shapes."""

from typing import Any
from uuid import uuid4

import pytest

from services.permissions import Permission
from tests.api.house_door import Door
from tests.api.test_lists_and_shapes import shown
from tests.procedures import EVENT, SILENT, definition, human

WAITS = {**definition(EVENT, human("after"), {"end": "answered"}, sections=SILENT)}


@pytest.fixture
async def waiting(door: Door) -> str:
    """A run that waits for an event of its own key."""
    key = uuid4().hex
    step = {**EVENT, "wait": {**EVENT["wait"], "key": f"'{key}'"}}
    sop = f"waits_{key}"
    await door.world.publish({**WAITS, "sop": sop, "steps": [step, *WAITS["steps"][1:]]})
    await door.ok("li", "POST", "/runs", {"sop": sop, "inputs": {}, "site": "SH1"})
    return key


def body(key: str, **data: Any) -> dict[str, Any]:
    return {"correlation_key": key, "data": data or {"count": 3}}


async def test_an_integrator_sends_an_event_once(door: Door, waiting: str) -> None:
    erp, key = f"machine:{Permission.SIGNAL_SEND.value}", uuid4().hex
    first = await door.call(erp, "POST", "/signals/erp_answer", body(waiting), key=key)
    assert first.status_code in {200, 202}
    again = await door.call(erp, "POST", "/signals/erp_answer", body(waiting), key=key)
    assert (again.status_code, again.json()["state"]) == (200, "delivered")
    assert again.json()["id"] == first.json()["id"]
    shown("/signals/{name}", "post", again.json())
    other = await door.call(erp, "POST", "/signals/erp_answer", body(waiting, count=4), key=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


async def test_an_event_is_refused_by_field(door: Door, waiting: str) -> None:
    for sent, field in (
        (body(waiting, count="x"), "data.count"),
        (body(waiting, other=1), "data.other"),
    ):
        problem = await door.refused(
            "admin", "POST", "/signals/erp_answer", sent, status=422, code="signal_data_invalid"
        )
        assert field in {one["field"] for one in problem["fields"]}
    answer = await door.call("admin", "POST", "/signals/Not-A-Name", body(waiting))
    assert answer.status_code == 422


async def test_who_has_not_the_scope_sends_nothing(door: Door, waiting: str) -> None:
    answer = await door.call("li", "POST", "/signals/erp_answer", body(waiting))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


async def test_schedules_are_made_paused_and_resumed(door: Door) -> None:
    await door.world.publish({**definition(human("look"), {"end": "seen"}), "sop": "looks"})
    wanted = {
        "name": uuid4().hex,
        "sop": "looks",
        "site": "SH1",
        "calendar": {"times": ["02:00"], "weekdays": [1, 5]},
        "reason": "GSP 85",
    }
    made = await door.ok("admin", "POST", "/schedules", wanted)
    shown("/schedules", "post", made)
    assert (made["words"]["zh"], made["time_zone"], made["active"]) == (
        "每周一、周五 02:00",
        "Asia/Shanghai",
        True,
    )
    await door.refused("admin", "POST", "/schedules", wanted, status=409, code="schedule_exists")
    paused = await door.ok("admin", "POST", f"/schedules/{made['id']}/pause", {"reason": "盘点"})
    assert (paused["active"], paused["next_times"]) == (False, [])
    again = await door.call("admin", "POST", f"/schedules/{made['id']}/pause", {"reason": "盘点"})
    assert (again.status_code, again.json()["code"]) == (409, "schedule_paused")
    resumed = await door.ok("admin", "POST", f"/schedules/{made['id']}/resume", {"reason": "好"})
    assert resumed["active"]
    listed = await door.ok("admin", "GET", "/schedules")
    assert made["id"] in {one["id"] for one in listed["items"]}
    for calendar in ({"times": ["25:00"]}, {"times": ["02:00"], "days": [31]}):
        answer = await door.call("admin", "POST", "/schedules", {**wanted, "calendar": calendar})
        assert answer.status_code == 422

"""Retention at the interface: how things stand, a hold set and lifted by a person who may."""

from uuid import uuid4

from tests.api.house_door import Door


async def test_holds_are_set_and_lifted_and_how_things_stand_is_told(door: Door) -> None:
    body = {"kind": "sop", "about": "receiving_acceptance", "reason": "诉讼"}
    assert (await door.call("zheng", "POST", "/retention/holds", body)).status_code == 403
    made = await door.call("admin", "POST", "/retention/holds", body)
    assert made.status_code == 201
    held = made.json()["id"]
    standing = await door.ok("zheng", "GET", "/retention")
    assert [(one["id"], one["sop"], one["reason"]) for one in standing["holds"]] == [
        (held, "receiving_acceptance", "诉讼")
    ]
    assert standing["due"] == standing["deleted"] == []
    lift = f"/retention/holds/{held}/lift"
    assert (await door.call("admin", "POST", lift, {"reason": "结案"})).status_code == 204
    again = await door.call("admin", "POST", lift, {"reason": "再次"})
    assert (again.status_code, again.json()["code"]) == (409, "hold_not_in_force")
    assert (await door.ok("zheng", "GET", "/retention"))["holds"] == []


async def test_what_is_not_there_or_not_said_is_refused(door: Door) -> None:
    for body, status in (
        ({"kind": "run", "about": str(uuid4()), "reason": "x"}, 404),
        ({"kind": "batch", "about": "none", "reason": "x"}, 404),
        ({"kind": "person", "about": "x", "reason": "x"}, 422),
        ({"kind": "run", "reason": "x"}, 422),
        ({"kind": "all", "reason": ""}, 422),
    ):
        assert (await door.call("admin", "POST", "/retention/holds", body)).status_code == status, body
    assert (await door.call("li", "GET", "/retention")).status_code == 403

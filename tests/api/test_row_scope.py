"""People see what happens at the sites where they hold the post - in lists, in detail and by every address."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from ops.receiving_script import pdf
from tests.api.house_door import ARRIVED, SIGNATURE, Door, completion
from tests.world import PASSWORD


@pytest.fixture
async def remote(door: Door) -> str:
    """An administrator of the other site alone: every permission, but there."""
    username = f"r{uuid4().hex[:8]}"
    posts = [{"post": "administrator", "site": "UR1"}, {"post": "receiver", "site": "UR1"}]
    person = {"username": username, "name": "远", "password": PASSWORD, "posts": posts}
    made = await door.ok("admin", "POST", "/persons", person)
    door.world.people[username] = UUID(made["id"])
    return username


async def here(door: Door) -> dict[str, str]:
    """A run at SH1 with everything that hangs on it, by the address of each."""
    run = await door.run()
    task = await door.task(run, "arrival", claimed_by="li")
    sent = {
        "files": {"file": ("p.pdf", pdf("x"), "application/pdf")},
        "data": {"task_id": task, "epoch": "1"},
    }
    photo = (await door.ok("li", "POST", "/attachments", **sent))["id"]
    done = await door.ok(
        "li", "POST", f"/tasks/{task}/complete", completion(data={**ARRIVED, "photos": [photo]})
    )
    shown = await door.ok("admin", "GET", f"/runs/{run}")
    advice = next(one for one in shown["documents"] if one["kind"] == "dispatch_advice")
    accepting = await door.task(run, "acceptance")
    return {
        "run": f"/runs/{run}",
        "history": f"/runs/{run}/history",
        "task": f"/tasks/{accepting}",
        "lines": f"/tasks/{accepting}/lines",
        "submission": f"/submissions/{done['submission']}",
        "attachment": f"/attachments/{photo}",
        "content": f"/attachments/{photo}/content",
        "document": f"/documents/dispatch-advices/{advice['id']}",
        "by number": f"/documents/dispatch-advices/{advice['number']}",
    }


async def test_nothing_of_another_site_can_be_read(door: Door, remote: str) -> None:
    for what, address in (await here(door)).items():
        mine = await door.call("admin", "GET", address)
        assert mine.status_code == 200, (what, mine.text)
        theirs = await door.call(remote, "GET", address)
        assert theirs.status_code in {403, 404}, (what, theirs.text)


async def test_lists_are_empty_of_it(door: Door, remote: str) -> None:
    await here(door)
    lists = ["/runs", "/tasks", "/tasks?state=done", "/stock", "/documents/purchase-orders"]
    for path in [
        *lists,
        "/documents/dispatch-advices",
        "/runs?site=SH1",
        "/tasks?site=SH1",
        "/stock?site=SH1",
    ]:
        assert (await door.ok(remote, "GET", path))["items"] == [], path
    counts = await door.ok(remote, "GET", "/tasks/counts")
    assert (counts["mine"], counts["claimable"]) == (0, 0)


async def test_nothing_of_another_site_can_be_changed(door: Door, remote: str) -> None:
    at = await here(door)
    order: dict[str, Any] = {
        "number": uuid4().hex, "supplier": "S1", "site": "SH1", "ordered_on": "2026-11-20",
        "lines": [{"line": 1, "material": "M1", "quantity": 1, "unit": "盒"}],
    }  # fmt: skip
    refusal: dict[str, Any] = {"status": 403, "code": "not_permitted"}
    await door.refused(remote, "POST", "/documents/purchase-orders", order, **refusal)
    for act in ("suspend", "resume", "send-back"):
        await door.refused(remote, "POST", f"{at['run']}/{act}", {"reason": "x", "to": "arrival"}, **refusal)
    signed = {"reason": "x", "signature": SIGNATURE}
    await door.refused(remote, "POST", f"{at['run']}/cancel", signed, **refusal)
    await door.refused(remote, "POST", f"{at['task']}/claim", status=403, code="not_your_post")


async def test_a_start_at_another_site_is_refused(door: Door, remote: str) -> None:
    number = uuid4().hex[:8]
    advice = await door.house.delivery(number)
    inputs = {"purchase_order": f"PO-{number}", "dispatch_advice": str(advice)}
    start = {"sop": "receiving_acceptance", "inputs": inputs}
    answer = await door.call(remote, "POST", "/runs", start)
    assert answer.status_code in {403, 404, 422}, answer.text
    assert (await door.ok("admin", "GET", f"/runs?text={number}"))["items"] == []


async def test_two_claim_at_once_and_one_is_told_who_won(door: Door) -> None:
    task = await door.task(await door.run(), "arrival")
    for who in ("li", "qian"):
        await door.token(who)
    calls = [door.call(who, "POST", f"/tasks/{task}/claim") for who in ("li", "qian")]
    won, lost = sorted(await asyncio.gather(*calls), key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code, lost.json()["code"]) == (204, 409, "already_claimed")
    shown = await door.ok("admin", "GET", f"/tasks/{task}")
    assert (lost.json()["winner"], shown["state"]) == (shown["assignee"], "claimed")

"""What people do with tasks besides answering them, as other programs and pages of others ask for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.house_door import Door, completion


async def claimed(door: Door, who: str = "li") -> str:
    return await door.task(await door.run(), "arrival", claimed_by=who)


async def refused(door: Door, who: str, path: str, body: dict[str, Any]) -> tuple[int, str]:
    answer = await door.call(who, "POST", path, body)
    return answer.status_code, answer.json()["code"]


async def test_a_task_goes_to_a_candidate_and_the_answer_is_a_command_s(door: Door) -> None:
    task = await claimed(door)
    found = await door.ok("li", "GET", f"/tasks/{task}/candidates")
    assert "qian" in {one["username"] for one in found["task"]}
    assert not {"li", "wang", "far", "untrained"} & {one["username"] for one in found["task"]}
    assert {"keeper", "acceptor"} <= {one["code"] for one in found["posts"]}
    body = {"epoch": 1, "person": "qian", "reason": "away"}
    answer = await door.ok("li", "POST", f"/tasks/{task}/hand-over", body)
    assert (answer["state"], answer["missing_signatures"]) == ("claimed", [])
    detail = await door.ok("qian", "GET", f"/tasks/{task}")
    assert (detail["assignee"], detail["epoch"], detail["may"]["hand_over"]["allowed"]) == ("QIAN", 2, True)
    assert (await door.ok("li", "GET", f"/submissions/{answer['submission']}"))["kind"] == "hand_over"
    for person, code in (("wang", "person_not_eligible"), ("nobody", "not_found")):
        asked = {"epoch": 2, "person": person, "reason": "away"}
        assert (await refused(door, "qian", f"/tasks/{task}/hand-over", asked))[1] == code
    assert await refused(door, "qian", f"/tasks/{task}/hand-over", {"epoch": 2, "person": "li"}) == (
        422,
        "validation",
    )


async def test_a_delegation_says_who_lent_it_until_when(door: Door) -> None:
    task = await claimed(door)
    until = (datetime.now(UTC) + timedelta(hours=3)).replace(microsecond=0)
    body = {"epoch": 1, "person": "qian", "reason": "lunch", "until": until.isoformat()}
    late = {**body, "until": "2020-01-01T00:00:00+08:00"}
    assert await refused(door, "li", f"/tasks/{task}/delegate", late) == (422, "until_invalid")
    assert await refused(door, "li", f"/tasks/{task}/delegate", {**body, "until": "noon"}) == (
        422,
        "validation",
    )
    await door.ok("li", "POST", f"/tasks/{task}/delegate", body)
    detail = await door.ok("li", "GET", f"/tasks/{task}")
    assert (detail["assignee"], detail["delegator"]) == ("QIAN", "LI")
    assert datetime.fromisoformat(detail["delegated_until"]) == until
    assert await refused(door, "qian", f"/tasks/{task}/release", {}) == (409, "delegated_task")


async def test_an_added_signer_refuses_and_the_task_is_its_completer_s_again(door: Door) -> None:
    task = await claimed(door)
    asked = {"epoch": 1, "person": "sun", "order": "before", "reason": "valuable"}
    await door.ok("li", "POST", f"/tasks/{task}/add-signer", asked)
    assert await refused(door, "li", f"/tasks/{task}/add-signer", {**asked, "epoch": 2}) == (
        403,
        "signer_known",
    )
    done = await door.ok("li", "POST", f"/tasks/{task}/complete", completion(epoch=2))
    assert (done["state"], [one["index"] for one in done["missing_signatures"]]) == (
        "awaiting_signature",
        [100],
    )
    detail = await door.ok("sun", "GET", f"/tasks/{task}")
    added = detail["signatures"][-1]
    assert (added["added_by"], added["order"], added["signed_by"]) == ("LI", "before", None)
    assert await refused(door, "li", f"/tasks/{task}/refuse", {"epoch": 2, "reason": "no"}) == (
        403,
        "already_signed",
    )
    answer = await door.ok(
        "sun", "POST", f"/tasks/{task}/refuse", {"epoch": 2, "reason": "the seal is broken"}
    )
    assert answer["state"] == "claimed"
    again = await door.ok("li", "GET", f"/tasks/{task}")
    assert (again["state"], again["epoch"], again["assignee"]) == ("claimed", 3, "LI")
    assert again["draft"]["data"] == completion()["data"]


async def test_a_completion_is_withdrawn_or_the_answer_says_why_not(door: Door) -> None:
    task = await claimed(door)
    asked = {"epoch": 1, "person": "sun", "reason": "valuable"}
    await door.ok("li", "POST", f"/tasks/{task}/add-signer", asked)
    body = {"epoch": 2, "reason": "a slip of the pen"}
    assert await refused(door, "li", f"/tasks/{task}/withdraw", body) == (409, "nothing_to_withdraw")
    await door.ok("li", "POST", f"/tasks/{task}/complete", completion(epoch=2))
    assert await refused(door, "qian", f"/tasks/{task}/withdraw", body) == (403, "not_the_completer")
    assert (await door.ok("li", "POST", f"/tasks/{task}/withdraw", body))["state"] == "claimed"
    other = await claimed(door)
    await door.ok("li", "POST", f"/tasks/{other}/complete", completion())
    body = {"epoch": 1, "reason": "a slip of the pen"}
    assert await refused(door, "li", f"/tasks/{other}/withdraw", body) == (409, "effect_since")


async def test_the_same_key_does_it_once_and_a_silent_run_is_asked_again(door: Door) -> None:
    task = await claimed(door)
    body, key = {"epoch": 1, "person": "qian", "reason": "away"}, {"Idempotency-Key": "hand-over-1"}
    door.house.engine.silent = True
    answer = await door.call("li", "POST", f"/tasks/{task}/hand-over", body, headers=key)
    assert (answer.status_code, set(answer.json())) == (202, {"submission", "retry_after"})
    door.house.engine.silent = False
    answers = [await door.call("li", "POST", f"/tasks/{task}/hand-over", body, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (await door.ok("qian", "GET", f"/tasks/{task}"))["epoch"] == 2


async def test_whoever_reads_tasks_there_may_remind(door: Door) -> None:
    task = await claimed(door)
    assert await refused(door, "li", f"/tasks/{task}/remind", {}) == (403, "not_permitted")
    assert (await door.ok("wu", "POST", f"/tasks/{task}/remind", {"reason": "the truck waits"}))[
        "state"
    ] == "claimed"
    assert await refused(door, "wu", f"/tasks/{task}/remind", {}) == (409, "reminded_already")

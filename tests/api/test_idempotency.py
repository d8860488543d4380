"""`Idempotency-Key`: the same call again gives the first final answer, and does nothing again."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from db import tables as t
from services import idempotency, materials, tasks
from tests.api.house_door import ARRIVED, SIGNATURE, Door, completion
from tests.goods import MATERIALS
from tests.ui.house import line
from tests.world import PASSWORD

REPLAYED = "idempotency-replayed"


def material() -> dict[str, Any]:
    return {**MATERIALS[0], "code": f"N-{uuid4().hex[:8]}", "gtins": []}


def step(task: str, act: str) -> str:
    return f"/tasks/{task}/{act}"


async def records(door: Door, key: str) -> list[Any]:
    return list(await door.world.rows(sa.select(t.idempotency).where(t.idempotency.c.key == key)))


async def test_the_first_answer_again_and_nothing_again(door: Door) -> None:
    body, key = material(), uuid4().hex
    first = await door.call("admin", "POST", "/materials", body, key=key)
    events = await door.world.scalar(sa.select(sa.func.count()).select_from(t.audit_event))
    again = await door.call("admin", "POST", "/materials", body, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers[REPLAYED]) == (first.json(), "true")
    assert REPLAYED not in first.headers
    assert await door.world.scalar(sa.select(sa.func.count()).select_from(t.audit_event)) == events
    without = await door.call("admin", "POST", "/materials", body)
    assert (without.status_code, without.json()["code"]) == (409, "code_taken")


async def test_an_answer_without_content_and_a_change_are_remembered_too(door: Door) -> None:
    task, key = await door.task(await door.run(), "arrival"), uuid4().hex
    for replayed in (None, "true"):
        answer = await door.call("li", "POST", step(task, "claim"), key=key)
        assert (answer.status_code, answer.content, answer.headers.get(REPLAYED)) == (204, b"", replayed)
    change = {"changes": {"holder": f"holder {key[:6]}"}, "reason": "更正"}
    answers = [await door.call("admin", "PATCH", "/materials/M1", change, key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_a_final_refusal_is_remembered(door: Door) -> None:
    task, key = await door.task(await door.run(), "arrival"), uuid4().hex
    first = await door.call("sun", "POST", step(task, "claim"), key=key)
    written = len(await door.refusals())
    again = await door.call("sun", "POST", step(task, "claim"), key=key)
    assert (first.status_code, again.json()) == (403, first.json())
    assert again.headers["content-type"] == "application/problem+json"
    assert len(await door.refusals()) == written


async def test_another_body_under_the_same_key_is_refused(door: Door) -> None:
    body, key = material(), uuid4().hex
    await door.ok("admin", "POST", "/materials", body, key=key)
    mismatch: dict[str, Any] = {"status": 409, "code": "idempotency_mismatch", "audited": False}
    other = {**body, "holder": "other"}
    await door.refused("admin", "POST", "/materials", other, key=key, **mismatch)
    reordered = dict(reversed(body.items()))
    assert (await door.call("admin", "POST", "/materials", reordered, key=key)).status_code == 201


async def test_the_scope_is_principal_method_and_path(door: Door) -> None:
    key, first, second = uuid4().hex, material(), material()
    await door.ok("admin", "POST", "/materials", first, key=key)
    made = await door.call("author", "POST", "/materials", second, key=key)
    assert made.json()["code"] == second["code"]
    party = {"code": f"P-{key[:8]}", "name": "x", "roles": ["customer"]}
    assert (await door.call("admin", "POST", "/parties", party, key=key)).status_code == 201


async def test_passwords_are_left_out_of_the_hash_and_bodies_are_not_kept(door: Door) -> None:
    run = await door.run()
    task, key = await door.task(run, "arrival", claimed_by="li"), uuid4().hex
    first = await door.call("li", "POST", step(task, "complete"), completion(), key=key)
    other = completion(signature={"password": "another password altogether"})
    again = await door.call("li", "POST", step(task, "complete"), other, key=key)
    assert (first.status_code, again.json()) == (200, first.json())
    (row,) = await records(door, key)
    kept = repr(dict(row))
    assert PASSWORD not in kept and "ambient" not in kept and "another password" not in kept


async def test_a_202_is_not_final(door: Door) -> None:
    task, key = await door.task(await door.run(), "arrival", claimed_by="li"), uuid4().hex
    path = step(task, "complete")
    door.engine.silent = True
    pending = await door.call("li", "POST", path, completion(), key=key)
    again = await door.call("li", "POST", path, completion(), key=key)
    assert [pending.status_code, again.status_code] == [202, 202]
    assert pending.json() == again.json() == {"submission": pending.json()["submission"], "retry_after": 2}
    assert pending.headers["retry-after"] == "2"
    asked = await door.ok("li", "GET", f"/submissions/{pending.json()['submission']}")
    assert (asked["accepted"], asked["state"]) == (None, None)
    busy = await door.call("li", "POST", path, completion())
    assert (busy.status_code, busy.json()["code"]) == (409, "submission_pending")
    door.engine.silent = False
    final = await door.call("li", "POST", path, completion(), key=key)
    assert (final.status_code, final.json()["state"]) == (200, "done")
    asked = await door.ok("li", "GET", f"/submissions/{pending.json()['submission']}")
    assert (asked["accepted"], asked["state"]) == (True, "done")
    assert (await door.call("li", "POST", path, completion(), key=key)).json() == final.json()
    submissions = sa.select(sa.func.count()).where(t.submission.c.task_id == task)
    assert await door.world.scalar(submissions) == 1


async def test_a_run_command_and_a_start_are_repeatable(door: Door) -> None:
    number = uuid4().hex[:8]
    advice = await door.house.delivery(number)
    start = {
        "sop": "receiving_acceptance",
        "inputs": {"purchase_order": f"PO-{number}", "dispatch_advice": str(advice)},
    }
    answers = [await door.call("admin", "POST", "/runs", start, key=number) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    run = answers[0].json()["id"]
    assert answers[1].json()["id"] == run
    second = await door.call("admin", "POST", "/runs", start, key=f"{number}-2")
    assert (second.status_code, second.json()["code"]) == (409, "open_run_exists")
    assert second.json()["run_id"] == run
    body = {"reason": "停电"}
    made = [await door.call("zhou", "POST", f"/runs/{run}/suspend", body, key=number) for _ in range(2)]
    assert [answer.json()["state"] for answer in made] == ["suspended", "suspended"]
    assert made[0].json() == made[1].json()


async def test_a_call_in_flight_is_in_progress(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    task, key = await door.task(await door.run(), "arrival"), uuid4().hex
    reached, go_on = asyncio.Event(), asyncio.Event()
    claim = tasks.claim

    async def slow(*given: Any, **more: Any) -> None:
        reached.set()
        await go_on.wait()
        await claim(*given, **more)

    monkeypatch.setattr(tasks, "claim", slow)
    await door.token("li")
    first = asyncio.create_task(door.call("li", "POST", step(task, "claim"), key=key))
    await reached.wait()
    second = await door.call("li", "POST", step(task, "claim"), key=key)
    go_on.set()
    assert (second.status_code, second.json()["code"]) == (409, "in_progress")
    assert (await first).status_code == 204
    assert (await door.call("li", "POST", step(task, "claim"), key=key)).headers[REPLAYED] == "true"


async def test_a_fault_of_ours_is_not_remembered_and_its_repeat_makes_one_thing(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = material(), uuid4().hex
    create = materials.create

    async def breaks(*given: Any, **more: Any) -> Any:
        await create(*given, **more)
        raise RuntimeError("the process dies after its commit")

    with monkeypatch.context() as broken:
        broken.setattr(materials, "create", breaks)
        fault = await door.call("admin", "POST", "/materials", body, key=key)
    assert (fault.status_code, fault.json()["code"]) == (500, "internal_error")
    assert (await records(door, key))[0]["response"] is None
    again = await door.call("admin", "POST", "/materials", body, key=key)
    assert (again.status_code, again.json()["code"]) == (201, body["code"])


async def test_keys_are_forgotten_after_seven_days(door: Door) -> None:
    body, key = material(), uuid4().hex
    await door.ok("admin", "POST", "/materials", body, key=key)

    async def age(days: float) -> None:
        async with door.world.write() as tx:
            created = t.idempotency.c.created_at - timedelta(days=days)
            await tx.execute(
                sa.update(t.idempotency).where(t.idempotency.c.key == key).values(created_at=created)
            )

    await age(6.9)
    assert (await door.call("admin", "POST", "/materials", body, key=key)).headers[REPLAYED] == "true"
    await idempotency.forget_old(door.world.platform)
    assert len(await records(door, key)) == 1
    await age(0.2)
    fresh = await door.call("admin", "POST", "/materials", body, key=key)
    assert (fresh.status_code, fresh.json()["code"]) == (409, "code_taken")
    await age(8)
    assert await idempotency.forget_old(door.world.platform) == 1
    assert await records(door, key) == []


async def test_the_worker_forgets_by_itself_and_outlives_a_failure(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []
    done = asyncio.Event()

    async def forget(_platform: Any) -> int:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise ConnectionError("the database is away")
        done.set()
        return 1

    monkeypatch.setattr(idempotency, "forget_old", forget)
    forgetting = asyncio.create_task(idempotency.forget_forever(door.world.platform, every_s=0))
    await done.wait()
    forgetting.cancel()
    assert len(rounds) >= 2


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "é"])
async def test_a_key_that_is_none_is_refused(door: Door, key: str) -> None:
    headers = httpx.Headers({b"Idempotency-Key": key.encode("latin-1")})
    answer = await door.call("admin", "POST", "/materials", material(), headers=dict(headers.raw))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


async def test_an_attachment_is_kept_once(door: Door) -> None:
    key, content = uuid4().hex, b"%PDF-1.7 " + uuid4().bytes
    sent = {"files": {"file": ("a.pdf", content, "application/pdf")}}
    first = await door.ok("li", "POST", "/attachments", key=key, **sent)
    assert await door.ok("li", "POST", "/attachments", key=key, **sent) == first
    other = {"files": {"file": ("a.pdf", content + b"x", "application/pdf")}}
    answer = await door.call("li", "POST", "/attachments", key=key, **other)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_mismatch")


async def test_a_signature_under_a_key_counts_once(door: Door) -> None:
    run = await door.run(line(1, "M3", "S-9", 10))
    task = await door.task(run, "arrival", claimed_by="li")
    await door.ok("li", "POST", step(task, "complete"), completion(data=ARRIVED))
    key, body = uuid4().hex, {"epoch": 1, "signature": SIGNATURE}
    answers = [await door.call("wu", "POST", step(task, "sign"), body, key=key) for _ in range(2)]
    assert [answer.json()["state"] for answer in answers] == ["done", "done"]
    signatures = sa.select(sa.func.count()).where(t.signature.c.task_id == task)
    assert await door.world.scalar(signatures) == 2

"""Everything that must be refused is refused over HTTP: a stable code, nothing changed, the attempt written down."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from ops.receiving_script import pdf
from tests.api.house_door import ARRIVED, SIGNATURE, Door, completion
from tests.ui.house import gs1, line
from tests.world import PASSWORD

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
GOOD = {"number": "L9", "kind": "gsp", "scope": ["drug"]}


def step(task: str, act: str) -> str:
    return f"/tasks/{task}/{act}"


async def report(door: Door, who: str, task: str) -> str:
    """An inspection report, attached to a task."""
    sent = {
        "files": {"file": ("report.pdf", pdf("x"), "application/pdf")},
        "data": {"task_id": task, "epoch": "1"},
    }
    return str((await door.ok(who, "POST", "/attachments", **sent))["id"])


async def accepting(door: Door, *lines: dict[str, Any], who: str = "wang", arrived_by: str = "li") -> Any:
    """A run whose acceptance is claimed; the run and the task."""
    run = await door.run(*lines)
    await door.house.arrive(run, arrived_by)
    return run, await door.task(run, "acceptance", claimed_by=who)


def verdict(outcome: str = "accepted", **data: Any) -> dict[str, Any]:
    return {
        "result_id": str(uuid4()), "outcome": outcome, "epoch": 1, "data": {"packaging": "conforming", **data}
    }  # fmt: skip


async def putting_away(door: Door, *lines: dict[str, Any]) -> str:
    """A delivery that is accepted as a whole and waits to be put away; the task, claimed by sun."""
    run, task = await accepting(door, *lines)
    attached = await report(door, "wang", task)
    for number in range(1, 1 + (len(lines) or 1)):
        await door.ok("wang", "POST", f"/tasks/{task}/lines/{number}", verdict(inspection_report=[attached]))
    await door.ok("wang", "POST", step(task, "complete"), {"epoch": 1, "signature": SIGNATURE})
    return await door.task(run, "put_away", claimed_by="sun")


# Who may not


async def test_somebody_else_than_the_one_who_claimed(door: Door) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="li")
    refusal: dict[str, Any] = {"status": 409, "code": "already_claimed"}
    for act, body in (("claim", None), ("complete", completion()), ("release", None)):
        told = await door.refused("qian", "POST", step(task, act), body, **refusal)
        assert told["winner"] == "LI"
    await door.refused("qian", "PUT", step(task, "draft"), {"data": {}, "epoch": 1}, **refusal)


async def test_a_task_that_nobody_has_claimed(door: Door) -> None:
    task = await door.task(await door.run(), "arrival")
    await door.refused("li", "POST", step(task, "complete"), completion(), status=409, code="not_claimed")
    await door.refused("li", "POST", step(task, "release"), status=409, code="not_claimed")


async def test_the_same_person_in_a_step_that_is_separate(door: Door) -> None:
    run = await door.run()
    await door.house.arrive(run, "qian")
    task = await door.task(run, "acceptance")
    await door.refused("qian", "POST", step(task, "claim"), status=403, code="not_segregated")


async def test_who_only_saved_a_draft_is_a_performer_too(door: Door) -> None:
    run = await door.run()
    task = await door.task(run, "arrival", claimed_by="qian")
    await door.ok("qian", "PUT", step(task, "draft"), {"data": ARRIVED, "epoch": 1})
    await door.ok("qian", "POST", step(task, "release"))
    await door.house.arrive(run, "li")
    task = await door.task(run, "acceptance")
    await door.refused("qian", "POST", step(task, "claim"), status=403, code="not_segregated")


async def test_the_same_person_for_both_signatures(door: Door) -> None:
    run = await door.run(line(1, "M3", "S-1", 10))
    await door.house.arrive(run, "li")
    arrival = str(await door.house.task_of(run, "arrival"))
    await door.ok("wu", "POST", step(arrival, "sign"), {"epoch": 1, "signature": SIGNATURE})
    task = await door.task(run, "acceptance", claimed_by="both")
    attached = await report(door, "both", task)
    await door.ok("both", "POST", f"/tasks/{task}/lines/1", verdict(inspection_report=[attached]))
    done = await door.ok("both", "POST", step(task, "complete"), {"epoch": 1, "signature": SIGNATURE})
    assert done["state"] == "awaiting_signature"
    signing = {"epoch": 1, "signature": SIGNATURE}
    await door.refused("both", "POST", step(task, "sign"), signing, status=403, code="already_signed")
    stale = {"epoch": 2, "signature": SIGNATURE}
    await door.refused("zhao", "POST", step(task, "sign"), stale, status=409, code="stale_epoch")
    assert (await door.ok("zhao", "POST", step(task, "sign"), signing))["state"] == "done"


@pytest.mark.parametrize("who", ["sun", "far", "zhao"])
async def test_the_wrong_post_or_the_right_post_elsewhere(door: Door, who: str) -> None:
    task = await door.task(await door.run(), "arrival")
    await door.refused(who, "POST", step(task, "claim"), status=403, code="not_your_post")


async def test_a_post_without_the_permission(door: Door) -> None:
    task = await door.task(await door.run(), "arrival")
    for who in ("zheng", "postless"):
        await door.refused(who, "POST", step(task, "claim"), status=403, code="not_permitted")


async def test_untrained(door: Door) -> None:
    task = await door.task(await door.run(), "arrival")
    await door.refused("untrained", "POST", step(task, "claim"), status=403, code="not_trained")


async def test_a_machine_in_place_of_a_person(door: Door) -> None:
    task = await door.task(await door.run(), "arrival")
    key = "machine:task.work,task.read"
    await door.refused(key, "POST", step(task, "complete"), completion(), status=403, code="person_required")
    claimed = await door.refused(
        key, "POST", "/tasks/claim", {"ids": [task]}, status=403, code="person_required"
    )
    assert claimed["detail"].startswith("This must be done by a person")


# What is not as it should be


async def test_a_stale_epoch(door: Door) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="li")
    refusal: dict[str, Any] = {"status": 409, "code": "stale_epoch"}
    await door.refused("li", "POST", step(task, "complete"), completion(epoch=2), **refusal)
    await door.refused("li", "PUT", step(task, "draft"), {"data": {}, "epoch": 7}, **refusal)


async def test_a_task_that_is_done(door: Door) -> None:
    run = await door.run()
    task = await door.task(run, "arrival", claimed_by="li")
    await door.ok("li", "POST", step(task, "complete"), completion())
    for act, body in (("complete", completion()), ("claim", None), ("release", None)):
        await door.refused("li", "POST", step(task, act), body, status=409, code="task_done")


async def test_a_suspended_run(door: Door) -> None:
    run = await door.run()
    task = await door.task(run, "arrival", claimed_by="li")
    await door.ok("zhou", "POST", f"/runs/{run}/suspend", {"reason": "停电"})
    await door.refused("li", "POST", step(task, "complete"), completion(), status=409, code="run_suspended")
    await door.ok("zhou", "POST", f"/runs/{run}/resume", {"reason": "来电"})
    await door.refused("li", "POST", step(task, "complete"), completion(), status=409, code="stale_epoch")


async def test_a_missing_signature(door: Door) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="li")
    unsigned = {"outcome": "received", "data": ARRIVED, "epoch": 1}
    await door.refused("li", "POST", step(task, "complete"), unsigned, status=422, code="signature_required")
    other = completion(signature={"password": PASSWORD, "meaning": "something else"})
    await door.refused("li", "POST", step(task, "complete"), other, status=422, code="meaning_mismatch")


async def test_a_wrong_password_and_the_lock_after_five(door: Door) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="qian")
    wrong = completion(signature={"password": "wrong horse battery"})
    for _ in range(5):
        await door.refused("qian", "POST", step(task, "complete"), wrong, status=403, code="wrong_password")
    await door.refused("qian", "POST", step(task, "complete"), completion(), status=429, code="locked_out")
    log_in = {"username": "qian", "password": PASSWORD}
    await door.refused(None, "POST", "/auth/token", log_in, status=429, code="locked_out")
    async with door.world.write() as tx:
        await tx.execute(sa.update(t.credential).values(failures=0, locked_until=None))
    await door.ok("qian", "POST", step(task, "complete"), completion())


async def test_a_wrong_password_or_name_at_log_in(door: Door) -> None:
    refusal: dict[str, Any] = {"status": 401, "code": "wrong_credentials"}
    for username in ("zhou", "nobody", "' OR 1=1 --"):
        wrong = {"username": username, "password": "wrong horse battery"}
        told = await door.refused(None, "POST", "/auth/token", wrong, **refusal)
        assert username not in told["detail"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "transport_mode"),
        ({**ARRIVED, "packaging": "soaked"}, "packaging"),
        ({**ARRIVED, "temperature": "warm"}, "temperature"),
        ({**ARRIVED, "temperature": "999"}, "temperature"),
        ({**ARRIVED, "temperature": ["5"]}, "temperature"),
        ({**ARRIVED, "more": 1}, "more"),
        ({**ARRIVED, "photos": [str(uuid4())]}, "photos"),
        ({**ARRIVED, "photos": "not an id"}, "photos"),
        ({**ARRIVED, "note": {"zh": "x"}}, "note"),
    ],
)
async def test_a_malformed_form(door: Door, data: dict[str, Any], field: str) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="li")
    told = await door.refused(
        "li", "POST", step(task, "complete"), completion(data=data), status=422, code="form_invalid"
    )
    assert field in {one["field"] for one in told["fields"]}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"outcome": "refused"}, "reason_required"),
        ({"outcome": "perhaps"}, "unknown_outcome"),
        ({"outcome": 1}, "validation"),
        ({"epoch": "1"}, "validation"),
        ({"epoch": 0}, "validation"),
        ({"data": []}, "validation"),
        ({"signature": {"password": ""}}, "validation"),
        ({"more": 1}, "validation"),
        ({"data": {"temperature": 5.5}}, "validation"),
    ],
)
async def test_a_malformed_completion(door: Door, changed: dict[str, Any], code: str) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="li")
    told = code != "validation"  # what has no shape is refused before anybody has tried anything
    await door.refused(
        "li", "POST", step(task, "complete"), completion(**changed), status=422, code=code, audited=told
    )


async def test_an_oversized_body(door: Door) -> None:
    task = await door.task(await door.run(), "arrival", claimed_by="li")
    large = completion(data={**ARRIVED, "note": "长" * 100_000})
    refusal: dict[str, Any] = {"status": 413, "code": "body_too_large", "audited": False}
    await door.refused("li", "POST", step(task, "complete"), large, **refusal)
    file = {"file": ("big.pdf", b"%PDF-" + b"x" * (26 * 1024 * 1024), "application/pdf")}
    await door.refused("li", "POST", "/attachments", files=file, **refusal)
    file = {"file": ("big.pdf", b"%PDF-" + b"x" * (25 * 1024 * 1024), "application/pdf")}
    await door.refused("li", "POST", "/attachments", files=file, status=413, code="attachment_too_large")


async def test_an_unknown_run_task_or_submission(door: Door) -> None:
    nothing = uuid4()
    refusal: dict[str, Any] = {"status": 404, "code": "not_found"}
    for path in ("runs/{}", "runs/{}/history", "tasks/{}", "tasks/{}/lines", "submissions/{}"):
        await door.refused("admin", "GET", "/" + path.format(nothing), audited=False, **refusal)
    for act in ("suspend", "resume"):
        await door.refused("zhou", "POST", f"/runs/{nothing}/{act}", {"reason": "x"}, **refusal)
    signed = {"reason": "x", "signature": SIGNATURE}
    await door.refused("zhou", "POST", f"/runs/{nothing}/cancel", signed, **refusal)
    await door.refused("zhou", "POST", f"/runs/{nothing}/send-back", {"reason": "x", "to": "y"}, **refusal)
    await door.refused("li", "POST", step(str(nothing), "claim"), **refusal)
    await door.refused("li", "POST", step(str(nothing), "complete"), completion(), **refusal)


async def test_a_run_of_another_site_and_run_commands_without_the_post(door: Door) -> None:
    run = await door.run()
    await door.refused("far", "GET", f"/runs/{run}", status=403, code="not_permitted", audited=False)
    assert str(run) not in (await door.call("far", "GET", "/runs")).text
    for act in ("suspend", "cancel", "resume"):
        await door.refused(
            "li", "POST", f"/runs/{run}/{act}", {"reason": "x"}, status=403, code="not_permitted"
        )
    unsigned = {"reason": "x"}
    await door.refused("zhou", "POST", f"/runs/{run}/cancel", unsigned, status=422, code="signature_required")
    await door.refused("zhou", "POST", f"/runs/{run}/suspend", {}, status=422, code="reason_required")


# What the goods and their papers do not allow


async def test_more_than_arrived_cannot_be_accepted(door: Door) -> None:
    _, task = await accepting(door)
    attached = await report(door, "wang", task)
    for data in (
        {"accepted_quantity": 40, "rejected_quantity": 1, "reason": "x"},
        {"accepted_quantity": 2**53 - 1, "rejected_quantity": 1, "reason": "x"},
    ):
        body = verdict("partial", inspection_report=[attached], **data)
        await door.refused("wang", "POST", f"/tasks/{task}/lines/1", body, status=422, code="form_invalid")


async def test_more_than_arrived_cannot_be_scanned(door: Door) -> None:
    task = await putting_away(door, line(1, "M1", "Q-1", 2))
    body = {"code": gs1("M1", "Q-1"), "epoch": 1}
    scans = [
        await door.ok("sun", "POST", step(task, "scans"), {**body, "scan_id": str(uuid4())}) for _ in range(3)
    ]
    assert [(one["verdict"], one["reason_code"]) for one in scans] == [
        ("matched", "matched"), ("matched", "matched"), ("refused", "over_quantity"),
    ]  # fmt: skip
    assert scans[2]["totals"]["scanned_quantity"] == 2
    kept = await door.world.rows(sa.select(t.scan.c.verdict).where(t.scan.c.reason_code == "over_quantity"))
    assert kept, "the refused scan is evidence itself"


async def test_what_was_not_accepted_cannot_be_put_away(door: Door) -> None:
    task = await putting_away(door, line(1, "M1", "Q-2", 20))
    for quantity in (0, 19, 500):
        data = {"location": "A-01", "put_away_quantity": quantity}
        body = {"result_id": str(uuid4()), "outcome": "done", "data": data, "epoch": 1}
        told = await door.refused(
            "sun", "POST", f"/tasks/{task}/lines/1", body, status=422, code="form_invalid"
        )
        assert [field["field"] for field in told["fields"]] == ["put_away_quantity"]


async def test_an_abnormal_batch_is_accepted_only_with_what_was_found(door: Door) -> None:
    _, task = await accepting(door)
    attached = await report(door, "wang", task)
    seen: dict[str, Any] = {"inspection_report": [attached], "packaging": "abnormal"}
    body = verdict(**seen)
    told = await door.refused("wang", "POST", f"/tasks/{task}/lines/1", body, status=422, code="form_invalid")
    assert [field["field"] for field in told["fields"]] == ["reason"]
    await door.ok("wang", "POST", f"/tasks/{task}/lines/1", verdict(**seen, reason="外箱压痕，加倍箱均正常"))


UNKNOWN_CODES = {
    gs1("M1", "UNHEARD-OF"): "wrong_batch",
    gs1("M2", "K-1"): "not_on_list",
    "<script>alert(1)</script>": "not_on_list",
    "'; DROP TABLE scan; --": "not_on_list",
    "(01)04006381333931(17)270101(10)K-1": "expiry_mismatch",
}


async def test_an_unknown_batch_or_code_is_answered_red(door: Door) -> None:
    task = await putting_away(door, line(1, "M1", "K-1", 40))
    before = await door.ok("sun", "GET", step(task, "lines"))
    for code, reason in UNKNOWN_CODES.items():
        scan = {"scan_id": str(uuid4()), "code": code, "epoch": 1}
        found = await door.ok("sun", "POST", step(task, "scans"), scan)
        assert (found["verdict"], found["reason_code"]) == ("refused", reason)
        assert found["message"]["zh"] and found["message"]["en"]
        kept = await door.world.scalar(sa.select(t.scan.c.code).where(t.scan.c.id == scan["scan_id"]))
        assert kept == code
    assert await door.ok("sun", "GET", step(task, "lines")) == before


async def test_an_expired_batch_is_turned_away_and_the_buyer_told(door: Door) -> None:
    yesterday = (NOW - DAY).date().isoformat()
    run = await door.run(line(1, "M1", "OLD-1", 40, expires_on=yesterday, produced_on="2020-01-01"))
    ended = await door.ok("li", "GET", f"/runs/{run}")
    assert (ended["state"], ended["outcome"], ended["tasks"]) == ("completed", "refused", [])
    stock = await door.ok("admin", "GET", "/stock?batch=M1:OLD-1") if ended["batch_ids"] else {"items": []}
    assert stock["items"] == []
    told = await door.world.scalar(
        sa.select(sa.func.count()).select_from(t.notification).where(t.notification.c.run_id == run)
    )
    assert told == 1


async def test_more_than_ordered_is_turned_away(door: Door) -> None:
    number = uuid4().hex[:8]
    await door.house.delivery(number, [line(1, "M1", "E-1", 40)])
    more = {
        "number": f"DN2-{number}", "supplier": "S1", "purchase_order": f"PO-{number}", "site": "SH1",
        "shipped_at": "2026-11-23T22:00:00Z", "lines": [line(1, "M1", "E-2", 41)],
    }  # fmt: skip
    advice = await door.ok("admin", "POST", "/documents/dispatch-advices", more)
    inputs = {"purchase_order": f"PO-{number}", "dispatch_advice": advice["id"]}
    made = await door.ok("admin", "POST", "/runs", {"sop": "receiving_acceptance", "inputs": inputs})
    ended = await door.ok("admin", "GET", f"/runs/{made['id']}")
    assert (ended["state"], ended["outcome"]) == ("completed", "refused")


async def test_a_supplier_whose_licence_expired_yesterday(door: Door) -> None:
    code, yesterday = f"S-{uuid4().hex[:8]}", (NOW - DAY - DAY).date().isoformat()
    licence = {**GOOD, "valid_until": yesterday}
    await door.ok(
        "admin",
        "POST",
        "/parties",
        {"code": code, "name": "过期医药", "roles": ["supplier"], "licences": [licence]},
    )
    order = {
        "number": f"PO-{code}", "supplier": code, "site": "SH1", "ordered_on": "2026-11-20",
        "lines": [{"line": 1, "material": "M1", "quantity": 1, "unit": "盒"}],
    }  # fmt: skip
    told = await door.refused(
        "admin", "POST", "/documents/purchase-orders", order, status=409, code="licence_not_valid"
    )
    assert "过期医药" in told["detail"]
    renewed = {"licences": [{**licence, "valid_until": "2099-12-31"}]}
    await door.ok("admin", "PATCH", f"/parties/{code}", {"changes": renewed, "reason": "换证"})
    await door.ok("admin", "POST", "/documents/purchase-orders", order)


async def test_a_licence_that_expires_between_order_and_receipt(door: Door) -> None:
    number = uuid4().hex[:8]
    advice = await door.house.delivery(number, [line(1, "M1", "L-1", 40)])
    until = sa.update(t.licence).where(t.licence.c.number == "L1")
    async with door.world.write() as tx:
        await tx.execute(until.values(valid_until=(NOW - DAY - DAY).date()))
    inputs = {"purchase_order": f"PO-{number}", "dispatch_advice": str(advice)}
    made = await door.ok("admin", "POST", "/runs", {"sop": "receiving_acceptance", "inputs": inputs})
    async with door.world.write() as tx:
        await tx.execute(until.values(valid_until=datetime(2099, 12, 31, tzinfo=UTC).date()))
    ended = await door.ok("admin", "GET", f"/runs/{made['id']}")
    assert (ended["state"], ended["outcome"]) == ("completed", "refused")


async def test_a_line_that_somebody_else_has_answered_is_not_replaced_unseen(door: Door) -> None:
    _run, task = await accepting(door)
    attached = await report(door, "wang", task)
    address, given = f"/tasks/{task}/lines/1", verdict(inspection_report=[attached])
    first = await door.ok("wang", "POST", address, given | {"replaces": ""})
    later = verdict(inspection_report=[attached]) | {"replaces": ""}
    await door.refused("wang", "POST", address, later, status=409, code="line_answered")
    seen = first["line"]["result_id"]
    assert seen == given["result_id"]
    second = await door.ok("wang", "POST", address, later | {"replaces": seen})
    assert second["line"]["result_id"] == later["result_id"]
    await door.refused(
        "wang", "POST", address, verdict() | {"replaces": seen}, status=409, code="line_answered"
    )
    rubbish = verdict() | {"replaces": "x"}
    await door.refused("wang", "POST", address, rubbish, status=422, code="validation", audited=False)

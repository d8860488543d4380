"""Change control over REST: two persons, what stands still and when it is in force - each way around is refused and audited."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services import sop_files
from tests.api.house_door import SIGNATURE, Door
from tests.ui.house import KEY

WEEK = timedelta(days=7)
SIGNED = {"signature": SIGNATURE}
ONE = f"/sops/{KEY}/versions"


async def draft(door: Door) -> str:
    """A draft of the author's with a longer deadline; its address."""
    text = sop_files.newest(KEY).text.replace("due: PT4H", "due: P1D", 1)
    made = await door.ok("author", "POST", f"/sops/{KEY}/drafts", {"source": text})
    return f"{ONE}/{made['id']}"


async def test_changes_are_sentences_with_their_risk(door: Door) -> None:
    href = await draft(door)
    found = await door.ok("admin", "GET", f"{href}/changes")
    assert (found["risk"], found["since"]["version"], found["to_train"]) == ("medium", 1, ["keeper"])
    (change,) = found["changes"]
    assert change["sentence"]["zh"] == "时限由4小时改为1天"
    assert (change["where"]["en"], change["path"], change["after"]) == ("Put away", "human.due", "P1D")
    same = await door.ok("admin", "GET", f"{ONE}/1/changes?from=1")
    assert (same["changes"], same["risk"]) == ([], None)
    other = f"{ONE}/1/changes?from={uuid4()}"
    await door.refused("admin", "GET", other, status=404, code="not_found", audited=False)
    await door.refused("admin", "GET", f"{ONE}/1/changes?from=0", status=422, code="invalid", audited=False)
    await door.refused("postless", "GET", f"{href}/changes", status=403, code="not_permitted", audited=False)


async def test_two_persons_and_in_their_order(door: Door) -> None:
    href = await draft(door)

    async def no(who: str, what: str, body: Any, status: int, code: str) -> None:
        await door.refused(who, "POST", f"{href}/{what}", body, status=status, code=code)

    await no("admin", "approve", SIGNED, 409, "wrong_state")
    await no("admin", "publish", SIGNED, 409, "wrong_state")
    await no("admin", "comments", {"text": "太早"}, 409, "wrong_state")
    await door.ok("author", "POST", f"{href}/submit", {})
    await no("author", "approve", SIGNED, 403, "author_may_not_approve")
    await no("admin", "approve", {"signature": {"password": "wrong"}}, 403, "wrong_password")
    await no("admin", "approve", {**SIGNED, "revision": 2}, 409, "read_another_text")
    await no("admin", "comments", {"text": "?", "step": "nowhere"}, 422, "invalid")
    said = await door.ok(
        "admin", "POST", f"{href}/comments", {"text": "为什么？", "step": "put_away"}, key="c1"
    )
    again = await door.ok(
        "admin", "POST", f"{href}/comments", {"text": "为什么？", "step": "put_away"}, key="c1"
    )
    assert again == said
    listed = await door.ok("author", "GET", f"{href}/comments")
    assert [(one["step"], one["text"], one["actor"]) for one in listed["items"]] == [
        ("put_away", "为什么？", said["actor"])
    ]
    await door.ok("admin", "POST", f"{href}/approve", {**SIGNED, "revision": 1})
    await no("admin", "approve", SIGNED, 409, "wrong_state")
    await no("author", "submit", {}, 409, "wrong_state")
    await no("admin", "reject", {"reason": "zu spät"}, 409, "wrong_state")


async def test_in_force_from_now_on_and_never_back(door: Door) -> None:
    href, start = await draft(door), datetime.now(UTC).replace(microsecond=0) + WEEK
    await door.ok("author", "POST", f"{href}/submit", {})
    await door.ok("admin", "POST", f"{href}/approve", SIGNED)

    async def no(what: str, body: Any, status: int, code: str) -> None:
        await door.refused("admin", "POST", f"{href}/{what}", {**SIGNED, **body}, status=status, code=code)

    await no("publish", {"effective_from": (start - 2 * WEEK).isoformat()}, 422, "invalid")
    plan = {"site": "SH1", "effective_from": start.isoformat()}
    await no("withdraw", {**plan, "reason": "x"}, 409, "wrong_state")
    made = await door.ok("admin", "POST", f"{href}/publish", {**SIGNED, **plan})
    assert made["state"] == "effective"
    await no("withdraw", {**plan, "site": "UR1", "reason": "x"}, 409, "already_in_force")
    await no(
        "withdraw",
        {**plan, "effective_from": datetime.now(UTC).isoformat(), "reason": "x"},
        409,
        "already_in_force",
    )
    withdrawn = {**SIGNED, **plan, "reason": "推迟"}
    off = await door.ok("admin", "POST", f"{href}/withdraw", withdrawn, key="w1")
    assert off["state"] == "approved"
    assert (await door.ok("admin", "POST", f"{href}/withdraw", withdrawn, key="w1")) == off
    view = await door.ok("admin", "GET", href)
    assert [one["kind"] for one in view["approvals"]] == ["submit", "approve", "publish", "withdraw"]

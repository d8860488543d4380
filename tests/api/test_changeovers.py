"""Runs under way are moved over REST: what speaks against each, an order of one person, the signature of another."""

from services import sop_files
from tests.api.house_door import SIGNATURE, Door
from tests.ui.house import KEY

ONE = f"/sops/{KEY}/versions"
SIGNED = {"signature": SIGNATURE}
BEFORE, ACCEPTANCE, REST = sop_files.newest(KEY).text.partition("  - id: acceptance\n")
SCANNED = BEFORE + ACCEPTANCE + REST.replace("scan: true", "scan: required", 1)


async def test_runs_are_asked_ordered_and_moved(door: Door) -> None:
    fitting, past = await door.house.run("OVER-1"), await door.house.run("OVER-2")
    await door.house.arrive(past)  # its acceptance is open, and would be asked for otherwise
    made = await door.ok("author", "POST", f"/sops/{KEY}/drafts", {"source": SCANNED})
    for who, what in (("author", "submit"), ("admin", "approve"), ("admin", "publish")):
        await door.ok(who, "POST", f"{ONE}/{made['id']}/{what}", {} if what == "submit" else SIGNED)
    found = await door.ok("zheng", "GET", f"{ONE}/2/running")
    against = {one["run_id"]: one["obstacles"] for one in found["items"]}
    assert (found["total"], against[str(fitting)]) == (2, [])
    (reason,) = against[str(past)]
    assert (reason["code"], reason["step"]) == ("differs", "acceptance")
    assert reason["message"]["en"] == "Acceptance batch by batch: Scanning: required instead of possible"
    href, order = f"{ONE}/2/changeovers", {"runs": [str(fitting)], "reason": "扫码"}
    both = {**order, "runs": [str(fitting), str(past)]}
    await door.refused("author", "POST", href, both, status=409, code="runs_do_not_fit")
    await door.refused("li", "POST", href, order, status=403, code="not_permitted")
    first = await door.ok("author", "POST", href, order, key="o1")
    assert first == await door.ok("author", "POST", href, order, key="o1")
    this = f"/changeovers/{first['id']}"
    await door.refused(
        "author", "POST", f"{this}/approve", SIGNED, status=403, code="proposer_may_not_approve"
    )
    done = await door.ok("admin", "POST", f"{this}/approve", SIGNED, key="a1")
    assert [(one["run_id"], one["result"]) for one in done["runs"]] == [(str(fitting), "moved")]
    assert (await door.ok("admin", "GET", f"/runs/{fitting}"))["version"] == 2
    await door.refused(
        "admin", "POST", f"{this}/decline", {"reason": "x"}, status=409, code="changeover_decided"
    )
    listed = await door.ok("author", "GET", href)
    assert [(one["id"], one["state"]) for one in listed["items"]] == [(first["id"], "approved")]

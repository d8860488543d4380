"""Decision tables over the interface: drafted as text, submitted, approved by a second person, repeated without harm."""

from typing import Any
from uuid import uuid4

from services import sop_files
from tests.api.house_door import SIGNATURE, Door

KEY = "cold_chain_limits"
TABLE = f"/decision-tables/{KEY}"
TEXT = next(file.text for file in sop_files.table_files() if file.key == KEY)
TIGHTER = TEXT.replace("arrival: 2.0..8.0", "arrival: 2.0..8.05", 1)


async def test_a_table_is_read_with_its_text_its_findings_and_its_uses(door: Door) -> None:
    listed = await door.ok("admin", "GET", "/decision-tables")
    (one,) = [item for item in listed["items"] if item["key"] == KEY]
    assert (one["number"], one["state"], one["used_by"]) == (1, "approved", ["receiving_acceptance"])
    found = await door.ok("admin", "GET", TABLE)
    assert found["source"] == TEXT and found["findings"] == []
    assert found["table"]["rows"][1] == {
        "when": {"cold_chain": True, "mode": "ambient"},
        "then": {"verdict": "refuse"},
    }
    assert [(use["version"], use["pinned"]) for use in found["uses"]] == [(1, 1)]
    assert found["title"] == {"zh": "冷链到货温度判定", "en": "Cold chain limits on arrival"}
    await door.refused(
        "admin", "GET", "/decision-tables/nothing", status=404, code="not_found", audited=False
    )
    for number in (0, 2**40):
        address = f"{TABLE}/versions/{number}"
        await door.refused("admin", "GET", address, status=422, code="invalid", audited=False)


async def test_a_table_is_drafted_submitted_and_approved_by_another(door: Door) -> None:
    drafts, body = f"{TABLE}/drafts", {"source": TIGHTER}
    for text, code in (
        ("x: [", "definition_invalid"),
        (TEXT.replace(f"key: {KEY}", "key: x"), "table_key_mismatch"),
    ):
        refused: dict[str, Any] = {"status": 422, "code": code, "audited": False}
        await door.refused("author", "POST", drafts, {"source": text}, **refused)
    key = str(uuid4())
    made = await door.ok("author", "POST", drafts, body, key=key)
    assert (await door.ok("author", "POST", drafts, body, key=key))["id"] == made["id"], (
        "the same key, the same draft"
    )
    one = f"{TABLE}/versions/{made['id']}"
    gap = {"source": TEXT.replace("  - {when: {}, then: {verdict: excursion}}\n", "", 1)}
    broken = await door.ok("author", "POST", drafts, gap)
    address = f"{TABLE}/versions/{broken['id']}"
    assert "table_gap" in [f["rule"] for f in (await door.ok("author", "GET", address))["findings"]]
    await door.refused("author", "POST", f"{address}/submit", {}, status=422, code="definition_invalid")
    sent = await door.ok("author", "POST", f"{one}/submit", {"comment": "附录4"})
    assert (sent["state"], sent["number"]) == ("in_review", 2)
    signed = {"signature": SIGNATURE, "revision": 1}
    await door.refused("author", "POST", f"{one}/approve", signed, status=403, code="author_may_not_approve")
    back = await door.ok("admin", "POST", f"{one}/reject", {"reason": "先核对"})
    assert (back["state"], back["number"]) == ("draft", None)
    await door.ok("author", "POST", f"{one}/submit", {})
    done = await door.ok("admin", "POST", f"{one}/approve", signed)
    assert (done["state"], done["number"], done["approved_by"]) == ("approved", 2, "ADMIN")
    (change,) = (await door.ok("admin", "GET", f"{one}/changes"))["changes"]
    assert change["sentence"]["en"].startswith("Row 3: Temperature on arrival")
    versions = await door.ok("admin", "GET", f"{TABLE}/versions")
    assert [one["number"] for one in versions["items"]] == [None, 2, 1]

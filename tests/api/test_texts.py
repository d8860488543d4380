"""SQL and HTML in every text field: kept and given back as they came, never interpreted, whoever looks for them."""

import json
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from tests.api.house_door import ARRIVED, Door, completion
from tests.goods import MATERIALS, SITE
from tests.ui.house import line

SQL = "'; DROP TABLE task; SELECT '1"
HTML = '<script>alert("1")</script>&amp;${7*7}{{7*7}}'
HOSTILE = f"{SQL} {HTML} %s %(x)s \\ 药\U0001f48a"


@pytest.fixture
def mark() -> str:
    """A hostile text of this test alone, as long as a code may be."""
    return f"'--<b>{{{{7*7}}}}%s\\{uuid4().hex[:10]}"


async def test_materials(door: Door, mark: str) -> None:
    texts = ("generic_name", "dosage_form", "specification", "approval_number", "holder")
    body: dict[str, Any] = {**MATERIALS[0], "code": mark, "name": {"zh": HOSTILE, "en": HOSTILE}, "gtins": []}
    body |= dict.fromkeys(texts, HOSTILE) | {"base_unit": "<i>", "units": [{"unit": "'\"", "numerator": 3}]}
    made = await door.ok("admin", "POST", "/materials", body)
    for found in (made, await door.ok("admin", "GET", f"/materials/{made['id']}")):
        assert {name: found[name] for name in texts} == dict.fromkeys(texts, HOSTILE)
        assert (found["name"], found["code"]) == ({"zh": HOSTILE, "en": HOSTILE}, mark)
        assert (found["base_unit"], found["units"][0]["unit"]) == ("<i>", "'\"")
    await _audited(door, made["id"], HOSTILE)
    change = {"changes": {"holder": HOSTILE + "!"}, "reason": HOSTILE}
    changed = await door.ok("admin", "PATCH", f"/materials/{made['id']}", change)
    assert changed["holder"] == HOSTILE + "!"
    await _audited(door, made["id"], HOSTILE, "reason")


async def test_partners_people_and_sites(door: Door, mark: str) -> None:
    licence = {"kind": "<gsp>", "number": mark, "scope": ["drug"], "valid_until": "2099-01-01"}
    party = {"code": mark, "name": HOSTILE, "roles": ["supplier"], "licences": [licence]}
    made = await door.ok("admin", "POST", "/parties", party)
    found = await door.ok("admin", "GET", f"/parties/{made['id']}")
    assert (found["name"], found["licences"][0]["number"], found["code"]) == (HOSTILE, mark, mark)
    person = {"username": f"h{uuid4().hex[:8]}", "name": HOSTILE}
    made = await door.ok("admin", "POST", "/persons", person)
    assert (
        (await door.ok("admin", "GET", f"/persons/{person['username']}"))["name"] == HOSTILE == made["name"]
    )
    zones: Any = SITE["zones"]
    places = [{**zones[0], "name": HOSTILE, "locations": ["<a>'"]}]
    site = {**SITE, "code": mark, "name": {"zh": HOSTILE, "en": ""}, "region": "'<r>", "zones": places}
    made = await door.ok("admin", "POST", "/sites", site)
    found = await door.ok("admin", "GET", f"/sites/{made['id']}")
    assert (found["name"]["zh"], found["region"]) == (HOSTILE, "'<r>")
    assert found["zones"][0]["name"]["zh"] == HOSTILE
    assert found["zones"][0]["locations"][0]["code"] == "<a>'"


async def test_documents_batches_and_serials(door: Door, mark: str) -> None:
    lines = [{"line": 1, "material": "M1", "quantity": "2", "unit": "盒"}]
    order = {"number": mark, "supplier": "S1", "site": "SH1", "ordered_on": "2026-11-20", "lines": lines}
    made = await door.ok("admin", "POST", "/documents/purchase-orders", order)
    assert made["number"] == mark
    sent = {
        **lines[0],
        "order_line": 1,
        "batch": mark,
        "expires_on": "2099-01-01",
        "serials": ["<b>1'", mark],
    }
    advice = {
        "number": mark, "supplier": "S1", "purchase_order": mark, "site": "SH1", "carrier": HOSTILE,
        "vehicle": HOSTILE, "shipped_at": "2026-11-23T08:00:00+08:00", "lines": [sent],
    }  # fmt: skip
    made = await door.ok("admin", "POST", "/documents/dispatch-advices", advice)
    found = await door.ok("admin", "GET", f"/documents/dispatch-advices/{made['id']}")
    assert (found["header"]["carrier"], found["header"]["vehicle"]) == (HOSTILE, HOSTILE)
    assert found["lines"]["items"][0]["batch_number"] == mark
    assert found["lines"]["items"][0]["data"]["serials"] == ["<b>1'", mark]
    start = {"sop": "receiving_acceptance", "inputs": {"purchase_order": mark, "dispatch_advice": mark}}
    run = await door.ok("admin", "POST", "/runs", start)
    assert mark in run["summary_zh"]
    assert (await door.ok("admin", "GET", f"/runs?text={_quoted(mark)}"))["items"][0]["id"] == run["id"]


async def test_answers_reasons_drafts_and_comments(door: Door, mark: str) -> None:
    run = await door.run()
    task = await door.task(run, "arrival", claimed_by="li")
    data = {**ARRIVED, "note": HOSTILE}
    await door.ok("li", "PUT", f"/tasks/{task}/draft", {"data": data, "epoch": 1})
    assert (await door.ok("li", "GET", f"/tasks/{task}"))["draft"]["data"]["note"] == HOSTILE
    body = completion("refused", data=data, reason=HOSTILE)
    await door.ok("li", "POST", f"/tasks/{task}/complete", body)
    kept = await door.world.rows(
        sa.select(t.submission.c.data, t.submission.c.reason).where(t.submission.c.task_id == UUID(task))
    )
    assert [(row["data"]["note"], row["reason"]) for row in kept] == [(HOSTILE, HOSTILE)]
    assert HOSTILE in _strings(await door.ok("zhou", "GET", f"/runs/{run}/history"))
    second = await door.run()
    await door.ok("zhou", "POST", f"/runs/{second}/suspend", {"reason": HOSTILE})
    reasons = sa.select(t.submission.c.reason).where(t.submission.c.run_id == second)
    assert await door.world.scalar(reasons) == HOSTILE


async def test_line_results_scans_and_file_names(door: Door) -> None:
    run = await door.run(line(1, "M1", "<b>'1", 40))
    await door.house.arrive(run, "li")
    task = await door.task(run, "acceptance", claimed_by="wang")
    files = {"file": ("<b>'--.pdf", b"%PDF-1.7", "application/pdf")}
    sent = {"files": files, "data": {"task_id": task, "epoch": "1"}}
    report = (await door.ok("wang", "POST", "/attachments", **sent))["id"]
    header = await door.ok("wang", "GET", f"/attachments/{report}")
    assert header["file_name"] == "_b_'--.pdf", "a file name is one on every system"
    data = {"packaging": "abnormal", "inspection_report": [report], "reason": HOSTILE, "handling": "destroy"}
    body = {"result_id": str(uuid4()), "outcome": "rejected", "epoch": 1, "data": data}
    answered = await door.ok("wang", "POST", f"/tasks/{task}/lines/1", body)
    assert answered["line"]["result"]["reason"] == HOSTILE
    scan: dict[str, Any] = {"scan_id": str(uuid4()), "code": HOSTILE, "symbology": "<x>", "epoch": 1}
    assert (await door.ok("wang", "POST", f"/tasks/{task}/scans", scan))["verdict"] == "refused"
    kept = await door.world.rows(sa.select(t.scan).where(t.scan.c.id == UUID(scan["scan_id"])))
    assert (kept[0]["code"], kept[0]["symbology"]) == (HOSTILE, "<x>")


async def test_looking_for_it_finds_it_or_nothing(door: Door) -> None:
    """Parts of LIKE patterns and of SQL are looked for as they stand."""
    for path in ("materials", "parties", "persons", "runs", "tasks", "documents/purchase-orders"):
        for text in (SQL, "%", "_", "\\", HTML):
            found = await door.call("admin", "GET", f"/{path}?text={_quoted(text)}")
            assert found.status_code == 200, found.text
            for item in found.json()["items"]:
                assert any(text.lower() in one.lower() for one in _strings(item)), (path, text)
    for path in ("runs?site=", "runs?sop=", "stock?site=", "persons?post=", "tasks?site="):
        found = await door.call("admin", "GET", f"/{path}{_quoted(SQL)}")
        assert (found.status_code in {200, 404}) and not found.json().get("items")


@pytest.mark.parametrize("sign", ["\0", "\x07", "\x85", "\ud800"])
async def test_what_cannot_be_printed_is_refused_by_its_field(door: Door, sign: str) -> None:
    party = {"code": f"P-{uuid4().hex[:8]}", "name": f"x{sign}y", "roles": ["customer"]}
    sent: dict[str, Any] = {
        "content": json.dumps(party).encode(),
        "headers": {"Content-Type": "application/json"},
    }
    problem = await door.refused(
        "admin", "POST", "/parties", status=422, code="validation", audited=False, **sent
    )
    assert [field["field"] for field in problem["fields"]] == ["name"]


async def test_text_is_kept_in_one_form(door: Door) -> None:
    """NFC at the door: the same word typed on two systems is one word."""
    party = {"code": f"P-{uuid4().hex[:8]}", "name": " Cafe\u0301 ", "roles": ["customer"]}
    assert (await door.ok("admin", "POST", "/parties", party))["name"] == "Caf\xe9"


def _quoted(text: str) -> str:
    return quote(text, safe="")


async def _audited(door: Door, object_id: str, text: str, column: str = "after") -> None:
    event = t.audit_event
    found = await door.world.rows(sa.select(event).where(event.c.object_id == object_id))
    assert any(text in _strings(row[column]) for row in found)


def _strings(value: Any) -> list[str]:
    """Every text inside a value, bare."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    if isinstance(value, list):
        return [text for item in value for text in _strings(item)]
    return [value] if isinstance(value, str) else []

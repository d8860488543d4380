"""Lists to their end, by cursor; answers as the OpenAPI document says; addresses by id and by code."""

import base64
import json
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import jsonschema
import pytest

from api.app import create_api
from ops.receiving_script import pdf
from tests.api.house_door import ARRIVED, SIGNATURE, Door, completion
from tests.goods import GTINS, MATERIALS
from tests.ui.house import gs1, line

LISTS = [
    "/materials", "/parties", "/sites", "/persons", "/runs", "/tasks", "/stock",
    "/documents/purchase-orders", "/documents/dispatch-advices",
]  # fmt: skip
DOCUMENT = create_api(None).openapi()  # type: ignore[arg-type] # nothing is asked of the platform
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


async def received(door: Door, number: str) -> dict[str, Any]:
    """A delivery that went all the way into stock; the run."""
    run = await door.house.run(number, [line(1, "M1", f"A-{number}", 30), line(2, "M1", f"B-{number}", 20)])
    await door.house.arrive(run)
    task = await door.task(run, "acceptance", claimed_by="wang")
    sent = {
        "files": {"file": ("r.pdf", pdf(number), "application/pdf")},
        "data": {"task_id": task, "epoch": "1"},
    }
    report = (await door.ok("wang", "POST", "/attachments", **sent))["id"]
    data = {"packaging": "conforming", "inspection_report": [report]}
    signed = {"epoch": 1, "signature": SIGNATURE}
    for number_of_line in (1, 2):
        answer = {"result_id": str(uuid4()), "outcome": "accepted", "data": data, "epoch": 1}
        await door.ok("wang", "POST", f"/tasks/{task}/lines/{number_of_line}", answer)
    await door.ok("wang", "POST", f"/tasks/{task}/complete", signed)
    task = await door.task(run, "put_away", claimed_by="sun")
    for number_of_line in (1, 2):
        answer = {"result_id": str(uuid4()), "data": {"location": "A-01"}, "epoch": 1}
        await door.ok("sun", "POST", f"/tasks/{task}/lines/{number_of_line}", answer)
    await door.ok("sun", "POST", f"/tasks/{task}/complete", signed)
    found: dict[str, Any] = await door.ok("admin", "GET", f"/runs/{run}")
    assert (found["state"], found["outcome"]) == ("completed", "completed")
    return found


async def pages(door: Door, path: str, limit: int) -> list[list[Any]]:
    """A list page by page, to its end."""
    found: list[list[Any]] = []
    cursor = ""
    while True:
        sign = "&" if "?" in path else "?"
        page = await door.ok("admin", "GET", f"{path}{sign}limit={limit}{cursor}")
        assert set(page) >= {"items", "next"}
        found.append(page["items"])
        if page["next"] is None:
            return found
        cursor = f"&after={quote(page['next'], safe='')}"


async def test_every_list_gives_each_item_once_until_next_is_null(door: Door) -> None:
    for _ in range(3):
        await door.run(line(1, "M1", f"P-{uuid4().hex[:6]}", 10))
    await received(door, uuid4().hex[:6])
    for path in [*LISTS, "/tasks?state=done", "/runs?state=completed"]:
        (whole,) = await pages(door, path, 200)
        cut = await pages(door, path, 2)
        assert [item for page in cut for item in page] == whole, path
        assert all(len(page) == 2 for page in cut[:-1]) and len(cut) == max(1, -(-len(whole) // 2)), path
        assert whole, path


async def test_lines_of_documents_and_tasks_and_the_time_line_are_paged(door: Door) -> None:
    run = await received(door, uuid4().hex[:6])
    document = next(one for one in run["documents"] if one["kind"] == "dispatch_advice")
    address = f"/documents/dispatch-advices/{document['id']}?limit=1"
    first = await door.ok("admin", "GET", address)
    second = await door.ok("admin", "GET", f"{address}&after={first['lines']['next']}")
    assert [page["lines"]["items"][0]["line_no"] for page in (first, second)] == [1, 2]
    assert second["lines"]["next"] is None
    done = next(one for one in run["tasks"] if one["step_id"] == "put_away")
    cut = await pages(door, f"/tasks/{done['id']}/lines", 1)
    assert [page[0]["line"] for page in cut] == [1, 2]
    entries = [entry["seq"] for page in await pages(door, f"/runs/{run['id']}/history", 2) for entry in page]
    assert entries == sorted(set(entries)) and len(entries) > 4


KEYS: list[Any] = [
    ["a"], ["a", "b"], ["2026-01-01T00:00:00", "a"], ["2026-01-01T00:00:00", str(UUID(int=7))],
    ["9" * 400, str(UUID(int=7))], ["\0"], ["\ud800"], [[]], [None], ["9" * 5000], list("abcdefg"),
    ["9223372036854775808"], [1, 2], {"a": 1}, ["a", "b", str(UUID(int=7)), "d", "e", "f", "\0"],
]  # fmt: skip
FORGED = ["x", "W10", "W10=", "bnVsbA", "\xa7"] + [
    base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=") for key in KEYS
]


async def test_a_forged_cursor_is_refused_or_leads_to_some_page(door: Door) -> None:
    task = await door.task(await door.run(), "arrival")
    for path in [*LISTS, f"/tasks/{task}/lines", "/documents/purchase-orders/PO-1"]:
        for cursor in FORGED:
            answer = await door.call("admin", "GET", f"{path}?after={quote(cursor)}")
            assert answer.status_code in {200, 404, 409, 422}, (path, cursor, answer.text)
            if answer.status_code == 422:
                assert answer.json()["code"] in {"cursor_unknown", "validation"}
    runs = await door.call("admin", "GET", "/runs?after=WzFd")
    assert (runs.status_code, runs.json()["code"]) == (422, "cursor_unknown")


async def test_things_are_addressed_by_id_and_by_code(door: Door) -> None:
    run = await received(door, number := uuid4().hex[:6])
    for path, code in (("materials", "M1"), ("parties", "S1"), ("sites", "SH1"), ("persons", "li")):
        by_code = await door.ok("admin", "GET", f"/{path}/{code}")
        assert await door.ok("admin", "GET", f"/{path}/{by_code['id']}") == by_code
    for kind, named in (("purchase-orders", f"PO-{number}"), ("dispatch-advices", f"DN-{number}")):
        by_number = await door.ok("admin", "GET", f"/documents/{kind}/{named}")
        assert await door.ok("admin", "GET", f"/documents/{kind}/{by_number['id']}") == by_number
    batch = await door.ok("admin", "GET", f"/batches/M1:A-{number}")
    assert batch["id"] in run["batch_ids"]
    assert await door.ok("admin", "GET", f"/batches/{batch['id']}") == batch
    stock = await door.ok("admin", "GET", f"/stock?batch=M1:A-{number}&site=SH1&material=M1&status=qualified")
    assert [(row["quantity"], row["location_code"]) for row in stock["items"]] == [(30, "A-01")]
    earlier = await door.ok("admin", "GET", f"/stock?batch={batch['id']}&at=2020-01-01T00:00:00Z")
    assert earlier["items"] == []
    runs = await door.ok("admin", "GET", f"/runs?batch=M1:A-{number}&sop=receiving_acceptance&site=SH1")
    assert [row["id"] for row in runs["items"]] == [run["id"]]


async def test_a_decimal_quantity_becomes_whole_base_units(door: Door) -> None:
    number = uuid4().hex[:6]
    order = {"number": number, "supplier": "S1", "site": "SH1", "ordered_on": "2026-11-20"}
    lines = [{"line": 1, "material": "M1", "quantity": "1.5", "unit": "件"}]
    made = await door.ok("admin", "POST", "/documents/purchase-orders", {**order, "lines": lines})
    (stored,) = made["lines"]["items"]
    assert (stored["quantity"], stored["entered_quantity"], stored["entered_unit"]) == (15, "1.5", "件")


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("1.55", "quantity_not_whole"), (1.5, "float"), (1e3, "float"), (0, "value_error"), (-1, "value_error"),
        ("-1", "value_error"), ("1e3", "value_error"), ("0.0", "value_error"), ("", "value_error"),
        (True, "value_error"), (None, "value_error"), (2**53, "integer_too_large"), ("9" * 40, "value_error"),
        ("٣", "value_error"), ([1], "value_error"),
    ],
)  # fmt: skip
async def test_quantities_are_exact_or_refused(door: Door, quantity: Any, code: str) -> None:
    lines = [{"line": 1, "material": "M1", "quantity": quantity, "unit": "件"}]
    body = {
        "number": uuid4().hex,
        "supplier": "S1",
        "site": "SH1",
        "ordered_on": "2026-11-20",
        "lines": lines,
    }
    told = code == "quantity_not_whole"
    problem = await door.refused(
        "admin", "POST", "/documents/purchase-orders", body, status=422,
        code="invalid" if told else "validation", audited=told,
    )  # fmt: skip
    assert problem["fields"][0]["code"] == code


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ordered_on", 20261120), ("ordered_on", "20261120"), ("ordered_on", "2026-11-20T10:00:00Z"),
        ("ordered_on", "2026-02-30"), ("ordered_on", True), ("number", 7), ("lines", {}), ("lines", []),
        ("supplier", None), ("site", ["SH1"]),
    ],
)  # fmt: skip
async def test_wrong_types_are_refused_not_guessed(door: Door, field: str, value: Any) -> None:
    lines = [{"line": 1, "material": "M1", "quantity": 1, "unit": "盒"}]
    body = {
        "number": uuid4().hex,
        "supplier": "S1",
        "site": "SH1",
        "ordered_on": "2026-11-20",
        "lines": lines,
    }
    problem = await door.refused(
        "admin", "POST", "/documents/purchase-orders", {**body, field: value},
        status=422, code="validation", audited=False,
    )  # fmt: skip
    assert problem["fields"][0]["field"] == field


async def test_yes_is_no_boolean_and_a_number_no_instant(door: Door) -> None:
    body = {**MATERIALS[0], "code": uuid4().hex[:8], "gtins": [], "special_control": "yes"}
    answer = await door.call("admin", "POST", "/materials", body)
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "special_control")
    answer = await door.call("admin", "GET", "/stock?at=1700000000")
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "at")


def test_the_document_is_openapi_3_1_with_problems_and_bearer() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    assert DOCUMENT["security"] == [{"bearer": []}]
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["4XX"]["content"], (method, path)
            keyed = any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ()))
            assert keyed == (method != "get" and path != "/auth/token"), (method, path)
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


async def test_answers_have_the_shape_that_the_document_says(door: Door) -> None:
    run = await received(door, number := uuid4().hex[:6])
    second = await door.run(line(1, "M1", f"S-{number}", 5))
    task = await door.task(second, "arrival", claimed_by="li")
    await door.ok("li", "PUT", f"/tasks/{task}/draft", {"data": ARRIVED, "epoch": 1})
    done = await door.ok("li", "POST", f"/tasks/{task}/complete", completion())
    shown("/tasks/{task_id}/complete", "post", done)
    accepting = await door.task(second, "acceptance", claimed_by="wang")
    scan = {"scan_id": str(uuid4()), "code": gs1("M1", f"S-{number}"), "epoch": 1}
    shown("/tasks/{task_id}/scans", "post", await door.ok("wang", "POST", f"/tasks/{accepting}/scans", scan))
    undone = await door.ok("wang", "POST", f"/tasks/{accepting}/scans/{scan['scan_id']}/undo", {"epoch": 1})
    shown("/tasks/{task_id}/scans/{scan_id}/undo", "post", undone)
    sought = {
        "run_id": run["id"], "task_id": accepting, "submission_id": done["submission"], "batch": f"M1:A-{number}",
        "material": "M1", "party": "S1", "site": "SH1", "person": "li", "key": "receiving_acceptance",
        "version": "1", "document": f"PO-{number}",
    }  # fmt: skip
    event = await door.call("admin", "POST", "/signals/arrived", {"correlation_key": number, "data": {}})
    assert (event.status_code, event.json()["state"]) == (202, "kept")
    sought["signal_id"] = event.json()["id"]
    sent = {"files": {"file": ("r.pdf", pdf(number), "application/pdf")}}
    sought["attachment_id"] = (await door.ok("li", "POST", "/attachments", **sent))["id"]
    package = {"site": "SH1", "location": "A-01", "contents": []}
    sought["sscc"] = (await door.ok("admin", "POST", "/packages", package))["sscc"]
    for path, operations in DOCUMENT["paths"].items():
        told = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        absent = (
            path.startswith(("/drill", "/changeovers", "/evidence"))
            or "{recall}" in path
            or ("{document}" in path and not re.search("dispatch|purchase", path))
        )
        if "application/json" in told and not absent:
            place = f"DN-{number}" if "dispatch" in path else None
            named = sought | ({"key": "cold_chain_limits"} if path.startswith("/decision-tables") else {})
            address = re.sub(r"\{(\w+)\}", lambda at, place=place, named=named: place or named[at[1]], path)  # type: ignore[misc]
            asked = {"/trace": {"batch": sought["batch"]}, "/search": {"q": "M1"}}.get(path)
            shown(path, "get", await door.ok("admin", "GET", address, params=asked))
    assert GTINS["M1"].zfill(14) in str(await door.ok("admin", "GET", "/materials/M1"))


def shown(path: str, method: str, answer: Any) -> None:
    """Checks an answer against the document, and what every answer keeps to."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    content = next(one["content"] for status, one in responses.items() if status in {"200", "201"})
    schema = {**content["application/json"]["schema"], "components": DOCUMENT["components"]}
    jsonschema.validate(answer, schema, cls=jsonschema.Draft202012Validator)
    assert all(UUID(one).version == 7 for one in _ids(answer)), path
    for name, value in _members(answer):
        assert not isinstance(value, float), (path, name)
        if name.endswith("_at") and value is not None:
            assert INSTANT.fullmatch(value), (path, name, value)


def _ids(answer: Any) -> list[str]:
    """Ids of the thing itself, or of the list's items."""
    return [one["id"] for one in answer.get("items", [answer]) if "id" in one]


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for name, item in value.items() for pair in [(name, item), *_members(item)]]
    if isinstance(value, list):
        return [pair for item in value for pair in _members(item)]
    return []


async def test_a_version_is_given_as_bpmn_in_either_language(door: Door) -> None:
    address = "/sops/receiving_acceptance/versions/1/bpmn"
    for query, title in (("", "逐批验收"), ("?language=en", "Acceptance batch by batch")):
        answer = await door.call("machine:sop.read", "GET", address + query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/xml; charset=utf-8"
        assert "receiving_acceptance-v1.bpmn" in answer.headers["content-disposition"]
        assert f'name="{title}"' in answer.text
    for version, status in (("99", 404), ("0", 422), (str(2**40), 422), (str(uuid4()), 404)):
        answer = await door.call(
            "machine:sop.read", "GET", f"/sops/receiving_acceptance/versions/{version}/bpmn"
        )
        assert answer.status_code == status, answer.text
    assert (await door.call("machine:sop.read", "GET", address + "?language=fr")).status_code == 422


async def test_what_must_hold_is_told_with_what_came_of_it(door: Door) -> None:
    address = "/sops/receiving_acceptance/versions"
    answer = await door.call("machine:sop.read", "GET", f"{address}/1/proofs")
    assert answer.status_code == 200, answer.text
    first = answer.json()["proofs"][0]
    assert first["proof"] == {"never": {"deed": "book_in"}, "without": {"signed": "acceptance"}}
    assert first["sentence"]["zh"] == "没有“逐批验收”的签名，任何路径都不会将药品入合格品库"
    assert first["verdict"] == "holds"
    assert 0 < first["states"] < first["bound"]
    assert first["path"] == []
    assert (await door.call("machine:sop.read", "GET", f"{address}/99/proofs")).status_code == 404


async def test_a_what_if_needs_the_runs_as_well_and_says_what_it_looked_at(door: Door) -> None:
    address = "/sops/receiving_acceptance/versions/1/what-if"
    refused = await door.call("machine:sop.read", "GET", address)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    reader = "machine:sop.read,run.read"
    answer = await door.ok(reader, "GET", f"{address}?limit=2")
    assert len(answer["items"]) == min(answer["found"], 2)
    assert {one["verdict"] for one in answer["items"]} <= {"same"}
    for query in ("limit=0", "limit=101", "since=yesterday", "after=x"):
        assert (await door.call(reader, "GET", f"{address}?{query}")).status_code == 422

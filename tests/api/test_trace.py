"""`GET /trace`: who had how much of a batch, whatever one begins with."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.house_door import Door
from tests.api.test_lists_and_shapes import received
from tests.api.test_row_scope import remote

__all__ = ["remote"]


async def trace(door: Door, who: str = "admin", **asked: Any) -> Any:
    return await door.ok(who, "GET", "/trace", params=asked)


async def test_a_batch_is_traced_to_its_supplier_from_every_start(door: Door) -> None:
    await received(door, number := uuid4().hex[:6])
    batch = await door.ok("admin", "GET", f"/batches/M1:A-{number}")
    by_batch = await trace(door, batch=f"M1:A-{number}")
    (row,) = by_batch["rows"]
    assert (row["batch_id"], row["quantity"], row["from_kind"], row["to_kind"]) == (
        batch["id"], 30, "supplier", "internal",
    )  # fmt: skip
    assert (row["party_code"], row["site_code"], row["kind"]) == ("S1", "SH1", "receipt")
    assert [node["kind"] for node in by_batch["nodes"]] == ["party", "site"]
    (edge,) = by_batch["edges"]
    assert (edge["source"], edge["target"], edge["quantity"]) == (f"party:{row['party_id']}", "site:SH1", 30)
    assert (by_batch["more"], by_batch["next"], by_batch["counted"]) == (False, None, False)
    (account,) = by_batch["accounts"]
    assert (account["received"], account["on_hand"], account["difference"]) == (30, 30, 0)
    assert [(one["kind"], one["quantity"], one["site_code"]) for one in by_batch["places"]] == [
        ("on_hand", 30, "SH1")
    ]
    assert row["people"] and row["runs"][0]["title_zh"]
    assert await trace(door, batch=batch["id"]) == by_batch
    both = await trace(door, document=row["document_id"])
    assert {one["batch_number"] for one in both["rows"]} == {f"A-{number}", f"B-{number}"}
    contents = [{"batch": f"M1:A-{number}", "quantity": 5}]
    made = {"site": "SH1", "location": "A-01", "contents": contents}
    package = await door.ok("admin", "POST", "/packages", made)
    by_package = await trace(door, package=package["sscc"])
    assert by_package == {**by_batch, "started": by_package["started"]}
    assert row in (await trace(door, party="S1"))["rows"]
    assert row in (await trace(door, person="li"))["rows"]
    first = await trace(door, party="S1", limit=1)
    assert first["more"] and len(first["rows"]) == 1
    assert row in [*first["rows"], *(await rest(door, first["next"], party="S1"))]


async def rest(door: Door, after: str | None, **asked: Any) -> list[Any]:
    """The rows of all further pages."""
    found: list[Any] = []
    while after:
        page = await trace(door, **asked, after=after)
        found += page["rows"]
        after = page["next"]
    return found


async def test_direction_and_moment_narrow_a_trace(door: Door) -> None:
    await received(door, number := uuid4().hex[:6])
    batch = f"M1:A-{number}"
    assert await trace(door, batch=batch, direction="back") == await trace(door, batch=batch)
    forward = await trace(door, batch=batch, direction="forward")
    assert (forward["rows"], forward["edges"], forward["more"]) == ([], [], False)
    assert forward["accounts"][0]["on_hand"] == 30
    then = await trace(door, batch=batch, at="2020-01-01T00:00:00Z")
    assert (then["rows"], then["accounts"], then["places"]) == ([], [], [])


async def test_another_site_sees_nothing_of_it(door: Door, remote: str) -> None:
    await received(door, number := uuid4().hex[:6])
    found = await trace(door, remote, batch=f"M1:A-{number}")
    assert (found["rows"], found["accounts"], found["places"], found["partial"]) == ([], [], [], True)
    assert (await trace(door, remote, party="S1"))["rows"] == []


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "trace_start"),
        ({"batch": "B1", "party": "S1"}, 422, "trace_start"),
        ({"batch": "B1", "after": "x"}, 422, "cursor_unknown"),
        ({"batch": "B1", "limit": "5000"}, 422, "validation"),
        ({"batch": "M1:none"}, 404, "not_found"),
        ({"serial": "none"}, 404, "not_found"),
        ({"document": "none"}, 404, "not_found"),
        ({"party": "none"}, 404, "not_found"),
        ({"person": "none"}, 404, "not_found"),
        ({"package": "none"}, 404, "package_unknown"),
        ({"batch": "B1", "direction": "up"}, 422, "validation"),
        ({"batch": "B1", "at": "yesterday"}, 422, "validation"),
    ],
)
async def test_a_trace_without_one_known_start_is_refused(
    door: Door, asked: dict[str, str], status: int, code: str
) -> None:
    await door.refused("admin", "GET", "/trace", status=status, code=code, audited=False, params=asked)


async def test_who_may_not_read_stock_does_not_trace(door: Door) -> None:
    answer = await door.call("machine:document.read", "GET", "/trace", params={"batch": "B1"})
    assert answer.status_code == 403

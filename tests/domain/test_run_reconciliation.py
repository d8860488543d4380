"""Level 4: a record that agrees with its history gives nothing, each contradiction its own finding."""

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.run_reconciliation import changed_since, reconcile

Rows = dict[str, list[dict[str, Any]]]


def event(update: str, **content: Any) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(content).encode()).decode()
    request = {"meta": {"updateId": update}, "input": {"args": {"payloads": [{"data": data}]}}}
    return {"workflowExecutionUpdateAcceptedEventAttributes": {"acceptedRequest": request}}


def record() -> tuple[Rows, list[dict[str, Any]]]:
    rows: Rows = {
        "submission": [
            {
                "id": "s1",
                "kind": "complete",
                "task_id": "t1",
                "epoch": 1,
                "actor_id": "li",
                "outcome": "ok",
                "data": {},
                "performers": ["li", "wu"],
                "content_hash": "h1",
                "signature_id": "g1",
            },
            {
                "id": "s2",
                "kind": "sign",
                "task_id": "t1",
                "epoch": 1,
                "actor_id": "wang",
                "outcome": None,
                "data": {"content_hash": "h1"},
                "performers": ["wang"],
                "content_hash": "h2",
                "signature_id": "g2",
            },
            {
                "id": "s3",
                "kind": "complete",
                "task_id": "t2",
                "epoch": 1,
                "actor_id": "li",
                "outcome": "handled",
                "data": None,
                "performers": [],
                "content_hash": "h3",
                "signature_id": None,
            },
        ],
        "submission_verdict": [{"submission_id": name, "accepted": True} for name in ("s1", "s2", "s3")],
        "signature": [
            {"id": "g1", "person_id": "li", "content_sha256": "h1", "task_id": "t1"},
            {"id": "g2", "person_id": "wang", "content_sha256": "h1", "task_id": None},
        ],
        "task": [
            {"id": "t1", "kind": "human", "state": "done", "outcome": "ok", "path": "one#1"},
            {"id": "t2", "kind": "deviation", "state": "done", "outcome": "handled", "path": "deviation/x"},
            {"id": "t3", "kind": "human", "state": "withdrawn", "outcome": None, "path": "two#1"},
        ],
        "effect": [{"id": "e1", "kind": "action", "path": "book#1"}],
        "posting": [
            {"id": "p1", "path": "book#1"},
            {"id": "p2", "path": "book#1/lost"},
        ],
        "move": [
            {"id": "m1", "posting_id": "p1", "quantity": 2},
            {"id": "m2", "posting_id": "p2", "quantity": 5},
        ],
        "move_serial": [{"move_id": "m1"}, {"move_id": "m1"}],
    }
    events = [
        {"eventId": "1"},
        event("s1", submission="s1", hash="h1", actor="li", performers=["wu", "li"]),
        event("s2", submission="s2", actor="wang", performers=["wang"]),
        event("clock", to=60),
    ]
    return rows, events


def codes(rows: Rows, events: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.key) for finding in reconcile(rows, events)]


def test_what_agrees_gives_nothing() -> None:
    rows, events = record()
    assert codes(rows, events) == []
    assert codes(rows, []) == []


CHANGES: dict[str, tuple[Callable[[Rows, list[dict[str, Any]]], Any], tuple[str, str]]] = {
    "a forged command": (
        lambda _rows, events: events.append(event("s9", submission="s9", hash="h")),
        ("update_without_submission", "s9"),
    ),
    "another id than the submission's": (
        lambda _rows, events: events.__setitem__(2, event("x", submission="s2")),
        ("update_without_submission", "s2"),
    ),
    "other content": (
        lambda rows, _events: rows["submission"][0].update(content_hash="h1x"),
        ("update_differs", "s1"),
    ),
    "another actor": (
        lambda rows, _events: rows["submission"][1].update(actor_id="li"),
        ("update_differs", "s2"),
    ),
    "other performers": (
        lambda rows, _events: rows["submission"][0].update(performers=["li"]),
        ("update_differs", "s1"),
    ),
    "a command that the engine never had": (
        lambda _rows, events: events.pop(1),
        ("submission_without_update", "s1"),
    ),
    "a submission without a verdict": (
        lambda rows, _events: rows["submission_verdict"].pop(2),
        ("submission_without_verdict", "s3"),
    ),
    "a second verdict": (
        lambda rows, _events: rows["submission_verdict"].append({"submission_id": "s3", "accepted": True}),
        ("submission_without_verdict", "s3"),
    ),
    "a signature that is gone": (
        lambda rows, _events: rows["signature"].pop(0),
        ("signature_missing", "s1"),
    ),
    "a signature over something else": (
        lambda rows, _events: rows["signature"][1].update(content_sha256="h9"),
        ("signature_differs", "g2"),
    ),
    "a signature of somebody else": (
        lambda rows, _events: rows["signature"][1].update(person_id="li"),
        ("signature_differs", "g2"),
    ),
    "a second signature by the first signer": (
        lambda rows, _events: rows["submission"][1].update(actor_id="li"),
        ("signed_twice", "t1"),
    ),
    "a signature of another task": (
        lambda rows, _events: rows["signature"][0].update(task_id="t3"),
        ("signature_differs", "g1"),
    ),
    "a posting of no step": (
        lambda rows, _events: rows["posting"][0].update(path="other#1"),
        ("posting_without_effect", "p1"),
    ),
    "a posting that a task cannot have made": (
        lambda rows, _events: rows["effect"][0].update(kind="task"),
        ("posting_without_effect", "p1"),
    ),
    "a posting without moves": (
        lambda rows, _events: rows["move"].pop(1),
        ("posting_without_moves", "p2"),
    ),
    "a serial too few": (
        lambda rows, _events: rows["move_serial"].pop(),
        ("serials_incomplete", "m1"),
    ),
    "a task that nobody closed": (
        lambda rows, _events: rows["task"][0].update(outcome="other"),
        ("task_without_submission", "t1"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_contradiction_is_found(change: str) -> None:
    rows, events = record()
    alter, expected = CHANGES[change]
    alter(rows, events)
    assert expected in codes(rows, events)


def test_what_cannot_be_read_is_no_command_of_a_person() -> None:
    rows, events = record()
    events[1]["workflowExecutionUpdateAcceptedEventAttributes"]["acceptedRequest"]["input"] = {}
    assert ("submission_without_update", "s1") in codes(rows, events)


def test_rows_that_changed_since_the_archive_are_found() -> None:
    rows, _ = record()
    now = copy.deepcopy(rows)
    free = {"task": ("path",), "move_serial": ()}
    now["task"][0]["path"] = "other"
    assert list(changed_since(rows, now, free)) == []
    now["task"][0]["outcome"] = "other"
    del now["task"][1]
    assert [(one.code, one.key) for one in changed_since(rows, now, free)] == [
        ("row_changed_since_archived", "t1"),
        ("row_gone_since_archived", "t2"),
    ]

"""Domain: level 4 - does what the database has of a run agree with its engine history, and with itself? Pure.

`rows` are the tables of an archive's record (JSON values), `events` all events of its histories in order.
Every command that the engine took in has its submission with the same content and the same people, and
the other way round; every signature is over what was submitted, by who submitted it; every posting comes
from an effect, and its moves balance; every task that people closed has the submission that closed it.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.evidence_findings import EvidenceFinding

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
OUTSIDE_THE_ENGINE = ("deviation",)
"""Kinds of tasks that are no step of the run: their answer is settled without an Update."""
WITH_POSTINGS = frozenset({"action", "undo", "chunk", "lines"})


def reconcile(rows: Rows, events: Sequence[Mapping[str, Any]]) -> Iterator[EvidenceFinding]:
    """All contradictions. Without events (a run that the engine never had) only the rows are compared."""
    if events:
        yield from _commands(rows, list(_updates(events)))
    yield from _submissions(rows)
    yield from _signatures(rows)
    yield from _signers(rows)
    yield from _postings(rows)
    yield from _tasks(rows)


def _updates(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Id and content of each Update that was accepted; content that cannot be read is empty."""
    for event in events:
        accepted = event.get("workflowExecutionUpdateAcceptedEventAttributes")
        if accepted is None:
            continue
        request = accepted.get("acceptedRequest", {})
        try:
            [payload] = request["input"]["args"]["payloads"]
            content = json.loads(base64.b64decode(payload["data"]))
        except (KeyError, TypeError, ValueError):
            content = {}
        yield str(request.get("meta", {}).get("updateId", "")), content


def _commands(rows: Rows, updates: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[EvidenceFinding]:
    submissions = {row["id"]: row for row in rows["submission"]}
    taken = set()
    for update_id, content in updates:
        submission_id = str(content.get("submission", ""))
        if not submission_id:
            continue  # a command without a person behind it (the clock of a drill)
        row = submissions.get(submission_id)
        taken.add(submission_id)
        if row is None or update_id != submission_id:
            yield _found("update_without_submission", "submission", submission_id)
            continue
        for field, kept in (("hash", "content_hash"), ("actor", "actor_id")):
            if field in content and content[field] != row[kept]:
                yield _found("update_differs", "submission", submission_id, kept)
        if "performers" in content and set(content["performers"]) != set(row["performers"]):
            yield _found("update_differs", "submission", submission_id, "performers")
    accepted = {row["submission_id"] for row in rows["submission_verdict"] if row["accepted"]}
    outside = {row["id"] for row in rows["task"] if row["kind"] in OUTSIDE_THE_ENGINE}
    for submission_id in sorted(accepted - taken):
        row = submissions.get(submission_id)
        if row is not None and row["task_id"] not in outside:
            yield _found("submission_without_update", "submission", submission_id)


def _submissions(rows: Rows) -> Iterator[EvidenceFinding]:
    verdicts = Counter(row["submission_id"] for row in rows["submission_verdict"])
    for row in rows["submission"]:
        if verdicts[row["id"]] != 1:
            yield _found("submission_without_verdict", "submission", row["id"])


def _signatures(rows: Rows) -> Iterator[EvidenceFinding]:
    signatures = {row["id"]: row for row in rows["signature"]}
    for row in rows["submission"]:
        if row["signature_id"] is None:
            continue
        signature = signatures.get(row["signature_id"])
        if signature is None:
            yield _found("signature_missing", "submission", row["id"])
            continue
        signed = {row["content_hash"], (row["data"] or {}).get("content_hash")}
        if (
            signature["content_sha256"] not in signed
            or signature["person_id"] != row["actor_id"]
            or signature["task_id"] not in {None, row["task_id"]}
        ):
            yield _found("signature_differs", "signature", signature["id"])


def _signers(rows: Rows) -> Iterator[EvidenceFinding]:
    """Nobody has signed one pass of a task twice: two signatures are those of two persons (S5)."""
    accepted = {row["submission_id"] for row in rows["submission_verdict"] if row["accepted"]}
    signed = Counter(
        (row["task_id"], row["epoch"], row["actor_id"])
        for row in rows["submission"]
        if row["kind"] in {"complete", "sign"} and row["signature_id"] and row["id"] in accepted
    )
    for (task_id, _, _), times in signed.items():
        if times > 1:
            yield _found("signed_twice", "task", str(task_id))


def _postings(rows: Rows) -> Iterator[EvidenceFinding]:
    effects = {row["path"] for row in rows["effect"] if row["kind"] in WITH_POSTINGS}
    moves = Counter(row["posting_id"] for row in rows["move"])
    serials = Counter(row["move_id"] for row in rows["move_serial"])
    for row in rows["posting"]:
        if (row["path"] or "").partition("/")[0] not in effects:  # a step that posts twice says which
            yield _found("posting_without_effect", "posting", row["id"], row["path"] or "")
        if not moves[row["id"]]:
            yield _found("posting_without_moves", "posting", row["id"])
    for row in rows["move"]:
        if serials[row["id"]] not in {0, row["quantity"]}:
            yield _found("serials_incomplete", "move", row["id"])


def _tasks(rows: Rows) -> Iterator[EvidenceFinding]:
    accepted = {row["submission_id"] for row in rows["submission_verdict"] if row["accepted"]}
    closed = {
        (row["task_id"], row["outcome"])
        for row in rows["submission"]
        if row["kind"] == "complete" and row["id"] in accepted
    }
    for row in rows["task"]:
        if row["state"] == "done" and (row["id"], row["outcome"]) not in closed:
            yield _found("task_without_submission", "task", row["id"], row["path"])


def changed_since(
    archived: Rows, now: Rows, tables: Mapping[str, Sequence[str]]
) -> Iterator[EvidenceFinding]:
    """Rows that are not evidence and ought to stand still once their run is archived.

    `tables` names them, each with the columns that may still change.
    """
    for table, free in tables.items():
        present = {_key(row): row for row in now[table]}
        for row in archived[table]:
            other = present.get(_key(row))
            if other is None:
                yield _found("row_gone_since_archived", table, _key(row))
            elif any(row[name] != other.get(name) for name in row if name not in free):
                yield _found("row_changed_since_archived", table, _key(row))


def _key(row: Mapping[str, Any]) -> str:
    if "id" in row:
        return str(row["id"])
    names = [name for name in ("line_set_id", "line_no", "task_id", "person_id", "epoch") if name in row]
    return "/".join(str(row[name]) for name in names)


def _found(code: str, table: str, key: str, detail: str = "") -> EvidenceFinding:
    return EvidenceFinding(4, code, table=table, key=key, detail=detail)

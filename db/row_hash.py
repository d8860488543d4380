"""Db: the row hash of evidence, recomputed outside PostgreSQL. Knows columns, no caller.

A row's hash is SHA-256 over RFC 8785 of `{"type": table, "v": version, field: value, ...}`; `hash_version`
names the field list. A new nullable column begins a new version; the old list stays for the old rows.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from domain.canonical import canonical

_STAMP = ("tx", "recorded_at", "hash_version")
_MOVE_SIDES = tuple(
    f"{side}_{field}"
    for side in ("from", "to")
    for field in ("kind", "site_id", "location_id", "status", "owner_id")
)
_TOMBSTONE = (
    *("id", "archive_id", "run_id", "parts", "rule", "about", "kept_until", "destruction_run_id"),
    *("path", "asked_by", "asked_signature_id", "approved_by", "approved_signature_id"),
    *("witnessed_by", "witness_signature_id", "reason"),
)

FIELDS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "posting": {
        1: (
            *("id", "kind", "document_id", "run_id", "path", "actor_id", "occurred_at", "reason"),
            *("reverses_id", "loaded", *_STAMP),
        )
    },
    "move": {
        1: (
            *("id", "posting_id", "line_no", "batch_id", "quantity", *_MOVE_SIDES),
            *("party_id", "document_line_id", "reason", *_STAMP),
        )
    },
    "move_serial": {1: ("move_id", "serial_id", *_STAMP)},
    "document_change": {
        1: ("id", "document_id", "version", "before", "after", "reason", "actor_id", *_STAMP),
    },
    "attachment": {
        1: (
            *("id", "sha256", "media_type", "size", "file_name", "uploaded_by"),
            *("task_id", "run_id", "step_path", *_STAMP),
        )
    },
    "line_result": {
        1: (
            *("id", "task_id", "line_set_id", "line_no", "outcome", "data", "actor_id", "epoch"),
            *("occurred_at", "supersedes_id", *_STAMP),
        )
    },
    "added_line": {
        1: (
            *("id", "task_id", "line_set_id", "line_no", "key", "data", "answer", "actor_id", "epoch"),
            *("occurred_at", "supersedes_id", *_STAMP),
        )
    },
    "scan": {
        1: (
            *("id", "task_id", "line_set_id", "line_no", "code", "symbology", "parsed", "verdict"),
            *("reason_code", "quantity", "undoes_id", "actor_id", "epoch", "device_at", *_STAMP),
        )
    },
    "recall_record": {
        1: (
            *("id", "document_id", "kind", "party_id", "batch_id", "on_hand", "consumed", "destroyed"),
            *("quantity", "data", "run_id", "path", "actor_id", "occurred_at", *_STAMP),
        )
    },
    "signal": {
        1: ("id", "name", "correlation_key", "data", "data_sha256", "sites", "actor_id", *_STAMP),
    },
    "sop_approval": {
        1: ("id", "sop_version_id", "kind", "actor_id", "signature_id", "comment", *_STAMP),
    },
    "sop_comment": {
        1: ("id", "sop_version_id", "step", "text", "source_sha256", "actor_id", *_STAMP),
    },
    "archive": {
        1: (
            *("id", "run_id", "workflow_id", "sop_key", "sop_version", "bundle_sha256", "semantics"),
            *("code_sha256", "state", "outcome", "started_at", "ended_at", "executions", "events"),
            *("parts", "anomalies", *_STAMP),
        )
    },
    "legal_hold": {
        1: ("id", "kind", "run_id", "batch_id", "sop_id", "lifts_id", "reason", "actor_id", *_STAMP),
    },
    "tombstone": {
        1: (*_TOMBSTONE, *_STAMP),
        2: (*_TOMBSTONE, "attachments", *_STAMP),
    },
    "drill_evidence": {
        1: (
            *("id", "sop_version_id", "definition_sha256", "record", "record_sha256", "persons"),
            *("actor_id", "signature_id", *_STAMP),
        )
    },
    "decision_table_approval": {
        1: ("id", "version_id", "kind", "actor_id", "signature_id", "comment", *_STAMP),
    },
    "signature": {
        1: (
            *("id", "person_id", "printed_name", "post_name_zh", "post_name_en", "meaning_zh", "meaning_en"),
            *("content_sha256", "purpose", "task_id", "run_id", "epoch", "method", *_STAMP),
        )
    },
    "submission": {
        1: (
            *("id", "kind", "run_id", "task_id", "epoch", "actor_id", "outcome", "data", "lines"),
            *("performers", "content_hash", "signature_id", "reason", *_STAMP),
        )
    },
    "submission_verdict": {
        1: (
            *("id", "submission_id", "accepted", "code", "message_zh", "message_en", "state"),
            *("missing_signatures", *_STAMP),
        )
    },
    "audit_event": {
        1: (
            *("id", "actor_id", "actor_name", "action", "object_type", "object_id", "before", "after"),
            *("reason", "request_id", "run_id", "refused", *_STAMP),
        )
    },
}


def row_hash(table: str, row: Mapping[str, Any]) -> bytes:
    """The hash that `row` (as read from `table`) must carry in `row_hash`."""
    version = int(row["hash_version"])
    fields = {name: row[name] for name in FIELDS[table][version]}
    fields["tx"] = str(fields["tx"])
    named = {**fields, "type": table, "v": version}
    return hashlib.sha256(canonical(named, normalise=False)).digest()

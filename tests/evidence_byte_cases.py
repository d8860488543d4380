"""One changed byte in each kind of file of an evidence package, and what has to be found."""

from __future__ import annotations

from tests.evidence_edits import (
    FORGED,
    MANIFEST,
    Case,
    other,
    swap,
)
from tests.evidence_places import (
    ARCHIVE,
    BLOCKS,
    IMAGE,
    KEYS,
    PROOFS,
    RECORD,
    SEAL,
    block,
    node,
)
from tests.evidence_sample import DONE, OPEN, SECOND

CASES_OF_BYTES: list[Case] = [
    ("a changed byte in the README", [swap("README.txt", "read", "reap")], [("file_altered", "README.txt")]),
    ("a changed byte in the report", [swap("report.pdf", "PDF", "PDE")], [("file_altered", "report.pdf")]),
    ("a changed byte in the script", [swap("verify.py", "print", "prinr")], [("file_altered", "verify.py")]),
    (
        "a changed byte in a story",
        [swap(OPEN + "story.json", "lines", "lined")],
        [("file_altered", OPEN + "story.json")],
    ),
    (
        "a changed byte in a history",
        [swap(DONE + "history-1.json", '"1"', '"2"')],
        [("file_altered", DONE + "history-1.json"), ("archive_altered", DONE + "history-1.json")],
    ),
    (
        "a changed byte in an attachment",
        [swap(IMAGE, "pic", "pig")],
        [("file_altered", IMAGE), ("attachment_altered", IMAGE, "attachment/attachment-12")],
    ),
    (
        "a changed byte in a record",
        [swap(RECORD, "start.run", "start.ran")],
        [
            ("file_altered", RECORD),
            ("archive_altered", RECORD),
            ("row_altered", RECORD, "audit_event/audit_event-2"),
        ],
    ),
    (
        "a changed byte in a record that is not archived yet",
        [swap(OPEN + "record.json", "start.run", "start.ran")],
        [
            ("file_altered", OPEN + "record.json"),
            ("row_altered", OPEN + "record.json", "audit_event/audit_event-21"),
        ],
    ),
    (
        "a changed byte in the header of an archive",
        [swap(ARCHIVE, '"anomalies":[]', '"anomalies":[1]')],
        [("file_altered", ARCHIVE), ("row_altered", ARCHIVE, "archive/archive-13")],
    ),
    (
        "a changed byte in a proof",
        [swap(PROOFS, node(0), other(node(0)))],
        [("file_altered", PROOFS), ("path_wrong", PROOFS, "attachment/attachment-12")],
    ),
    (
        "a changed byte in a block",
        [swap(BLOCKS, "01:02:05", "01:02:06")],
        [
            ("file_altered", BLOCKS),
            ("signature_invalid", BLOCKS, "block 1"),
            ("block_unchained", BLOCKS, "block 2"),
        ],
    ),
    (
        "a changed byte in the signature of a block",
        [swap(BLOCKS, block(3)["signature"], other(block(3)["signature"]))],
        [("file_altered", BLOCKS), ("signature_invalid", BLOCKS, "block 3")],
    ),
    (
        "a changed byte in a key",
        [swap(KEYS, SECOND.public.hex(), other(SECOND.public.hex()))],
        [
            ("file_altered", KEYS),
            ("key_unvouched", KEYS, "key 2"),
            ("signature_invalid", BLOCKS, "block 3"),
            ("signature_invalid", SEAL, "block 5"),
        ],
    ),
    ("a changed byte in the manifest", [swap(MANIFEST, '"v": 1', '"v": 2')], [FORGED]),
    (
        "a changed byte in the seal",
        [swap(SEAL, '"reason":null', '"reason":"x"')],
        [("row_altered", SEAL, "audit_event/audit_event-41")],
    ),
]

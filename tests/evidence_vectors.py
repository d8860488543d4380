"""Writes tests/evidence_vectors.json: one small evidence package, and what becomes of it in wrong hands.

    python -m tests.evidence_vectors > tests/evidence_vectors.json

Each case is the package with edits, and the verdict with codes and places that both verifiers have to find.
What is expected stands here by hand; it is never taken from a verifier.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from domain.seal_keys import SealKey, fingerprint
from services.evidence_package_zip import PackageFile
from tests import evidence_sample as sample
from tests.evidence_block_cases import CASES_OF_BLOCKS
from tests.evidence_byte_cases import CASES_OF_BYTES
from tests.evidence_deletion_cases import CASES_OF_DELETIONS
from tests.evidence_edits import (
    FORGED,
    MANIFEST,
    RELIST,
    Case,
    Edit,
    Found,
    flip,
    gone,
    of_sample,
    other,
    swap,
    whole,
)
from tests.evidence_places import (
    ACCOUNT,
    BLOCKS,
    DIGEST,
    IMAGE,
    KEYS,
    ON_HAND,
    READ_ME,
    SEAL,
    SOLD,
)
from tests.evidence_row_cases import CASES_OF_ROWS
from tests.evidence_sample import DONE, FIRST, OPEN, PAGE, SECOND, STRANGER
from tests.evidence_subject_cases import CASES_OF_SUBJECTS

FILE = Path(__file__).with_suffix(".json")


def print_of(key: SealKey) -> str:
    return fingerprint(key.public)


CASES: list[Case] = [
    ("untouched", [], []),
    *CASES_OF_BYTES,
    *CASES_OF_ROWS,
    *CASES_OF_BLOCKS,
    # the manifest and its seal
    (
        "the list was shortened",
        [
            swap(
                MANIFEST,
                f'"name": "README.txt",\n   "sha256": "{READ_ME}"',
                f'"name": "verify.py",\n   "sha256": "{hashlib.sha256(b"print()").hexdigest()}"',
            )
        ],
        [("file_unlisted", "README.txt"), FORGED],
    ),
    ("a file was taken out", [gone("report.pdf")], [("file_missing", "report.pdf")]),
    (
        "an attachment was taken out of files and list",
        [gone(IMAGE), RELIST],
        [("attachment_missing", IMAGE.rpartition("-")[0], "attachment/attachment-12"), FORGED],
    ),
    (
        "a part of an archive was taken out of files and list",
        [gone(DONE + "history-1.json"), RELIST],
        [("archive_missing", DONE + "history-1.json"), FORGED],
    ),
    ("a file was put in", [whole("more.txt", "x")], [("file_unlisted", "more.txt")]),
    ("the manifest is no JSON", [whole(MANIFEST, "{")], [("unreadable", MANIFEST)]),
    (
        "a record is no JSON",
        [whole(OPEN + "record.json", "{"), RELIST],
        [("unreadable", OPEN), *(("account_differs", ACCOUNT, line) for line in (ON_HAND, SOLD)), FORGED],
    ),
    ("the seal was taken out", [gone(SEAL)], [("manifest_unsealed", MANIFEST)]),
    (
        "the seal was taken out and a file changed",
        [gone(SEAL), swap("report.pdf", "PDF", "PDE"), RELIST],
        [("manifest_unsealed", MANIFEST)],
    ),
    (
        "the seal is of another manifest",
        [swap(SEAL, DIGEST, other(DIGEST))],
        [("row_altered", SEAL, "audit_event/audit_event-41"), FORGED],
    ),
    *CASES_OF_DELETIONS,
    *CASES_OF_SUBJECTS,
    # the ZIP and the page
    (
        "a byte in a header of the ZIP",
        [flip("header", "README.txt", 10)],
        [("container_altered", "README.txt")],
    ),
    (
        "a byte in the directory of the ZIP",
        [flip("directory", "keys.json", 12)],
        [("container_altered", "keys.json")],
    ),
    ("a byte in a deflated content", [flip("content", "report.pdf", 3)], [("file_altered", "report.pdf")]),
    (
        "something behind the ZIP",
        [{"append": "x"}],
        [("container_altered", ""), ("unreadable", MANIFEST)],
    ),
    ("a page with this package", [{"page": "same"}], []),
    ("a page with another package", [{"page": "other"}], [("page_differs", "verify.html")]),
    ("a page with other code", [{"page": "same", "code": "<!-- -->"}], [("file_altered", "verify.html")]),
]
COMPARED: list[tuple[str, str, list[Edit], list[Found]]] = [
    ("the fingerprint of the first key", print_of(FIRST).upper(), [], []),
    (
        "the fingerprint of a later key does not vouch for the keys before it",
        print_of(SECOND),
        [],
        [("key_not_trusted", BLOCKS, "block 1"), ("key_not_trusted", BLOCKS, "block 2")],
    ),
    ("the fingerprint of somebody else", print_of(STRANGER), [], [("fingerprint_differs", KEYS)]),
    (
        "a package made anew by a stranger, compared",
        print_of(FIRST),
        of_sample(keys=(STRANGER, SECOND)),
        [("fingerprint_differs", KEYS)],
    ),
]


def vectors() -> dict[str, Any]:
    """The file."""
    cases = [("", *case) for case in CASES]
    compared = [(print_, name, edits, found) for name, print_, edits, found in COMPARED]
    files = {name: content.decode() for name, content in sorted(sample.package().items())}
    return {"files": files, "cases": [_case(*one) for one in (*cases, *compared)]}


def _case(print_: str, name: str, edits: list[Edit], found: list[Found]) -> dict[str, Any]:
    expected = sorted([*one, ""][:3] for one in found)
    codes = {one[0] for one in found}
    verdict = "sound" if not codes else "incomplete" if codes == {"manifest_unsealed"} else "unsound"
    return {"name": name, "fingerprint": print_, "edits": edits, "verdict": verdict, "findings": expected}


def zip_of(files: dict[str, str], edits: list[Edit]) -> bytes:
    """The ZIP of a case: the files edited, then the bytes."""
    kept = {name: text.encode() for name, text in files.items()}
    for edit in edits:
        if "page" in edit:
            inner = zipped(kept) if edit["page"] == "same" else zipped({**kept, "README.txt": b"other"})
            kept["verify.html"] = PAGE[0] + base64.b64encode(inner) + PAGE[1] + edit.get("code", "").encode()
        else:
            _edit_file(kept, edit)
    data = bytearray(zipped(kept))
    for edit in edits:
        if "flip" in edit:
            data[_place(bytes(data), edit)] ^= 0x04
        data += edit.get("append", "").encode()
    return bytes(data)


def _edit_file(kept: dict[str, bytes], edit: Edit) -> None:
    if "old" in edit:
        before = kept[edit["file"]].decode()
        assert edit["old"] in before, edit
        kept[edit["file"]] = before.replace(edit["old"], edit["new"]).encode()
    elif "text" in edit and edit["text"] is None:
        del kept[edit["file"]]
    elif "text" in edit:
        kept[edit["file"]] = edit["text"].encode()
    elif "relist" in edit:
        kept[MANIFEST] = sample.manifest_of(kept)


def zipped(files: dict[str, bytes]) -> bytes:
    made = PackageFile(io.BytesIO())
    for name, content in files.items():
        made.add(name, content)
    made.close()
    made.target.seek(0)
    return made.target.read()


def _place(data: bytes, edit: Edit) -> int:
    name = edit["file"].encode()
    if edit["flip"] == "directory":
        return data.rindex(name) - 46 + int(edit["at"])
    begin = data.index(b"PK\3\4" + data[4:6] + data[data.index(name) - 24 : data.index(name)] + name)
    return begin + int(edit["at"]) + (30 + len(name) if edit["flip"] == "content" else 0)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n")

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

from db.row_hash import row_hash
from domain.run_archive import written
from domain.seal_keys import SealKey, fingerprint
from services.evidence_package_zip import PackageFile
from tests import evidence_sample as sample
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
from tests.evidence_sample import DONE, FIRST, OPEN, PAGE, PICTURE, SECOND, STRANGER, SUBJECT

FILE = Path(__file__).with_suffix(".json")
RECORD, ARCHIVE, PROOFS = DONE + "record.json", DONE + "archive.json", DONE + "proofs.json"
SEAL, BLOCKS, KEYS = "seal.json", "blocks.json", "keys.json"
IMAGE = f"{DONE}attachments/{hashlib.sha256(PICTURE).hexdigest()}-图.png"


def row_of(table: str, at: int) -> dict[str, Any]:
    return sample.evidence("李雨清")[0][table][at]


def text_of(table: str, at: int) -> str:
    return written(row_of(table, at)).decode()


def rehashed() -> list[Edit]:
    """The printed name of a signature changed together with its hash, in the row and in the proof."""
    old = row_of("signature", 0)
    new = {**old, "printed_name": "王强"}
    new["row_hash"] = row_hash("signature", new)
    hashes = [one["row_hash"].hex() for one in (old, new)]
    return [swap(RECORD, written(old).decode(), written(new).decode()), swap(PROOFS, *hashes), RELIST]


def block(number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sample.package()[BLOCKS])["blocks"][number - 1]
    return found


def node(at: int) -> str:
    """The first node of the path of a proof of the run that ended."""
    found: str = json.loads(sample.package()[PROOFS])["proofs"][at]["path"][0]
    return found


def first_node() -> str:
    """The first node of the path of the first proof beside the runs."""
    found: str = json.loads(sample.package()[SUBJECT + "proofs.json"])["proofs"][0]["path"][0]
    return found


LOADED, ACCOUNT = SUBJECT + "record.json", SUBJECT + "account.json"
ON_HAND, SOLD = "on_hand SHQ/A-1/qualified", "customer hospital"
BESIDE = [name for name in sample.package() if name.startswith(SUBJECT)]
SIG4, SIG5 = "signature/signature-4", "signature/signature-5"
TWO = written(block(2)).decode()
KEY_TWO = written(json.loads(sample.package()[KEYS])["keys"][1]).decode()
VOUCHED = json.loads(KEY_TWO)["certificate"]
DIGEST = hashlib.sha256(sample.package()[MANIFEST]).hexdigest()
READ_ME = hashlib.sha256(b"read me").hexdigest()
SWAPPED = [
    swap(RECORD, '"person_id":"li"', '"person_id":"?"'),
    swap(RECORD, '"person_id":"wang"', '"person_id":"li"'),
    swap(RECORD, '"person_id":"?"', '"person_id":"wang"'),
]


def print_of(key: SealKey) -> str:
    return fingerprint(key.public)


CASES: list[Case] = [
    ("untouched", [], []),
    # one changed byte in each kind of file
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
    # rows
    (
        "signatures changed hands",
        [*SWAPPED, RELIST],
        [
            ("archive_altered", RECORD),
            ("row_altered", RECORD, SIG4),
            ("row_altered", RECORD, SIG5),
            ("signature_differs", RECORD, SIG4),
            ("signature_differs", RECORD, SIG5),
            FORGED,
        ],
    ),
    (
        "signatures in another order",
        [
            swap(
                RECORD,
                f"{text_of('signature', 0)},{text_of('signature', 1)}",
                f"{text_of('signature', 1)},{text_of('signature', 0)}",
            )
        ],
        [("file_altered", RECORD), ("archive_altered", RECORD)],
    ),
    (
        "a row was taken out",
        [swap(RECORD, text_of("audit_event", 0), ""), RELIST],
        [("archive_altered", RECORD), ("row_missing", RECORD, "audit_event/audit_event-2"), FORGED],
    ),
    (
        "a signature was taken out",
        [swap(RECORD, text_of("signature", 0) + ",", ""), RELIST],
        [
            ("archive_altered", RECORD),
            ("row_missing", RECORD, SIG4),
            ("signature_missing", RECORD, "submission/submission-3"),
            FORGED,
        ],
    ),
    (
        "a row was put in",
        [
            swap(OPEN + "record.json", '"signature":[]', '"signature":[' + text_of("signature", 0) + "]"),
            RELIST,
        ],
        [("row_unproven", OPEN + "record.json", SIG4), FORGED],
    ),
    (
        "a row was changed together with its hash and its proof",
        rehashed(),
        [("archive_altered", RECORD), ("path_wrong", PROOFS, SIG4), FORGED],
    ),
    (
        "the hash that a row carries was changed",
        [swap(RECORD, f'"row_hash":"{row_of("signature", 0)["row_hash"].hex()}"', '"row_hash":"00"'), RELIST],
        [("archive_altered", RECORD), ("row_altered", RECORD, SIG4), FORGED],
    ),
    (
        "the same record written otherwise",
        [swap(OPEN + "record.json", '{"rows"', '{ "rows"')],
        [("file_altered", OPEN + "record.json")],
    ),
    (
        "a proof was taken out and its row called unsealed",
        [
            whole(
                OPEN + "proofs.json",
                written(
                    {
                        "proofs": [],
                        "unsealed": [
                            {"table": table, "key": f"{table}-{number}"}
                            for table, number in (
                                *(("audit_event", 21), ("audit_event", 61)),
                                *(("posting", 29), ("move", 29)),
                            )
                        ],
                    }
                ).decode(),
            ),
            RELIST,
        ],
        [FORGED],
    ),
    # paths, blocks, keys
    (
        "a path is too short",
        [swap(PROOFS, f'"{node(0)}"', ""), RELIST],
        [("path_wrong", PROOFS, "attachment/attachment-12"), FORGED],
    ),
    (
        "an index is another one",
        [swap(PROOFS, '"index":1,"key":"attachment-12"', '"index":0,"key":"attachment-12"'), RELIST],
        [("path_wrong", PROOFS, "attachment/attachment-12"), FORGED],
    ),
    (
        "a block was taken out",
        [swap(BLOCKS, f",{TWO}", ""), RELIST],
        [
            ("block_missing", PROOFS, "attachment/attachment-12"),
            ("block_missing", PROOFS, "archive/archive-13"),
            FORGED,
        ],
    ),
    (
        "all blocks signed by somebody else",
        of_sample(signer=STRANGER),
        [
            ("signature_invalid", BLOCKS, "block 1"),
            ("signature_invalid", BLOCKS, "block 2"),
            ("signature_invalid", BLOCKS, "block 3"),
            ("signature_invalid", SEAL, "block 5"),
        ],
    ),
    (
        "the chain of keys is broken",
        [swap(KEYS, VOUCHED, STRANGER.sign(b"anything").hex()), RELIST],
        [("key_unvouched", KEYS, "key 2"), FORGED],
    ),
    (
        "a key was taken out",
        [swap(KEYS, f",{KEY_TWO}", ""), RELIST],
        [("key_unknown", BLOCKS, "block 3"), ("key_unknown", SEAL, "block 5"), FORGED],
    ),
    ("a package made anew by a stranger, nobody compares", of_sample(keys=(STRANGER, SECOND)), []),
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
    # what stands beside the runs: loaded stock, the account of the batch, a copy of master data
    (
        "a changed byte in a move that no run made",
        [swap(LOADED, '"quantity":10', '"quantity":11')],
        [
            ("file_altered", LOADED),
            ("row_altered", LOADED, "move/move-28"),
            ("account_differs", ACCOUNT, "found"),
            ("account_differs", ACCOUNT, ON_HAND),
        ],
    ),
    (
        "a changed byte in the proofs of moves that no run made",
        [swap(SUBJECT + "proofs.json", first_node(), other(first_node()))],
        [
            ("file_altered", SUBJECT + "proofs.json"),
            ("path_wrong", SUBJECT + "proofs.json", "posting/posting-28"),
        ],
    ),
    (
        "a changed byte in the account of a batch",
        [swap(ACCOUNT, '"quantity":7', '"quantity":6')],
        [("file_altered", ACCOUNT), ("account_differs", ACCOUNT, ON_HAND)],
    ),
    (
        "a changed byte in the copy of master data",
        [swap(SUBJECT + "master.json", "copy", "cody")],
        [("file_altered", SUBJECT + "master.json")],
    ),
    (
        "a changed byte in what is told beside the runs",
        [swap(SUBJECT + "story.json", "on hand", "on hans")],
        [("file_altered", SUBJECT + "story.json")],
    ),
    (
        "a move that no run made was taken out",
        [swap(LOADED, written(sample.LOADED["move"][0]).decode(), ""), RELIST],
        [
            ("row_missing", LOADED, "move/move-28"),
            ("account_differs", ACCOUNT, "found"),
            ("account_differs", ACCOUNT, ON_HAND),
            FORGED,
        ],
    ),
    (
        "a posting that no run made was taken out",
        [swap(LOADED, written(sample.LOADED["posting"][0]).decode(), ""), RELIST],
        [
            ("row_missing", LOADED, "posting/posting-28"),
            ("account_differs", ACCOUNT, "found"),
            ("account_differs", ACCOUNT, ON_HAND),
            FORGED,
        ],
    ),
    (
        "a customer was taken out of the account of a batch",
        [swap(ACCOUNT, ',{"kind":"customer","quantity":3,"where":"hospital"}', ""), RELIST],
        [("account_differs", ACCOUNT, SOLD), FORGED],
    ),
    (
        "the account of a batch was taken out",
        [gone(ACCOUNT), RELIST],
        [("unreadable", SUBJECT), FORGED],
    ),
    (
        "all that stands beside the runs was taken out",
        [*(gone(name) for name in BESIDE), RELIST],
        [FORGED],
    ),
    ("a package of a run has nothing beside it", of_sample(beside=False), []),
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

"""The places in the sample of an evidence package that the vectors change: files, rows, blocks, proofs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from domain.run_archive import written
from tests import evidence_sample as sample
from tests.evidence_edits import MANIFEST
from tests.evidence_sample import DONE, PICTURE, SUBJECT

RECORD, ARCHIVE, PROOFS = DONE + "record.json", DONE + "archive.json", DONE + "proofs.json"
SEAL, BLOCKS, KEYS = "seal.json", "blocks.json", "keys.json"
IMAGE = f"{DONE}attachments/{hashlib.sha256(PICTURE).hexdigest()}-图.png"


def row_of(table: str, at: int) -> dict[str, Any]:
    return sample.evidence("李雨清")[0][table][at]


def text_of(table: str, at: int) -> str:
    return written(row_of(table, at)).decode()


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

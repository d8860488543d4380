"""A small evidence package made without a database: three runs, five blocks, two keys. Keys and ids are invented.

`tests/evidence_vectors.py` writes the vectors of both verifiers from it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from db.row_hash import FIELDS
from domain.run_archive import Part, written
from domain.seal_keys import SealKey
from services.evidence_package_proofs import fields_file
from tests.evidence_chain import SIGNED, STRETCH, Chain, Row, proofs, row
from tests.evidence_deleted import GONE, deleted

FIRST, SECOND, STRANGER = SealKey("A" * 43), SealKey("B" * 42 + "A"), SealKey("C" * 42 + "A")
DONE, OPEN = "runs/done/", "runs/open/"
SUBJECT = "subject/"
PAGE = (b'<html><script id="package">', b"</script></html>")
PICTURE = b"a picture"
STORY = {
    "id": "done",
    "title": {"zh": "收货验收", "en": "Receiving and acceptance"},
    "number": "PO-1",
    "state": {"zh": "已结束", "en": "ended"},
    "sop": "receiving_acceptance",
    "version": 1,
    "site": {"zh": "上海仓", "en": "Shanghai"},
    "time_zone": "Asia/Shanghai",
    "started_at": "2026-11-28T01:02:03.456789Z",
    "started_by": "李雨清",
    "ended_at": None,
    "documents": [],
    "lines": [
        {
            "at": "2026-11-28T01:02:03.456789Z",
            "text": {"zh": "发起", "en": "Started"},
            "actor": "李雨清",
            "filled": {},
        }
    ],
    "signatures": [],
    "moves": [],
}
TOLD = {
    "type": "subject_story",
    "v": 1,
    "title": {"zh": "批次 B1", "en": "Batch B1"},
    "facts": [[{"zh": "批号", "en": "Batch"}, {"zh": "B1", "en": "B1"}]],
    "tables": [
        {
            "title": {"zh": "批次账目", "en": "Account of the batch"},
            "columns": [{"zh": "去向", "en": "Where"}, {"zh": "数量", "en": "Quantity"}],
            "widths": [3, 1],
            "rows": [[{"zh": "在库", "en": "on hand"}, {"zh": "7", "en": "7"}]],
        }
    ],
    "remarks": [{"zh": "副本", "en": "a copy"}],
}


def evidence(name: str) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """The rows of a run that ended and of one that goes on; `name` is what a signature prints."""
    printed = {"printed_name": name, "meaning_zh": "我已复核😀", "meaning_en": "reviewed"}
    signed = {"content_sha256": SIGNED, "content_hash": SIGNED}
    digest = hashlib.sha256(PICTURE).hexdigest()
    done = {
        "audit_event": [row("audit_event", 2, action="start.run", after={"b": [1, None, True], "a": "é\n"})],
        "submission": [
            row("submission", 3, content_hash=SIGNED, signature_id="signature-4", actor_id="li"),
            row("submission", 6, content_hash=SIGNED, signature_id="signature-5", actor_id="wang"),
        ],
        "signature": [
            row("signature", 4, person_id="li", content_sha256=signed["content_sha256"], **printed),
            row("signature", 5, person_id="wang", content_sha256=signed["content_sha256"], **printed),
        ],
        "attachment": [row("attachment", 12, sha256=digest, size=len(PICTURE), file_name="图.png")],
        "run": [{"id": "done", "state": "completed"}],
    }
    open_: dict[str, list[Row]] = {
        "audit_event": [
            row("audit_event", 21, action="start.run"),
            row("audit_event", 61, action="claim.task"),
        ],
        "posting": [row("posting", 29, kind="issue", run_id="open")],
        "move": [moved(29, 3, "internal", "customer")],
        "submission": [],
        "signature": [],
    }
    return done, open_


def moved(number: int, quantity: int, source: str, target: str) -> Row:
    """A move of the posting of the same number, from or to the one shelf that there is."""
    values: Row = {"batch_id": "batch", "posting_id": f"posting-{number}", "quantity": quantity}
    for side, kind in (("from", source), ("to", target)):
        shelf = {"site_id": "SHQ", "location_id": "A-1", "status": "qualified"} if kind == "internal" else {}
        values |= {f"{side}_kind": kind} | {f"{side}_{name}": value for name, value in shelf.items()}
    return row("move", number, party_id="hospital" if target == "customer" else None, **values)


LOADED: dict[str, list[Row]] = {
    "posting": [row("posting", 28, kind="count_adjustment", loaded=True)],
    "move": [moved(28, 10, "count", "internal")],
}
"""What no run made: ten of a batch counted in."""
ACCOUNT: Row = {
    "type": "batch_account",
    "v": 1,
    "batch_id": "batch",
    "sites": None,
    "lines": [
        {"kind": "found", "where": "", "quantity": 10},
        {"kind": "on_hand", "where": "SHQ/A-1/qualified", "quantity": 7},
        {"kind": "customer", "where": "hospital", "quantity": 3},
    ],
}


def package(
    *,
    keys: tuple[SealKey, ...] = (FIRST, SECOND),
    signer: SealKey | None = None,
    name: str = "李雨清",
    beside: bool = True,
    **deletion: Any,
) -> dict[str, bytes]:
    """All files of a sound package; as one of a run has none, without what stands `beside` the runs.

    `deletion` is what `deleted` takes.
    """
    done, open_ = evidence(name)
    record = written({"type": "run_record", "v": 1, "rows": done})
    history = b'{"events":[{"eventId":"1"}]}'
    parts = [Part("history-1.json", history).header, Part("record.json", record).header]
    header = row("archive", 13, run_id="done", parts=parts, anomalies=[])
    rows = [(table, one) for table in sorted(FIELDS) for one in done.get(table, [])]
    chain = Chain(keys, signer)
    elsewhere = ("audit_event", row("audit_event", 9, action="of.another.run"))
    chain.seal([*(one for one in rows if int(one[1]["tx"]) < STRETCH), elsewhere], 1)
    chain.seal([*(one for one in rows if int(one[1]["tx"]) > STRETCH), ("archive", header)], 1)
    first, later = (("audit_event", one) for one in open_["audit_event"])
    went, loaded = ([(table, one[table][0]) for table in ("posting", "move")] for one in (open_, LOADED))
    gone = deleted(**deletion)
    chain.seal([first, *gone.left, *went, *loaded], len(keys))
    files = {
        "README.txt": b"read me",
        "report.pdf": b"%PDF-",
        "verify.py": b"print()",
        "fields.json": written(fields_file()),
        "keys.json": written(chain.keys_file()),
        "blocks.json": written(
            {"type": "seal_blocks", "v": 1, "blocks": [chain.head(number) for number in (1, 2, 3)]}
        ),
        DONE + "record.json": record,
        DONE + "history-1.json": history,
        DONE + "archive.json": written({"type": "archive_header", "v": 1, "row": header}),
        DONE + "proofs.json": proofs([chain.proof(*one) for one in [*rows, ("archive", header)]], []),
        DONE + "story.json": written(STORY),
        f"{DONE}attachments/{hashlib.sha256(PICTURE).hexdigest()}-图.png": PICTURE,
        OPEN + "record.json": written({"type": "run_record", "v": 1, "rows": open_}),
        OPEN + "proofs.json": proofs([chain.proof(*one) for one in [first, *went]], [later]),
        OPEN + "story.json": written({"lines": []}),
        **gone.folder(chain),
        SUBJECT + "record.json": written({"type": "subject_record", "v": 1, "rows": LOADED}),
        SUBJECT + "proofs.json": proofs([chain.proof(*one) for one in loaded], []),
        SUBJECT + "account.json": written(ACCOUNT),
        SUBJECT + "master.json": written({"type": "master_copy", "v": 1, "tables": {}}),
        SUBJECT + "story.json": written(TOLD),
    }
    chain.seal([elsewhere], len(keys))
    return sealed({name: files[name] for name in files if beside or not name.startswith(SUBJECT)}, chain)


def sealed(files: dict[str, bytes], chain: Chain) -> dict[str, bytes]:
    """The files with the manifest that lists them and its seal."""
    manifest = manifest_of(files)
    told = row("audit_event", 41, **seal_facts(manifest))
    chain.seal([("audit_event", told), ("audit_event", row("audit_event", 42, action="of.another.run"))], 2)
    seal = {"type": "manifest_seal", "v": 1, "row": told}
    proof, block = chain.proof("audit_event", told), chain.head(len(chain.blocks))
    return files | {"manifest.json": manifest, "seal.json": written({**seal, "proof": proof, "block": block})}


def seal_facts(manifest: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(manifest).hexdigest()
    return {"action": "export.evidence", "object_id": "package", "after": {"manifest_sha256": digest}}


def manifest_of(files: dict[str, bytes]) -> bytes:
    """The manifest of these files."""
    listed = [
        {"name": name, "sha256": hashlib.sha256(files[name]).hexdigest(), "size": len(files[name])}
        for name in sorted(files)
        if name not in {"manifest.json", "seal.json"}
    ]
    runs: list[dict[str, Any]] = [{"folder": DONE, "archived": True}, {"folder": OPEN, "archived": False}]
    runs.append({"folder": GONE, "archived": True, "deleted": "2026-11-28T01:02:03.456789Z"})
    page = hashlib.sha256(b"".join(PAGE)).hexdigest()
    manifest = {"type": "evidence_package", "v": 1, "id": "package", "runs": runs, "page_sha256": page}
    if SUBJECT + "record.json" in files:
        manifest["subject"] = {"folder": SUBJECT, "account": True}
    return json.dumps({**manifest, "files": listed}, ensure_ascii=False, indent=1).encode()

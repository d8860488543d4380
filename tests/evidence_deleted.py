"""The run of the sample package whose contents were deleted: what is left of them, and why its files are not there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.run_archive import Part, written
from tests.evidence_chain import BEGUN, SIGNED, Chain, Row, Rows, proofs, row

GONE = "runs/gone/"
PAPER, SHARED = (hashlib.sha256(content).hexdigest() for content in (b"a paper", b"a shared paper"))
"""Digests of two files: one went with this run's contents, one with those of the last run that used it."""
THREE = ("li", "wang", "zhao")


@dataclass(frozen=True)
class Deleted:
    """Header, both tombstones with their signatures, the rows that the database still has."""

    header: Row
    stone: Row
    signed: list[Row]
    beside: Row
    signed_beside: list[Row]
    files: list[Row]

    @property
    def left(self) -> Rows:
        """All rows of evidence in the folder."""
        stones: Rows = [("tombstone", self.stone), ("tombstone", self.beside)]
        signed: Rows = [("signature", one) for one in (*self.signed, *self.signed_beside)]
        return [("archive", self.header), *stones, *signed, *(("attachment", one) for one in self.files)]

    def folder(self, chain: Chain) -> dict[str, bytes]:
        told = {"type": "tombstone", "v": 1, "row": self.stone, "signatures": self.signed}
        others = [{"row": self.beside, "signatures": self.signed_beside}]
        rows: dict[str, list[Any]] = {"submission": [], "signature": [], "attachment": self.files}
        return {
            GONE + "archive.json": written({"type": "archive_header", "v": 1, "row": self.header}),
            GONE + "tombstone.json": written({**told, "others": others}),
            GONE + "record.json": written({"type": "run_record", "v": 1, "rows": rows}),
            GONE + "proofs.json": proofs([chain.proof(*one) for one in self.left], []),
            GONE + "story.json": written({"lines": []}),
        }


def deleted(
    stone_of: str = "archive-22",
    persons: Sequence[str] = THREE,
    persons_beside: Sequence[str] = THREE,
    later: int = 1,
) -> Deleted:
    """`later`: so many seconds after its files were added it was deleted."""
    parts = [Part("history-1.json", b"history").header, Part("record.json", b"record").header]
    at = BEGUN + timedelta(seconds=later)
    signed = _signed((24, 25, 26), persons, "deleting")
    signed_beside = _signed((20, 21, 23), persons_beside, "deleting-later")
    about = {"run_id": "gone", "archive_id": stone_of, "parts": parts}
    beside = {"run_id": "gone-later", "archive_id": "archive-30", "parts": []}
    return Deleted(
        row("archive", 22, run_id="gone", parts=parts, anomalies=[]),
        _stone(27, about, PAPER, signed, recorded_at=at),
        signed,
        _stone(29, beside, SHARED, signed_beside, recorded_at=at),
        signed_beside,
        [_file(20, PAPER, 7), _file(23, SHARED, 14)],
    )


def _signed(numbers: Sequence[int], persons: Sequence[str], run: str) -> list[Row]:
    return [
        row("signature", number, person_id=person, run_id=run, content_sha256=SIGNED)
        for number, person in zip(numbers, persons, strict=True)
    ]


def _stone(number: int, about: Row, digest: str, signed: Sequence[Row], **values: Any) -> Row:
    size = 7 if digest == PAPER else 14
    names = ("asked", "approved", "witnessed")
    ids = ("asked_signature_id", "approved_signature_id", "witness_signature_id")
    by = {f"{name}_by": one["person_id"] for name, one in zip(names, signed, strict=True)}
    by |= {name: one["id"] for name, one in zip(ids, signed, strict=True)}
    reason = "期满" if digest == PAPER else "年限已到"
    facts = {"kept_until": date(2026, 1, 2), "reason": reason, "destruction_run_id": signed[0]["run_id"]}
    went = [{"sha256": digest, "size": size}]
    return row("tombstone", number, **about, **facts, **by, attachments=went, **values)


def _file(number: int, digest: str, size: int) -> Row:
    return row("attachment", number, sha256=digest, size=size, file_name="单据.pdf", run_id="gone")

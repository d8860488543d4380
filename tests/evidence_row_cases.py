"""What is done to the rows of a run in an evidence package, and what has to be found."""

from __future__ import annotations

from db.row_hash import row_hash
from domain.run_archive import written
from tests.evidence_edits import (
    FORGED,
    RELIST,
    Case,
    Edit,
    swap,
    whole,
)
from tests.evidence_places import (
    PROOFS,
    RECORD,
    SIG4,
    SIG5,
    row_of,
    text_of,
)
from tests.evidence_sample import OPEN

SWAPPED = [
    swap(RECORD, '"person_id":"li"', '"person_id":"?"'),
    swap(RECORD, '"person_id":"wang"', '"person_id":"li"'),
    swap(RECORD, '"person_id":"?"', '"person_id":"wang"'),
]


def rehashed() -> list[Edit]:
    """The printed name of a signature changed together with its hash, in the row and in the proof."""
    old = row_of("signature", 0)
    new = {**old, "printed_name": "王强"}
    new["row_hash"] = row_hash("signature", new)
    hashes = [one["row_hash"].hex() for one in (old, new)]
    return [swap(RECORD, written(old).decode(), written(new).decode()), swap(PROOFS, *hashes), RELIST]


CASES_OF_ROWS: list[Case] = [
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
]

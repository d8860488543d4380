"""What is done to what stands beside the runs of an evidence package: loaded stock, account, master data."""

from __future__ import annotations

from domain.run_archive import written
from tests import evidence_sample as sample
from tests.evidence_edits import (
    FORGED,
    RELIST,
    Case,
    gone,
    of_sample,
    other,
    swap,
)
from tests.evidence_places import (
    ACCOUNT,
    BESIDE,
    LOADED,
    ON_HAND,
    SOLD,
    first_node,
)
from tests.evidence_sample import SUBJECT

CASES_OF_SUBJECTS: list[Case] = [
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
]

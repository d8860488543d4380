"""What is done to the paths, blocks and keys of an evidence package, and what has to be found."""

from __future__ import annotations

from tests.evidence_edits import (
    FORGED,
    RELIST,
    Case,
    of_sample,
    swap,
)
from tests.evidence_places import (
    BLOCKS,
    KEY_TWO,
    KEYS,
    PROOFS,
    SEAL,
    TWO,
    VOUCHED,
    node,
)
from tests.evidence_sample import SECOND, STRANGER

CASES_OF_BLOCKS: list[Case] = [
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
]

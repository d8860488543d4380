"""Vectors about contents and files that were deleted under retention."""

from __future__ import annotations

from domain.run_archive import written
from tests.evidence_deleted import GONE, PAPER, SHARED, deleted
from tests.evidence_edits import FORGED, MANIFEST, RELIST, Case, Found, gone, of_sample, other, swap
from tests.evidence_sample import DONE

STONE, RECORD = GONE + "tombstone.json", GONE + "record.json"
FIRST, BESIDE = "tombstone/tombstone-27", "tombstone/tombstone-29"
SIGNED_FOR = deleted().signed[2]
OTHERS = [{"row": deleted().beside, "signatures": deleted().signed_beside}]
MISSING: list[Found] = [
    ("attachment_missing", f"{GONE}attachments/{PAPER}", "attachment/attachment-20"),
    ("attachment_missing", f"{GONE}attachments/{SHARED}", "attachment/attachment-23"),
]
CASES_OF_DELETIONS: list[Case] = [
    (
        "a tombstone was changed",
        [swap(STONE, "期满", "到期"), RELIST],
        [("row_altered", STONE, FIRST), FORGED],
    ),
    ("a tombstone was taken out", [gone(STONE), RELIST], [("unreadable", GONE), FORGED]),
    (
        "a tombstone is about another archive",
        of_sample(stone_of="archive-13"),
        [("tombstone_differs", STONE, FIRST)],
    ),
    (
        "one person has signed twice for a deletion",
        of_sample(persons=("li", "wang", "li")),
        [("tombstone_differs", STONE, FIRST)],
    ),
    (
        "a signature for a deletion was taken out",
        [swap(STONE, "," + written(SIGNED_FOR).decode(), ""), RELIST],
        [
            ("tombstone_differs", STONE, FIRST),
            ("row_missing", RECORD, "signature/signature-26"),
            FORGED,
        ],
    ),
    (
        "a run is called deleted that is not",
        [swap(MANIFEST, '"archived": true\n', '"archived": true,\n   "deleted": "2026"\n')],
        [("unreadable", DONE), FORGED],
    ),
    (
        "a file that was deleted is no longer named",
        [swap(STONE, PAPER, other(PAPER)), RELIST],
        [("row_altered", STONE, FIRST), MISSING[0], FORGED],
    ),
    (
        "a file that was deleted had another size",
        [swap(STONE, '"size":14', '"size":15'), RELIST],
        [("row_altered", STONE, BESIDE), MISSING[1], FORGED],
    ),
    (
        "the tombstone of the run that used a file last was taken out",
        [swap(STONE, written(OTHERS).decode(), "[]"), RELIST],
        [
            MISSING[1],
            ("row_missing", RECORD, BESIDE),
            *(("row_missing", RECORD, f"signature/signature-{number}") for number in (20, 21, 23)),
            FORGED,
        ],
    ),
    (
        "one person has signed twice for the deletion of a file",
        of_sample(persons_beside=("li", "zhao", "zhao")),
        [("tombstone_differs", STONE, BESIDE)],
    ),
    ("files were added after the deletion that names them", of_sample(later=-1), MISSING),
]

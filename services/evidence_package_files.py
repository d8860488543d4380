"""Services: what an evidence package holds of one run - archive or record, proofs, attachments, story."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import archives, attachments, retention, run_record
from db.queries import evidence_packages as queries
from domain.canonical import instant
from domain.run_archive import RECORD, bundle_name, inflated, written
from services import timeline
from services.evidence_package_proofs import evidence_rows
from services.evidence_package_story import story

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from db.session import Reader
    from services.platform import Actor, Platform

_UNSAFE = re.compile(r"[^\w.()-]+")
LONGEST_NAME = 60


@dataclass
class FolderFiles:
    """The files of a run, or of what stands beside the runs, by their names in its folder.

    `entry` is what the manifest says of it. `rows` are its rows of evidence by table, key and transaction, to
    be proven when they are sealed.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)
    story: dict[str, Any] = field(default_factory=dict)
    rows: list[tuple[str, str, int]] = field(default_factory=list)


async def of_run(platform: Platform, row: Mapping[str, Any], *, actor: Actor) -> FolderFiles:
    """Everything of one run (a row of `queries.runs`)."""
    found = FolderFiles()
    async with platform.database.read() as tx:
        header = await archives.of_run(tx, row["id"])
        stone = await retention.tombstone_row(tx, row["id"]) if header is not None else None
        if header is not None:
            await _archived(tx, header, found)
        if RECORD not in found.files:
            await _open_record(tx, row, found)
        record = json.loads(found.files[RECORD])["rows"]
        rows = evidence_rows(record)
        if header is not None:
            rows.append(("archive", str(header["id"]), header))
        gone = await _attachments(tx, record.get("attachment", []), found)
        if stone is not None:
            rows += await _deleted(tx, stone, gone, found)
        found.rows = [(table, key, int(row["tx"])) for table, key, row in rows]
    if header is None and (events := await timeline.raw_history(platform, row["id"], actor=actor)):
        found.files["history-so-far.json"] = written({"events": events})
    found.story = await story(platform, row["id"], actor=actor)
    found.files["story.json"] = written(found.story)
    found.entry = {
        "id": str(row["id"]),
        "folder": f"runs/{row['id']}/",
        "archived": header is not None,
        "deleted": None if stone is None else instant(stone["recorded_at"]),
        "number": found.story["number"],
        "title": found.story["title"],
        "started_at": found.story["started_at"],
        "ended_at": found.story["ended_at"],
        "records": len(rows),
    }
    return found


async def _archived(tx: Reader, header: Mapping[str, Any], found: FolderFiles) -> None:
    """The parts as they are kept; one that is damaged goes along as it is, for the verifier to find."""
    bodies = await archives.bodies(tx, header["id"])
    for part in header["parts"]:
        content = inflated(bodies[part["name"]]) if part["name"] in bodies else None
        if content is not None:
            found.files[part["name"]] = content
    found.files["archive.json"] = written({"type": "archive_header", "v": 1, "row": dict(header)})


async def _deleted(
    tx: Reader, stone: Mapping[str, Any], gone: Sequence[str], found: FolderFiles
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The tombstone of contents that were deleted, with the three signatures for it; rows to be proven.

    `others` are the tombstones that took files of this run along later.
    """
    taken = await attachments.tombstones_of(tx, [UUID(one) for one in gone])
    stones = [stone, *(one for one in taken if one["id"] != stone["id"])]
    signed = {row["id"]: row for row in await attachments.signatures_for(tx, stones)}
    first, *others = (
        {
            "row": dict(one),
            "signatures": [dict(signed[one[name]]) for name in retention.THREE if one[name] in signed],
        }
        for one in stones
    )
    told = {"type": "tombstone", "v": 1, **first, "others": others}
    found.files["tombstone.json"] = written(told)
    rows = [("tombstone", str(one["id"]), one) for one in stones]
    return [*rows, *(("signature", str(key), row) for key, row in signed.items())]


async def _open_record(tx: Reader, row: Mapping[str, Any], found: FolderFiles) -> None:
    """The rows and the definition of a run that has no archive yet, as they are now."""
    rows = await run_record.record(tx, row["id"])
    people = await run_record.people(tx, run_record.persons_in(rows))
    found.files[RECORD] = written({"type": "run_record", "v": 1, "rows": rows, "people": people})
    bundle = await archives.bundle(tx, row["sop_version_id"])
    found.files.setdefault(bundle_name(row["sha256"]), written(bundle))


async def _attachments(tx: Reader, rows: Sequence[Mapping[str, Any]], found: FolderFiles) -> list[str]:
    """The files of the run; the ids of those whose bytes are not there."""
    bodies = await queries.attachment_bodies(tx, {row["sha256"] for row in rows})
    for row in rows:
        shown = _UNSAFE.sub("_", row["file_name"])[-LONGEST_NAME:] or "file"
        name = f"attachments/{row['sha256']}-{shown}"
        if row["sha256"] in bodies:
            found.files[name] = bodies[row["sha256"]]
    return [row["id"] for row in rows if row["sha256"] not in bodies]

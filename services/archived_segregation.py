"""Services: who performed what in an archived run, against the segregation that its definitions ask for (S5).

Read from the archive alone, but for whom a run that was called bars because of its caller.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from db.queries import called_runs
from domain.evidence_findings import EvidenceFinding
from domain.run_archive import bundle_name
from domain.segregation_proof import Work, violations, works_of
from domain.sop_bundle import Bundle
from services import archived_runs

if TYPE_CHECKING:
    from db.session import Reader

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


async def segregation_of(tx: Reader, header: Mapping[str, Any], rows: Rows) -> list[EvidenceFinding]:
    """Every pair of performances that one person must not have had."""
    moved = sorted(
        (row for row in rows["changeover_run"] if row["result"] == "moved"), key=lambda row: row["settled_at"]
    )
    pinned = [*(row["from_sha256"] for row in moved), header["bundle_sha256"]]
    names = [bundle_name(sha) for sha in pinned]
    contents = await archived_runs.contents(tx, header, list(dict.fromkeys(names)))
    definitions = [
        Bundle.from_json(json.loads(contents[name]), sha).definition
        for name, sha in zip(names, pinned, strict=True)
    ]
    barred = (await called_runs.barred(tx, [header["run_id"]])).get(header["run_id"], [])
    return [
        EvidenceFinding(
            4,
            "segregation",
            table="run",
            key=str(header["run_id"]),
            detail=f"{one.text.zh} / {one.text.en} ({', '.join(one.persons)})",
        )
        for one in violations(definitions, _works(rows, [row["settled_at"] for row in moved]), barred)
    ]


def _works(rows: Rows, left_at: Sequence[str]) -> list[Work]:
    """The performances, each with the number of the version that the run went by then."""
    paths = {row["id"]: row["path"] for row in rows["task"]}
    accepted = {row["submission_id"] for row in rows["submission_verdict"] if row["accepted"]}
    by_version: dict[int, list[dict[str, Any]]] = {}
    for row in rows["submission"]:
        version = sum(row["recorded_at"] > at for at in left_at)
        by_version.setdefault(version, []).append(
            {
                "kind": row["kind"],
                "path": paths.get(row["task_id"]) or "",
                "actor": row["actor_id"],
                "performers": row["performers"],
                "data": row["data"],
                "accepted": row["id"] in accepted,
            }
        )
    return [work for version, some in by_version.items() for work in works_of(some, version)]

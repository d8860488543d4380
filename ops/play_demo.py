"""Room `ops`: `./xunji demo` - the demo company's staff at work over HTTP, with a progress bar per procedure.

For every run new documents, then all tasks by people who hold the posts: forms, files, scans, signatures, the
second person where special control asks for one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.company_client import CompanyClient
from ops.company_staff import RunStuck, Staff
from ops.demo_plays import PLAYS, Play


async def play(
    base_url: str, company: Mapping[str, Any], *, runs: int, progress: bool = True
) -> dict[str, Any]:
    """Plays `runs` runs of every procedure to their end; `ok` is false when one did not end."""
    began = time.monotonic()
    ended: Counter[str] = Counter()
    stuck: list[str] = []
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not progress,
    )
    async with CompanyClient(base_url, dict(company)) as client:
        watcher = next(u for u in company["users"] if any(p["post"] == "auditor" for p in u["posts"]))
        staff = Staff(client, client.person(watcher["username"]))
        with shown:
            bars = [shown.add_task(one.title, total=runs) for one in PLAYS]
            for one, bar in zip(PLAYS, bars, strict=True):
                for number in range(runs):
                    try:
                        ended[await _one(one, number, client, staff)] += 1
                    except RunStuck as problem:
                        stuck.append(f"{one.sop}: {problem}")
                    shown.advance(bar)
    return {
        "ok": not stuck and sum(ended.values()) == runs * len(PLAYS),
        "runs": dict(ended),
        "stuck": stuck,
        "done": dict(sorted(staff.done.items())),
        "refused_and_tried_again": dict(sorted(staff.refused.items())),
        "seconds": round(time.monotonic() - began, 1),
    }


async def _one(one: Play, number: int, client: CompanyClient, staff: Staff) -> str:
    """One run from its documents to its end; how it ended."""
    name = f"{datetime.now(UTC):%y%m%d%H%M%S}-{number + 1:03}"
    run_id, script = await one.begin(client, number, name)
    run = await staff.work_off(run_id, script)
    return f"{one.sop}: {run['state']}: {run['outcome']}"


def in_words(summary: Mapping[str, Any]) -> str:
    """The summary for people: how the runs ended, what was done in them, what was refused, who is stuck."""
    ended = sum(summary["runs"].values())
    lines = [f"{ended} run{'' if ended == 1 else 's'} played to the end in {summary['seconds']} s"]
    for title, counts in (
        ("ended as", summary["runs"]),
        ("done", summary["done"]),
        ("refused, then tried again", summary["refused_and_tried_again"]),
    ):
        if counts:
            lines += [f"{title}:", *(f"  {number:>5}  {what}" for what, number in counts.items())]
    return "\n".join([*lines, *(f"STUCK: {problem}" for problem in summary["stuck"])])

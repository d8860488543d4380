"""Room `ops`: `./xunji demo` - the demo company's staff at work over HTTP, with a progress bar.

For every run a new order and delivery, then all tasks by people who hold the posts: forms, reports, scans,
signatures, the second person where special control asks for one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.company_client import CompanyClient
from ops.company_staff import RunStuck, Staff
from ops.demo_seed import materials as catalogue
from ops.demo_seed import orders, partners
from ops.receiving_script import Course, ReceivingScript, Verdict

SOP = "receiving_acceptance"
COURSES: tuple[Course, ...] = ("usual", "usual", "usual", "excursion_go_on", "turned_away", "usual")
"""What happens at the six kinds of delivery, in their order."""


async def play(
    base_url: str, company: Mapping[str, Any], *, runs: int, progress: bool = True
) -> dict[str, Any]:
    """Plays `runs` deliveries from order to the green zone; `ok` is false when one did not end."""
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
            bar = shown.add_task("收货与验收 / receiving", total=runs)
            for number, (course, (order, advice)) in enumerate(_planned(runs)):
                name = f"{datetime.now(UTC):%y%m%d%H%M%S}-{number + 1:03}"
                run_id = await _deliver(client, order, advice, name)
                try:
                    run = await staff.work_off(run_id, ReceivingScript(course, _verdict, _gtins()))
                    ended[f"{run['state']}: {run['outcome']}"] += 1
                except RunStuck as problem:
                    stuck.append(str(problem))
                shown.advance(bar)
    return {
        "ok": not stuck and sum(ended.values()) == runs,
        "runs": dict(ended),
        "stuck": stuck,
        "done": dict(sorted(staff.done.items())),
        "refused_and_tried_again": dict(sorted(staff.refused.items())),
        "seconds": round(time.monotonic() - began, 1),
    }


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


def _planned(runs: int) -> list[tuple[Course, orders.Delivery]]:
    made = catalogue.materials({maker.code: maker.name for maker in partners.manufacturers()})
    planned = orders.deliveries(made, datetime.now(UTC))
    return list(islice(cycle(zip(COURSES, planned, strict=True)), runs))


async def _deliver(client: CompanyClient, order: Any, advice: Any, name: str) -> str:
    """A new order and its delivery, posted by the integrator, and the run of it."""
    program = client.program()
    ordered = {**order.model_dump(mode="json", exclude_none=True), "number": f"PO-{name}"}
    sent = {**advice.model_dump(mode="json", exclude_none=True), "number": f"SH-{name}"}
    sent["purchase_order"] = ordered["number"]
    for line in sent["lines"]:
        line["batch"] = f"{line['batch']}-{name[-7:]}"
    first = await program.post("/documents/purchase-orders", ordered)
    second = await program.post("/documents/dispatch-advices", sent)
    inputs = {"purchase_order": first["id"], "dispatch_advice": second["id"]}
    run = await program.post("/runs", {"sop": SOP, "inputs": inputs})
    return str(run["id"])


def _verdict(batch: str) -> Verdict:
    """One batch in nine is rejected, one in nine accepted in part - always the same ones."""
    drawn = sum(batch.encode()) % 9
    return {0: "rejected", 1: "partial"}.get(drawn, "accepted")  # type: ignore[return-value] # a literal each


def _gtins() -> dict[str, str]:
    made = catalogue.materials({maker.code: maker.name for maker in partners.manufacturers()})
    return {material.code: _gtin(material.gtins[0]) for material in made}


def _gtin(given: Any) -> str:
    return str(getattr(given, "gtin", given))

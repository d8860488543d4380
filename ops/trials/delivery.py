"""Room `ops`, trial `delivery`: one delivery of very many batches, with a bounded history and bounded memory.

`./xunji trial delivery lines=10000` posts one dispatch advice of so many lines, takes it from the document to
book-in by people over HTTP (a result for each batch at acceptance, a scan and a result at put-away), and
looks at what it cost the engine's history and the memory of worker and web.
"""

import time
from typing import Any

from ops import addresses
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.demo_seed.places import MAIN
from ops.private_instance import PrivateInstance, private_instance
from ops.receiving_script import ReceivingScript
from ops.settings import Settings
from ops.trials import evidence, histories, memory
from ops.trials.receiving import auditor, rejected_part, timelines, verdict
from ops.trials.stream import begin, documents

MOST_EVENTS = 1_000
MOST_BYTES = 1024 * 1024
"""Of one execution; the server's limits are 51,200 events and 50 MiB, it suggests to go on anew at 4,096."""
MOST_GROWTH_MIB = 400.0
PATIENCE_SECONDS = 300.0
SCANNED = {"put_away": ("pack",)}


async def run(lines: int = 10_000, lines_at_once: int = 4) -> dict[str, Any]:
    """One delivery of so many batches on an installation of its own."""
    with private_instance() as instance:
        return await play(instance, lines, lines_at_once)


async def play(instance: PrivateInstance, lines: int, lines_at_once: int) -> dict[str, Any]:
    """Post, run and check the delivery."""
    owner_url = addresses.owner_database_url(Settings(home=instance.home))
    with evidence.look(owner_url) as session:
        before = evidence.Books.of(session)
    async with CompanyClient(instance.base_url, instance.company, PATIENCE_SECONDS) as client:
        watcher = client.person(auditor(instance.company))
        staff = Staff(client, watcher, lines_at_once, idle_seconds=PATIENCE_SECONDS)
        async with memory.sampled(instance) as used:
            began = time.monotonic()
            materials = await client.program().pages("/materials", limit=200)
            order, advice = documents("BIG", materials, lines, site=MAIN)
            run_id = await begin(client, order, advice)
            posted = time.monotonic()
            gtins = {material["code"]: material["gtins"][0]["gtin"] for material in materials}
            script = ReceivingScript(verdict=verdict, gtins=gtins, scanned=SCANNED)
            ended = await staff.work_off(run_id, script)
            seconds = {"posting": posted - began, "run": time.monotonic() - posted}
            shown = await timelines(staff, [ended])
        figures = client.figures.report()
    with evidence.look(owner_url) as session:
        found, quantities = before.contradictions(session), before.moved(session)
        rows, spans = evidence.counts(session), evidence.step_seconds(session, run_id)
    engine = (await histories.read_when_complete(instance.home, [run_id])).report()
    wanted = expected(advice)
    bounded = {
        "events": engine["most_events_of_one_execution"] <= MOST_EVENTS,
        "bytes": engine["most_bytes_of_one_execution"] <= MOST_BYTES,
        **{f"memory of {name}": grown(used.report()[name]) <= MOST_GROWTH_MIB for name in ("worker", "web")},
    }
    return {
        "ok": ended["outcome"] == "completed"
        and all(bounded.values())
        and not any(found.values())
        and not engine["incomplete"]
        and all(quantities[name] == quantity for name, quantity in wanted.items()),
        "lines": lines,
        "outcome": ended["outcome"],
        "bounded": bounded,
        "limits": {"events": MOST_EVENTS, "bytes": MOST_BYTES, "growth_mib": MOST_GROWTH_MIB},
        "engine_history": engine,
        "memory": used.report(),
        "seconds": {name: round(value, 1) for name, value in seconds.items()},
        "seconds_from_task_to_task": spans,
        "expected": wanted,
        "quantities": quantities,
        "contradictions": found,
        "timeline": shown,
        "rows": rows,
        "done": dict(sorted(staff.done.items())),
        "refused_and_tried_again": dict(sorted(staff.refused.items())),
        "calls": figures,
    }


def expected(advice: dict[str, Any]) -> dict[str, int]:
    """Base units that must be in the books afterwards."""
    arrived = sum(line["quantity"] for line in advice["lines"])
    rejected = sum(rejected_part(line["batch"], line["quantity"]) for line in advice["lines"])
    return {"received": arrived, "accepted": arrived - rejected, "rejected": rejected, "quarantine_stock": 0}


def grown(samples: dict[str, float]) -> float:
    """How much a process has grown at its highest, in MiB."""
    return samples["highest_mib"] - samples["first_mib"]

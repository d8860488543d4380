"""Room `ops`, trial `receiving`: real purchase orders through documents, runs and people to book-in.

`./xunji trial receiving orders=300` posts purchase orders of the SCMS delivery history with their suppliers,
materials and deliveries, starts a run for each delivery, plays all people over HTTP, and then compares what
the database, the ledger and the engine hold with what the plan says should be there.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ops import addresses
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.private_instance import PrivateInstance, private_instance
from ops.receiving_script import ReceivingScript, Verdict
from ops.settings import Settings
from ops.trials import chance, evidence, histories, memory, scms_reader
from ops.trials.scms_mapping import Delivery, Plan, plan

SOP = "receiving_acceptance"
ENDS = {
    "usual": "completed",
    "excursion_go_on": "completed",
    "excursion_keep": "held",
    "turned_away": "refused",
    "came_warm": "refused",
    "over_delivered": "refused",
}
"""How the run of each course must end."""
REJECTED_PERCENT = 3
PARTIAL_PERCENT = 5
POSTED_AT_ONCE = 8


def verdict(batch: str) -> Verdict:
    """The verdict of acceptance on a batch: of a hundred, three are rejected and five accepted in part."""
    drawn = chance.number(100, "verdict", batch)
    if drawn < REJECTED_PERCENT:
        return "rejected"
    return "partial" if drawn < REJECTED_PERCENT + PARTIAL_PERCENT else "accepted"


@dataclass
class Expected:
    """What the plan says must be in the books afterwards, in base units."""

    outcomes: Counter[str] = field(default_factory=Counter)
    quantities: Counter[str] = field(default_factory=Counter)
    holds_open: int = 0

    @classmethod
    def of(cls, planned: Plan) -> "Expected":
        expected = cls()
        for order in planned.orders:
            expected.quantities["ordered"] += sum(
                line["quantity"] * planned.units[line["material"]] for line in order["lines"]
            )
        for delivery in planned.deliveries:
            expected.add(delivery, planned.units)
        return expected

    def add(self, delivery: Delivery, units: Mapping[str, int]) -> None:
        """One delivery by its course."""
        end = ENDS[delivery.course]
        self.outcomes[f"completed: {end}"] += 1
        for line in delivery.advice["lines"]:
            quantity = line["quantity"] * units[line["material"]]
            self.quantities["advised"] += quantity
            if end == "refused":
                continue
            self.quantities["received"] += quantity
            if end == "held":
                self.holds_open += 1
                self.quantities["quarantine_stock"] += quantity
                continue
            bad = rejected_part(line["batch"], quantity)
            self.quantities["rejected"] += bad
            self.quantities["accepted"] += quantity - bad
        self.quantities["qualified_stock"] = self.quantities["accepted"]
        self.quantities["rejected_stock"] = self.quantities["rejected"]


def rejected_part(batch: str, quantity: int) -> int:
    """Base units of a batch that the script rejects."""
    found = verdict(batch)
    if found == "rejected":
        return quantity
    return max(1, quantity // 10) if found == "partial" and quantity > 1 else 0


async def run(orders: int = 300, at_once: int = 6) -> dict[str, Any]:
    """Post, run and check so many purchase orders, `at_once` deliveries at a time."""
    source = scms_reader.read(scms_reader.shared_data())
    planned = plan(source.lines, orders, datetime.now(UTC).date())
    with private_instance() as instance:
        figures = await play(instance, planned, at_once)
    return {"orders": len(planned.orders), "source": dict(source.oddities), **figures}


async def play(instance: PrivateInstance, planned: Plan, at_once: int) -> dict[str, Any]:
    """Play the plan on an installation and check it."""
    owner_url = addresses.owner_database_url(Settings(home=instance.home))
    with evidence.look(owner_url) as session:
        before = evidence.Books.of(session)
        async with (
            CompanyClient(instance.base_url, instance.company) as client,
            memory.sampled(instance) as used,
        ):
            began = time.monotonic()
            ids = await post_all(client, planned)
            posted = time.monotonic()
            staff = Staff(client, client.person(auditor(instance.company)))
            ended = await work_all(client, staff, planned, ids, at_once)
            finished = time.monotonic()
            shown = await timelines(staff, ended)
        quantities = before.moved(session)
        found = before.contradictions(session)
        rows, ends = evidence.counts(session), before.outcomes(session)
    engine = await histories.read_when_complete(instance.home, [run["id"] for run in ended])
    expected = Expected.of(planned)
    wrong = {
        name: {"expected": expected.quantities[name], "found": quantity}
        for name, quantity in quantities.items()
        if expected.quantities[name] != quantity
    }
    courses = Counter(delivery.course for delivery in planned.deliveries)
    return {
        "ok": not wrong
        and not any(found.values())
        and not shown["runs_without"]
        and not engine.incomplete
        and ends == dict(sorted(expected.outcomes.items())),
        "deliveries": len(planned.deliveries),
        "batches": sum(len(delivery.advice["lines"]) for delivery in planned.deliveries),
        "courses": dict(sorted(courses.items())),
        "master_data": {"parties": len(planned.parties), "materials": len(planned.materials)},
        "runs": ends,
        "quantities": quantities,
        "quantities_wrong": wrong,
        "contradictions": found,
        "timelines": shown,
        "engine_histories": engine.report(),
        "rows": rows,
        "done": dict(sorted(staff.done.items())),
        "refused_and_tried_again": dict(sorted(staff.refused.items())),
        "seconds": {"posting": round(posted - began, 1), "runs": round(finished - posted, 1)},
        "rates": {
            "runs_per_second": round(len(ended) / (finished - posted), 2),
            "documents_per_second": round((len(planned.orders) + len(ended)) / (posted - began), 1),
        },
        "calls": client.figures.report(),
        "memory": used.report(),
    }


def auditor(company: Mapping[str, Any]) -> str:
    """The user name of a person who may see everything and do nothing."""
    return str(
        next(
            user["username"]
            for user in company["users"]
            if any(p["post"] == "auditor" for p in user["posts"])
        )
    )


async def post_all(client: CompanyClient, planned: Plan) -> dict[str, str]:
    """Master data by the administrator, documents by the integrator; document number -> its id."""
    administrator, integrator = client.administrator(), client.program()
    await gathered([administrator.post("/parties", body) for body in planned.parties], POSTED_AT_ONCE)
    await gathered([administrator.post("/materials", body) for body in planned.materials], POSTED_AT_ONCE)
    made = await gathered(
        [integrator.post("/documents/purchase-orders", body) for body in planned.orders], POSTED_AT_ONCE
    )
    made += await gathered(
        [integrator.post("/documents/dispatch-advices", d.advice) for d in planned.deliveries], POSTED_AT_ONCE
    )
    return {document["number"]: document["id"] for document in made}


async def work_all(
    client: CompanyClient, staff: Staff, planned: Plan, ids: Mapping[str, str], at_once: int
) -> list[dict[str, Any]]:
    """Start a run for each delivery and do its tasks; the runs as they ended."""
    integrator = client.program()
    gtins = {body["code"]: body["gtins"][0]["gtin"] for body in planned.materials}

    async def one(delivery: Delivery) -> dict[str, Any]:
        inputs = {"purchase_order": ids[delivery.order], "dispatch_advice": ids[delivery.advice["number"]]}
        run = await integrator.post("/runs", {"sop": SOP, "inputs": inputs})
        return await staff.work_off(run["id"], ReceivingScript(delivery.course, verdict, gtins))

    return await gathered([one(delivery) for delivery in planned.deliveries], at_once)


async def timelines(staff: Staff, ended: list[dict[str, Any]]) -> dict[str, Any]:
    """Read every run's history as an auditor does; how many entries there are, and whose is empty."""
    entries, without = 0, 0
    for run in ended:
        told = await staff.watcher.pages(f"/runs/{run['id']}/history", limit=200)
        entries += len(told)
        without += int(not told or [e["seq"] for e in told] != sorted({e["seq"] for e in told}))
    return {"runs": len(ended), "entries": entries, "runs_without": without}


async def gathered(works: "list[Any]", at_once: int) -> list[Any]:
    """The results of coroutines, so many at a time, in their order; the first failure ends all."""
    turns = asyncio.Semaphore(at_once)

    async def turn(work: Any) -> Any:
        async with turns:
            return await work

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(turn(work)) for work in works]
    return [task.result() for task in tasks]

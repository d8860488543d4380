"""Room `ops`, trials: a stream of small invented deliveries of the demo company's own materials.

Documents and people over HTTP. The invented facts depend on the delivery's number alone.
"""

import asyncio
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.demo_seed.places import MAIN, SECOND, WEST
from ops.receiving_script import ReceivingScript
from ops.trials import chance
from ops.trials.receiving import SOP, rejected_part, verdict

SUPPLIERS = tuple(f"S{number:03}" for number in range(1, 11))


@dataclass
class Stream:
    """Deliveries one after another, so many under way at once, until told to stop."""

    client: CompanyClient
    staff: Staff
    sign: str
    batches: int = 3
    made: int = 0
    finished: list[dict[str, Any]] = field(default_factory=list)
    expected: Counter[str] = field(default_factory=Counter)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    materials: list[dict[str, Any]] = field(default_factory=list)

    async def run(self, under_way: int) -> None:
        """Keep so many deliveries under way; ends when told to stop and the last one has ended."""
        self.materials = await self.client.program().pages("/materials", limit=200)
        async with asyncio.TaskGroup() as group:
            for _ in range(under_way):
                group.create_task(self._one_after_another())

    async def _one_after_another(self) -> None:
        while not self.stopping.is_set():
            await self.one()

    async def one(self) -> dict[str, Any]:
        """One delivery from its order to the end of its run."""
        self.made += 1
        order, advice = documents(f"{self.sign}-{self.made:05}", self.materials, self.batches)
        run_id = await begin(self.client, order, advice)
        gtins = {
            material["code"]: material["gtins"][0]["gtin"] for material in self.materials if material["gtins"]
        }
        ended = await self.staff.work_off(run_id, ReceivingScript(verdict=verdict, gtins=gtins))
        self._expect(order, advice)
        self.finished.append(ended)
        return ended

    def _expect(self, order: dict[str, Any], advice: dict[str, Any]) -> None:
        self.expected["ordered"] += sum(line["quantity"] for line in order["lines"])
        for line in advice["lines"]:
            bad = rejected_part(line["batch"], line["quantity"])
            self.expected.update(advised=line["quantity"], received=line["quantity"], rejected=bad)
            self.expected.update(accepted=line["quantity"] - bad, qualified_stock=line["quantity"] - bad)
            self.expected.update(rejected_stock=bad)


async def begin(client: CompanyClient, order: dict[str, Any], advice: dict[str, Any]) -> str:
    """Post both documents and start the run; its id."""
    integrator = client.program()
    ordered = await integrator.post("/documents/purchase-orders", order)
    advised = await integrator.post("/documents/dispatch-advices", advice)
    inputs = {"purchase_order": ordered["id"], "dispatch_advice": advised["id"]}
    return str((await integrator.post("/runs", {"sop": SOP, "inputs": inputs}))["id"])


def documents(
    number: str,
    materials: list[dict[str, Any]],
    batches: int,
    *,
    site: str | None = None,
    classes: Collection[str] = ("ambient", "cool"),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A purchase order and the dispatch advice that fulfils it: a batch a line, of goods of these classes."""
    today = datetime.now(UTC).date()
    usable = [material for material in materials if material["storage_class"] in classes]
    picked = [chance.one_of(usable, number, at) for at in range(batches)]
    supplier = chance.one_of(SUPPLIERS, "supplier", number)
    site = site or chance.one_of((MAIN, SECOND, WEST), "site", number)
    quantities = [1 + chance.number(500, "quantity", number, at) for at in range(batches)]
    lines = [
        {"line": at, "material": material["code"], "quantity": quantity, "unit": material["base_unit"]}
        for at, (material, quantity) in enumerate(zip(picked, quantities, strict=True), 1)
    ]
    order = {
        "number": f"PO-{number}",
        "supplier": supplier,
        "site": site,
        "ordered_on": (today - timedelta(days=7)).isoformat(),
        "lines": lines,
    }
    advice = {
        "number": f"DA-{number}",
        "supplier": supplier,
        "purchase_order": order["number"],
        "site": site,
        "shipped_at": datetime.combine(today - timedelta(days=1), datetime.min.time(), UTC).isoformat(),
        "carrier": "L001",
        "vehicle": "",
        "lines": [
            {
                **line,
                "order_line": line["line"],
                "batch": f"{number}-{line['line']}",
                "produced_on": (today - timedelta(days=90)).isoformat(),
                "expires_on": (today + timedelta(days=700)).isoformat(),
            }
            for line in lines
        ],
    }
    return order, advice

"""Room `ops`: how runs of holds, returns, destruction and the expiry check begin in `./xunji demo`.

They work on what stands on the shelves and on what earlier plays have received and sold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ops import outbound_script, plain_script
from ops.company_client import Caller, CompanyClient
from ops.company_staff import RunStuck, Script
from ops.demo_seed import partners, places, stock

DECISIONS = ("release", "reject", "release", "destroy", "release", "return_to_supplier")
"""What quality decides on the batches that are held, in their order."""
HORIZON_DAYS = 180


async def hold(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A batch of the main site is doubtful."""
    program = client.program()
    found = await program.pages("/stock", site=places.MAIN, status="qualified", limit=200)
    plain = (row for row in found if row["material_code"] not in stock.tracked_codes())
    free = [row for row in plain if not row["on_hold"]]
    batch = free[(7 * number) % len(free)]["batch_id"]
    inputs = {"batch": batch, "site": places.MAIN, "reason": f"包装受潮 {name}"}
    run = await program.post("/runs", {"sop": "quality_hold", "inputs": inputs})
    return str(run["id"]), plain_script.quality_hold(DECISIONS[number % len(DECISIONS)])


async def destroy(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """What is red at one of the sites."""
    site = (places.MAIN, places.SECOND, places.WEST)[number % 3]
    inputs = {"site": site, "reason": f"不合格品处置 {name}"}
    run = await client.program().post("/runs", {"sop": "destruction", "inputs": inputs})
    return str(run["id"]), plain_script.destruction()


async def forget(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """Records of a site whose retention is over: a young company has none, and the run says so."""
    inputs = {"site": (places.MAIN, places.SECOND, places.WEST)[number % 3], "reason": f"保存期满 {name}"}
    run = await client.program().post("/runs", {"sop": "record_destruction", "inputs": inputs})
    return str(run["id"]), plain_script.record_destruction()


async def send_back(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """What was rejected of a supplier's deliveries; every other time one piece is not found."""
    known = [party.code for party in partners.suppliers(datetime.now(UTC).date())]
    inputs = {"site": places.MAIN, "supplier": known[number % len(known)], "reason": f"验收不合格 {name}"}
    run = await client.program().post("/runs", {"sop": "purchase_return", "inputs": inputs})
    return str(run["id"]), plain_script.purchase_return(short=number % 2 == 1)


async def take_back(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A customer returns some of an order that has left; RunStuck when none has."""
    del name
    program = client.program()
    found = await program.pages("/runs", sop=outbound_script.SOP, state="completed", limit=200)
    sold = [run for run in found if run["outcome"] == "completed" and await _without_serials(program, run)]
    if not sold:
        raise RunStuck("no order has left yet: nothing can come back")
    sale = sold[number % len(sold)]
    inputs = {"shipment": f"CK-{sale['business_key']}"}
    run = await program.post("/runs", {"sop": "sales_return", "inputs": inputs})
    stored = _storage(await program.get(f"/sites/{sale['site']}"))
    return str(run["id"]), plain_script.sales_return(
        lambda data: stored[data["storage_class"], data["special_control"]]
    )


async def expire(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """The nightly check of a site, by day."""
    del name
    site = (places.MAIN, places.SECOND, places.WEST)[number % 3]
    inputs = {"site": site, "days": HORIZON_DAYS}
    run = await client.program().post("/runs", {"sop": "expiry_check", "inputs": inputs})
    return str(run["id"]), plain_script.expiry_check()


async def _without_serials(program: Caller, run: Mapping[str, Any]) -> bool:
    """Whether no piece of a sale has a serial: what a customer scans of those is not known here."""
    order = await program.get(f"/documents/sales-orders/{run['business_key']}")
    return not stock.tracked_codes().intersection(line["material"] for line in order["lines"]["items"])


def _storage(site: Mapping[str, Any]) -> dict[tuple[str, bool], str]:
    """A storage location of the site for goods of each class."""
    found: dict[tuple[str, bool], str] = {}
    for zone in site["zones"]:
        codes = [place["code"] for place in zone["locations"] if place["active"]]
        if zone["kind"] == "storage" and codes:
            found.setdefault((zone["storage_class"], zone["special_control"]), codes[0])
    return found

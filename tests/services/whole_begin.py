"""How runs of every shipped procedure begin in the whole company, and what people write in them, by a number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.documents import DispatchAdviceIn, PurchaseOrderIn, SalesOrderIn, TransferIn
from domain.recall import RecallIn
from ops import plain_script, receiving_script
from ops.company_staff import Script
from ops.outbound_script import OutboundScript
from ops.recall_script import RecallScript
from ops.receiving_script import ReceivingScript
from ops.stocktake_script import StocktakeScript
from ops.transfer_script import TransferScript
from services import documents, recall_notice, runs
from tests.services.recalls import notice
from tests.services.whole_company import FAR, GTINS, WholeCompany
from tests.ui.house import line

COURSES: tuple[receiving_script.Course, ...] = ("usual", "usual", "turned_away")
SOLD = ("M1", "M1", "M1", "M5")
SITES = ("SH1", "UR1")


@dataclass
class Begin:
    """Begins runs; documents get numbers of their own."""

    company: WholeCompany
    made: int = 0
    orders: list[str] = field(default_factory=list)

    async def run(self, procedure: str, number: int) -> tuple[UUID, Script]:
        """A new run of a procedure; a Refusal when there is nothing to begin it with."""
        self.made += 1
        begin: Callable[[int], Awaitable[tuple[dict[str, Any], Script]]] = getattr(self, procedure)
        inputs, script = await begin(number)
        admin = await self.company.world.actor("admin")
        made = await runs.start(self.company.world.platform, procedure, inputs, actor=admin)
        return made.row.id, script

    async def receiving_acceptance(self, number: int) -> tuple[dict[str, Any], Script]:
        batch = ("B1", "B3", f"N{self.made}")[number % 3]
        wanted = {**line(1, "M1", batch, 5 + number), "expires_on": FAR}
        order = {name: wanted[name] for name in ("line", "material", "quantity", "unit")}
        common = {"supplier": "S1", "site": SITES[number % 2], "lines": [order]}
        posted = {**common, "number": f"PO-{self.made}", "ordered_on": "2026-11-20"}
        sent = {
            **common,
            "number": f"DN-{self.made}",
            "purchase_order": posted["number"],
            "shipped_at": "2026-11-23T22:00:00Z",
            "carrier": "顺丰医药",
            "vehicle": "沪A12345",
            "lines": [wanted],
        }
        await self._post(PurchaseOrderIn.model_validate(posted))
        advice = await self._post(DispatchAdviceIn.model_validate(sent))
        script = ReceivingScript(COURSES[number % 3], lambda _: _verdict(number), GTINS)
        return {"purchase_order": posted["number"], "dispatch_advice": str(advice)}, script

    async def outbound_review(self, number: int) -> tuple[dict[str, Any], Script]:
        name, material = f"SO-{self.made}", SOLD[number % 4]
        wanted = {"line": 1, "material": material, "unit": "盒"}
        wanted["quantity"] = 1 + number % 2 if material == "M5" else 1 + 3 * number
        body = {"number": name, "customer": "C2", "site": "SH1", "ordered_on": "2026-11-20"}
        order = await self._post(SalesOrderIn.model_validate({**body, "lines": [wanted]}))
        self.orders.append(name)
        courses = ("usual", "usual", "short", "refused", "usual", "box_missing")
        course = "usual" if material == "M5" else courses[number % 6]
        return {"sales_order": str(order)}, OutboundScript(course, GTINS)  # type: ignore[arg-type]

    async def transfer(self, number: int) -> tuple[dict[str, Any], Script]:
        wanted = {"line": 1, "material": "M1", "quantity": 2 + number, "unit": "盒"}
        there, here = SITES[number % 2 == 0], SITES[number % 2]
        body = {"number": f"TR-{self.made}", "site": here, "to_site": there, "ordered_on": "2026-11-20"}
        moved = await self._post(TransferIn.model_validate({**body, "lines": [wanted]}))
        courses = ("usual", "usual", "missing", "stopped")
        return {"transfer": str(moved)}, TransferScript(courses[number % 4], GTINS)  # type: ignore[arg-type]

    async def stocktaking(self, number: int) -> tuple[dict[str, Any], Script]:
        courses = ("small", "agreed", "dear", "refused")
        script = StocktakeScript(courses[number % 4], gtins=GTINS)  # type: ignore[arg-type]
        site = SITES[number % 5 == 0]
        await script.look(self.company.client.person("zheng"), site)
        return {"site": site, "kind": "full"}, script

    async def sales_return(self, number: int) -> tuple[dict[str, Any], Script]:
        shipment = f"CK-{self.orders[number % len(self.orders)]}" if self.orders else "CK-NONE"
        return {"shipment": shipment}, plain_script.sales_return(lambda _: "A-01")

    async def purchase_return(self, number: int) -> tuple[dict[str, Any], Script]:
        inputs = {"site": SITES[number % 5 == 0], "supplier": "S1", "reason": "验收不合格"}
        return inputs, plain_script.purchase_return()

    async def quality_hold(self, number: int) -> tuple[dict[str, Any], Script]:
        decisions = ("release", "reject", "release", "destroy", "return_to_supplier")
        inputs = {"batch": str(self._batch(number)[1]), "site": "SH1", "reason": "包装受潮"}
        return inputs, plain_script.quality_hold(decisions[number % 5])

    async def destruction(self, number: int) -> tuple[dict[str, Any], Script]:
        return {"site": SITES[number % 5 == 0], "reason": "不合格品处置"}, plain_script.destruction()

    async def expiry_check(self, number: int) -> tuple[dict[str, Any], Script]:
        return {"site": SITES[number % 5 == 0], "days": 180}, plain_script.expiry_check()

    async def recall(self, number: int) -> tuple[dict[str, Any], Script]:
        name, (batch, _) = f"ZH-{self.made}", self._batch(number)
        material = "M5" if batch == "S1" else "M1"
        body: RecallIn = notice(name, scope=f"批号：{batch}", materials=[material])
        admin = await self.company.world.actor("admin")
        row = await recall_notice.post(self.company.world.platform, body, actor=admin)
        course = ("all_back", "some_used")[number % 2]
        return {"recall": str(row.id)}, RecallScript(name, course)  # type: ignore[arg-type]

    def _batch(self, number: int) -> tuple[str, UUID]:
        known = sorted(self.company.batches.items())
        return known[number % len(known)]

    async def _post(self, body: Any) -> UUID:
        admin = await self.company.world.actor("admin")
        return (await documents.post(self.company.world.platform, body, actor=admin)).document.id


def _verdict(number: int) -> receiving_script.Verdict:
    verdicts: tuple[receiving_script.Verdict, ...] = ("accepted", "accepted", "partial", "rejected")
    return verdicts[number % 4]

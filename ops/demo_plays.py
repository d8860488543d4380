"""Room `ops`: the procedures that `./xunji demo` plays - how a run begins, and what people write in it.

Documents are new ones, made after those of the demo company and posted by the integrator.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ops import (
    change_plays,
    outbound_script,
    quality_plays,
    recall_script,
    receiving_script,
    stocktake_script,
    transfer_script,
)
from ops.company_client import CompanyClient
from ops.company_staff import Script
from ops.demo_seed import materials as catalogue
from ops.demo_seed import orders, partners, places, stock
from ops.outbound_script import OutboundScript
from ops.pieces import Pieces
from ops.receiving_script import ReceivingScript, Verdict
from ops.stocktake_script import StocktakeScript
from ops.transfer_script import TransferScript

Begin = Callable[[CompanyClient, int, str], Awaitable[tuple[str, Script]]]
"""Begins the run of a number (from 0) under a name; its id, and what people write in it."""
RECEIVING: Sequence[receiving_script.Course] = (
    *("usual", "usual", "usual", "excursion_go_on", "turned_away", "usual"),
)
"""What happens at the six kinds of delivery, in their order."""
OUTBOUND: Sequence[outbound_script.Course] = (
    *("usual", "usual", "usual", "short", "refused", "box_missing", "refused"),
)
"""What happens to the seven kinds of order; the goods of the last one have serials."""
STOCKTAKES: Sequence[tuple[stocktake_script.Course, str]] = (
    ("agreed", places.SECOND),
    ("small", places.WEST),
    ("dear", places.MAIN),
    ("refused", places.SECOND),
)
"""How the counts come out, and where."""
TRANSFERS: Sequence[tuple[transfer_script.Course, str]] = (
    *(("usual", "tracked"), ("missing", "ambient"), ("usual", "refrigerated")),
    *(("came_warm", "refrigerated"), ("usual", "special"), ("too_many", "ambient")),
    *(("missing", "tracked"), ("stopped", "ambient")),
)
"""What happens to the eight kinds of transfer, and what goods they move."""
COUNTED = 4
"""Positions that a count draws."""
MOVED = 5
"""Units that a transfer moves of a material."""


@dataclass(frozen=True)
class Play:
    """One procedure: its key, its name on the progress bar, how a run of it begins."""

    sop: str
    title: str
    begin: Begin


async def _receive(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A new order and its delivery."""
    planned = orders.deliveries(list(_materials()), datetime.now(UTC))
    order, advice = planned[number % len(planned)]
    program = client.program()
    ordered = {**order.model_dump(mode="json", exclude_none=True), "number": f"PO-{name}"}
    sent = {**advice.model_dump(mode="json", exclude_none=True), "number": f"SH-{name}"}
    sent["purchase_order"] = ordered["number"]
    for line in sent["lines"]:
        line["batch"] = f"{line['batch']}-{name[-7:]}"
    first = await program.post("/documents/purchase-orders", ordered)
    second = await program.post("/documents/dispatch-advices", sent)
    inputs = {"purchase_order": first["id"], "dispatch_advice": second["id"]}
    run = await program.post("/runs", {"sop": "receiving_acceptance", "inputs": inputs})
    course = RECEIVING[number % len(RECEIVING)]
    return str(run["id"]), ReceivingScript(course, _verdict, gtins())


async def _ship(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A new order of a customer."""
    today = datetime.now(UTC).date()
    made = list(_materials())
    planned = stock.sales_orders(stock.opening_stock(made, places.sites(), today), made, today)
    order = planned[number % len(planned)]
    program = client.program()
    ordered = {**order.model_dump(mode="json", exclude_none=True), "number": f"SO-{name}"}
    for line in ordered["lines"]:
        line["quantity"] = min(int(line["quantity"]), 6)  # the shelves have to serve many runs
    posted = await program.post("/documents/sales-orders", ordered)
    inputs = {"sales_order": posted["id"]}
    run = await program.post("/runs", {"sop": outbound_script.SOP, "inputs": inputs})
    return str(run["id"]), OutboundScript(
        OUTBOUND[number % len(OUTBOUND)], gtins(), pieces=Pieces(asked=True)
    )


async def _count(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A random count at one of the sites; what stands there is known from somebody who does not count."""
    del name
    course, site = STOCKTAKES[number % len(STOCKTAKES)]
    script = StocktakeScript(course, gtins=gtins(), pieces=Pieces(asked=True))
    posts = ((user["username"], held["post"]) for user in client.company["users"] for held in user["posts"])
    await script.look(client.person(next(who for who, post in posts if post == "auditor")), site)
    inputs = {"site": site, "kind": "random", "size": COUNTED}
    run = await client.program().post("/runs", {"sop": stocktake_script.SOP, "inputs": inputs})
    return str(run["id"]), script


async def _move(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A few units of a material go from the main to the second site."""
    course, kind = TRANSFERS[number % len(TRANSFERS)]
    program = client.program()
    rows = await program.pages("/stock", site=places.MAIN, status="qualified", limit=200)
    there = {row["material_code"] for row in rows if row["issuable"] and row["free"] >= MOVED}
    fitting = [one for one in _materials() if one.code in there and _kind(one) == kind]
    goods = fitting[(7 * number) % len(fitting)]
    lines = [{"line": 1, "material": goods.code, "quantity": MOVED, "unit": goods.base_unit}]
    body = {"number": f"TR-{name}", "site": places.MAIN, "to_site": places.SECOND, "lines": lines}
    posted = await program.post(
        "/documents/transfers", {**body, "ordered_on": f"{datetime.now(UTC):%Y-%m-%d}"}
    )
    run = await program.post("/runs", {"sop": transfer_script.SOP, "inputs": {"transfer": posted["id"]}})
    return str(run["id"]), TransferScript(course, gtins(), pieces=Pieces(asked=True))


def _kind(material: Any) -> str:
    if material.code in stock.tracked_codes():
        return "tracked"
    return "special" if material.special_control else str(material.storage_class)


PLAYS: Sequence[Play] = (
    Play("receiving_acceptance", "收货与验收 / receiving", _receive),
    Play(outbound_script.SOP, "出库复核 / outbound", _ship),
    Play(transfer_script.SOP, "仓库间调拨 / transfer", _move),
    Play(stocktake_script.SOP, "库存盘点 / stocktaking", _count),
    Play("quality_hold", "质量锁定 / quality hold", quality_plays.hold),
    Play("sales_return", "销售退货 / sales return", quality_plays.take_back),
    Play(recall_script.SOP, "药品召回 / recall", recall_script.begin),
    Play("purchase_return", "购进退出 / return to supplier", quality_plays.send_back),
    Play("destruction", "销毁 / destruction", quality_plays.destroy),
    Play("expiry_check", "效期检查 / expiry check", quality_plays.expire),
    Play("record_destruction", "记录销毁 / destruction of records", quality_plays.forget),
    Play(change_plays.SOP, "变更控制 / change control", change_plays.change),
)
"""In the order in which they are played: what comes in can go out."""


@cache
def _materials() -> tuple[Any, ...]:
    return tuple(catalogue.materials({maker.code: maker.name for maker in partners.manufacturers()}))


@cache
def gtins() -> Mapping[str, str]:
    """The GTIN of a pack by material code."""
    return {material.code: _gtin(material.gtins[0]) for material in _materials()}


def _gtin(given: Any) -> str:
    return str(getattr(given, "gtin", given))


def _verdict(batch: str) -> Verdict:
    """One batch in nine is rejected, one in nine accepted in part - always the same ones."""
    drawn = sum(batch.encode()) % 9
    return {0: "rejected", 1: "partial"}.get(drawn, "accepted")  # type: ignore[return-value] # a literal each

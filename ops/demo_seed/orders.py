"""Room `ops`, demo company: deliveries on their way - orders with the suppliers' dispatch advices. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from domain.documents import DispatchAdviceIn, DispatchAdviceLineIn, PurchaseOrderIn, PurchaseOrderLineIn
from domain.master_data import MaterialIn
from ops.demo_seed.places import MAIN, SECOND, WEST

DELIVERIES: tuple[tuple[str, str, int], ...] = (
    (MAIN, "ambient", 3),
    (MAIN, "refrigerated", 2),
    (MAIN, "special", 2),
    (SECOND, "ambient", 2),
    (WEST, "cool", 2),
    (MAIN, "mixed", 5),
)
Delivery = tuple[PurchaseOrderIn, DispatchAdviceIn]


def deliveries(materials: list[MaterialIn], now: datetime) -> list[Delivery]:
    """Six deliveries that are due today: ambient, cold chain, special control, other sites, mixed."""
    chance = random.Random("xunji demo orders")
    return [
        _delivery(number, site, chosen(materials, kind, lines, chance), now, chance)
        for number, (site, kind, lines) in enumerate(DELIVERIES, 1)
    ]


def chosen(materials: Sequence[MaterialIn], kind: str, count: int, chance: random.Random) -> list[MaterialIn]:
    """So many materials of a kind: a storage class, `special` (control) or `mixed`."""
    if kind == "special":
        fitting = [m for m in materials if m.special_control]
    elif kind == "mixed":
        fitting = [m for m in materials if not m.special_control and m.storage_class in ("ambient", "cool")]
    else:
        fitting = [m for m in materials if m.storage_class == kind and not m.special_control]
    return chance.sample(fitting, count)


def _delivery(
    number: int, site: str, materials: list[MaterialIn], now: datetime, chance: random.Random
) -> Delivery:
    supplier = f"S{number:03}"
    day = now.date()
    quantities = [(material.carton_quantity or 100) * chance.randint(1, 6) for material in materials]
    order = PurchaseOrderIn(
        number=f"PO-{day:%y%m}-{number:03}",
        supplier=supplier,
        site=site,
        ordered_on=day - timedelta(days=5),
        lines=[
            PurchaseOrderLineIn(
                line=n, material=m.code, quantity=quantity, unit=m.base_unit, price=m.unit_value
            )
            for n, (m, quantity) in enumerate(zip(materials, quantities, strict=True), 1)
        ],
    )
    advice = DispatchAdviceIn(
        number=f"SH-{day:%y%m}-{number:03}",
        supplier=supplier,
        purchase_order=order.number,
        site=site,
        shipped_at=now - timedelta(hours=chance.randint(4, 20)),
        carrier="北辰冷链运输有限公司" if number == 2 else "迅达医药物流有限公司",  # noqa: PLR2004
        vehicle=f"沪A·{chance.randint(10000, 99999)}",
        lines=[
            _line(n, m, q, day, chance) for n, (m, q) in enumerate(zip(materials, quantities, strict=True), 1)
        ],
    )
    return order, advice


def _line(
    n: int, material: MaterialIn, quantity: int, day: date, chance: random.Random
) -> DispatchAdviceLineIn:
    produced = day - timedelta(days=chance.randint(40, 200))
    return DispatchAdviceLineIn(
        line=n,
        order_line=n,
        material=material.code,
        batch=f"{produced:%y%m}{chance.randint(1, 99):02}",
        produced_on=produced,
        expires_on=produced + timedelta(days=730),
        quantity=quantity,
        unit=material.base_unit,
    )

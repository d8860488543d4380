"""Room `ops`, trials: Online Retail as sales orders and returns of our shapes. Pure.

An invoice becomes a sales order, its repeated codes one line. A cancellation becomes returns: each code of it
belongs to the customer's latest earlier order that has so much of it left. What comes back beyond what was
sold stays in the plan as asked: the doors must refuse it. The source has no batches, they are invented: two
of each code, the first of which to expire is too small for all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ops.demo_seed.materials import with_check_digit
from ops.trials import chance
from ops.trials.retail_reader import COUNTER, OrderLine

MAKER = "RMAKER"
UNIT = "件"
EARLY, LATE = 200, 700
"""Days until the two batches of a code expire."""


@dataclass
class Order:
    """One sales order: customer, day, quantity and price by code."""

    number: str
    customer: str
    on: date
    quantities: dict[str, int] = field(default_factory=dict)
    prices: dict[str, str] = field(default_factory=dict)


@dataclass
class Back:
    """What a cancellation brings back of an order; `beyond` is what it asks for on top of what was sold."""

    number: str
    order: str
    quantities: dict[str, int] = field(default_factory=dict)
    beyond: dict[str, int] = field(default_factory=dict)


@dataclass
class Plan:
    """What is played: orders and returns, the cancellations that no sale belongs to, materials by code."""

    orders: list[Order] = field(default_factory=list)
    returns: list[Back] = field(default_factory=list)
    without_sale: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    oddities: Counter[str] = field(default_factory=Counter)

    @property
    def needed(self) -> Counter[str]:
        """Units of each code that all orders ask for."""
        total: Counter[str] = Counter()
        for order in self.orders:
            total.update(order.quantities)
        return total


def plan(lines: Sequence[OrderLine], orders: int) -> Plan:
    """So many orders - first those that something came back of, then the earliest - and their returns."""
    made = Plan()
    sales = _sales(lines, made.oddities)
    every = _returns(lines, list(sales.values()), Counter(), Plan())
    came_back = dict.fromkeys(back.order for back in every)
    chosen = set([*came_back, *(number for number in sales if number not in came_back)][:orders])
    made.orders = [order for number, order in sales.items() if number in chosen]
    made.returns = _returns(lines, made.orders, made.oddities, made)
    needed = made.needed
    for line in lines:
        if line.code in needed:
            made.names.setdefault(line.code, line.description or line.code)
    return made


def _sales(lines: Iterable[OrderLine], oddities: Counter[str]) -> dict[str, Order]:
    """The sales by invoice, in the order of the source."""
    sales: dict[str, Order] = {}
    for line in lines:
        if line.back:
            continue
        order = sales.setdefault(line.invoice, Order(line.invoice, line.customer, line.on))
        oddities["code twice on an invoice"] += line.code in order.quantities
        if line.price and order.prices.setdefault(line.code, line.price) != line.price:
            oddities["two prices of a code on an invoice"] += 1
        order.quantities[line.code] = order.quantities.get(line.code, 0) + line.quantity
    return sales


def _returns(
    lines: Iterable[OrderLine], orders: Sequence[Order], oddities: Counter[str], made: Plan
) -> list[Back]:
    """The returns of the orders, code by code, each from the latest earlier order that has the most left."""
    sold: defaultdict[tuple[str, str], list[Order]] = defaultdict(list)
    for order in orders:
        for code in order.quantities:
            sold[order.customer, code].append(order)
    left = {(order.number, code): quantity for order in orders for code, quantity in order.quantities.items()}
    backs: dict[tuple[str, str], Back] = {}
    for line in lines:
        if not line.back:
            continue
        found = [order for order in sold[line.customer, line.code] if order.on <= line.on]
        if line.customer == COUNTER or not found:
            oddities[
                "cancelled lines of nobody"
                if line.customer == COUNTER
                else "cancelled lines without their sale"
            ] += 1
            made.without_sale.append(line.invoice)
            continue
        enough = [order for order in found if left[order.number, line.code] >= line.quantity]
        of = enough[-1] if enough else max(found, key=lambda one: left[one.number, line.code])
        back = backs.setdefault((line.invoice, of.number), Back(line.invoice, of.number))
        taken = min(line.quantity, left[of.number, line.code])
        left[of.number, line.code] -= taken
        for kept, quantity in ((back.quantities, taken), (back.beyond, line.quantity - taken)):
            if quantity:
                kept[line.code] = kept.get(line.code, 0) + quantity
    made.without_sale = list(dict.fromkeys(made.without_sale))
    return list(backs.values())


def parties(planned: Plan) -> list[dict[str, Any]]:
    """The invented maker of all goods, and the customers."""
    maker = {"code": MAKER, "name": "零售商品生产企业", "roles": ["manufacturer"], "licences": []}
    return [maker, *(_customer(number) for number in dict.fromkeys(one.customer for one in planned.orders))]


def materials(planned: Plan) -> list[dict[str, Any]]:
    """Ordinary ambient devices with a GTIN each, ten to a carton."""
    return [_material(at, code, name) for at, (code, name) in enumerate(planned.names.items(), 1)]


def gtins(planned: Plan) -> dict[str, str]:
    """GTIN by material code."""
    return {body["code"]: body["gtins"][0]["gtin"] for body in materials(planned)}


def batches(code: str, needed: int, today: date) -> list[dict[str, Any]]:
    """The two invented batches of a code: what is needed and a third more, the smaller part expires first."""
    early = max(1, needed * chance.number(70, "early", code) // 100)
    parts = (("E", early, EARLY), ("L", needed - early + max(5, needed // 3), LATE))
    return [
        {
            "material": material_code(code),
            "batch": f"{code}{sign}",
            "produced_on": today - timedelta(days=60),
            "expires_on": today + timedelta(days=days),
            "quantity": quantity,
        }
        for sign, quantity, days in parts
    ]


def sales_order(order: Order, site: str) -> dict[str, Any]:
    """The order as it is posted, its lines numbered from 1."""
    return {
        "number": order_number(order.number),
        "customer": customer_code(order.customer),
        "site": site,
        "ordered_on": order.on.isoformat(),
        "lines": [
            {
                "line": at,
                "material": material_code(code),
                "quantity": quantity,
                "unit": UNIT,
                **({"price": order.prices[code]} if code in order.prices else {}),
            }
            for at, (code, quantity) in enumerate(order.quantities.items(), 1)
        ],
    }


def order_number(invoice: str) -> str:
    """The number of the sales order of an invoice."""
    return f"SO-R{invoice}"


def material_code(code: str) -> str:
    """The code of the material of a stock code."""
    return f"R{code}"


def customer_code(number: str) -> str:
    """The code of a customer."""
    return f"K{number}"


def _material(at: int, code: str, name: str) -> dict[str, Any]:
    return {
        "code": material_code(code),
        "name": {"zh": name, "en": name},
        "generic_name": name,
        "dosage_form": UNIT,
        "specification": code,
        "approval_number": f"沪械备{code}",
        "holder": "零售商品生产企业",
        "manufacturer": MAKER,
        "category": "device",
        "storage_class": "ambient",
        "base_unit": UNIT,
        "carton_quantity": 10,
        "units": [],
        "gtins": [{"gtin": with_check_digit(f"0952{at:09}"), "unit": UNIT}],
    }


def _customer(number: str) -> dict[str, Any]:
    licence = {
        "kind": "gsp",
        "number": f"K{number}",
        "scope": ["drug", "device"],
        "valid_until": "2099-12-31",
    }
    name = "门市顾客" if number == COUNTER else f"客户 {number}"
    return {"code": customer_code(number), "name": name, "roles": ["customer"], "licences": [licence]}

"""Room `ops`, trials: Online Retail as sales orders and returns of our shapes. Pure.

An invoice becomes a sales order, its repeated codes one line. A cancellation becomes a return of the sale it
belongs to, where that is in the plan. The source has no batches: those are invented, two for each code; the
first of them to expire is too small for all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ops.trials.retail_reader import OrderLine


@dataclass(frozen=True)
class Order:
    """One sales order: customer and quantity by code."""

    number: str
    customer: str
    quantities: dict[str, int]


@dataclass(frozen=True)
class Back:
    """A return: the order that it belongs to and what of it comes back."""

    number: str
    order: str
    quantities: dict[str, int]


@dataclass
class Plan:
    """What is played: orders in order, returns, the materials with their names, what stock is needed."""

    orders: list[Order] = field(default_factory=list)
    returns: list[Back] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    oddities: Counter[str] = field(default_factory=Counter)

    @property
    def needed(self) -> Counter[str]:
        """Units of each code that all orders ask for."""
        total: Counter[str] = Counter()
        for order in self.orders:
            total.update(order.quantities)
        return total


def plan(lines: Iterable[OrderLine], orders: int) -> Plan:
    """The first orders of the lines, and the returns that are among them."""
    made = Plan()
    sold: dict[str, dict[str, int]] = {}
    customers: dict[str, str] = {}
    back: dict[str, list[OrderLine]] = defaultdict(list)
    for line in lines:
        if line.back:
            back[line.invoice].append(line)
            continue
        if line.invoice not in sold and len(sold) == orders:
            continue
        quantities = sold.setdefault(line.invoice, {})
        if line.code in quantities:
            made.oddities["code twice on an invoice"] += 1
        quantities[line.code] = quantities.get(line.code, 0) + line.quantity
        customers[line.invoice] = line.customer
        made.names.setdefault(line.code, line.description or line.code)
    made.orders = [Order(number, customers[number], quantities) for number, quantities in sold.items()]
    for number, cancelled in back.items():
        made.returns += _returns(made, number, cancelled)
    return made


def _returns(made: Plan, number: str, lines: list[OrderLine]) -> list[Back]:
    """The return of a cancellation: of the customer's latest order that has its codes in such quantities."""
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.code] = wanted.get(line.code, 0) + line.quantity
    for order in reversed(made.orders):
        fits = all(order.quantities.get(code, 0) >= quantity for code, quantity in wanted.items())
        if order.customer == lines[0].customer and fits:
            return [Back(number, order.number, wanted)]
    made.oddities["cancellation without its sale"] += 1
    return []


def material(code: str, name: str, maker: str) -> dict[str, Any]:
    """A material of our shape: an ordinary ambient device, ten to a carton."""
    return {
        "code": f"R{code}",
        "name": {"zh": name, "en": name},
        "generic_name": name,
        "dosage_form": "件",
        "specification": code,
        "approval_number": f"沪械备{code}",
        "holder": maker,
        "manufacturer": maker,
        "category": "device",
        "storage_class": "ambient",
        "base_unit": "件",
        "carton_quantity": 10,
        "units": [],
    }


def customer(number: str) -> dict[str, Any]:
    """A customer of our shape, licensed for devices and drugs."""
    licence = {"kind": "gsp", "number": number, "scope": ["drug", "device"], "valid_until": "2099-12-31"}
    return {"code": f"K{number}", "name": f"客户 {number}", "roles": ["customer"], "licences": [licence]}

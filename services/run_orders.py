"""Services: a delivery's order - a run that is given both documents is given two that belong together.

Who chooses the dispatch advice has chosen the purchase order that it names. A wrong pair is a slip of the
hand, not a delivery to be refused: it is told before anything starts, and the advice stays waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import documents_read
from domain.errors import FieldProblem
from domain.sop_definition import Input

if TYPE_CHECKING:
    from db.session import Reader

ADVICE, ORDER = "dispatch_advice", "purchase_order"


def pair(inputs: Mapping[str, Input]) -> tuple[str, str] | None:
    """The names of the inputs that take the one advice and the one order, if a procedure has both."""
    advices = [name for name, one in inputs.items() if one.type == "document" and one.kind == ADVICE]
    orders = [name for name, one in inputs.items() if one.type == "document" and one.kind == ORDER]
    return (advices[0], orders[0]) if len(advices) == len(orders) == 1 else None


async def missing_order(
    tx: Reader, inputs: Mapping[str, Input], given: Mapping[str, Any], sites: frozenset[UUID] | None
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The order that was not given, by input name: the one that the advice names; or why there is none."""
    names = pair(inputs)
    if names is None or not given.get(names[0]) or given.get(names[1]):
        return {}, []
    advices = await documents_read.one(tx, given[names[0]], sites, ADVICE) if _text(given[names[0]]) else []
    if len(advices) != 1:
        return {}, []  # what is wrong with the advice is said of the advice
    [advice] = advices
    number = str(advice.header.get(ORDER, ""))
    orders = await documents_read.one(tx, number, sites, ORDER)
    for order in orders:
        if (order.party, order.site) == (advice.party, advice.site) and order.number == number:
            return {names[1]: str(order.id)}, []
    zh = f"随货同行单 {advice.number} 所列采购订单 {number} 不在系统中：请采购员补录该订单，或更正随货同行单"
    en = (
        f"the order {number}, which the advice {advice.number} names, is not on record: "
        "have purchasing enter it, or correct the advice"
    )
    return {}, [FieldProblem(f"inputs.{names[0]}", "order_unknown", zh, en)]


def mismatch(inputs: Mapping[str, Input], values: Mapping[str, Any]) -> list[FieldProblem]:
    """What is wrong with an order that the advice does not name; nothing when they belong together."""
    names = pair(inputs)
    if names is None or not all(name in values for name in names):
        return []
    advice, order = (values[name] for name in names)
    same = all(advice.get(field) == order.get(field) for field in ("supplier", "site"))
    if same and advice.get(ORDER) == order.get("number"):
        return []
    told = f"{advice.get(ORDER)} · {advice.get('supplier')} · {advice.get('site')}"
    zh = f"随货同行单 {advice['number']} 对应的采购订单是 {told}，不是 {order['number']}"
    en = f"the order of the advice {advice['number']} is {told}, not {order['number']}"
    return [FieldProblem(f"inputs.{names[1]}", "order_not_of_advice", zh, en)]


def _text(value: Any) -> bool:
    return isinstance(value, str)

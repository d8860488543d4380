"""Services: what is said to whoever scans a transfer that was given up - that, why, and where the goods are.

Who waits for its goods has no task with its number any more. Knows no engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.queries import documents_read, given_up, transfer_goods
from domain.errors import Refusal
from services.permissions import Permission, visible_sites

if TYPE_CHECKING:
    from db.queries.documents_read import DocumentRow
    from db.queries.given_up import GivenUp
    from db.queries.transfer_goods import TransferredBatch
    from db.session import Reader
    from services.platform import Actor

Said = tuple[str, str]
"""In Chinese and English."""
UNSENT: Said = ("货物没有发出", "nothing of it has left")
WAITS: Said = ("在待验区等候质量部门判定", "in quarantine until quality decides")
DECIDED: Said = ("质量部门已作判定", "quality has decided on it")


class TransferGivenUp(Refusal):
    """The transfer that was scanned is not on its way any more."""

    code = "transfer_given_up"
    kind = "not_found"
    zh = "调拨单 {number} 已取消{why_zh}，没有待办任务：{goods_zh}"
    en = "Transfer {number} was given up{why_en}, no task is left of it: {goods_en}"


async def refusal_for(tx: Reader, number: str, actor: Actor) -> TransferGivenUp | None:
    """What to say of a number that no task has; None unless it is a transfer whose last run was given up."""
    found = await documents_read.one(tx, number, visible_sites(actor, Permission.TASK_WORK), "transfer")
    if len(found) != 1:
        return None
    row = found[0]
    why = await given_up.cancelled(tx, row.run_id)
    back = [one for one in await given_up.of_transfer(tx, row.id) if one.run_id == row.run_id]
    if why is None and not (back and row.state == "open"):
        return None
    why = why or next((one.reason for one in back), "")
    goods = [_back(one) for one in back] or await _arrived(tx, row) or [UNSENT]
    return TransferGivenUp(
        number=row.number,
        why_zh=f"（{why}）" if why else "",
        why_en=f" ({why})" if why else "",
        goods_zh="；".join(zh for zh, _ in goods),
        goods_en="; ".join(en for _, en in goods),
    )


def _back(one: GivenUp) -> Said:
    at = f"{one.site} {one.location}"
    came = (f"已由途中退回 {at}", f"came back from the road to {at}")
    return _said(one, one.quantity, came, WAITS if one.waiting else DECIDED)


async def _arrived(tx: Reader, row: DocumentRow) -> list[Said]:
    """Of what arrived before the cancel: it stays where it is."""
    at = str(row.header.get("to_site", ""))
    found = []
    for one in await transfer_goods.transferred(tx, row.id):
        left = one.received + one.surplus - one.accepted - one.rejected - one.recalled
        if one.received:
            came = (f"已到 {at}", f"arrived at {at}")
            found.append(_said(one, one.received, came, WAITS if left > 0 else DECIDED))
    return found


def _said(one: GivenUp | TransferredBatch, quantity: int, came: Said, then: Said) -> Said:
    zh = f"{one.material_name_zh} 批号 {one.batch_number} {quantity} {one.base_unit} {came[0]}，{then[0]}"
    name = one.material_name_en or one.material_name_zh
    en = f"{quantity} {one.base_unit} of {name}, batch {one.batch_number}, {came[1]}, {then[1]}"
    return zh, en

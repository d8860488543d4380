"""Domain: the actions of transfers between sites, as the catalogue declares them (GSP 81, 99, 105-112)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import ActionSpec, LineSetType, words
from domain.outbound_actions import (
    ALLOCATED,
    CARE_AGGREGATES,
    CARE_COLUMNS,
    GOODS_COLUMNS,
    NOT_ENOUGH,
)

TRANSFER_COLUMNS: Mapping[str, str] = {
    **GOODS_COLUMNS,
    "quantity": "int",
    "serials": "list<string>",
    **CARE_COLUMNS,
}
TRANSFER_LINES = LineSetType(TRANSFER_COLUMNS, {**CARE_AGGREGATES, "sum_quantity": "int"})
_TRANSFER = {"transfer": "document<transfer>"}
_TRANSFER_LINES = {**_TRANSFER, "lines": "line_set"}
_GOODS = {"batch_id": "string", "quantity": "int", "outcome": "string"}
_LOCATION_UNKNOWN = words("货位不存在", "The location does not exist")
_SERIALS = words("追溯码与数量不一致", "The serials are not as many as the pieces")

_CARRIED_OFF = words("货物已被召回或质量判定转走", "A recall or quality has taken the goods on")

_BOOKED = {
    "accepted": "int",
    "rejected": "int",
    "recalled": "int",
    "any_recalled": "bool",
    "any_rejected_since": "bool",
}
"""`any_rejected_since`: quality has rejected a batch since the goods left; they are among the rejected."""

TRANSFER_ACTIONS = (
    ActionSpec(
        name="transfer.allocate",
        version=1,
        title=words("为调拨分配库存", "Allocate stock for the transfer"),
        description=words(
            "按先到期先出为调拨单各行选定批号与货位并预留，调拨单进入处理。",
            "Chooses batches and locations for each line, first expiry first, and reserves them; the "
            "transfer is then in process.",
        ),
        permission="stock.move",
        inputs={**_TRANSFER, "partial": "bool"},
        optional=frozenset({"partial"}),
        outputs={
            "lines": ALLOCATED,
            "cold_chain": "bool",
            "special_control": "bool",
            "complete": "bool",
            "missing": "int",
        },
        refusals={
            "order_unknown": words("查无此调拨单", "The transfer does not exist at this site"),
            "order_closed": words(
                "调拨单已关闭、已取消或正由另一流程处理",
                "The transfer is closed, cancelled or worked on by another run",
            ),
            "not_enough": NOT_ENOUGH,
            "nothing_to_allocate": words("各行已全部调出", "Everything has been sent already"),
        },
        undo="transfer.release",
        reads=("document", "material", "stock"),
        effects=("reservation", "document"),
    ),
    ActionSpec(
        name="transfer.dispatch",
        version=1,
        title=words("调出", "Send the goods"),
        description=words(
            "将已拣数量记为在途，登记承运；少拣的释放预留。锁定的批号不得调出。",
            "Books what was picked as in transit and writes the carrier down; what was not found is "
            "released. A batch on hold is not sent.",
        ),
        permission="stock.move",
        inputs={**_TRANSFER_LINES, "carrier": "string", "vehicle": "string"},
        optional=frozenset({"carrier", "vehicle"}),
        columns={
            "lines": {**_GOODS, "order_line": "int", "location": "string", "found_quantity": "int?"},
        },
        outputs={"lines": TRANSFER_LINES, "sent": "int", "missing": "int"},
        refusals={
            "nothing_sent": words("没有可调出的货物", "There is nothing to send"),
            "batch_on_hold": words("批号已锁定", "A batch is on hold"),
            "serials_incomplete": _SERIALS,
            "not_reserved": words("货位没有为本单预留这么多", "Not so much is reserved there"),
        },
        undo="transfer.return_dispatch",
        reads=("document", "location", "scan", "hold"),
        effects=("stock", "reservation", "document"),
    ),
    ActionSpec(
        name="transfer.receive",
        version=1,
        title=words("调入待验", "Receive the goods"),
        description=words(
            "将到货由在途记入调入仓库的待验（黄色）区；与调出不符的须经确认，短少部分记入调入仓库并核销，"
            "多出部分作为盘盈记入待验区（逐件追溯的不入账）。退回复点的，按复点结果更正。",
            "Books what arrived from transit into the waiting zone of the other site. A difference must have "
            "been confirmed: what is missing is taken over there and written off, with the reason; what is "
            "too much is counted into the waiting zone (not of goods with serials). A count that is done "
            "again corrects the first.",
        ),
        permission="stock.move",
        inputs={**_TRANSFER_LINES, "confirmed": "bool", "reason": "string"},
        optional=frozenset({"confirmed", "reason"}),
        columns={"lines": {**_GOODS, "received_quantity": "int?"}},
        outputs={"lines": TRANSFER_LINES, "received": "int", "missing": "int", "surplus": "int"},
        refusals={
            "quantity_differs": words(
                "到货与调出不符，尚未确认", "What arrived differs and is not confirmed"
            ),
            "not_in_transit": words("在途数量不足", "Not so much is on the way"),
            "no_waiting_zone": words("调入仓库没有合适的待验区", "The site has no fitting waiting zone"),
            "serials_incomplete": _SERIALS,
            "goods_carried_off": _CARRIED_OFF,
        },
        undo="transfer.return_receipt",
        reads=("document", "location", "scan"),
        effects=("stock", "document"),
    ),
    ActionSpec(
        name="transfer.book_in",
        version=1,
        title=words("调入入库", "Book the goods in"),
        description=words(
            "验收合格的记入上架货位，不合格的转入不合格（红色）区，其间被召回封存的归入召回区；调拨单结案。",
            "Moves what was accepted to its location, what was rejected to the red zone and what a recall "
            "has sealed meanwhile to the recall zone; the transfer is closed.",
        ),
        permission="stock.move",
        inputs=_TRANSFER_LINES,
        columns={
            "lines": {
                **_GOODS,
                "accepted_quantity": "int?",
                "rejected_quantity": "int?",
                "location": "string?",
            }
        },
        outputs=_BOOKED,
        refusals={
            "location_unknown": _LOCATION_UNKNOWN,
            "location_unsuitable": words(
                "货位的储存条件不符合要求",
                "The location's storage class does not suit the goods",
            ),
            "quantity_mismatch": words(
                "合格与不合格数量之和不等于到货数量",
                "Accepted and rejected together are not what arrived",
            ),
            "serials_incomplete": _SERIALS,
        },
        undo="transfer.reverse_booking",
        reads=("document", "location", "material"),
        effects=("stock", "document"),
    ),
    ActionSpec(
        name="transfer.reject_all",
        version=1,
        title=words("全部判为不合格", "Reject everything"),
        description=words(
            "将到货全部转入调入仓库的不合格（红色）区；调拨单结案。",
            "Moves all that arrived to the red zone of the receiving site; the transfer is closed.",
        ),
        permission="stock.move",
        inputs={**_TRANSFER_LINES, "reason": "string"},
        optional=frozenset({"reason"}),
        columns={"lines": {"batch_id": "string", "quantity": "int"}},
        outputs=_BOOKED,
        refusals={"location_unknown": words("没有不合格区", "There is no zone for rejected goods")},
        undo="transfer.reverse_booking",
        reads=("document", "location", "material"),
        effects=("stock", "document"),
    ),
    ActionSpec(
        name="transfer.return_surplus",
        version=1,
        title=words("多到货物退出账面", "Take the surplus off the books"),
        description=words(
            "将质量部门决定退回的多到货物由待验区转出账面；被召回或判不合格的留在原处。",
            "Counts the surplus that quality sends back out of the waiting zone; what a recall or quality "
            "has stopped stays where it is.",
        ),
        permission="stock.move",
        inputs={**_TRANSFER_LINES, "reason": "string"},
        optional=frozenset({"reason"}),
        columns={"lines": {"batch_id": "string", "storage_class": "string", "special_control": "bool"}},
        outputs={"returned": "int"},
        refusals={"goods_carried_off": _CARRIED_OFF},
        irreversible=words(
            "货物已退回调出仓库，由其盘点。",
            "The goods go back to the sending site, which counts them.",
        ),
        reads=("document", "location"),
        effects=("stock",),
    ),
    ActionSpec(
        name="transfer.stop",
        version=1,
        title=words("中止调拨", "Stop the transfer"),
        description=words(
            "释放本单的预留；尚未调出的调拨单重新待办。",
            "Releases what is reserved; a transfer of which nothing has left waits again.",
        ),
        permission="stock.move",
        inputs={**_TRANSFER, "reason": "string"},
        optional=frozenset({"reason"}),
        irreversible=words(
            "预留已释放；重新分配须另行发起。",
            "The reservations are released; another run allocates anew.",
        ),
        reads=("document",),
        effects=("reservation", "document"),
    ),
)

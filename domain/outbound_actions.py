"""Domain: the actions of sales orders and their allocation, as the catalogue declares them (GSP 89-95)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import ActionSpec, LineSetType, words

GOODS_COLUMNS: Mapping[str, str] = {
    "number": "int",
    "order_line": "int",
    "material": "string",
    "material_name": "string",
    "specification": "string",
    "unit": "string",
    "storage_class": "string",
    "batch_id": "string",
    "batch_number": "string",
    "produced_on": "date",
    "produced_on_given": "bool",
    "expires_on": "date",
    "expires_on_given": "bool",
}
"""What every line says of goods that leave a place for an order: what they are, of which batch."""
CARE_COLUMNS: Mapping[str, str] = {"special_control": "bool", "cold_chain": "bool"}
"""How goods are to be treated."""
CARE_AGGREGATES: Mapping[str, str] = {"any_special_control": "bool", "any_cold_chain": "bool"}
ALLOCATED_COLUMNS: Mapping[str, str] = {
    **GOODS_COLUMNS,
    "manufacturer": "string",
    "location": "string",
    "quantity": "int",
    **CARE_COLUMNS,
    "override": "bool",
}
"""One line: so many base units of one batch at one location, reserved for one line of the order."""
ALLOCATED_AGGREGATES: Mapping[str, str] = {
    **CARE_AGGREGATES,
    "any_override": "bool",
    "sum_quantity": "int",
}
ALLOCATED = LineSetType(ALLOCATED_COLUMNS, ALLOCATED_AGGREGATES)

CHOSEN_COLUMNS: Mapping[str, str] = {
    "order_line": "int",
    "batch_id": "string",
    "location": "string",
    "quantity": "int",
    "outcome": "string",
    "found_quantity": "int?",
    "other_batch": "string?",
    "other_location": "string?",
    "reason": "string?",
}
"""What reallocation reads of a line; outcomes other than `short` and `replaced` leave it as it is."""

ORDER = {"sales_order": "document<sales_order>"}
NOT_THERE = {
    "order_unknown": words("查无此销售订单", "The sales order does not exist"),
    "order_closed": words(
        "销售订单已关闭、已取消或正由另一流程处理",
        "The sales order is closed, cancelled or worked on by another run",
    ),
    "customer_blocked": words(
        "购货单位已停用，或资质缺失、过期、超范围",
        "The customer is blocked, or its licence is missing, expired or out of scope",
    ),
}
NOT_ENOUGH = words(
    "可供数量不足（不含锁定、过期、效期不足和已预留的库存）",
    "There is not enough that may be sold: held, expired, short-dated and reserved stock does not count",
)
NO_ALLOCATION = words("本单没有这样的预留", "Nothing like that is reserved for the order")

OUTBOUND_ACTIONS = (
    ActionSpec(
        name="sales.release_order",
        version=1,
        title=words("放行销售订单", "Release the sales order"),
        description=words(
            "核对购货单位资质与经营范围，逐行覆盖所订药品，订单进入处理（药品管理法 第55条，GSP 第89条）。",
            "Checks that the customer's licences cover every line today; the order is then in process "
            "(药品管理法 55, GSP 89).",
        ),
        permission="document.write",
        inputs=ORDER,
        outputs={"customer": "string", "cold_chain": "bool", "special_control": "bool", "line_count": "int"},
        refusals={**NOT_THERE, "material_unknown": words("商品已停用", "A material is out of use")},
        undo="sales.reopen_order",
        reads=("document", "party", "licence", "material"),
        effects=("document",),
    ),
    ActionSpec(
        name="outbound.allocate",
        version=1,
        title=words("按效期先后分配库存", "Allocate stock, first expiry first"),
        description=words(
            "按先到期先出为订单各行选定批号与货位并预留；锁定、过期、效期不足和已预留的库存不选。",
            "Chooses batches and locations for each line, first expiry first, and reserves them; held, "
            "expired, short-dated and reserved stock is never chosen.",
        ),
        permission="stock.move",
        inputs={**ORDER, "partial": "bool"},
        optional=frozenset({"partial"}),
        outputs={
            "lines": ALLOCATED,
            "cold_chain": "bool",
            "special_control": "bool",
            "complete": "bool",
            "missing": "int",
        },
        refusals={
            **NOT_THERE,
            "not_enough": NOT_ENOUGH,
            "nothing_to_allocate": words("订单各行已全部发出", "Everything on the order has left already"),
        },
        undo="outbound.release_allocation",
        reads=("document", "party", "licence", "material", "stock"),
        effects=("reservation",),
    ),
    ActionSpec(
        name="outbound.reallocate",
        version=1,
        title=words("调整分配", "Reallocate"),
        description=words(
            "拣货不足的行（short）按先到期先出另行分配，不再取该货位；改用其他批号的行（replaced）释放原预留并按"
            "指定批号预留，须写明原因。其余各行不变。",
            "A line that was picked short gets other stock, first expiry first, but not from that location; "
            "a replaced line is reserved on the batch that is named, with a reason. All others stay.",
        ),
        permission="stock.move",
        inputs={**ORDER, "lines": "line_set", "partial": "bool"},
        optional=frozenset({"partial"}),
        columns={"lines": CHOSEN_COLUMNS},
        outputs={"lines": ALLOCATED, "added": ALLOCATED, "complete": "bool", "missing": "int"},
        refusals={
            **NOT_THERE,
            "not_allocated": NO_ALLOCATION,
            "not_enough": NOT_ENOUGH,
            "batch_unknown": words(
                "本仓库没有该批号的合格品",
                "There is no qualified stock of that batch at the site",
            ),
            "batch_unsuitable": words(
                "该批号已锁定、过期或效期不足",
                "That batch is held, expired or too short-dated for the customer",
            ),
            "reason_missing": words("改用其他批号须写明原因", "Another batch needs a reason"),
        },
        undo="outbound.restore_allocation",
        reads=("document", "party", "licence", "material", "stock"),
        effects=("reservation",),
    ),
)

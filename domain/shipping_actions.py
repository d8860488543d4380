"""Domain: the actions of outbound - pick, review, packing, hand-over, issue (GSP 94-96, 105-112)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import ActionSpec, LineSetType, words
from domain.outbound_actions import ALLOCATED, CARE_AGGREGATES, CARE_COLUMNS, GOODS_COLUMNS

SHIPMENT_COLUMNS: Mapping[str, str] = {
    **GOODS_COLUMNS,
    "location": "string",
    "from_location": "string",
    "quantity": "int",
    "serials": "list<string>",
    **CARE_COLUMNS,
}
"""Goods of a shipment: `location` is where they stand now, `from_location` where they were picked."""
AGGREGATES: Mapping[str, str] = {**CARE_AGGREGATES, "sum_quantity": "int"}
SHIPMENT_LINES = LineSetType(SHIPMENT_COLUMNS, AGGREGATES)
REFUSED_LINES = LineSetType(
    {
        **{name: type_ for name, type_ in SHIPMENT_COLUMNS.items() if name != "location"},
        "waiting_location": "string",
        "defect": "string",
        "finding": "string",
        "finding_given": "bool",
    },
    AGGREGATES,
)
"""What the review refused: it waits at `waiting_location`; `finding` is what the reviewer wrote."""
_GOODS = {"batch_id": "string", "quantity": "int", "location": "string", "order_line": "int"}
_PICKED = {**_GOODS, "outcome": "string", "found_quantity": "int?"}
_NOT_CONSISTENT = words("前后两环节的批号、数量或追溯码不一致", "The goods of two stages differ")
_NOT_ISSUABLE = words(
    "批号已锁定、过期、非合格品或客户资质失效",
    "A batch is on hold, expired, not qualified, or outside the customer's licence",
)
_GONE = words("货物已交出。", "The goods have been handed over.")

SHIPPING_ACTIONS = (
    ActionSpec(
        name="outbound.list_rest",
        version=1,
        title=words("列出待补拣", "List the rest"),
        description=words(
            "列出另行分配后待补拣的各行；没有另行分配的为空。",
            "Lists what was allocated instead and is still to be picked; nothing without a reallocation.",
        ),
        permission="document.read",
        inputs={"lines": "line_set", "added": "line_set"},
        optional=frozenset({"added"}),
        outputs={"lines": ALLOCATED},
    ),
    ActionSpec(
        name="outbound.record_pick",
        version=1,
        title=words("登记拣货", "Record the pick"),
        description=words(
            "开立出库单，将已拣数量从货位移至发货区；须扫码的按追溯码逐件登记，少拣的列出。",
            "Opens the shipment and moves what was picked from its location to the shipping zone, serial by "
            "serial where there are serials; says what is missing.",
        ),
        permission="stock.move",
        inputs={"sales_order": "document<sales_order>", "lines": "line_set", "more": "line_set"},
        optional=frozenset({"more"}),
        columns={"lines": _PICKED, "more": _PICKED},
        outputs={
            "lines": SHIPMENT_LINES,
            "short": "bool",
            "missing": "int",
            "shipment": "string",
            "special_control": "bool",
            "cold_chain": "bool",
        },
        refusals={
            "no_shipping_zone": words("本仓库没有合适的发货区", "The site has no fitting shipping zone"),
            "serials_incomplete": words("追溯码与拣货数量不一致", "The serials are not as many as picked"),
            "insufficient_stock": words("货位库存不足", "There is not so much at the location"),
            "serial_elsewhere": words("追溯码不在该货位", "A serial is not at the location"),
            "not_reserved": words(
                "本单的预留已解除（批号被锁定或召回）",
                "The reservation was released: a batch was put on hold or recalled",
            ),
            "batch_not_issuable": _NOT_ISSUABLE,
        },
        undo="outbound.return_pick",
        reads=("document", "location", "scan", "reservation"),
        effects=("stock", "document", "package", "reservation"),
    ),
    ActionSpec(
        name="outbound.record_review",
        version=1,
        title=words("登记出库复核", "Record the review"),
        description=words(
            "按批登记复核结果与复核人；复核不通过的转入待处理（黄色）区，不得出库（GSP 第94、95条）。",
            "Records the result of the review of each batch and its reviewer; what was refused goes to "
            "quarantine and does not leave (GSP 94, 95).",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        columns={
            "lines": {
                **_GOODS,
                "outcome": "string",
                "refused_quantity": "int?",
                "refused_serials": "string?",
                "defect": "string?",
                "reason": "string?",
            }
        },
        outputs={
            "lines": SHIPMENT_LINES,
            "turned_away": REFUSED_LINES,
            "any_refused": "bool",
            "any_passed": "bool",
            "special_control": "bool",
            "cold_chain": "bool",
        },
        refusals={
            "not_consistent": _NOT_CONSISTENT,
            "serials_incomplete": words("未逐件扫描追溯码", "Not every serial was scanned"),
            "no_waiting_zone": words("本仓库没有待处理区", "The site has no zone for undecided goods"),
        },
        undo="outbound.undo_review",
        reads=("document", "location", "scan"),
        effects=("stock", "document", "reservation"),
    ),
    ActionSpec(
        name="outbound.pack",
        version=1,
        title=words("装箱", "Pack"),
        description=words(
            "按箱号将复核合格的货物装箱并赋予箱码（SSCC）；不同储运要求的不得同箱；与复核不一致的拒绝。",
            "Packs what passed the review into numbered packages and gives each its SSCC; goods of different "
            "conditions do not share one; refused when it is not what was reviewed.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        columns={
            "lines": {**_GOODS, "package": "int", "package_count": "int?", "packed_quantity": "int?"},
        },
        outputs={"packages": "int", "shipment_number": "string", "cold_chain": "bool"},
        refusals={
            "not_consistent": _NOT_CONSISTENT,
            "packages_not_fit": words("装箱不成立", "The packing does not work"),
        },
        undo="outbound.unpack",
        reads=("document", "material", "package"),
        effects=("package", "document"),
    ),
    ActionSpec(
        name="outbound.load",
        version=1,
        title=words("登记承运与装车", "Record carrier and loading"),
        description=words(
            "在出库单上登记承运单位、车辆、驾驶员与温度，出具随货同行单（GSP 第105-112条）。",
            "Writes carrier, vehicle, driver and temperature on the shipment; the shipping note can be "
            "printed then (GSP 105-112).",
        ),
        permission="document.write",
        inputs={
            "carrier": "string",
            "vehicle": "string",
            "driver": "string",
            "transport_mode": "string",
            "temperature": "decimal",
            "container": "string",
        },
        optional=frozenset({"temperature", "container"}),
        outputs={"packages": "int", "shipment_number": "string"},
        refusals={"not_consistent": _NOT_CONSISTENT},
        undo="outbound.unload",
        reads=("document", "package"),
        effects=("document",),
    ),
    ActionSpec(
        name="outbound.check_issuable",
        version=1,
        title=words("核查可否发出", "Check that it may leave"),
        description=words(
            "交接前逐批核查：合格、未锁定、未过期、客户资质有效，且与装箱一致。",
            "Before the hand-over: every batch is qualified, not on hold, not expired and within the "
            "customer's licence, and what was packed is what was reviewed.",
        ),
        permission="stock.read",
        refusals={"not_consistent": _NOT_CONSISTENT, "batch_not_issuable": _NOT_ISSUABLE},
        reads=("document", "batch", "hold", "licence", "package"),
    ),
    ActionSpec(
        name="outbound.hand_over",
        version=1,
        title=words("登记交接", "Record the hand-over"),
        description=words(
            "核对交接箱数与出库单，登记接收人；不一致的拒绝。",
            "Compares the packages handed over with the shipment and writes down who received them; refused "
            "when they differ.",
        ),
        permission="document.write",
        inputs={"packages": "int", "received_by": "string"},
        outputs={"packages": "int"},
        refusals={"not_consistent": _NOT_CONSISTENT},
        undo="outbound.take_back",
        reads=("document", "package"),
        effects=("document",),
    ),
    ActionSpec(
        name="outbound.issue",
        version=1,
        title=words("出库记账", "Issue"),
        description=words(
            "记出库账：只有合格、未锁定、未过期且客户资质有效的货物才能出库；关闭出库单，更新销售订单。",
            "Posts the issue: only what is qualified, not on hold, not expired and within the customer's "
            "licence leaves; closes the shipment and counts it on the sales order.",
        ),
        permission="stock.move",
        outputs={"posting": "string", "quantity": "int", "shipment": "string"},
        refusals={
            "not_consistent": _NOT_CONSISTENT,
            "batch_not_issuable": _NOT_ISSUABLE,
            "not_reserved": words("本单的预留已解除", "What was reserved for the order was released"),
        },
        irreversible=_GONE,
        reads=("document", "batch", "hold", "licence", "package"),
        effects=("stock", "document", "package", "reservation"),
    ),
    ActionSpec(
        name="outbound.put_back",
        version=1,
        title=words("退回货位", "Put the goods back"),
        description=words(
            "取消出库单，将发货区的货物移回原货位，拆除装箱，销售订单重新待发。",
            "Cancels the shipment, moves its goods back to where they were picked, takes the packages apart; "
            "the sales order waits again.",
        ),
        permission="stock.move",
        inputs={"sales_order": "document<sales_order>", "reason": "string"},
        optional=frozenset({"reason"}),
        outputs={"quantity": "int"},
        irreversible=words(
            "货物已回到货位；需要时重新开单。", "The goods stand in storage again; a new run ships them."
        ),
        reads=("document", "location"),
        effects=("stock", "document", "package", "reservation"),
    ),
    ActionSpec(
        name="outbound.settle_refused",
        version=1,
        title=words("处置复核不通过的货物", "Settle what the review refused"),
        description=words(
            "按质量部门的决定，将待处理的货物转回合格品货位或转入不合格（红色）区；其间被召回封存的一律归入召回区。",
            "Moves what the review refused back to qualified stock or to the red zone, as quality decided; "
            "what a recall has sealed meanwhile goes to the recall zone.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        optional=frozenset({"lines"}),
        columns={
            "lines": {
                "batch_id": "string",
                "quantity": "int",
                "waiting_location": "string",
                "outcome": "string",
                "location": "string?",
            }
        },
        outputs={"released": "int", "rejected": "int", "recalled": "int", "any_recalled": "bool"},
        refusals={
            "location_unknown": words("货位不存在", "The location does not exist"),
            "location_unsuitable": words("货位的储存条件不符合要求", "The location does not suit the goods"),
        },
        irreversible=words(
            "质量决定已执行；更正须另行处理。",
            "What quality decided is done; a correction is a new decision.",
        ),
        reads=("location",),
        effects=("stock",),
    ),
)

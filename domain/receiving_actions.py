"""Domain: the actions of receiving and acceptance, as the catalogue declares them (GSP 72-81)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import ActionSpec, LineSetType, words

RECEIPT_COLUMNS: Mapping[str, str] = {
    "number": "int",
    "order_line": "int",
    "order_line_given": "bool",
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
    "quantity": "int",
    "cartons": "int",
    "special_control": "bool",
    "cold_chain": "bool",
    "date_mismatch": "bool",
}
RECEIPT_AGGREGATES: Mapping[str, str] = {
    "any_special_control": "bool",
    "any_cold_chain": "bool",
    "any_date_mismatch": "bool",
    "sum_quantity": "int",
}
SAMPLE_COLUMNS: Mapping[str, str] = {
    **RECEIPT_COLUMNS,
    "loose_carton": "bool",
    "sample_cartons": "list<int>",
    "further_cartons": "list<int>",
    "packs_per_carton": "int",
    "seed": "string",
}
_RESULT_COLUMNS = {
    "batch_id": "string",
    "quantity": "int",
    "outcome": "string",
    "accepted_quantity": "int?",
    "rejected_quantity": "int?",
}

_LINES = {"lines": "line_set"}
_BATCH_LINES = {"lines": {"batch_id": "string", "quantity": "int"}}

RECEIVING_ACTIONS = (
    ActionSpec(
        name="receiving.match_order",
        version=1,
        title=words("核对采购订单", "Match the purchase order"),
        description=words(
            "将随货同行单与采购订单逐行核对，检查供货单位资质、数量与效期，登记批号并生成收货单。",
            "Compares the dispatch advice with the purchase order line by line, checks the supplier's "
            "licences, quantities and expiry, registers the batches and opens the receipt.",
        ),
        permission="document.write",
        inputs={
            "purchase_order": "document<purchase_order>",
            "dispatch_advice": "document<dispatch_advice>",
        },
        outputs={
            "lines": LineSetType(RECEIPT_COLUMNS, RECEIPT_AGGREGATES),
            "cold_chain": "bool",
            "special_control": "bool",
            "receipt": "string",
        },
        refusals={
            "order_unknown": words("查无此采购订单", "The purchase order does not exist"),
            "order_closed": words("采购订单已关闭", "The purchase order is closed"),
            "supplier_mismatch": words("供货单位与订单不符", "The supplier is not the order's"),
            "supplier_blocked": words(
                "供货单位资质缺失、过期或超范围",
                "The supplier's licence is missing, expired or out of scope",
            ),
            "material_unknown": words("商品未建档", "The material is not registered"),
            "not_on_order": words("商品不在订单内", "The material is not on the order"),
            "over_quantity": words("到货数量超过订单", "More arrived than was ordered"),
            "batch_expired": words("批号已过有效期", "The batch is past its expiry"),
            "shelf_life_too_short": words("剩余效期不足", "The remaining shelf life is too short"),
            "serial_conflict": words("追溯码已属于其他批号", "A serial number belongs to another batch"),
        },
        undo="receiving.cancel_receipt",
        reads=("document", "party", "licence", "material"),
        effects=("document", "batch"),
    ),
    ActionSpec(
        name="receiving.place_in_waiting_zone",
        version=1,
        title=words("放入待验区", "Place in the waiting zone"),
        description=words(
            "将到货记入待验（黄色）区；冷藏、冷冻药品记入冷库待验区。",
            "Books the goods into the yellow waiting zone; cold goods into the cold waiting zone.",
        ),
        permission="stock.move",
        inputs=_LINES,
        columns=_BATCH_LINES,
        outputs={"posting": "string"},
        refusals={
            "no_waiting_zone": words("本仓库没有待验区", "The site has no waiting zone"),
            "supplier_blocked": words(
                "供货单位资质在到货前已过期或失效",
                "The supplier's licence ran out before the goods came",
            ),
        },
        undo="receiving.return_from_waiting_zone",
        reads=("site", "party", "licence"),
        effects=("stock",),
    ),
    ActionSpec(
        name="receiving.draw_samples",
        version=1,
        title=words("随机抽样", "Draw the samples"),
        description=words(
            "按每批整件数量随机抽取验收箱号，记录随机种子（GSP 第77条）。",
            "Draws the cartons to open for each batch at random and records the seed (GSP 77).",
        ),
        permission="document.write",
        inputs=_LINES,
        columns={"lines": {"batch_id": "string", "quantity": "int", "cartons": "int"}},
        outputs={"lines": LineSetType(SAMPLE_COLUMNS, RECEIPT_AGGREGATES)},
        reads=("material",),
    ),
    ActionSpec(
        name="receiving.record_acceptance",
        version=1,
        title=words("生成验收记录", "Write the acceptance record"),
        description=words(
            "按批生成验收记录，含法定各项；合格与不合格数量之和须等于到货数量（GSP 第80条）。",
            "Writes the acceptance record of each batch with all required fields; accepted plus rejected "
            "equals arrived (GSP 80).",
        ),
        permission="document.write",
        inputs=_LINES,
        columns={"lines": _RESULT_COLUMNS},
        outputs={"record": "string"},
        refusals={
            "quantity_mismatch": words(
                "合格数与不合格数之和不等于到货数",
                "Accepted plus rejected is not what arrived",
            )
        },
        irreversible=words(
            "验收记录不得删除；更正须另立记录。",
            "An acceptance record is never deleted; a correction is a new record.",
        ),
        reads=("material", "batch", "document"),
        effects=("document",),
    ),
    ActionSpec(
        name="receiving.book_in",
        version=1,
        title=words("入库", "Book in"),
        description=words(
            "合格数量由待验转为合格并记入上架货位；不合格数量与其间被质量部门判为不合格的批号转入不合格（红色）区；"
            "其间被召回封存的归入召回区。",
            "Moves the accepted quantity from quarantine to qualified at its put-away location, the rejected "
            "quantity and batches that quality has rejected meanwhile to the red zone; what a recall has "
            "sealed meanwhile goes to the recall zone.",
        ),
        permission="stock.move",
        inputs=_LINES,
        columns={"lines": {**_RESULT_COLUMNS, "location": "string?", "put_away_quantity": "int?"}},
        outputs={"put_away": "string", "any_recalled": "bool", "any_rejected_since": "bool"},
        refusals={
            "location_unknown": words("货位不存在", "The location does not exist"),
            "location_unsuitable": words(
                "货位的储存条件不符合要求",
                "The location's storage class does not suit the goods",
            ),
            "quantity_mismatch": words(
                "上架数量不等于合格数量",
                "The quantity put away is not the accepted quantity",
            ),
        },
        undo="receiving.reverse_booking",
        reads=("site", "location", "material"),
        effects=("stock", "document"),
        chunked=True,
    ),
    ActionSpec(
        name="receiving.refuse_delivery",
        version=1,
        title=words("拒收", "Refuse the delivery"),
        description=words(
            "将收货单与随货同行单记为拒收并注明原因（GSP 第72条）。",
            "Closes the receipt and the dispatch advice as refused, with the reason (GSP 72).",
        ),
        permission="document.write",
        inputs={"dispatch_advice": "document<dispatch_advice>", "reason": "string"},
        optional=frozenset({"reason"}),
        outputs={"reason": "string"},
        irreversible=words("货物已由承运人带回。", "The carrier has taken the goods back."),
        reads=("document",),
        effects=("document",),
    ),
    ActionSpec(
        name="receiving.keep_on_hold",
        version=1,
        title=words("维持锁定结案", "Leave the delivery on hold"),
        description=words(
            "将收货单与随货同行单记为锁定并结案；货物留在待验区待质量部门处理，"
            "订单仍可另行到货（GSP 第87条）。",
            "Closes the receipt and the dispatch advice as held; the goods stay in quarantine until quality "
            "decides, the order stays open for another delivery (GSP 87).",
        ),
        permission="document.write",
        inputs={"dispatch_advice": "document<dispatch_advice>", "reason": "string"},
        optional=frozenset({"reason"}),
        irreversible=words(
            "单据已结案；货物的处理由质量部门另行决定。",
            "The documents are closed; what becomes of the goods is decided by quality.",
        ),
        reads=("document",),
        effects=("document",),
    ),
)

"""Domain: the actions of sales returns, as the catalogue declares them (GSP 113; annex 2)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import ActionSpec, LineSetType, words

RETURN_COLUMNS: Mapping[str, str] = {
    "number": "int",
    "material": "string",
    "material_name": "string",
    "specification": "string",
    "unit": "string",
    "storage_class": "string",
    "batch_id": "string",
    "batch_number": "string",
    "expires_on": "date",
    "expires_on_given": "bool",
    "quantity": "int",
    "shipped": "int",
    "special_control": "bool",
    "cold_chain": "bool",
}
"""A line of the original sale: `number` is the shipment's line, `quantity` what may (or is to) come back."""
AGGREGATES: Mapping[str, str] = {
    "any_special_control": "bool",
    "any_cold_chain": "bool",
    "sum_quantity": "int",
}
RETURN_LINES = LineSetType(RETURN_COLUMNS, AGGREGATES)
RECEIVED_LINES = LineSetType(
    {**RETURN_COLUMNS, "location": "string", "status": "string", "recalled": "bool"},
    {**AGGREGATES, "any_recalled": "bool"},
)
_LINE = {"number": "int", "batch_id": "string", "quantity": "int"}
_NOT_RETURNABLE = words("退货数量超过可退数量", "More than can be returned")

SALES_RETURN_ACTIONS = (
    ActionSpec(
        name="sales_return.open",
        version=1,
        title=words("调出原销售记录", "Call up the original sale"),
        description=words(
            "调出原出库单及其复核记录，逐行算出尚可退回的数量，开立销售退货单；原记录不变。",
            "Calls up the shipment, works out what of each line may still come back and opens "
            "the return; the original stays as it is.",
        ),
        permission="document.write",
        inputs={"shipment": "document<shipment>"},
        outputs={"lines": RETURN_LINES, "number": "string", "customer": "string"},
        refusals={
            "not_shipped": words(
                "该出库单尚未出库，或已取消", "That shipment has not left, or was cancelled"
            ),
            "nothing_returnable": words("该出库单已全部退回", "All of it came back already"),
        },
        undo="sales_return.cancel",
        reads=("document", "stock"),
        effects=("document",),
    ),
    ActionSpec(
        name="sales_return.request",
        version=1,
        title=words("登记退货申请", "Record what is to come back"),
        description=words(
            "按申请数量列出应退明细；超过可退数量的拒绝。",
            "Lists what is to come back as requested; more than can be returned is refused.",
        ),
        permission="document.write",
        inputs={"lines": "line_set"},
        columns={"lines": {**_LINE, "outcome": "string", "returned_quantity": "int?"}},
        outputs={"lines": RETURN_LINES},
        refusals={
            "quantity_not_returnable": _NOT_RETURNABLE,
            "nothing_returned": words("没有任何一行退货", "No line is returned"),
        },
        reads=("document",),
    ),
    ActionSpec(
        name="sales_return.receive",
        version=1,
        title=words("退货入库", "Take the goods back"),
        description=words(
            "将实收退货记入退货区（已召回批号直接记入召回区）；"
            "批号、追溯码不是售予该客户的，或超过销售数量的拒绝。",
            "Books what arrived into the returns zone (recalled batches into the recall zone); batches and "
            "serials not sold to this customer, and more than was sold, are refused.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        columns={"lines": {**_LINE, "outcome": "string", "received_quantity": "int?"}},
        outputs={"lines": RECEIVED_LINES, "quantity": "int"},
        refusals={
            "quantity_not_returnable": _NOT_RETURNABLE,
            "return_exceeds_sale": words("退货数量超过销售数量", "More than was sold"),
            "serial_not_sold": words("追溯码未售予该客户或已退回", "A serial was not sold to this customer"),
            "no_returned_zone": words("本仓库没有退货区", "The site has no zone for returned goods"),
            "nothing_arrived": words("没有收到任何退货", "Nothing arrived"),
        },
        irreversible=words(
            "退回的货物已在库，不会再退给客户；更正须另行出库。",
            "The goods are here and do not go back to the customer; a correction is a new shipment.",
        ),
        reads=("document", "stock", "scan", "hold"),
        effects=("stock", "document"),
    ),
    ActionSpec(
        name="sales_return.settle",
        version=1,
        title=words("按验收结果处置", "Settle what was inspected"),
        description=words(
            "验收合格的转入合格品货位，不合格的转入红色区，待定的转入待验区；已开票的开红字发票；关闭退货单。",
            "Moves what passed to its storage location, what failed to the red zone and what is "
            "undecided to quarantine; credits what was invoiced; closes the return.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        columns={
            "lines": {**_LINE, "location": "string", "status": "string", "outcome": "string", "to": "string?"}
        },
        outputs={"qualified": "int", "rejected": "int", "undecided": "int", "document": "string"},
        refusals={
            "location_unknown": words("货位不存在", "The location does not exist"),
            "location_unsuitable": words("货位的储存条件不符合要求", "The location does not suit the goods"),
            "serials_unclear": words(
                "部分数量没有追溯码，须先盘点", "Only some units have their serials: count them first"
            ),
        },
        undo="sales_return.undo_settlement",
        reads=("location", "stock"),
        effects=("stock", "document"),
    ),
)

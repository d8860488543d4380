"""Services: which columns the printed record of each kind has, and where a line keeps them.

A column's source is a field of the line, or the name of a value in its data; the order is that of the rules
(acceptance: GSP 80; put-away: GSP 83; destruction: GSP 87).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.note_parts import Words


@dataclass(frozen=True)
class PrintedColumn:
    """A column: its label, its source, its relative width; numbers stand right."""

    label: Words
    source: str
    width: int
    numeric: bool = False


NUMBER = PrintedColumn(("序号", "No."), "line_no", 4)
NAME = PrintedColumn(("品名", "Material"), "name", 15)
SPECIFICATION = PrintedColumn(("规格", "Specification"), "specification", 10)
DOSAGE_FORM = PrintedColumn(("剂型", "Form"), "dosage_form", 7)
MAKERS = PrintedColumn(("持有人 / 生产企业", "Holder / manufacturer"), "makers", 13)
BATCH = PrintedColumn(("批号", "Batch"), "batch_number", 10)
PRODUCED = PrintedColumn(("生产日期", "Produced"), "produced_on", 9)
EXPIRES = PrintedColumn(("有效期至", "Expiry"), "expires_on", 9)
UNIT = PrintedColumn(("单位", "Unit"), "base_unit", 5)
QUANTITY = PrintedColumn(("数量", "Quantity"), "quantity", 7, numeric=True)
LOCATION = PrintedColumn(("货位", "Location"), "location", 10)
STATUS = PrintedColumn(("状态", "Status"), "status", 8)
REASON = PrintedColumn(("原因", "Reason"), "reason", 12)
ACCEPTED = PrintedColumn(("合格数量", "Accepted"), "accepted_quantity", 7, numeric=True)
REJECTED = PrintedColumn(("不合格数量", "Rejected"), "rejected_quantity", 7, numeric=True)
PRICE = PrintedColumn(("单价（元）", "Price (CNY)"), "price", 8, numeric=True)
AMOUNT = PrintedColumn(("金额（元）", "Amount (CNY)"), "amount", 9, numeric=True)
GOODS: Final = (NUMBER, NAME, SPECIFICATION, MAKERS, BATCH, EXPIRES, UNIT, QUANTITY)
DATED: Final = (NUMBER, NAME, SPECIFICATION, MAKERS, BATCH, PRODUCED, EXPIRES, UNIT, QUANTITY)
ORDERED: Final = (NUMBER, NAME, DOSAGE_FORM, SPECIFICATION, MAKERS, UNIT, QUANTITY)

COLUMNS: Mapping[str, Sequence[PrintedColumn]] = {
    "purchase_order": (
        *ORDERED,
        PRICE,
        AMOUNT,
        PrintedColumn(("已收", "Received"), "received", 7, numeric=True),
    ),
    "dispatch_advice": DATED,
    "receipt": (NUMBER, NAME, DOSAGE_FORM, SPECIFICATION, MAKERS, BATCH, PRODUCED, EXPIRES, UNIT, QUANTITY),
    "acceptance_record": (
        NUMBER,
        PrintedColumn(("通用名称", "Generic name"), "generic_name", 12),
        DOSAGE_FORM,
        SPECIFICATION,
        PrintedColumn(("批准文号", "Approval no."), "approval_number", 10),
        MAKERS,
        BATCH,
        PrintedColumn(("生产日期 / 有效期至", "Produced / expiry"), "produced_and_expires", 11),
        PrintedColumn(("到货数量", "Arrived"), "quantity", 7, numeric=True),
        ACCEPTED,
        REJECTED,
        PrintedColumn(("外观包装", "Packaging"), "packaging", 8),
        PrintedColumn(("验收结果", "Result"), "outcome", 8),
        PrintedColumn(("不合格原因及处理", "Reason and handling"), "reason_and_handling", 12),
        PrintedColumn(("验收人", "By"), "actor", 7),
    ),
    "put_away": (
        *(NUMBER, NAME, SPECIFICATION, MAKERS, BATCH, PRODUCED, EXPIRES, UNIT),
        PrintedColumn(("上架数量", "Put away"), "accepted_quantity", 7, numeric=True),
        REJECTED,
        LOCATION,
        PrintedColumn(("保管员", "Keeper"), "keeper", 8),
    ),
    "sales_order": (*ORDERED, PRICE, AMOUNT, PrintedColumn(("已发", "Shipped"), "shipped", 7, numeric=True)),
    "sales_return": (
        *DATED,
        PrintedColumn(("退货原因", "Why it came back"), "return_reason", 10),
        PrintedColumn(("验收结果", "Result"), "outcome", 8),
        PrintedColumn(("验收情况", "What was found"), "finding", 10),
        PrintedColumn(("去向", "Where it went"), "settled_place", 11),
        PrintedColumn(("验收人", "By"), "inspector", 7),
    ),
    "purchase_return": (
        *DATED[:-1],
        PrintedColumn(("批准", "Approved"), "approved", 7, numeric=True),
        PrintedColumn(("实退", "Sent back"), "quantity", 7, numeric=True),
        PrintedColumn(("退货原因", "Why it goes back"), "return_reason", 10),
        STATUS,
        LOCATION,
        PrintedColumn(("拣货人", "Picked by"), "picker", 8),
    ),
    "transfer": (
        *ORDERED,
        PrintedColumn(("已发", "Sent"), "shipped", 7, numeric=True),
        PrintedColumn(("已收", "Received"), "received", 7, numeric=True),
    ),
    "stocktake": (
        NUMBER,
        NAME,
        SPECIFICATION,
        BATCH,
        LOCATION,
        STATUS,
        PrintedColumn(("账面", "Books"), "expected", 7, numeric=True),
        PrintedColumn(("初盘", "First count"), "first_counted", 7, numeric=True),
        PrintedColumn(("初盘人", "By"), "first_counter", 7),
        PrintedColumn(("复盘", "Second count"), "second_counted", 7, numeric=True),
        PrintedColumn(("复盘人", "By"), "second_counter", 7),
        PrintedColumn(("差异", "Difference"), "variance", 7, numeric=True),
        PrintedColumn(("金额（元）", "Value (CNY)"), "value", 8, numeric=True),
        PrintedColumn(("差异原因", "Cause"), "cause", 9),
        PrintedColumn(("处理", "Decision"), "outcome", 8),
    ),
    "recall": (NUMBER, NAME, SPECIFICATION),
    "destruction": (
        *DATED,
        LOCATION,
        STATUS,
        PrintedColumn(("销毁方式", "Method"), "method", 8),
        PrintedColumn(("销毁地点", "Place of destruction"), "place", 9),
        PrintedColumn(("执行人", "Destroyed by"), "executor", 8),
        PrintedColumn(("监管部门监督人", "Witness of the authority"), "authority_witness", 9),
    ),
    "invoice": (*GOODS, PRICE, AMOUNT),
    "credit_note": (*GOODS, PRICE, AMOUNT),
}

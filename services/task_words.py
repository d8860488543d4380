"""Services: the words and nouns under which a task shows its documents and inputs."""

from __future__ import annotations

from collections.abc import Mapping

from domain.sop_definition import Text

DOCUMENT_LABELS: Mapping[str, Text] = {
    "number": Text(zh="单号", en="Number"),
    "supplier": Text(zh="供货单位", en="Supplier"),
    "customer": Text(zh="客户", en="Customer"),
    "purchase_order": Text(zh="采购订单", en="Purchase order"),
    "site": Text(zh="仓库", en="Site"),
    "to_site": Text(zh="调入仓库", en="To site"),
    "ordered_on": Text(zh="订货日期", en="Ordered on"),
    "shipped_at": Text(zh="发运时间", en="Shipped at"),
    "carrier": Text(zh="承运单位", en="Carrier"),
    "vehicle": Text(zh="车辆", en="Vehicle"),
    "line_count": Text(zh="行数", en="Lines"),
    "cold_chain": Text(zh="冷链", en="Cold chain"),
    "special_control": Text(zh="特殊管理药品", en="Special control"),
}
NOUNS: Mapping[str, str] = {
    "number": "document",
    "supplier": "party",
    "customer": "party",
    "site": "site",
    "to_site": "site",
}
"""What a document's field is a code of."""
NAMED = frozenset({"party", "site", "batch"})
"""Types of inputs whose value is a code or an id that a task shows by its name."""
DOCUMENT_KINDS: Mapping[str, Text] = {
    "purchase_order": Text(zh="采购订单", en="Purchase order"),
    "dispatch_advice": Text(zh="随货同行单", en="Dispatch advice"),
    "sales_order": Text(zh="销售订单", en="Sales order"),
    "shipment": Text(zh="随货同行单（出库）", en="Shipment"),
    "invoice": Text(zh="发票", en="Invoice"),
    "credit_note": Text(zh="红字发票", en="Credit note"),
    "sales_return": Text(zh="销售退货单", en="Sales return"),
    "purchase_return": Text(zh="购进退出单", en="Return to supplier"),
    "transfer": Text(zh="调拨单", en="Transfer"),
    "stocktake": Text(zh="盘点单", en="Stocktake"),
    "recall": Text(zh="召回通知", en="Recall"),
    "destruction": Text(zh="销毁单", en="Destruction"),
}

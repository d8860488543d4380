"""Domain: which column headers mean which field in imported documents, in Chinese and English."""

from typing import Literal

from domain.documents import EnteredKind

Part = Literal["header", "line"]

_SUPPLIER: dict[str, tuple[str, Part]] = {"supplier": ("供货单位编码", "header")}
_COMMON: dict[str, tuple[str, Part]] = {
    "site": ("仓库编码", "header"),
    "line": ("行号", "line"),
    "material": ("商品编码", "line"),
    "quantity": ("数量", "line"),
    "unit": ("单位", "line"),
}
COLUMNS: dict[EnteredKind, dict[str, tuple[str, Part]]] = {
    "purchase_order": {
        "number": ("采购订单号", "header"),
        **_SUPPLIER,
        **_COMMON,
        "ordered_on": ("订购日期", "header"),
        "min_remaining_days": ("最低剩余效期天数", "line"),
        "price": ("单价", "line"),
    },
    "dispatch_advice": {
        "number": ("随货同行单号", "header"),
        **_SUPPLIER,
        **_COMMON,
        "purchase_order": ("采购订单号", "header"),
        "shipped_at": ("发运时间", "header"),
        "carrier": ("承运单位", "header"),
        "vehicle": ("车牌号", "header"),
        "order_line": ("订单行号", "line"),
        "batch": ("批号", "line"),
        "produced_on": ("生产日期", "line"),
        "expires_on": ("有效期至", "line"),
        "expires_before": ("失效期", "line"),
        "serials": ("追溯码", "line"),
        "packages": ("包装码", "line"),
    },
    "sales_order": {
        "number": ("销售订单号", "header"),
        "customer": ("购货单位编码", "header"),
        **_COMMON,
        "ordered_on": ("订购日期", "header"),
        "deliver_to": ("收货地址", "header"),
        "min_remaining_days": ("最低剩余效期天数", "line"),
        "price": ("单价", "line"),
    },
    "transfer": {
        "number": ("调拨单号", "header"),
        **_COMMON,
        "to_site": ("调入仓库编码", "header"),
        "ordered_on": ("调拨日期", "header"),
        "min_remaining_days": ("最低剩余效期天数", "line"),
    },
}
"""Field -> the header that a template shows, and whether it belongs to the document or to a line."""

REQUIRED: dict[EnteredKind, tuple[str, ...]] = {
    "purchase_order": ("number", "supplier", "site", "ordered_on", "line", "material", "quantity", "unit"),
    "dispatch_advice": (
        "number",
        "supplier",
        "purchase_order",
        "site",
        "shipped_at",
        "line",
        "material",
        "batch",
        "expires_on",
        "quantity",
        "unit",
    ),
    "sales_order": ("number", "customer", "site", "ordered_on", "line", "material", "quantity", "unit"),
    "transfer": ("number", "site", "to_site", "ordered_on", "line", "material", "quantity", "unit"),
}

_ALSO: dict[str, tuple[str, ...]] = {
    "supplier": ("供货单位", "供应商", "供应商编码", "supplier code", "vendor"),
    "customer": ("购货单位", "客户", "客户编码", "customer code", "buyer"),
    "to_site": ("调入仓库", "目的仓库", "to warehouse", "destination"),
    "price": ("含税单价", "销售单价", "unit price"),
    "site": ("仓库", "站点", "收货仓库", "发货仓库", "调出仓库", "warehouse", "site code"),
    "line": ("行", "line no", "line number"),
    "material": ("物料编码", "药品编码", "货品编码", "item", "material code", "sku"),
    "quantity": ("订购数量", "发货数量", "qty"),
    "unit": ("计量单位", "包装单位", "uom"),
    "ordered_on": ("订购日期", "调拨日期", "订单日期", "下单日期", "order date"),
    "deliver_to": ("送货地址", "delivery address", "ship to"),
    "min_remaining_days": ("最低剩余效期", "min remaining days"),
    "purchase_order": ("订单号", "order number", "po number", "po"),
    "shipped_at": ("发货时间", "启运时间", "shipped", "departure"),
    "carrier": ("承运商",),
    "vehicle": ("车牌", "plate"),
    "order_line": ("订单行", "po line", "order line number"),
    "batch": ("批次", "生产批号", "lot", "batch number", "lot number"),
    "produced_on": ("生产日", "production date", "manufactured on"),
    "expires_on": ("有效期", "有效期截止", "expiry", "expiry date", "expires"),
    "expires_before": ("失效日期", "unusable from"),
    "serials": ("序列号", "serial", "serial numbers"),
    "packages": ("包装", "sscc"),
}
_NUMBER: dict[EnteredKind, tuple[str, ...]] = {
    "purchase_order": ("订单号", "采购单号", "order number", "po number", "purchase order"),
    "dispatch_advice": ("发货单号", "送货单号", "advice number", "delivery note", "dispatch advice"),
    "sales_order": ("订单号", "销售单号", "order number", "so number", "sales order"),
    "transfer": ("调拨单", "transfer number", "transfer order"),
}


def column_of(kind: EnteredKind, header: str) -> str | None:
    """The field that a header names, None for a column that is not ours; `订单号` depends on the kind."""
    wanted = _folded(header)
    if wanted in {_folded(name) for name in ("number", COLUMNS[kind]["number"][0], *_NUMBER[kind])}:
        return "number"
    for name, (shown, _) in COLUMNS[kind].items():
        if name != "number" and wanted in {_folded(word) for word in (name, shown, *_ALSO.get(name, ()))}:
            return name
    return None


def _folded(header: str) -> str:
    return "".join(header.casefold().replace("_", " ").replace("*", "").split())

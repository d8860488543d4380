"""Domain: the actions of returns to suppliers, as the catalogue declares them (GSP 87, 95)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words
from domain.position_lines import POSITION_AGGREGATES, POSITION_COLUMNS

POSITIONS = LineSetType(POSITION_COLUMNS, POSITION_AGGREGATES)
_CHOSEN = {"location_id": "string", "batch_id": "string", "status": "string", "quantity": "int"}
_PICKED = {**_CHOSEN, "outcome": "string", "picked_quantity": "int?"}

PURCHASE_RETURN_ACTIONS = (
    ActionSpec(
        name="purchase_return.propose",
        version=1,
        title=words("列出可退货库存", "List what can go back"),
        description=words(
            "列出本仓库来自该供货单位、未为订单预留的库存；不超过该单位供货减去已退的数量。",
            "Lists the site's unreserved stock that came from the supplier, at most what it delivered "
            "less what went back already.",
        ),
        permission="document.write",
        inputs={"supplier": "string", "batch": "string"},
        optional=frozenset({"batch"}),
        outputs={"lines": POSITIONS},
        refusals={
            "supplier_unknown": words("没有此供货单位", "There is no such supplier"),
            "nothing_to_return": words("没有可退的库存", "There is nothing that can go back"),
        },
        reads=("stock", "party"),
    ),
    ActionSpec(
        name="purchase_return.prepare",
        version=1,
        title=words("开立购进退出单", "Write the return"),
        description=words(
            "为选定退出的各行开立购进退出单。", "Opens the return to the supplier for the chosen lines."
        ),
        permission="document.write",
        inputs={"supplier": "string", "lines": "line_set"},
        columns={"lines": {**_CHOSEN, "outcome": "string", "return_quantity": "int?"}},
        outputs={"lines": POSITIONS, "number": "string"},
        refusals={
            "nothing_chosen": words("没有选定任何一行", "No line was chosen"),
            "over_quantity": words("退出数量超过可退数量", "More than can go back"),
        },
        undo="purchase_return.cancel",
        reads=("stock",),
        effects=("document",),
    ),
    ActionSpec(
        name="purchase_return.list_missing",
        version=1,
        title=words("列出短少", "List what is missing"),
        description=words(
            "列出拣货时未找到的各行与数量，供质量部门调查；账面不变。",
            "Lists the lines that were not found at the pick, and how many, for quality; the books stay.",
        ),
        permission="document.write",
        inputs={"lines": "line_set"},
        columns={"lines": _PICKED},
        outputs={"lines": POSITIONS, "missing": "int"},
    ),
    ActionSpec(
        name="purchase_return.withdraw",
        version=1,
        title=words("取消退出单", "Cancel the return"),
        description=words(
            "一件也没有找到的退货：取消购进退出单，账面不变。",
            "A return of which nothing was found: its document is cancelled, the books stay.",
        ),
        permission="document.write",
        inputs={"lines": "line_set"},
        columns={"lines": _PICKED},
        outputs={"missing": "int"},
        irreversible=words("没有货物退出；需要时重新发起。", "Nothing goes back; a new run returns it."),
        effects=("document",),
    ),
    ActionSpec(
        name="purchase_return.book",
        version=1,
        title=words("退货出库", "Book the return out"),
        description=words(
            "将已交承运人的退货按实拣数量自库存核销，有追溯码的按扫描逐件登记；拣货未找到的留在账面；"
            "选定后被召回封存的留在库内，归召回处理。",
            "Takes what was picked and the carrier has got off the books, serial by serial where there are "
            "serials; what was not found stays in the books; what a recall has sealed since it was chosen "
            "stays and is left to the recall.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set", "carrier": "string", "vehicle": "string"},
        columns={"lines": _CHOSEN},
        outputs={
            "quantity": "int",
            "record": "string",
            "recalled": "int",
            "any_recalled": "bool",
            "missing": "int",
        },
        refusals={
            "stock_changed": words("货位库存已不足", "There is not so much at the location any more"),
            "serials_incomplete": words("追溯码与数量不一致", "The serials are not as many as returned"),
            "return_exceeds_delivery": words(
                "退出数量超过该供货单位的供货数量（别处已退）",
                "More than the supplier delivered: some went back elsewhere",
            ),
            "serial_not_delivered": words("追溯码不是该供货单位供货", "A serial came from another supplier"),
            "batch_on_hold": words(
                "批号在选定后被锁定，须先由质量部门判定",
                "A batch was put on hold since; quality decides first",
            ),
        },
        irreversible=words("货物已交承运人。", "The carrier has the goods."),
        reads=("stock", "scan"),
        effects=("stock", "document"),
    ),
)

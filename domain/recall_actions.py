"""Domain: the actions of a recall, as the catalogue declares them (药品管理法 82; GSP 117-118)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words
from domain.recall_columns import (
    ANSWER,
    CONSIGNED_AGGREGATES,
    CONSIGNED_COLUMNS,
    CONSIGNEE_COLUMNS,
    DRILL,
    MAY_BE_DRILL,
    OTHER_MODE,
    PARTY,
    RECALL,
    SCOPE_AGGREGATES,
    SCOPE_COLUMNS,
    SITE_COLUMNS,
    STILL_THERE_COLUMNS,
)

_SCOPE_ACTIONS = (
    ActionSpec(
        name="recall.open",
        version=1,
        title=words("开立召回", "Open the recall"),
        description=words(
            "读取召回范围文字，与账上批号比对：找到的、存疑的、账上没有的、未能识别的逐行列出。",
            "Reads the scope text and compares it with the batches in the books: found, doubtful, not in our "
            "books, not understood - line by line.",
        ),
        permission="document.write",
        inputs={**RECALL, **DRILL},
        optional=MAY_BE_DRILL,
        outputs={"lines": LineSetType(SCOPE_COLUMNS, SCOPE_AGGREGATES), "reopened": "bool"},
        refusals={"recall_closed": words("该召回已结案", "The recall is closed"), **OTHER_MODE},
        undo="recall.withdraw",
        reads=("document", "batch"),
        effects=("document",),
    ),
    ActionSpec(
        name="recall.seal",
        version=1,
        title=words("全面封存", "Seal everywhere"),
        description=words(
            "一次封存范围内批号的全部库存：在库、已占用、在途、退货中，所有仓库；此后任何途径均不得发出。演练时只登记，不封存。",
            "Seals the batches in one act at every site: on hand, reserved, in transit, in return; from then "
            "on nothing of them is issued by any path. A drill only writes down what would be sealed.",
        ),
        permission="hold.open",
        inputs={**RECALL, **DRILL, "lines": "line_set"},
        optional=MAY_BE_DRILL,
        columns={"lines": {"kind": "string", "outcome": "string"}},
        outputs={
            "batches": "int",
            "on_hand": "int",
            "reserved": "int",
            "in_transit": "int",
            "in_return": "int",
            "not_in_our_books": "int",
        },
        refusals={
            "nothing_in_scope": words("没有确认任何批号", "No batch was confirmed"),
            "batch_unreadable": words("填写的不只是批号", "What was entered is more than batch numbers"),
        },
        irreversible=words(
            "封存只随召回结案解除，由质量部门逐批放行。",
            "A seal ends with the recall: quality releases batch by batch after it is closed.",
        ),
        reads=("batch", "stock"),
        effects=("hold", "reservation"),
    ),
    ActionSpec(
        name="recall.move_stock",
        version=1,
        title=words("移入召回区", "Move into the recall zone"),
        description=words(
            "将各仓库中被封存批号的库存转为召回状态并记入召回区，分批进行。演练时不移动。",
            "Moves the sealed stock of every site to the status recalled, into the recall zone, in chunks. "
            "A drill moves nothing.",
        ),
        permission="stock.move",
        inputs=RECALL,
        outputs={"moved": "int", "left_in_place": "int"},
        irreversible=words(
            "召回的库存经质量部门判定后另行处理。", "What becomes of recalled stock is decided by quality."
        ),
        reads=("stock",),
        effects=("stock",),
        chunked=True,
    ),
)

_CONSIGNEE_ACTIONS = (
    ActionSpec(
        name="recall.consignees",
        version=1,
        title=words("列出购货单位", "List the consignees"),
        description=words(
            "从库存账一次查出收到被召回批号的全部购货单位与数量。",
            "Finds everybody who got a recalled batch, with quantities, from the ledger by one query.",
        ),
        permission="document.read",
        inputs=RECALL,
        outputs={"lines": LineSetType(CONSIGNEE_COLUMNS, {"sum_quantity": "int"})},
        reads=("stock",),
    ),
    ActionSpec(
        name="recall.notify",
        version=1,
        title=words("通知购货单位", "Notify the consignee"),
        description=words(
            "登记召回通知已发出，列出该单位收到的批号、数量与单据。演练时不向外发送。",
            "Writes down that the notice went out and lists the batches of the consignee, with documents. "
            "In a drill nothing goes out.",
        ),
        permission="document.write",
        inputs={**PARTY, **DRILL},
        optional=MAY_BE_DRILL,
        outputs={"lines": LineSetType(CONSIGNED_COLUMNS, CONSIGNED_AGGREGATES), "party_name": "string"},
        refusals=OTHER_MODE,
        irreversible=words("已发出的通知不能收回。", "A notice that went out is not taken back."),
        reads=("stock",),
        effects=("recall",),
    ),
    ActionSpec(
        name="recall.acknowledge",
        version=1,
        title=words("登记对方确认", "Record the acknowledgement"),
        description=words(
            "登记对方何人、以何方式确认收到通知。", "Writes down who confirmed the notice, and how."
        ),
        permission="document.write",
        inputs={**PARTY, "by": "string", "channel": "string"},
        outputs={},
        irreversible=words("证据只增不改。", "Evidence is only added."),
        effects=("recall",),
    ),
    ActionSpec(
        name="recall.record_answer",
        version=1,
        title=words("登记答复", "Record the answer"),
        description=words(
            "登记该单位各批号的库存、已使用、已销毁数量；后来的答复代替先前的，先前的仍可查。",
            "Writes down what the consignee has, used and destroyed of each batch; a later answer counts "
            "instead of an earlier one, which stays on record.",
        ),
        permission="document.write",
        inputs={**PARTY, "lines": "line_set"},
        columns={"lines": ANSWER},
        outputs={"on_hand": "int", "lines": LineSetType(STILL_THERE_COLUMNS, CONSIGNED_AGGREGATES)},
        irreversible=words("证据只增不改。", "Evidence is only added."),
        effects=("recall",),
    ),
    ActionSpec(
        name="recall.take_back",
        version=1,
        title=words("收回药品", "Take the goods back"),
        description=words(
            "将购货单位退回的召回药品直接记入召回区（召回状态）。演练时不入账。",
            "Books what the consignee sent back straight into the recall zone. A drill books nothing.",
        ),
        permission="stock.move",
        inputs={**PARTY, **DRILL, "lines": "line_set"},
        optional=MAY_BE_DRILL,
        columns={"lines": {"batch_id": "string", "returned_quantity": "int?"}},
        outputs={"quantity": "int"},
        refusals={
            "no_recall_zone": words("本仓库没有召回区", "The site has no recall zone"),
            "return_exceeds_sale": words(
                "退回数量超过售出数量", "More came back than the consignee was sold"
            ),
        },
        irreversible=words("货物已收回。", "The goods are back."),
        reads=("stock", "site"),
        effects=("stock",),
    ),
)

_CLOSING_ACTIONS = (
    ActionSpec(
        name="recall.balance",
        version=1,
        title=words("核对平衡", "Draw the balance"),
        description=words(
            "逐批号、逐单位核对：售出 = 收回 + 使用 + 销毁 + 去向不明；列出尚有差异的各行。",
            "Per batch and consignee: shipped = recovered + consumed + destroyed + unaccounted; lists what "
            "differs.",
        ),
        permission="document.read",
        inputs=RECALL,
        outputs={
            "lines": LineSetType(CONSIGNED_COLUMNS, CONSIGNED_AGGREGATES),
            "balanced": "bool",
            "unaccounted": "int",
        },
        reads=("stock", "recall"),
    ),
    ActionSpec(
        name="recall.close",
        version=1,
        title=words("召回结案", "Close the recall"),
        description=words(
            "登记各差异的说明；全部平衡或已说明时结案，否则不结案。",
            "Writes down the explanations; closes the recall when everything is balanced or explained, "
            "else not.",
        ),
        permission="document.write",
        inputs={**RECALL, "lines": "line_set"},
        optional=frozenset({"lines"}),
        columns={"lines": {"batch_id": "string", "party": "string", "unaccounted": "int"}},
        outputs={"closed": "bool", "unaccounted": "int"},
        irreversible=words(
            "结案记录不删除；有新证据时召回重新打开。",
            "The closing stays on record; new evidence opens the recall again.",
        ),
        reads=("stock",),
        effects=("recall", "document"),
    ),
    ActionSpec(
        name="recall.conclude",
        version=1,
        title=words("写入召回总结", "Write the conclusion"),
        description=words(
            "将有效性评估写入召回记录；不涉及我司批号的召回随之结案。",
            "Writes the assessment of effectiveness into the record; a recall of none of our batches is "
            "closed by it.",
        ),
        permission="document.write",
        inputs={**RECALL, "effectiveness": "string", "assessment": "string"},
        outputs={},
        irreversible=words("召回记录不删除。", "The record of a recall is never deleted."),
        effects=("document",),
    ),
    ActionSpec(
        name="recall.stock_by_site",
        version=1,
        title=words("列出各仓库召回库存", "List recalled stock by site"),
        description=words(
            "列出各仓库待处理的召回状态库存。",
            "Lists the recalled stock of each site that waits for its end.",
        ),
        permission="stock.read",
        inputs=RECALL,
        outputs={"lines": LineSetType(SITE_COLUMNS, {"sum_quantity": "int"})},
        reads=("stock",),
    ),
)
RECALL_ACTIONS = (*_SCOPE_ACTIONS, *_CONSIGNEE_ACTIONS, *_CLOSING_ACTIONS)

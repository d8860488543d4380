"""Domain: the actions of witnessed destruction, as the catalogue declares them (GSP 87, 79)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words
from domain.position_lines import POSITION_AGGREGATES, POSITION_COLUMNS

POSITIONS = LineSetType(POSITION_COLUMNS, POSITION_AGGREGATES)
_CHOSEN = {"location_id": "string", "batch_id": "string", "status": "string", "quantity": "int"}

DESTRUCTION_ACTIONS = (
    ActionSpec(
        name="destruction.propose",
        version=1,
        title=words("列出待销毁库存", "List what may be destroyed"),
        description=words(
            "列出本仓库不合格与召回状态的库存（或仅其中一个批号）；其他状态的库存不得销毁。",
            "Lists rejected and recalled stock of the site (or one batch of it); no other may be destroyed.",
        ),
        permission="document.write",
        inputs={"batch": "string"},
        optional=frozenset({"batch"}),
        outputs={"lines": POSITIONS},
        refusals={
            "nothing_to_destroy": words("没有可销毁的库存", "There is nothing that may be destroyed"),
            "batch_unknown": words("没有此批号", "There is no such batch"),
        },
        reads=("stock",),
    ),
    ActionSpec(
        name="destruction.prepare",
        version=1,
        title=words("生成销毁单", "Write the destruction order"),
        description=words(
            "为选定销毁的各行开立销毁单。", "Opens the destruction order for the lines that were chosen."
        ),
        permission="document.write",
        inputs={"lines": "line_set"},
        columns={"lines": {**_CHOSEN, "outcome": "string"}},
        outputs={"lines": POSITIONS, "number": "string"},
        refusals={"nothing_chosen": words("没有选定任何一行", "No line was chosen")},
        undo="destruction.cancel",
        reads=("stock",),
        effects=("document",),
    ),
    ActionSpec(
        name="destruction.book",
        version=1,
        title=words("登记销毁", "Record the destruction"),
        description=words(
            "按销毁单将实物销毁的数量自库存核销（其间被召回移走的自召回区核销），连同方式、照片、执行人与监销人写入销毁记录。",
            "Takes what was destroyed off the books, in the recall zone when a recall has moved it there "
            "meanwhile, and writes the destruction record with method, photos, executor and witness.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        columns={"lines": {**_CHOSEN, "method": "string"}},
        outputs={"quantity": "int", "record": "string", "recalled": "int", "any_recalled": "bool"},
        refusals={
            "stock_changed": words(
                "货位库存自审批后已有变动，须重新开单",
                "The stock has changed since the approval: write a new order",
            ),
            "serials_unclear": words(
                "部分数量没有追溯码，须先盘点", "Only some units have their serials: count them first"
            ),
        },
        irreversible=words("销毁的药品不能恢复。", "What was destroyed does not come back."),
        reads=("stock",),
        effects=("stock", "document"),
    ),
)

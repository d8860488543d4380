"""Domain: the actions of stocktaking, as the catalogue declares them (GSP 88)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import ActionSpec, LineSetType, words

SHEET_COLUMNS: Mapping[str, str] = {
    "number": "int",
    "location": "string",
    "location_id": "string",
    "material": "string",
    "material_name": "string",
    "specification": "string",
    "unit": "string",
    "storage_class": "string",
    "special_control": "bool",
    "batch_id": "string",
    "batch_number": "string",
    "expires_on": "date",
    "expires_on_given": "bool",
    "status": "string",
    "owner_id": "string",
}
"""A position as it is counted. What the books hold of it is not among them: the count is blind."""
SHEET = LineSetType(SHEET_COLUMNS, {"any_special_control": "bool"})
VARIANCE_COLUMNS: Mapping[str, str] = {
    **SHEET_COLUMNS,
    "expected": "int",
    "counted": "int",
    "first_counted": "int",
    "second_counted": "int",
    "second_counted_given": "bool",
    "variance": "int",
    "agreed": "bool",
    "moved": "int",
    "value": "decimal",
    "value_given": "bool",
    "counted_at": "timestamp",
    "counted_result_id": "string",
    "first_counter": "string",
    "second_counter": "string",
    "second_counter_given": "bool",
    "added": "bool",
}
VARIANCES = LineSetType(VARIANCE_COLUMNS, {"any_special_control": "bool"})

_COUNTED = {"batch_id": "string", "location_id": "string", "counted_quantity": "int"}
_REVIEWED = {
    "batch_id": "string",
    "variance": "int",
    "counted": "int",
    "outcome": "string",
    "cause": "string",
}
_COUNTS = {"first": "line_set", "second": "line_set"}

STOCKTAKE_ACTIONS = (
    ActionSpec(
        name="stocktake.plan",
        version=1,
        title=words("制定盘点计划", "Plan the count"),
        description=words(
            "按全盘、循环（ABC 分类）、随机（记录种子）或动碰列出待盘的货位、批号与状态，生成盘点单；"
            "盘点表不含账面数量。",
            "Lists the positions to count - all, by counting class, at random with a recorded seed, or what "
            "moved since a day - and opens the stocktake. The sheet does not say what the books hold.",
        ),
        permission="document.write",
        inputs={
            "kind": "string",
            "since": "date",
            "abc_class": "string",
            "size": "int",
            "days_a": "int",
            "days_b": "int",
            "days_c": "int",
        },
        optional=frozenset({"since", "abc_class", "size", "days_a", "days_b", "days_c"}),
        outputs={"lines": SHEET, "stocktake": "string", "special_control": "bool"},
        refusals={
            "nothing_to_count": words("没有需要盘点的库存", "There is nothing to count"),
            "plan_incomplete": words("盘点计划不完整", "The plan lacks something"),
        },
        undo="stocktake.cancel_plan",
        reads=("stock", "material", "document"),
        effects=("document",),
    ),
    ActionSpec(
        name="stocktake.compare",
        version=1,
        title=words("比对初盘与账面", "Compare the first count with the books"),
        description=words(
            "按每行盘点时刻的账面数（扣除其后的出入库）比对，有差异的列入复盘表；复盘表同样不含账面数与初盘数。",
            "Compares each line with what the books held at the moment of its count and lists what differs "
            "for a second count, which knows neither the books nor the first count.",
        ),
        permission="document.write",
        inputs={"lines": "line_set"},
        columns={"lines": _COUNTED},
        outputs={"lines": SHEET},
        reads=("stock",),
    ),
    ActionSpec(
        name="stocktake.assess",
        version=1,
        title=words("评定差异", "Assess the differences"),
        description=words(
            "以复盘（无复盘的以初盘）为准逐行计算差异与金额，汇总差异金额（不计正负）与准确率。",
            "Takes the second count, where there is one, and tells for each line the difference and its "
            "value, the total without signs, and how many positions were right.",
        ),
        permission="document.write",
        inputs=_COUNTS,
        optional=frozenset({"second"}),
        columns={"first": _COUNTED, "second": _COUNTED},
        outputs={
            "lines": VARIANCES,
            "counted": VARIANCES,
            "special_control": "bool",
            "value": "decimal",
            "unvalued": "int",
            "accuracy": "decimal",
        },
        reads=("stock", "material"),
    ),
    ActionSpec(
        name="stocktake.adjust",
        version=1,
        title=words("按批准调整账面", "Adjust the books as approved"),
        description=words(
            "将批准调整的差异逐行记账，使盘点时刻的账面等于实盘数；账面在批准后有变化或已被占用的，不予调整并说明。",
            "Posts the approved differences line by line, so that the books of the moment of the count are "
            "what was counted; refused when the books have changed since or the goods are promised.",
        ),
        permission="stock.move",
        inputs={"lines": "line_set"},
        columns={"lines": _REVIEWED},
        outputs={"adjusted": "int"},
        refusals={
            "ledger_changed": words("批准后账面已有变化", "The books have changed since the approval"),
            "stock_gone": words("库存已发出，不足以调减", "The goods have left since they were counted"),
            "stock_reserved": words("库存已为订单预留", "The goods are promised to an order"),
            "serials_unclear": words("不能确定差异的追溯码", "Which serials differ is not clear"),
        },
        undo="stocktake.reverse_adjustment",
        reads=("stock", "serial"),
        effects=("stock",),
    ),
    ActionSpec(
        name="stocktake.record",
        version=1,
        title=words("生成盘点记录", "Write the stocktake's record"),
        description=words(
            "写明每行账面数、初盘、复盘、差异、原因、金额与是否调整，关闭盘点单。",
            "Writes expected, counted, second count, difference, cause, value and what was adjusted of each "
            "line, and closes the stocktake.",
        ),
        permission="document.write",
        inputs={"lines": "line_set", "reviewed": "line_set", "accuracy": "decimal", "adjusted": "bool"},
        optional=frozenset({"reviewed"}),
        columns={"lines": {"batch_id": "string", "counted": "int", "variance": "int"}},
        outputs={"record": "string"},
        irreversible=words(
            "盘点记录不得删除；更正须另立盘点。", "A record is never deleted; a new count corrects it."
        ),
        reads=("stock", "material"),
        effects=("document",),
    ),
)

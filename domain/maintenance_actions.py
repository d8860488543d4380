"""Domain: the action of storage maintenance, as the catalogue declares it (GSP 83, 84)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words
from domain.position_lines import POSITION_AGGREGATES, POSITION_COLUMNS

MAINTENANCE_ACTIONS = (
    ActionSpec(
        name="maintenance.list",
        version=1,
        title=words("列出应养护的库存", "List the stock to be looked at"),
        description=words(
            "列出本仓库合格与待验库存的货位，供逐行养护检查；可分成若干份轮流检查（如每月三分之一，"
            "不写第几份时按月轮流），也可只列一种储存条件（GSP 第83、84条）。",
            "Lists where qualified and waiting stock of the site stands, to be checked line by line; in "
            "parts that take turns (a third each month; by the month if no part is named), or of one "
            "storage class only (GSP 83, 84).",
        ),
        permission="stock.read",
        inputs={"part": "int", "parts": "int", "storage_class": "string"},
        optional=frozenset({"part", "parts", "storage_class"}),
        outputs={"lines": LineSetType(POSITION_COLUMNS, POSITION_AGGREGATES), "count": "int"},
        refusals={"no_such_part": words("没有这一份", "There is no such part")},
        reads=("stock", "batch"),
    ),
)

"""Domain: the actions of the expiry check, as the catalogue declares them (GSP 85)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words
from domain.position_lines import POSITION_AGGREGATES, POSITION_COLUMNS

EXPIRED = LineSetType(POSITION_COLUMNS, POSITION_AGGREGATES)
NEAR = LineSetType({**POSITION_COLUMNS, "remaining_days": "int"}, POSITION_AGGREGATES)

EXPIRY_ACTIONS = (
    ActionSpec(
        name="expiry.lock_expired",
        version=1,
        title=words("过期药品转入不合格区", "Move what has expired to the red zone"),
        description=words(
            "将本仓库已过有效期的合格与退货库存按实有数量转为不合格，记入不合格品（红色）区，并释放其预留；"
            "追溯码不全的货位不动，另行计数（GSP 第85条）。",
            "Turns qualified and returned stock of the site that is past its expiry into rejected stock in "
            "the red zone, in the quantities that stand there, and releases what is reserved of it. "
            "Positions whose serials are not all known stay and are counted (GSP 85).",
        ),
        permission="stock.move",
        outputs={
            "lines": EXPIRED,
            "count": "int",
            "quantity": "int",
            "released": "int",
            "left": "int",
            "posting": "string",
        },
        refusals={"no_rejected_zone": words("仓库没有不合格品区", "The site has no zone for rejected goods")},
        irreversible=words("过期药品不能恢复为合格品。", "What has expired does not become good again."),
        reads=("stock", "batch", "site"),
        effects=("stock", "reservation"),
    ),
    ActionSpec(
        name="expiry.list_near",
        version=1,
        title=words("列出近效期药品", "List what expires soon"),
        description=words(
            "列出本仓库在指定天数内到期的合格库存；上次检查七天内已列出的批号不再列出。",
            "Lists qualified stock of the site that expires within so many days; batches that a check has "
            "listed in the last seven days are not listed again.",
        ),
        permission="stock.read",
        inputs={"days": "int"},
        outputs={"lines": NEAR, "count": "int"},
        reads=("stock", "batch"),
    ),
)

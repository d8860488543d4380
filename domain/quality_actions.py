"""Domain: the actions of a quality hold on one batch, as the catalogue declares them (GSP 87; annex 2)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words
from domain.position_lines import POSITION_AGGREGATES, POSITION_COLUMNS

POSITIONS = LineSetType(POSITION_COLUMNS, POSITION_AGGREGATES)
_BATCH = {"batch": "string", "reason": "string"}

QUALITY_ACTIONS = (
    ActionSpec(
        name="quality.hold_batch",
        version=1,
        title=words("锁定批号并停止销售", "Hold the batch and stop its sale"),
        description=words(
            "在所有仓库锁定该批号，释放已为订单预留的数量，列出各货位库存（GSP 第87条）。",
            "Holds the batch at every site, releases what is reserved of it for orders and lists where it "
            "stands (GSP 87).",
        ),
        permission="hold.open",
        inputs=_BATCH,
        outputs={
            "lines": POSITIONS,
            "batch_number": "string",
            "material_name": "string",
            "quantity": "int",
            "released": "int",
        },
        refusals={"batch_unknown": words("没有此批号", "There is no such batch")},
        undo="quality.undo_hold",
        reads=("batch", "stock"),
        effects=("hold", "reservation"),
    ),
    ActionSpec(
        name="quality.release_batch",
        version=1,
        title=words("解除锁定", "Release the batch"),
        description=words(
            "解除本流程对该批号的锁定；其他锁定不受影响。调拨中途撤回、在待验区等候判定的该批货物"
            "记回合格品货位。",
            "Closes the hold that this run has opened; other holds stay. What waits in quarantine of "
            "transfers that were given up is booked into stock.",
        ),
        permission="hold.close",
        inputs=_BATCH,
        outputs={"put_back": "int", "where": "string"},
        refusals={
            "no_storage_place": words("仓库没有合适的合格品货位", "A site has no storage place that suits")
        },
        irreversible=words(
            "已解除的锁定不能恢复，只能重新锁定。",
            "A released hold is not restored; a new one can be opened.",
        ),
        reads=("hold", "stock", "site"),
        effects=("hold", "stock"),
    ),
    ActionSpec(
        name="quality.reject_batch",
        version=1,
        title=words("判为不合格并移入红色区", "Reject the batch and move it to the red zone"),
        description=words(
            "将各仓库待验、合格与退货状态的该批库存转为不合格，记入不合格品（红色）区；锁定保持。",
            "Turns what is in quarantine, qualified or returned of it at every site into rejected stock "
            "in the red zone; the hold stays.",
        ),
        permission="stock.move",
        inputs=_BATCH,
        outputs={"lines": POSITIONS, "quantity": "int", "posting": "string"},
        refusals={
            "no_rejected_zone": words("仓库没有不合格品区", "A site has no zone for rejected goods"),
            "serials_unclear": words(
                "部分数量没有追溯码，须先盘点", "Only some units have their serials: count them first"
            ),
        },
        undo="quality.undo_rejection",
        reads=("stock", "site"),
        effects=("stock", "reservation"),
    ),
)

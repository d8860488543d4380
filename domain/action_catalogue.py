"""Domain: the action catalogue - what a definition may ask the system to do, as typed declarations.

Each entry is the designer's words, the linter's types and the contract of the service that does the work. It
knows no implementation: services register a function for every entry, and a test compares the two.
Types are those of `expressions`; a line set's columns are the data of its lines, its aggregates what an
expression may see of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.sop_definition import Text


@dataclass(frozen=True)
class LineSetType:
    """The shape of a line set: columns of each line, aggregates of the whole (`count` is always there)."""

    columns: Mapping[str, str]
    aggregates: Mapping[str, str] = field(default_factory=dict)


ValueType = str | LineSetType


@dataclass(frozen=True)
class ActionSpec:
    """One action. An action with `effects` has an `undo` or says in `irreversible` why there is none.

    `optional` inputs may be left out or absent; `columns` are the columns that a line-set input must
    have; `reads` and `effects` name the nouns touched, so that a simulation can stub them; `permission` is
    what the action stands for; a `chunked` action is called until it returns no cursor.
    """

    name: str
    version: int
    title: Text
    description: Text
    permission: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    outputs: Mapping[str, ValueType] = field(default_factory=dict)
    refusals: Mapping[str, Text] = field(default_factory=dict)
    undo: str | None = None
    irreversible: Text | None = None
    reads: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    chunked: bool = False


DOCUMENT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "purchase_order": {
        "id": "string",
        "number": "string",
        "supplier": "string",
        "site": "string",
        "ordered_on": "date",
        "line_count": "int",
    },
    "dispatch_advice": {
        "id": "string",
        "number": "string",
        "supplier": "string",
        "purchase_order": "string",
        "site": "string",
        "shipped_at": "timestamp",
        "carrier": "string",
        "vehicle": "string",
        "line_count": "int",
        "cold_chain": "bool",
        "special_control": "bool",
    },
}
"""What an expression sees of a document input, by kind; codes and numbers, never names."""


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


RECEIPT_COLUMNS: Mapping[str, str] = {
    "material": "string",
    "material_name": "string",
    "batch_id": "string",
    "batch_number": "string",
    "produced_on": "date",
    "expires_on": "date",
    "quantity": "int",
    "cartons": "int",
    "special_control": "bool",
    "cold_chain": "bool",
}
RECEIPT_AGGREGATES: Mapping[str, str] = {
    "any_special_control": "bool",
    "any_cold_chain": "bool",
    "sum_quantity": "int",
}
SAMPLE_COLUMNS: Mapping[str, str] = {
    **RECEIPT_COLUMNS,
    "sample_cartons": "list<int>",
    "packs_per_carton": "int",
    "seed": "string",
}
_RESULT_COLUMNS = {"batch_id": "string", "accepted_quantity": "int", "rejected_quantity": "int"}

_LINES = {"lines": "line_set"}
_BATCH_LINES = {"lines": {"batch_id": "string", "quantity": "int"}}

_SPECS = (
    ActionSpec(
        name="receiving.match_order",
        version=1,
        title=_t("核对采购订单", "Match the purchase order"),
        description=_t(
            "将随货同行单与采购订单逐行核对，检查供货单位资质、数量与效期，登记批号并生成收货单。",
            "Compares the dispatch advice with the purchase order line by line, checks the supplier's "
            "licences, quantities and expiry, registers the batches and opens the receipt.",
        ),
        permission="document.write",
        inputs={
            "purchase_order": "document<purchase_order>",
            "dispatch_advice": "document<dispatch_advice>",
        },
        outputs={
            "lines": LineSetType(RECEIPT_COLUMNS, RECEIPT_AGGREGATES),
            "cold_chain": "bool",
            "special_control": "bool",
            "receipt": "string",
        },
        refusals={
            "order_unknown": _t("查无此采购订单", "The purchase order does not exist"),
            "order_closed": _t("采购订单已关闭", "The purchase order is closed"),
            "supplier_mismatch": _t("供货单位与订单不符", "The supplier is not the order's"),
            "supplier_blocked": _t(
                "供货单位资质缺失、过期或超范围",
                "The supplier's licence is missing, expired or out of scope",
            ),
            "material_unknown": _t("商品未建档", "The material is not registered"),
            "not_on_order": _t("商品不在订单内", "The material is not on the order"),
            "over_quantity": _t("到货数量超过订单", "More arrived than was ordered"),
            "batch_expired": _t("批号已过有效期", "The batch is past its expiry"),
        },
        undo="receiving.cancel_receipt",
        reads=("document", "party", "licence", "material"),
        effects=("document", "batch"),
    ),
    ActionSpec(
        name="receiving.place_in_waiting_zone",
        version=1,
        title=_t("放入待验区", "Place in the waiting zone"),
        description=_t(
            "将到货记入待验（黄色）区；冷藏、冷冻药品记入冷库待验区。",
            "Books the goods into the yellow waiting zone; cold goods into the cold waiting zone.",
        ),
        permission="stock.move",
        inputs=_LINES,
        columns=_BATCH_LINES,
        outputs={"posting": "string"},
        refusals={"no_waiting_zone": _t("本仓库没有待验区", "The site has no waiting zone")},
        undo="receiving.return_from_waiting_zone",
        reads=("site",),
        effects=("stock",),
    ),
    ActionSpec(
        name="receiving.draw_samples",
        version=1,
        title=_t("随机抽样", "Draw the samples"),
        description=_t(
            "按每批整件数量随机抽取验收箱号，记录随机种子（GSP 第77条）。",
            "Draws the cartons to open for each batch at random and records the seed (GSP 77).",
        ),
        permission="document.write",
        inputs=_LINES,
        columns={"lines": {"batch_id": "string", "quantity": "int", "cartons": "int"}},
        outputs={"lines": LineSetType(SAMPLE_COLUMNS, RECEIPT_AGGREGATES)},
        reads=("material",),
    ),
    ActionSpec(
        name="receiving.record_acceptance",
        version=1,
        title=_t("生成验收记录", "Write the acceptance record"),
        description=_t(
            "按批生成验收记录，含法定各项；合格与不合格数量之和须等于到货数量（GSP 第80条）。",
            "Writes the acceptance record of each batch with all required fields; accepted plus rejected "
            "equals arrived (GSP 80).",
        ),
        permission="document.write",
        inputs=_LINES,
        columns={"lines": _RESULT_COLUMNS},
        outputs={"record": "string"},
        refusals={
            "quantity_mismatch": _t(
                "合格数与不合格数之和不等于到货数",
                "Accepted plus rejected is not what arrived",
            )
        },
        irreversible=_t(
            "验收记录不得删除；更正须另立记录。",
            "An acceptance record is never deleted; a correction is a new record.",
        ),
        reads=("material", "batch", "document"),
        effects=("document",),
    ),
    ActionSpec(
        name="receiving.book_in",
        version=1,
        title=_t("入库", "Book in"),
        description=_t(
            "合格数量由待验转为合格并记入上架货位；不合格数量转入不合格（红色）区。",
            "Moves the accepted quantity from quarantine to qualified at its put-away location and the "
            "rejected quantity to the red zone.",
        ),
        permission="stock.move",
        inputs=_LINES,
        columns={"lines": {**_RESULT_COLUMNS, "location": "string"}},
        outputs={"put_away": "string"},
        refusals={
            "location_unknown": _t("货位不存在", "The location does not exist"),
            "location_unsuitable": _t(
                "货位的储存条件不符合要求",
                "The location's storage class does not suit the goods",
            ),
            "quantity_mismatch": _t(
                "上架数量不等于合格数量",
                "The quantity put away is not the accepted quantity",
            ),
        },
        undo="receiving.reverse_booking",
        reads=("site", "location", "material"),
        effects=("stock", "document"),
        chunked=True,
    ),
    ActionSpec(
        name="receiving.refuse_delivery",
        version=1,
        title=_t("拒收", "Refuse the delivery"),
        description=_t(
            "将收货单与随货同行单记为拒收并注明原因（GSP 第72条）。",
            "Closes the receipt and the dispatch advice as refused, with the reason (GSP 72).",
        ),
        permission="document.write",
        inputs={"dispatch_advice": "document<dispatch_advice>", "reason": "string"},
        optional=frozenset({"reason"}),
        irreversible=_t("货物已由承运人带回。", "The carrier has taken the goods back."),
        reads=("document",),
        effects=("document",),
    ),
    ActionSpec(
        name="holds.open",
        version=1,
        title=_t("锁定批号", "Put the batches on hold"),
        description=_t(
            "锁定各批号，在质量部门放行之前任何途径均不得发出（GSP 第87条）。",
            "Holds the batches: until quality releases them they cannot leave by any path (GSP 87).",
        ),
        permission="hold.open",
        inputs={"lines": "line_set", "reason": "string"},
        optional=frozenset({"reason"}),
        columns={"lines": {"batch_id": "string"}},
        outputs={"count": "int"},
        undo="holds.close",
        reads=("batch",),
        effects=("hold",),
    ),
    ActionSpec(
        name="holds.close",
        version=1,
        title=_t("解除锁定", "Release the hold"),
        description=_t(
            "解除本流程所作的批号锁定。",
            "Closes the holds that this run has opened on the batches.",
        ),
        permission="hold.close",
        inputs={"lines": "line_set", "reason": "string"},
        optional=frozenset({"reason"}),
        columns={"lines": {"batch_id": "string"}},
        outputs={"count": "int"},
        irreversible=_t(
            "已解除的锁定不能恢复，只能重新锁定。",
            "A released hold is not restored; a new one can be opened.",
        ),
        reads=("batch", "hold"),
        effects=("hold",),
    ),
)
CATALOGUE: Mapping[str, ActionSpec] = {spec.name: spec for spec in _SPECS}

_PROBES = (
    ActionSpec(
        name="probe.echo",
        version=1,
        title=_t("回显", "Echo"),
        description=_t("原样返回输入。", "Returns its inputs."),
        permission="task.work",
        inputs={"text": "string", "number": "int"},
        optional=frozenset({"text", "number"}),
        outputs={"text": "string", "number": "int"},
    ),
    ActionSpec(
        name="probe.effect",
        version=1,
        title=_t("产生效果", "Make an effect"),
        description=_t("写入一个可撤销的效果。", "Writes an effect that can be undone."),
        permission="task.work",
        inputs={"text": "string"},
        outputs={"text": "string"},
        undo="probe.undo_effect",
        effects=("probe",),
    ),
    ActionSpec(
        name="probe.refuse",
        version=1,
        title=_t("拒绝", "Refuse"),
        description=_t("总是拒绝。", "Always refuses."),
        permission="task.work",
        refusals={"not_today": _t("今天不行", "Not today")},
    ),
    ActionSpec(
        name="probe.lines",
        version=1,
        title=_t("生成明细", "Make lines"),
        description=_t("生成 n 行明细。", "Makes a line set of n lines."),
        permission="task.work",
        inputs={"n": "int"},
        outputs={"lines": LineSetType({"number": "int", "label": "string"}, {"sum_number": "int"})},
    ),
)
PROBE_CATALOGUE: Mapping[str, ActionSpec] = {spec.name: spec for spec in _PROBES}
"""Actions for tests and drills; merged with the catalogue there and nowhere else."""

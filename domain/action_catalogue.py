"""Domain: the action catalogue - what a definition may ask the system to do, as typed declarations.

Each entry is the designer's words, the linter's types and the contract of the service that does the work. It
knows no implementation: services register a function for every entry, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import DOCUMENT_FIELDS, ActionSpec, LineSetType, ValueType, words
from domain.destruction_actions import DESTRUCTION_ACTIONS
from domain.expiry_actions import EXPIRY_ACTIONS
from domain.maintenance_actions import MAINTENANCE_ACTIONS
from domain.outbound_actions import OUTBOUND_ACTIONS
from domain.purchase_return_actions import PURCHASE_RETURN_ACTIONS
from domain.quality_actions import QUALITY_ACTIONS
from domain.recall_actions import RECALL_ACTIONS
from domain.receiving_actions import RECEIVING_ACTIONS
from domain.retention_actions import RETENTION_ACTIONS
from domain.sales_return_actions import SALES_RETURN_ACTIONS
from domain.shipping_actions import SHIPPING_ACTIONS
from domain.stocktake_actions import STOCKTAKE_ACTIONS
from domain.transfer_actions import TRANSFER_ACTIONS

__all__ = [
    "CATALOGUE",
    "DOCUMENT_FIELDS",
    "PROBE_CATALOGUE",
    "ActionSpec",
    "LineSetType",
    "ValueType",
]

_HOLDS = {"lines": {"batch_id": "string"}}

_HOLD_ACTIONS = (
    ActionSpec(
        name="holds.open",
        version=1,
        title=words("锁定批号", "Put the batches on hold"),
        description=words(
            "锁定各批号，在质量部门放行之前任何途径均不得发出（GSP 第87条）。",
            "Holds the batches: until quality releases them they cannot leave by any path (GSP 87).",
        ),
        permission="hold.open",
        inputs={"lines": "line_set", "reason": "string"},
        optional=frozenset({"reason"}),
        columns=_HOLDS,
        outputs={"count": "int"},
        undo="holds.close",
        reads=("batch",),
        effects=("hold",),
    ),
    ActionSpec(
        name="holds.close",
        version=1,
        title=words("解除锁定", "Release the hold"),
        description=words(
            "解除本流程所作的批号锁定。",
            "Closes the holds that this run has opened on the batches.",
        ),
        permission="hold.close",
        inputs={"lines": "line_set", "reason": "string"},
        optional=frozenset({"reason"}),
        columns=_HOLDS,
        outputs={"count": "int"},
        irreversible=words(
            "已解除的锁定不能恢复，只能重新锁定。",
            "A released hold is not restored; a new one can be opened.",
        ),
        reads=("batch", "hold"),
        effects=("hold",),
    ),
)
CATALOGUE: Mapping[str, ActionSpec] = {
    spec.name: spec
    for spec in (
        *RECEIVING_ACTIONS,
        *OUTBOUND_ACTIONS,
        *TRANSFER_ACTIONS,
        *SHIPPING_ACTIONS,
        *STOCKTAKE_ACTIONS,
        *_HOLD_ACTIONS,
        *QUALITY_ACTIONS,
        *DESTRUCTION_ACTIONS,
        *RECALL_ACTIONS,
        *EXPIRY_ACTIONS,
        *MAINTENANCE_ACTIONS,
        *SALES_RETURN_ACTIONS,
        *PURCHASE_RETURN_ACTIONS,
        *RETENTION_ACTIONS,
    )
}

_PROBES = (
    ActionSpec(
        name="probe.echo",
        version=1,
        title=words("回显", "Echo"),
        description=words("原样返回输入。", "Returns its inputs."),
        permission="task.work",
        inputs={"text": "string", "number": "int"},
        optional=frozenset({"text", "number"}),
        outputs={"text": "string", "number": "int"},
    ),
    ActionSpec(
        name="probe.effect",
        version=1,
        title=words("产生效果", "Make an effect"),
        description=words("写入一个可撤销的效果。", "Writes an effect that can be undone."),
        permission="task.work",
        inputs={"text": "string"},
        outputs={"text": "string"},
        undo="probe.undo_effect",
        effects=("probe",),
    ),
    ActionSpec(
        name="probe.refuse",
        version=1,
        title=words("拒绝", "Refuse"),
        description=words("总是拒绝。", "Always refuses."),
        permission="task.work",
        refusals={"not_today": words("今天不行", "Not today")},
    ),
    ActionSpec(
        name="probe.lines",
        version=1,
        title=words("生成明细", "Make lines"),
        description=words("生成 n 行明细。", "Makes a line set of n lines."),
        permission="task.work",
        inputs={"n": "int"},
        outputs={"lines": LineSetType({"number": "int", "label": "string"}, {"sum_number": "int"})},
    ),
)
PROBE_CATALOGUE: Mapping[str, ActionSpec] = {spec.name: spec for spec in _PROBES}
"""Actions for tests and drills; merged with the catalogue there and nowhere else."""

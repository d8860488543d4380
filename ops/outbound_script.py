"""Room `ops`: what people write when an order leaves (`outbound_review`), for the demo player and the trials.

Over HTTP; the course of an order is the caller's, the rest follows from what the tasks show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ops.company_client import Caller
from ops.company_staff import Answer
from ops.pieces import GS, Pieces, piece

SOP = "outbound_review"
Course = Literal["usual", "short", "refused", "box_missing"]
PICKS = frozenset({"pick", "pick_more"})
RED = "扫描为红色，已停止销售"
SCANNED = PICKS | {"review"}


@dataclass
class OutboundScript:
    """One order: its course. `gtins` are by material code."""

    course: Course = "usual"
    gtins: Mapping[str, str] = field(default_factory=dict)
    packages: dict[tuple[bool, bool], int] = field(default_factory=dict)
    differed: bool = False
    pieces: Pieces = field(default_factory=Pieces)

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The forms: short pick, loading, hand-over, and what quality writes of a stop or a difference."""
        del performer
        step = task["step_id"]
        if step == "short_decision":
            return Answer("reallocate", {"note": "按效期另行分配"})
        if step == "loading":
            return Answer("done", self._loaded(task))
        if step == "hand_over":
            return self._handed_over()
        if step == "issue_stopped":
            return Answer("stop", {"assessment": "批号已锁定，不得出库"}, "批号已锁定")
        if step == "sealed_decision":
            return Answer("done", {"assessment": "承运人已退回货物，实物已核对"})
        return Answer("done", {"cause": "装车时少一箱，已在发货区找到", "measures": "装车前二次清点"})

    def _handed_over(self) -> Answer:
        """The packages counted with the driver; one may be missing, then nothing is handed over."""
        missing = self.course == "box_missing"
        data = {"packages": max(0, len(self.packages) - missing), "received_by": "张师傅"}
        return Answer("differs", data, "少一箱") if missing else Answer("done", data)

    def _loaded(self, task: Mapping[str, Any]) -> dict[str, str]:
        data = {"carrier": "迅达医药物流有限公司", "vehicle": "沪A·52013", "driver": "张师傅"}
        if "temperature" in task["required"]:
            cold = {"transport_mode": "refrigerated", "temperature": "4.2", "container": "BX-0107"}
            return {**data, **cold}
        return {**data, "transport_mode": "ambient"}

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """For a pick the pieces that stand at the site."""
        if task["step_id"] in PICKS:
            await self.pieces.look(performer, task["site"])

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """At pick and review the place, then the pack with the count of the line (GTIN, batch, AI 30).

        Goods with serials piece by piece.
        """
        del shared
        if task["step_id"] not in SCANNED:
            return []
        data = line["data"]
        gtin, batch = self.gtins.get(str(data["material"])), str(data["batch_number"])
        quantity = data["quantity"] - (self._off(task, data) or 0)
        if self.pieces.of(data):
            taken = self.pieces.take(task["id"], line, quantity)
            return [str(data["location"]), *(piece(gtin, batch, serial) for serial in taken)]
        pack = f"]C101{gtin}10{batch}{GS}30{quantity}" if gtin else batch
        return [str(data["location"]), *([pack] if quantity else [])]

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer | None:
        """What was picked, passed, packed and decided; one piece is off if the course says so."""
        del shared
        step, data = task["step_id"], line["data"]
        off = self._off(task, data)
        self.differed = self.differed or off is not None
        if step in PICKS:
            if off:
                return Answer("short", {"found_quantity": data["quantity"] - off, "reason": "货位少一盒"})
            return Answer("picked", {"found_quantity": data["quantity"]})
        if step == "review":
            if off:
                wrong = {"refused_quantity": off, "defect": "label", "reason": "标签模糊"}
                return Answer("partly", wrong)
            return Answer("passed")
        if step == "pack":
            kind = (data["cold_chain"] is True, data["special_control"] is True)
            return Answer("done", {"package": self.packages.setdefault(kind, len(self.packages) + 1)})
        return Answer("rejected", {"assessment": "标签无法辨认，不得销售"})

    def meanwhile(self, task: Mapping[str, Any], line: Mapping[str, Any]) -> Answer:
        """Goods that were sealed or expired meanwhile are left where they are, or refused."""
        del line
        if task["step_id"] in PICKS:
            return Answer("short", {"found_quantity": 0, "reason": RED})
        return Answer("refused", {"defect": "other", "reason": RED})

    def _off(self, task: Mapping[str, Any], data: Mapping[str, Any]) -> int | None:
        """One piece of the first line that has more than one, at the step of the course."""
        step = {"short": "pick", "refused": "review"}.get(self.course)
        wanted = step == task["step_id"] and not self.differed and data["quantity"] > 1
        return 1 if wanted else None

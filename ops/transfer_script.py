"""Room `ops`: what people write when goods go from site to site (`transfer`), for demo player and trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ops.company_client import Caller
from ops.company_staff import Answer
from ops.pieces import Pieces, piece
from ops.receiving_script import IN_LIMITS, TOO_WARM, ReceivingScript, pdf

SOP = "transfer"
Course = Literal["usual", "missing", "too_many", "stopped", "came_warm"]
SCANNED = frozenset({"pick", "count", "check"})
PIECES = frozenset({"pick", "count"})
"""Where goods with serials are scanned piece by piece."""
DIFFERENCE = {
    "missing": {"cause": "lost", "note": "承运商确认途中丢失"},
    "too_many": {"cause": "miscounted", "note": "装车时多装一盒"},
}


@dataclass
class TransferScript:
    """One transfer and its course. `gtins` are by material code."""

    course: Course = "usual"
    gtins: Mapping[str, str] = field(default_factory=dict)
    differed: bool = False
    pieces: Pieces = field(default_factory=Pieces)
    shelves: ReceivingScript = field(default_factory=ReceivingScript)

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The forms of loading, arrival, the difference and the excursion."""
        step = task["step_id"]
        if step == "load":
            return self._load(task)
        if step == "arrival":
            return await self._arrival(task, performer)
        if step == "difference":
            return Answer("confirmed", DIFFERENCE[self.course])
        if step == "anomaly":
            lost = {"cause": "承运商转运时丢失", "measures": "要求承运商书面说明"}
            back = {"cause": "装车时多装一盒", "measures": "装车二次清点", "surplus_goods": "send_back"}
            return Answer("done", back if self.course == "too_many" else lost)
        return Answer("reject", {"assessment": "超温时间过长，无稳定性依据"}, "全部判为不合格")

    def _load(self, task: Mapping[str, Any]) -> Answer:
        data = {"carrier": "迅达医药物流有限公司", "vehicle": "沪A·20317"}
        if "loading_temperature" in task["required"]:
            data["loading_temperature"] = IN_LIMITS["temperature"]
        if self.course == "stopped":
            return Answer("stopped", data, "车辆故障，改日再发")
        return Answer("loaded", data)

    async def _arrival(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        data: dict[str, Any] = {"transport_mode": "ambient"}
        if "temperature_record" in task["required"]:
            record = await performer.attach(pdf("全程温度记录"), "temperature.pdf", task_id=task["id"])
            readings = TOO_WARM if self.course == "came_warm" else IN_LIMITS
            data = {"transport_mode": "refrigerated", "temperature_record": record, **readings}
        return Answer("arrived", data)

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """For put-away the storage places of the site, for the pick what has serials there."""
        if task["step_id"] == "pick":
            await self.pieces.look(performer, task["site"])
        return await self.shelves.prepare(task, performer) if task["step_id"] == "put_away" else None

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The pack (GTIN and batch) where goods are counted or looked at; at put-away the place too.

        Goods with serials are scanned piece by piece when they are picked and when they arrive.
        """
        if task["step_id"] == "put_away":
            self.shelves.gtins = self.gtins
            return self.shelves.codes(task, line, shared)
        data = line["data"]
        gtin, batch = self.gtins.get(str(data["material"])), str(data["batch_number"])
        if task["step_id"] in PIECES and self.pieces.of(data):
            lost = task["step_id"] == "count" and self.course == "missing" and not self.differed
            taken = self.pieces.take(task["id"], line, data["quantity"] - lost)
            return [piece(gtin, batch, serial) for serial in taken]
        pack = f"]C101{gtin}10{batch}" if gtin else batch
        return [pack] if task["step_id"] in SCANNED else []

    def meanwhile(self, task: Mapping[str, Any], line: Mapping[str, Any]) -> Answer:
        """Goods that were sealed or expired meanwhile stay where they are."""
        del line
        assert task["step_id"] == "pick", task["step_id"]  # nothing is red at its arrival
        return Answer("short", {"found_quantity": 0, "reason": "扫描为红色"})

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer:
        """What was picked, arrived, was accepted and put away; one unit is missing if the course says so."""
        step, quantity = task["step_id"], line["data"]["quantity"]
        if step == "put_away":
            return self.shelves.line(task, line, shared)
        if step == "count" and self.course in DIFFERENCE and not self.differed:
            self.differed = True
            off, word = (-1, "少") if self.course == "missing" else (1, "多")
            return Answer("differs", {"received_quantity": quantity + off, "reason": f"{word}一盒"})
        if step == "check":
            return Answer("accepted")
        outcome, counted = {"pick": ("picked", "found_quantity"), "count": ("received", "received_quantity")}[
            step
        ]
        return Answer(outcome, {counted: quantity})

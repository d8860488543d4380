"""Room `ops`: what people write when they count stock (`stocktaking`), for the demo player and the trials.

A counter does not see the books, and this script keeps to that: what stands on the shelves is told to it by
somebody who may know (the auditor's look at the stock), with the differences that the course asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ops.company_client import Caller
from ops.company_staff import Answer
from ops.pieces import Pieces, Position, piece
from ops.receiving_script import pdf

SOP = "stocktaking"
Course = Literal["agreed", "small", "dear", "refused"]
COUNTS = ("count", "second_count")
SMALL, DEAR = 1, 2000
"""Units that are missing of the first line: worth little, or more than a warehouse manager may approve."""
CAUSE = {"small": "damaged", "dear": "lost", "refused": "unknown"}


@dataclass
class StocktakeScript:
    """One stocktake: its course, and what really stands where. `gtins` are by material code."""

    course: Course = "agreed"
    shelves: dict[Position, int] = field(default_factory=dict)
    gtins: Mapping[str, str] = field(default_factory=dict)
    pieces: Pieces = field(default_factory=Pieces)
    short: Position | None = None

    async def look(self, auditor: Caller, site: str) -> None:
        """What stands at a site, as somebody sees it who does not count."""
        for row in await auditor.pages("/stock", site=site, limit=200):
            position = (row["location_code"], row["material_code"], row["batch_number"], row["status"])
            self.shelves[position] = self.shelves.get(position, 0) + row["quantity"]
        await self.pieces.look(auditor, site)

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The approval by quality."""
        del task, performer
        if self.course == "refused":
            return Answer("refused", {"assessment": "原因不明，依据不足"}, "须先查明去向再调整")
        return Answer("approved", {"assessment": "已查阅单据与照片，同意调整"})

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """For the review a photo, attached; counts need nothing."""
        if task["step_id"] in COUNTS:
            return None
        return await performer.attach(pdf("盘点差异照片"), "photo.pdf", task_id=task["id"])

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The place, then a pack that stands there; goods with serials piece by piece."""
        del shared
        if task["step_id"] not in COUNTS:
            return []
        data = line["data"]
        gtin, batch = self.gtins.get(str(data["material"])), str(data["batch_number"])
        if serials := self.pieces.of(data):
            counted = serials[: self._there(_position(data))]
            return [str(data["location"]), *(piece(gtin, batch, serial) for serial in counted)]
        return [str(data["location"]), f"]C101{gtin}10{batch}" if gtin else batch]

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer:
        """What was counted, or why it differs."""
        data = line["data"]
        if task["step_id"] in COUNTS:
            return Answer("done", {"counted_quantity": self._there(_position(data))})
        cause = CAUSE.get(self.course, "damaged")
        given = {"cause": cause, "reason": "已核对单据与监控", "photo": [shared]}
        return Answer("adjust", given)

    def _there(self, position: Position) -> int:
        """How many stand there; of the first position some are missing, if the course says so."""
        held = self.shelves.get(position, 0)
        if self.course == "agreed":
            return held
        if self.short is None:
            self.short = position
        missing = SMALL if self.course == "small" else DEAR
        return max(0, held - missing) if position == self.short else held


def _position(data: Mapping[str, Any]) -> Position:
    return str(data["location"]), str(data["material"]), str(data["batch_number"]), str(data["status"])

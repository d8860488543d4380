"""Room `ops`, trial `outbound`: what people write when orders leave and come back. Over HTTP, by the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ops.company_client import Caller, Refused
from ops.company_staff import Answer
from ops.outbound_script import OutboundScript
from ops.pieces import GS
from ops.trials import chance
from ops.trials.retail_mapping import Back, material_code

OF_SOURCE = "more than was sold, by the source"
"""Before what doors said to what the source itself asks too much of."""
REJECTED_PERCENT = 20
"""Of the returned batches, so many do not pass the inspection."""


@dataclass
class OrderScript(OutboundScript):
    """An order that leaves: at pick place and pack are scanned, at review the pack."""

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """Without the place at the review: the goods stand in the shipping zone."""
        found = super().codes(task, line, shared)
        return found[1:] if task["step_id"] == "review" else found

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer | None:
        """A line that is scanned in full at pick and review has its result by that."""
        given = super().line(task, line, shared)
        return None if given is not None and given.outcome in {"picked", "passed"} else given


@dataclass
class ReturnScript:
    """A return by the plan; `asked` counts what the doors said to more than was sold."""

    back: Back
    place: str
    gtins: Mapping[str, str]
    asked: Counter[str] = field(default_factory=Counter)

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """There is no form but those of lines."""
        del performer
        raise KeyError(task["step_id"])

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> dict[int, int]:
        """At the request how much of each line comes back; more than that is tried first, to be refused."""
        if task["step_id"] != "request":
            return {}
        wanted = {material_code(code): quantity for code, quantity in self.back.quantities.items()}
        beyond = {material_code(code): quantity for code, quantity in self.back.beyond.items()}
        shares: dict[int, int] = {}
        after: Any = None
        while True:
            page = await performer.get(f"/tasks/{task['id']}/lines", after=after, limit=200)
            for line in page["items"]:
                code, most = line["data"]["material"], line["data"]["quantity"]
                shares[line["line"]] = taken = min(most, wanted.get(code, 0))
                wanted[code] = wanted.get(code, 0) - taken
                if taken or code in beyond:
                    extra = beyond.pop(code, 0)
                    await self._too_much(task, line, performer, most + (extra or 1), of_source=bool(extra))
            after = page["next"]
            if after is None:
                self.asked["units of the plan without a line"] += sum(wanted.values())
                return shares

    async def _too_much(
        self,
        task: Mapping[str, Any],
        line: Mapping[str, Any],
        performer: Caller,
        quantity: int,
        *,
        of_source: bool,
    ) -> None:
        """Ask for more than was sold."""
        who = OF_SOURCE if of_source else "one more than was sold"
        data = {"returned_quantity": quantity, "reason": "订错规格"}
        body = {"result_id": str(uuid4()), "outcome": "return", "data": data, "epoch": task["epoch"]}
        try:
            await performer.append(f"/tasks/{task['id']}/lines/{line['line']}", body)
        except Refused as refusal:
            self.asked[f"{who}: refused {refusal.code}"] += 1
        else:
            self.asked[f"{who}: taken"] += 1

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The pack with its count, where goods are in the hand."""
        del shared
        data = line["data"]
        if task["step_id"] == "request":
            return []
        return [f"]C101{self.gtins[data['material']]}10{data['batch_number']}{GS}30{data['quantity']}"]

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer:
        """Requested by the plan, received as requested, inspected by chance."""
        if task["step_id"] == "request":
            quantity = shared[line["line"]]
            if not quantity:
                return Answer("keep")
            return Answer("return", {"returned_quantity": quantity, "reason": "订错规格"})
        if task["step_id"] == "arrival":
            return Answer("received")
        if rejected(self.back, line["data"]["material"]):
            return Answer("rejected", {"reason": "外包装破损"})
        return Answer("qualified", {"to": self.place})


def rejected(back: Back, material: str) -> bool:
    """Whether the inspection rejects what a return brings back of a material."""
    return chance.in_percent(REJECTED_PERCENT, "inspection", back.number, material)

"""Room `ops`: what people write in procedures in which a step always gets the same answer.

For the demo player and the trials, over HTTP. What a line gets may depend on its data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.company_client import Caller
from ops.company_staff import Answer
from ops.receiving_script import pdf

LineAnswer = Callable[[Mapping[str, Any], Any], Answer]
"""Of a line's data and what was attached before, if anything."""


@dataclass(frozen=True)
class PlainScript:
    """One procedure: answers by step, results of lines by step.

    `attached` names what is attached before the lines of a step; at lines of `scanned` steps the batch number
    is scanned.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    lines: Mapping[str, LineAnswer] = field(default_factory=dict)
    attached: Mapping[str, str] = field(default_factory=dict)
    scanned: frozenset[str] = frozenset()

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The form of a step; KeyError for a step that the script does not know."""
        del performer
        return self.answers[task["step_id"]]

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """What all lines of a step share: the attachment's id, None without one."""
        title = self.attached.get(task["step_id"])
        if title is None:
            return None
        return await performer.attach(pdf(title), "attached.pdf", task_id=task["id"])

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The batch number, where lines of the step are scanned."""
        del shared
        return [str(line["data"]["batch_number"])] if task["step_id"] in self.scanned else []

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer:
        """The result of a line."""
        return self.lines[task["step_id"]](line["data"], shared)

    def meanwhile(self, task: Mapping[str, Any], line: Mapping[str, Any]) -> Answer:
        """Goods of a return that a recall has taken back are not there."""
        del line
        assert task["step_id"] == "arrival", task["step_id"]
        return Answer("missing", {"reason": "已由召回收回"})


def quality_hold(outcome: str) -> PlainScript:
    """A batch is investigated and decided on: release, reject, return_to_supplier or destroy."""
    reason = None if outcome == "release" else "含量不符合规定"
    return PlainScript(
        {
            "investigation": Answer("done", {"finding": "外观与检验报告复核完毕"}),
            "decision": Answer(outcome, {"assessment": "依据调查结论判定"}, reason),
        }
    )


def change_control() -> PlainScript:
    """A change is assessed before it is decided."""
    assessed = {"impact": "minor", "assessment": "仅涉及文字", "validation": "cases"}
    return PlainScript({"assessment": Answer("recommended", assessed)})


def destruction() -> PlainScript:
    """All that is listed is destroyed before a witness."""
    return PlainScript(
        {"approval": Answer("approved", {"authority_reference": "沪药监销〔2026〕12号"})},
        {
            "selection": lambda _data, _shared: Answer("destroy"),
            "execution": lambda data, photo: Answer(
                "done",
                {
                    "method": "incineration",
                    "photos": [photo],
                    "destroyed_quantity": data["quantity"],
                    **({"authority_witness": "监督员"} if data["special_control"] else {}),
                },
            ),
        },
        {"execution": "销毁照片"},
        frozenset({"selection", "execution"}),
    )


def record_destruction() -> PlainScript:
    """What is listed is deleted before a witness."""
    return PlainScript(
        {"approval": Answer("approved"), "witness": Answer("witnessed")},
        {"selection": lambda _data, _shared: Answer("delete")},
    )


def purchase_return(*, short: bool = False) -> PlainScript:
    """What was rejected goes back to the supplier, and two of the first line; the rest stays.

    `short`: of lines with more than one, one is not found.
    """

    def chosen(data: Mapping[str, Any], _shared: Any) -> Answer:
        if data["status"] == "rejected":
            return Answer("return", {"reason": "验收不合格"})
        if data["number"] == 1 and data["status"] == "qualified":
            back = {"return_quantity": min(2, data["quantity"]), "reason": "与供货单位商定退货"}
            return Answer("return", back)
        return Answer("keep")

    def picked(data: Mapping[str, Any], _shared: Any) -> Answer:
        if short and data["quantity"] > 1:
            return Answer("short", {"picked_quantity": data["quantity"] - 1, "reason": "货位少一盒"})
        return Answer("picked", {"picked_quantity": data["quantity"]})

    return PlainScript(
        {
            "approval": Answer("approved"),
            "hand_over": Answer("done", {"carrier": "顺风物流", "vehicle": "沪A00001"}),
        },
        {
            "selection": chosen,
            "pick": picked,
            "examine": lambda _data, _shared: Answer(
                "done", {"cause": "unknown", "assessment": "已查找周边货位与监控，未找到"}
            ),
        },
        scanned=frozenset({"pick"}),
    )


def sales_return(place: Callable[[Mapping[str, Any]], str]) -> PlainScript:
    """The customer returns one of each line; it passes the inspection and goes to its storage place."""

    def inspected(data: Mapping[str, Any], _shared: Any) -> Answer:
        if data["recalled"]:
            return Answer("undecided", {"reason": "召回批号"})
        return Answer("qualified", {"to": place(data)})

    return PlainScript(
        {},
        {
            "request": lambda _data, _shared: Answer(
                "return", {"returned_quantity": 1, "reason": "订错规格"}
            ),
            "arrival": lambda _data, _shared: Answer("received"),
            "inspection": inspected,
        },
        scanned=frozenset({"arrival", "inspection"}),
    )


def expiry_check() -> PlainScript:
    """What has expired is carried to the red zone; what expires soon is planned for."""
    return PlainScript(
        {},
        {
            "carry": lambda _data, _shared: Answer("moved"),
            "plan": lambda _data, _shared: Answer("sell_first"),
        },
        scanned=frozenset({"carry"}),
    )

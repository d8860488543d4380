"""Room `ops`: what people write in a recall and in its consignees' runs, for the demo player and the trials.

One script for both procedures: the recall's own tasks, and those of the runs that it calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from ops.company_client import Caller, CompanyClient
from ops.company_staff import Answer, RunStuck, Script
from ops.demo_seed import places, stock

SOP = "recall"
CALLED = "recall_consignee"
Course = Literal["all_back", "some_used", "drill"]
COURSES: tuple[Course, ...] = ("drill", "some_used", "drill", "all_back")
"""What becomes of the recalls of a demo, in their order; a drill leaves the shelves as they are."""


@dataclass
class RecallScript:
    """One recall. `all_back`: everything returns; `some_used`: a third was used, and one unit is missing."""

    number: str
    course: Course = "all_back"
    missed: bool = False

    async def called(self, watcher: Caller) -> list[str]:
        """The runs of its consignees that are still open."""
        found = await watcher.pages("/runs", sop=CALLED, state="running", limit=200)
        return [str(run["id"]) for run in found if str(run["business_key"]).startswith(f"{self.number} / ")]

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The forms; KeyError for a step that the script does not know."""
        del performer
        today = datetime.now(UTC).date().isoformat()
        return {
            "acknowledged": Answer("confirmed", {"by": "药剂科", "channel": "phone"}),
            "assessment": Answer(
                "done", {"effectiveness": "effective", "assessment": "通知与收回及时，账实相符"}
            ),
            "plan": Answer("done", {"filed_with": "市药品监督管理局", "filed_on": today}),
            "remark": Answer("done", {"conclusion": "账上没有范围内的批号"}),
            "report": Answer("last", {"said": "全部单位已通知"}),
        }[task["step_id"]]

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """Nothing is shared by lines."""
        del task, performer

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The batch number, where what comes back is checked."""
        del shared
        return [str(line["data"]["batch_number"])] if task["step_id"] == "returned" else []

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer:
        """What the lines of each list get."""
        del shared
        data = line["data"]
        return {
            "answer": self._said,
            "disposal": lambda _data: Answer("keep", {"reason": "等待持有人处理意见"}),
            "explain": lambda _data: Answer("explained", {"cause": "lost", "reason": "对方盘点缺失"}),
            "returned": self._back,
            "scope": self._judged,
        }[task["step_id"]](data)

    def meanwhile(self, task: Mapping[str, Any], line: Mapping[str, Any]) -> Answer:
        """What the consignee sent back by a return of its own is not received twice."""
        del task, line
        return Answer("done", {"returned_quantity": 0, "reason": "已由销售退货收回"})

    def _judged(self, data: Mapping[str, Any]) -> Answer:
        if data["kind"] == "batch":
            return Answer("recalled")
        return Answer("noted", {"reason": "与持有人核实，不指其他批号"})

    def _said(self, data: Mapping[str, Any]) -> Answer:
        shipped = data["quantity"] - data["recovered"]
        used = shipped // 3 if self.course == "some_used" else 0
        lost = int(self.course == "some_used" and not self.missed and shipped > used)
        self.missed = self.missed or bool(lost)
        reason = {"reason": "一盒去向不明"} if lost else {}
        return Answer("done", {"on_hand": shipped - used - lost, "consumed": used, "destroyed": 0, **reason})

    def _back(self, data: Mapping[str, Any]) -> Answer:
        """What the consignee said it still has: the line's own quantity less what it used."""
        shipped = data["quantity"] - data["recovered"]
        back = max(shipped - shipped // 3 - 1, 0) if self.course == "some_used" else shipped
        reason = {"reason": "其余已使用"} if back != shipped else {}
        return Answer("done", {"returned_quantity": back, **reason})


async def begin(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A recall of a batch that a customer has got; RunStuck when nothing has left yet."""
    program, course = client.program(), COURSES[number % len(COURSES)]
    batch = await _sold(program, number)
    notice = {
        "number": f"ZH-{name}",
        "site": places.MAIN,
        "recall_class": ("I", "II", "III")[number % 3],
        "profile": ("cn-drug-2022", "cn-drug-strict")[number % 2],
        "initiated_by": "holder",
        "noticed_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "scope": f"批号：{batch['number']}、{batch['number']}X1，共2批（其余批号不受影响）",
        "reason": "持有人稳定性考察发现有关物质超标",
        "materials": [batch["material_code"]],
    }
    posted = await program.post("/documents/recalls", notice)
    inputs = {"recall": posted["id"], **({"drill": True} if course == "drill" else {})}
    run = await program.post("/runs", {"sop": SOP, "inputs": inputs})
    return str(run["id"]), RecallScript(str(notice["number"]), course)


async def _sold(program: Caller, number: int) -> Any:
    """A batch of the main site of which something went to a customer, and that is not on hold."""
    rows = await program.pages("/stock", site=places.MAIN, status="qualified", limit=200)
    plain = (row for row in rows if row["material_code"] not in stock.tracked_codes())
    wanted = list(dict.fromkeys(row["batch_id"] for row in plain if not row["on_hold"]))
    for at in range(len(wanted)):
        batch = await program.get(f"/batches/{wanted[(7 * number + at) % len(wanted)]}")
        if any(move["to_kind"] == "customer" for move in batch["moves"]):
            return batch
    raise RunStuck("no order has left yet: there is nothing to recall from a customer")

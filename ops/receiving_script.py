"""Room `ops`: what people write when they receive and accept goods (`receiving_acceptance`).

For the demo player and the trials, over HTTP. The course of a delivery and the verdict on a batch are the
caller's; the rest follows from what the task shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ops.company_client import Caller
from ops.company_staff import Answer

Course = Literal["usual", "turned_away", "over_delivered", "excursion_go_on", "excursion_keep", "came_warm"]
Verdict = Literal["accepted", "rejected", "partial"]
IN_LIMITS = {"temperature": "5.0", "lowest": "2.6", "highest": "7.4"}
TOO_WARM = {"temperature": "7.9", "lowest": "3.1", "highest": "8.6"}
SCANNED: Mapping[str, tuple[str, ...]] = {"acceptance": ("pack",), "put_away": ("pack", "location")}
WARM = {"temperature": "21.5", "lowest": "18.0", "highest": "24.0"}


@dataclass
class ReceivingScript:
    """One delivery: its course, and the verdict of acceptance on each batch. `gtins` are by material code.

    `scanned` is what is scanned at a line of a step; what is not is entered with the line's result.
    """

    course: Course = "usual"
    verdict: Callable[[str], Verdict] = lambda batch: "accepted"  # noqa: ARG005 - the name says what it gets
    gtins: Mapping[str, str] = field(default_factory=dict)
    scanned: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: SCANNED)
    places: dict[tuple[str, str, bool], list[str]] = field(default_factory=dict)

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The form of `arrival` or `excursion_decision`."""
        if task["step_id"] == "excursion_decision":
            return self._decision()
        return await self._arrival(task, performer)

    def _decision(self) -> Answer:
        if self.course == "excursion_keep":
            return Answer("keep", {"assessment": "超温时间过长，无稳定性依据"}, "维持锁定，等待生产企业答复")
        return Answer("continue", {"assessment": "短时超温，生产企业稳定性资料支持"})

    async def _arrival(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        damaged = self.course == "turned_away"
        data: dict[str, Any] = {"packaging": "damaged" if damaged else "intact", "transport_mode": "ambient"}
        if "temperature_record" in task["required"]:
            record = await performer.attach(pdf("全程温度记录"), "temperature.pdf", task_id=task["id"])
            data |= {"temperature_record": [record], **self._readings()}
        if damaged:
            return Answer("refused", data, "外包装破损，封条异常")
        return Answer("received", data)

    def _readings(self) -> dict[str, str]:
        if self.course == "came_warm":
            return {"transport_mode": "ambient", **WARM}
        warm = self.course in {"excursion_go_on", "excursion_keep"}
        return {"transport_mode": "refrigerated", **(TOO_WARM if warm else IN_LIMITS)}

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """For acceptance the inspection reports, attached; for put-away the storage places of the site."""
        if task["step_id"] == "acceptance":
            return await performer.attach(pdf("检验报告书"), "inspection.pdf", task_id=task["id"])
        if not self.places:
            site = await performer.get(f"/sites/{task['site']}")
            for zone in site["zones"]:
                codes = [place["code"] for place in zone["locations"] if place["active"]]
                key = (zone["kind"], zone["storage_class"], zone["special_control"])
                self.places.setdefault(key, []).extend(codes)
        return None

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The pack (GTIN and batch, GS1-128) and the location, as far as this script scans them."""
        del shared
        data = line["data"]
        gtin = self.gtins.get(str(data["material"]))
        batch = str(data["batch_number"])
        pack = f"]C101{gtin}10{batch}" if gtin else batch
        codes = {"pack": lambda: pack, "location": lambda: self._place(data)}
        return [codes[what]() for what in self.scanned.get(task["step_id"], ())]

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer:
        """The result of a batch at acceptance, or where it was put away."""
        data = line["data"]
        if task["step_id"] == "put_away":
            return Answer("done", {"location": self._place(data)})
        found = self.verdict(data["batch_number"])
        if found == "partial" and data["quantity"] < 2:  # noqa: PLR2004 - one pack cannot be parted
            found = "accepted"
        answer: dict[str, Any] = {
            "inspection_report": [shared],
            "packaging": "conforming" if found == "accepted" else "abnormal",
        }
        if found != "accepted":
            answer |= {"reason": "外观异常", "handling": "return_to_supplier"}
        if found == "partial":
            bad = max(1, data["quantity"] // 10)
            answer |= {"accepted_quantity": data["quantity"] - bad, "rejected_quantity": bad}
        return Answer(found, answer)

    def _place(self, data: Mapping[str, Any]) -> str:
        """A green place for such goods; for a rejected batch a red one, as cold as there is."""
        wanted = str(data["storage_class"])
        if data.get("outcome") == "rejected":
            cold = wanted in {"refrigerated", "frozen"}
            places = (
                self.places.get(("rejected", wanted, False))
                or self.places["rejected", "refrigerated" if cold else "ambient", False]
            )
        else:
            places = self.places["storage", wanted, data["special_control"] is True]
        return places[int(data["number"]) % len(places)]


def pdf(title: str) -> bytes:
    """A PDF of one empty page: enough for a report that nobody reads."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        b"<< /Title <FEFF" + title.encode("utf-16-be").hex().encode() + b"> >>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return body + b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )

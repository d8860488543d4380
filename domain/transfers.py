"""Domain: transfers between sites of ours - what was sent is what arrives, or the difference is told.

Goods that arrive from another site are inspected again: they wait in quarantine, never straight in stock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.errors import Refusal


class NotInTransit(Refusal):
    """Less of the batch is on the way on this document than is said to arrive."""

    code = "not_in_transit"
    zh = "在途数量不足：在途 {in_transit}，收到 {wanted}"
    en = "Not so much is on the way: {in_transit} in transit, {wanted} arrived"


class ArrivalNotPossible(Refusal):
    """What is said to have arrived is no quantity of what was sent."""

    code = "arrival_not_possible"
    kind: ClassVar = "invalid"
    zh = "批号 {batch}：收到 {given} 不成立（发出 {sent}）"
    en = "Batch {batch}: {given} cannot have arrived ({sent} were sent)"


@dataclass(frozen=True)
class Arrival:
    """What arrived of one sent line, in base units; `missing` is what did not.

    `surplus` came beside it: it was never sent, stands apart, and is quality's to decide on.
    """

    batch: str
    sent: int
    arrived: int
    surplus: int = 0

    @property
    def differs(self) -> bool:
        """Whether another quantity came than was sent."""
        return bool(self.missing or self.surplus)

    @property
    def missing(self) -> int:
        return self.sent - self.arrived

    def words(self, language: str = "zh") -> str:
        """The difference as people read it."""
        came = self.arrived + self.surplus
        if language == "en":
            return f"batch {self.batch}: {self.sent} sent, {came} arrived"
        return f"批号 {self.batch}：发出 {self.sent}，收到 {came}"


def arrived(line: Mapping[str, Any]) -> Arrival:
    """What the receiver found of a line: all of it, unless its outcome says that it differs."""
    sent = int(line["quantity"])
    given = sent
    if line.get("outcome") == "differs":
        given = int(line["received_quantity"] if line.get("received_quantity") is not None else 0)
    if given < 0:
        raise ArrivalNotPossible(batch=line["batch_number"], given=given, sent=sent)
    return Arrival(line["batch_number"], sent, min(given, sent), max(given - sent, 0))


def checked(line: Mapping[str, Any]) -> tuple[int, int]:
    """Accepted and rejected of a line that was inspected; together they are what arrived."""
    quantity = int(line["quantity"])
    if line.get("outcome") == "rejected":
        return 0, quantity
    if line.get("outcome") == "partial":
        accepted, rejected = line.get("accepted_quantity"), line.get("rejected_quantity")
        if (
            accepted is None
            or rejected is None
            or min(accepted, rejected) < 0
            or accepted + rejected != quantity
        ):
            raise ArrivalNotPossible(
                batch=line["batch_number"], given=(accepted or 0) + (rejected or 0), sent=quantity
            )
        return int(accepted), int(rejected)
    return quantity, 0

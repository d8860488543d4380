"""Domain: a recall balanced - per batch and consignee, what was shipped against what became of it.

shipped = recovered + consumed + destroyed + unaccounted, in whole base units. What is unaccounted for keeps
the recall open until it is nothing or a person has explained just that quantity and signed for it; the
database holds the same rule (GSP 117-118). It knows no table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.errors import Refusal


class RecallNotBalanced(Refusal):
    """Something is unaccounted for and not explained: the recall stays open."""

    code = "recall_not_balanced"
    zh = "召回尚未平衡：有 {unaccounted} 件去向不明且未说明"
    en = "The recall is not balanced: {unaccounted} are unaccounted for and not explained"


class RecallNotInOrder(Refusal):
    """A recall is sealed, closed, opened again by new evidence - in no other order."""

    code = "recall_not_in_order"
    zh = "召回状态不允许：{from} → {to}"
    en = "A recall does not go from {from} to {to}"


class BatchUnderRecall(Refusal):
    """What a recall has sealed stays sealed until the recall is closed."""

    code = "batch_under_recall"
    zh = "该批次正在召回，召回结案前不得解除锁定"
    en = "The batch is under recall: its hold stays until the recall is closed"


class RecallAnswerWrong(Refusal):
    """Quantities in an answer are whole and not negative."""

    code = "recall_answer_wrong"
    kind: ClassVar = "invalid"
    zh = "数量须为不小于零的整数"
    en = "Quantities are whole numbers, zero or more"


@dataclass(frozen=True)
class Consigned:
    """One batch at one consignee. `on_hand`: what it says is still there, None before it has answered.

    What is on hand is not accounted for until it has come back: goods at a customer's can still be used.
    """

    batch_id: UUID
    party_id: UUID
    shipped: int
    recovered: int = 0
    consumed: int = 0
    destroyed: int = 0
    on_hand: int | None = None
    explained: int = 0
    answered_at: datetime | None = None

    @property
    def unaccounted(self) -> int:
        """What is missing; negative when more came back or was used than was shipped."""
        return self.shipped - self.recovered - self.consumed - self.destroyed

    @property
    def settled(self) -> bool:
        """Nothing is missing, or just what is missing was explained."""
        return self.unaccounted in (0, self.explained)

    @property
    def answered(self) -> bool:
        return self.on_hand is not None


@dataclass(frozen=True)
class Totals:
    """Sums over consignees; `consignees` and `answered` count partners, not lines."""

    shipped: int
    recovered: int
    consumed: int
    destroyed: int
    unaccounted: int
    explained: int
    on_hand: int
    open_lines: int
    consignees: int
    answered: int

    @property
    def recovered_percent(self) -> int | None:
        """Recovered of what could still be recovered (shipped less consumed), whole percent, rounded down."""
        recoverable = self.shipped - self.consumed - self.destroyed
        return None if recoverable <= 0 else 100 * self.recovered // recoverable


def totals(lines: Iterable[Consigned]) -> Totals:
    """The balance of some lines: all of a recall, or those of one batch."""
    lines = list(lines)
    waiting = {line.party_id for line in lines if not line.answered}
    parties = {line.party_id for line in lines}
    return Totals(
        shipped=sum(line.shipped for line in lines),
        recovered=sum(line.recovered for line in lines),
        consumed=sum(line.consumed for line in lines),
        destroyed=sum(line.destroyed for line in lines),
        unaccounted=sum(line.unaccounted for line in lines),
        explained=sum(line.explained for line in lines if line.settled),
        on_hand=sum(line.on_hand or 0 for line in lines),
        open_lines=sum(not line.settled for line in lines),
        consignees=len(parties),
        answered=len(parties - waiting),
    )


def non_responders(lines: Iterable[Consigned]) -> list[UUID]:
    """Consignees with a batch that they have not answered for, each once, in order."""
    return list(dict.fromkeys(line.party_id for line in lines if not line.answered))


def refuse_open(lines: Iterable[Consigned]) -> None:
    """RecallNotBalanced unless every line is settled; two differences never cancel each other out."""
    missing = sum(abs(line.unaccounted) for line in lines if not line.settled)
    if missing:
        raise RecallNotBalanced(unaccounted=missing)

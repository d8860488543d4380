"""Domain: what was picked, reviewed, packed and handed over is the same goods - the rules of outbound review.

Quantities are integers in the base unit. GSP 94-96: reviewed against the sale record; what is damaged, leaks,
is wrongly labelled, expired or otherwise abnormal does not leave. Knows no table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from domain.errors import Refusal

Defect = Literal["damaged", "noise_or_leakage", "label", "expired", "other"]
DEFECTS: Mapping[str, tuple[str, str]] = {
    "damaged": ("包装破损、污染、封口不牢、衬垫不实或封条损坏", "damaged, contaminated or unsealed"),
    "noise_or_leakage": ("包装内有异常响动或液体渗漏", "noise inside or leakage"),
    "label": ("标签脱落、字迹模糊不清或标识内容与实物不符", "label off, unclear or not matching"),
    "expired": ("已超过有效期", "past expiry"),
    "other": ("其他异常情况", "other abnormality"),
}
"""Why goods must not leave (GSP 94), in the order of the law."""


class QuantityNotPossible(Refusal):
    """More was picked than asked for, or more refused than was there."""

    code = "quantity_not_possible"
    kind: ClassVar = "invalid"
    zh = "批号 {batch}：数量 {given} 不成立，应为 0 到 {most}"
    en = "batch {batch}: a quantity of {given} is not possible, 0 to {most} is"


def picked(line: Mapping[str, Any], scanned: int) -> int:
    """How much of a line was picked: what was typed, else all, else (short) what was scanned.

    A line that another batch replaces is not picked at all: the other batch is a line of its own.
    """
    if line.get("outcome") == "replaced":
        return 0
    given = line.get("found_quantity")
    if given is None:
        given = scanned if line.get("outcome") == "short" else line["quantity"]
    return _within(line, given, line["quantity"])


def refused(line: Mapping[str, Any]) -> int:
    """How much of a line the review refused."""
    if line.get("outcome") == "passed":
        return 0
    given = line.get("refused_quantity")
    return _within(line, line["quantity"] if given is None else given, line["quantity"])


def packed(line: Mapping[str, Any]) -> int:
    """How much of a line was packed: what was typed, else all of it; it is compared with the review."""
    given = line.get("packed_quantity")
    return int(line["quantity"] if given is None else given)


def _within(line: Mapping[str, Any], given: int, most: int) -> int:
    if not 0 <= given <= most:
        raise QuantityNotPossible(batch=line.get("batch_number", ""), given=given, most=most)
    return int(given)


@dataclass(frozen=True)
class Goods:
    """So much of a batch, with its serials where they are known."""

    batch: str
    quantity: int
    serials: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """A batch that is not the same at two stages; `serials` are those at one of them alone."""

    batch: str
    before: int
    after: int
    serials: tuple[str, ...] = ()

    def words(self, language: str, before: str, after: str) -> str:
        """The difference in words; `before` and `after` name the stages."""
        named = ("；追溯码 " if language == "zh" else "; serials ") + ", ".join(self.serials[:5])
        if language == "zh":
            return f"批号 {self.batch}：{before} {self.before}，{after} {self.after}" + named * bool(
                self.serials
            )
        return f"batch {self.batch}: {before} {self.before}, {after} {self.after}" + named * bool(
            self.serials
        )


def differences(before: Iterable[Goods], after: Iterable[Goods]) -> list[Difference]:
    """Batches whose quantity or serials differ between two stages, by batch; empty when all agree.

    Serials are compared where both stages know them.
    """
    first, second = _together(before), _together(after)
    found = []
    for batch in sorted({*first, *second}):
        one, other = first.get(batch, Goods(batch, 0)), second.get(batch, Goods(batch, 0))
        apart = one.serials ^ other.serials if one.serials and other.serials else frozenset()
        if one.quantity != other.quantity or apart:
            found.append(Difference(batch, one.quantity, other.quantity, tuple(sorted(apart))))
    return found


def _together(goods: Iterable[Goods]) -> dict[str, Goods]:
    found: dict[str, Goods] = {}
    for one in goods:
        known = found.get(one.batch, Goods(one.batch, 0))
        found[one.batch] = Goods(one.batch, known.quantity + one.quantity, known.serials | one.serials)
    return found


STAGES: Mapping[str, tuple[str, str]] = {
    "picked": ("拣货", "picked"),
    "reviewed": ("复核", "reviewed"),
    "packed": ("装箱", "packed"),
    "shipped": ("发运", "shipped"),
}
"""The hand-overs of an outbound order, as they are said."""


def told(found: Sequence[Difference], before: str, after: str) -> str:
    """The differences between two stages in both languages, `zh / en`; the first twenty."""
    zh = "；".join(one.words("zh", STAGES[before][0], STAGES[after][0]) for one in found[:20])
    en = "; ".join(one.words("en", STAGES[before][1], STAGES[after][1]) for one in found[:20])
    return f"{zh} / {en}"

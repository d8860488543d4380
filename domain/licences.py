"""Domain: which licences a partner needs and whether it holds them on a day. Knows dates, not tables.

No order, receipt or sale with a partner whose licence is missing, expired, withdrawn or out of scope
(药品管理法 55; GSP 61-63, 89). A licence is valid up to and including its last day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.errors import Refusal

COLD_CLASSES = frozenset({"refrigerated", "frozen"})
"""Storage classes of the cold chain (2-8 °C and below 0 °C); `cool` (up to 20 °C) is not one of them."""

Why = Literal["missing", "withdrawn", "not_yet_valid", "expired"]

_WHY_ZH = {
    "missing": "没有该范围的许可",
    "withdrawn": "许可已撤销",
    "not_yet_valid": "许可尚未生效",
    "expired": "许可已过期",
}
_WHY_EN = {
    "missing": "no licence in that scope",
    "withdrawn": "the licence was withdrawn",
    "not_yet_valid": "the licence is not yet valid",
    "expired": "the licence has expired",
}


@dataclass(frozen=True)
class Licence:
    """One licence of a partner: what it covers (`scope`), from which day to which."""

    kind: str
    number: str
    scope: tuple[str, ...]
    valid_from: date | None
    valid_until: date
    withdrawn: bool = False

    def valid_on(self, day: date) -> bool:
        """Valid from its first up to and including its last day, unless withdrawn."""
        return self.why_not(day) is None

    def why_not(self, day: date) -> Why | None:
        """The reason why it does not hold on `day`; None when it does."""
        if self.withdrawn:
            return "withdrawn"
        if self.valid_from is not None and day < self.valid_from:
            return "not_yet_valid"
        return "expired" if day > self.valid_until else None


@dataclass(frozen=True)
class Gap:
    """A category that no valid licence covers; `until` is the last day of the licence that came closest."""

    category: str
    why: Why
    number: str | None = None
    until: date | None = None

    def words(self, language: str = "zh") -> str:
        """The gap as a person reads it."""
        number = f" {self.number}" if self.number else ""
        until = f" ({self.until.isoformat()})" if self.until and self.why == "expired" else ""
        words = _WHY_EN if language == "en" else _WHY_ZH
        return f"{self.category}: {words[self.why]}{number}{until}"


class LicenceNotValid(Refusal):
    """The partner may not be traded with in this scope on this day."""

    code = "licence_not_valid"
    kind = "conflict"
    zh = "{party} 的许可不覆盖本次业务：{gaps_zh}"
    en = "The licences of {party} do not cover this: {gaps_en}"


def categories_of(category: str, storage_class: str, *, special_control: bool) -> frozenset[str]:
    """The scopes that trading a material needs: its kind of product, the cold chain, special control."""
    needed = {category}
    if storage_class in COLD_CLASSES:
        needed.add("cold_chain")
    if special_control:
        needed.add("special_control")
    return frozenset(needed)


def gaps(licences: Iterable[Licence], categories: Iterable[str], day: date) -> list[Gap]:
    """The categories without a licence valid on `day`, by name; empty when all are covered."""
    held = list(licences)
    found = (_gap(held, category, day) for category in sorted(set(categories)))
    return [gap for gap in found if gap is not None]


def refuse_gaps(party: str, found: Sequence[Gap]) -> None:
    """Raise LicenceNotValid when there is a gap."""
    if found:
        raise LicenceNotValid(
            party=party,
            gaps_zh="；".join(gap.words("zh") for gap in found),
            gaps_en="; ".join(gap.words("en") for gap in found),
            categories=[gap.category for gap in found],
        )


def _gap(held: list[Licence], category: str, day: date) -> Gap | None:
    covering = [licence for licence in held if category in licence.scope]
    if not covering:
        return Gap(category, "missing")
    if any(licence.valid_on(day) for licence in covering):
        return None
    last = max(covering, key=lambda licence: (not licence.withdrawn, licence.valid_until))
    return Gap(category, last.why_not(day) or "missing", last.number, last.valid_until)

"""Domain: another batch named for a line of an order - why it may not go instead (GSP 85, 87).

Refused while somebody can still name another one; what is stopped afterwards is not sent. Knows no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.errors import Refusal

Words = tuple[str, str]
REPLACED: Final = "replaced"
"""The outcome of a line that asks for another batch."""
BATCH_FIELD: Final = "other_batch"
LOCATION_FIELD: Final = "other_location"


class OtherBatchUnfit(Refusal):
    """The batch that is named cannot go instead; another one can still be named."""

    code = "other_batch_unfit"
    zh = "第 {line} 行不能改用批号 {batch}：{why_zh}。请改填其他批号；没有可用的，选“不足”"
    en = (
        "Batch {batch} cannot go instead on line {line}: {why_en}. Name another one; if there is none, "
        'choose "short"'
    )


class OtherBatchStopped(Refusal):
    """The batch that was named could have gone when it was, and cannot any more."""

    code = "other_batch_stopped"
    zh = "第 {line} 行改用的批号 {batch} 现在不能用：{why_zh}。请选部分发货或中止"
    en = "Batch {batch}, named for line {line}, cannot go any more: {why_en}. Ship in part, or stop the order"


@dataclass(frozen=True)
class NamedBatch:
    """What is known of a batch number of the line's material at a site, at the moment of asking.

    `held`, `expired`: it may not leave. `remaining_days`: None without an expiry. `free_at`: the places where
    some of it is free, that is qualified, not in the shipping zone and not promised.
    """

    held: bool
    expired: bool
    expires_on: date | None
    remaining_days: int | None
    free_at: frozenset[str] = frozenset()


def unfit(found: Sequence[NamedBatch], location: str | None, min_remaining_days: int) -> Words | None:
    """Why no batch of that number can go (from that place, when one is named); None when one can."""
    if not found:
        return "没有该商品的这个批号", "the goods have no batch of that number"
    reasons = [_why(one, location, min_remaining_days) for one in found]
    return None if None in reasons else reasons[0]


def _why(one: NamedBatch, location: str | None, min_remaining_days: int) -> Words | None:
    if one.held:
        return "该批号已锁定", "it is on hold"
    if one.expired:
        return f"已过有效期 {one.expires_on}", f"it has expired on {one.expires_on}"
    if one.remaining_days is not None and one.remaining_days < min_remaining_days:
        days = one.remaining_days
        return (
            f"剩余效期 {days} 天，客户要求至少 {min_remaining_days} 天",
            f"days left: {days}, the customer wants {min_remaining_days}",
        )
    if not one.free_at:
        return "本仓库没有可供的合格品（无货或已预留）", "nothing of it is free here: none there, or reserved"
    named = (location or "").strip().casefold()
    if named and named not in {place.casefold() for place in one.free_at}:
        places = "、".join(sorted(one.free_at)[:5])
        return f"货位 {location} 没有，在 {places}", f"it is not at {location} but at {places}"
    return None

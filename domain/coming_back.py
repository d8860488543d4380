"""Domain: goods that wait unchecked for a decision of quality - how many of them have stood there throughout.

A position is one number: goods that came back on a vehicle may stand in it beside a delivery that waits for
its own acceptance. What is released is never more than what can only have been theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


@dataclass(frozen=True)
class Flow:
    """So much came to the position (or left it, below zero); `of` is whose goods these were, if known."""

    change: int
    of: UUID | None = None


def still_there(flows: Sequence[Flow]) -> dict[UUID, int]:
    """Whose goods stand there, and how many of each; `flows` are all that happened there, oldest first.

    Of each as many as came and were not taken for them, but no more than the least that stood there since,
    less what is those' who came before.
    """
    levels = list(accumulate(flow.change for flow in flows))
    left: dict[UUID, int] = {}
    since: dict[UUID, int] = {}
    for at, flow in enumerate(flows):
        if flow.of is not None:
            if not left.get(flow.of):
                since[flow.of] = at
            left[flow.of] = left.get(flow.of, 0) + flow.change
    found: dict[UUID, int] = {}
    for of in sorted(left, key=since.__getitem__):
        least = min(levels[since[of] :]) - sum(found.values())
        if (there := min(left[of], least)) > 0:
            found[of] = there
    return found

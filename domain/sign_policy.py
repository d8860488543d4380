"""Domain: sign policies - which signatures a task still asks for, whose turn it is, what one refusal means.

All (会签), any (或签), a majority (多数) or a number of the signatures listed; a signature outside the list
and one that was added (加签) is always needed. Interpreter and settling activity decide by the same code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.sop_parts import Need, OnRefusal


@dataclass(frozen=True)
class Asked:
    """The signatures of one task, by index: those of the definition that apply, and those added by hand.

    The policy counts `counted`; of them `need` are wanted. Without a policy none is counted: all are needed.
    """

    rules: tuple[int, ...]
    counted: frozenset[int] = frozenset()
    need: Need = "all"
    on_refusal: OnRefusal = "refuse"
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def wanted(self) -> int:
        """How many of the counted signatures complete the task; never more than there are."""
        everything = len(self.counted)
        if self.need == "all":
            return everything
        if self.need == "any":
            return min(1, everything)
        if self.need == "majority":
            return everything // 2 + 1 if everything else 0
        return min(self.need, everything)

    def short(self, signed: Collection[int]) -> int:
        """How many of the counted signatures are still wanted."""
        return max(0, self.wanted - len(self.counted.intersection(signed)))

    def missing(self, signed: Collection[int], refused: Collection[int] = ()) -> list[int]:
        """Every signature that still counts, in the order of asking; empty when none is needed any more."""
        return [index for group in self._groups(signed, refused) for index in group]

    def turn(self, signed: Collection[int], refused: Collection[int] = ()) -> list[int]:
        """Those of the missing signatures that can be given now: one asked for before others comes first."""
        return next((group for group in self._groups(signed, refused) if group), [])

    def reachable(self, signed: Collection[int], refused: Collection[int]) -> bool:
        """Whether the task can still be completed after these refusals."""
        if any(index not in self.counted for index in refused):
            return False
        left = self.counted.difference(signed).difference(refused)
        return len(left) >= self.short(signed)

    def needed(self, signed: Collection[int], refused: Collection[int] = ()) -> int:
        """How many more signatures complete the task."""
        always = [i for i in self.missing(signed, refused) if i not in self.counted]
        return len(always) + self.short(signed)

    def _groups(self, signed: Collection[int], refused: Collection[int]) -> list[list[int]]:
        short = self.short(signed)
        listed = [
            index
            for index in self.rules
            if index not in signed and index not in refused and (index not in self.counted or short)
        ]
        return [_left(self.before, signed), listed, _left(self.after, signed)]


def _left(indexes: Sequence[int], signed: Collection[int]) -> list[int]:
    return [index for index in indexes if index not in signed]


def asked_of(content: Mapping[str, Any], added: Sequence[Mapping[str, Any]] = ()) -> Asked:
    """From a task as it is kept: its rules and policy, and the signers added since it was opened."""
    policy = content.get("policy") or {}
    order = [(rule["index"], rule["order"]) for rule in added]
    return Asked(
        rules=tuple(rule["index"] for rule in content.get("rules", ())),
        counted=frozenset(policy.get("counted", ())),
        need=policy.get("need", "all"),
        on_refusal=policy.get("on_refusal", "refuse"),
        before=tuple(index for index, when in order if when == "before"),
        after=tuple(index for index, when in order if when == "after"),
    )

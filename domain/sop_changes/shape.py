"""Domain: what a change of a procedure is - one sentence with its risk, and the rule that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.sop_definition import Text

Risk = Literal["high", "medium", "low"]
Op = Literal["added", "removed", "changed", "moved"]
RISKS: tuple[Risk, ...] = ("high", "medium", "low")
"""The gravest first."""
RISK_WORDS: Mapping[Risk, str] = {"high": "高", "medium": "中", "low": "低"}


@dataclass(frozen=True)
class Fact:
    """One thing that differs. `step` is the step's place, None for the head; `keys` lead to it in the step.

    What is absent is None. Of something moved or of another order nothing more is said.
    """

    op: Op
    step: str | None
    keys: tuple[str, ...] = ()
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Change:
    """One difference as a sentence. `where` names the step, `why` says why the risk is what it is.

    `step` is the step's place (`refuse/turn_away`), None for the head of the procedure.
    """

    step: str | None
    where: Text
    sentence: Text
    risk: Risk
    why: Text
    fact: Fact
    rule: str = ""

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """`Acceptance: second signature removed - high`, in `zh` or `en`."""
        where, sentence = self.where.in_language(language), self.sentence.in_language(language)
        if language == "en":
            return f"{where}: {sentence} - {self.risk}"
        return f"{where}：{sentence} - {RISK_WORDS[self.risk]}"

    def as_json(self) -> dict[str, Any]:
        """The change for programs: where, what was and what is, the sentence, the risk and why."""
        return {
            "kind": "changed" if self.fact.keys else self.fact.op,
            "step": self.step,
            "path": ".".join(self.fact.keys),
            "before": self.fact.before,
            "after": self.fact.after,
            "risk": self.risk,
            "where": self.where.model_dump(),
            "sentence": self.sentence.model_dump(),
            "why": self.why.model_dump(),
        }


@dataclass(frozen=True)
class Rule:
    """One line of the table of rules: which facts it speaks of, with which words, and the risk.

    `pattern` is a path as in the definition; `*` stands for one name, `**` at the end for whatever follows.
    `{name}` in the words is what `*` stands for, `{before}` and `{after}` are the values. `test` narrows it
    to some values.
    """

    pattern: str
    ops: tuple[Op, ...]
    risk: Risk
    why: Text
    zh: str
    en: str
    test: Callable[[Any, Any], bool] | None = None

    def fits(self, fact: Fact) -> bool:
        """Whether the rule speaks of this fact."""
        if fact.op not in self.ops or not matches(self.pattern.split("."), fact.keys):
            return False
        return self.test is None or self.test(fact.before, fact.after)


def matches(pattern: Sequence[str], keys: Sequence[str]) -> bool:
    """Whether the keys are what the pattern describes."""
    if pattern and pattern[-1] == "**":
        head = pattern[:-1]
        return len(keys) >= len(head) and _same(head, keys[: len(head)])
    return len(keys) == len(pattern) and _same(pattern, keys)


def _same(pattern: Sequence[str], keys: Sequence[str]) -> bool:
    return all(wanted in {"*", key} for wanted, key in zip(pattern, keys, strict=True))


def gravest(changes: Sequence[Change]) -> Risk | None:
    """The highest risk among changes, None when there are none."""
    return min((change.risk for change in changes), key=RISKS.index, default=None)

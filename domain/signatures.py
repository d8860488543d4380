"""Domain: electronic signatures - which rule a signer satisfies, and why a signature is refused.

Printed name, time and meaning stand in the signature's row (21 CFR 11.50); the password is asked again at
every signing (11.200) and kept nowhere. Pure: no table, no password.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import Invalid, Refusal
from domain.sop_definition import Text
from domain.sop_progress.refusals import ContentChanged


class WrongPassword(Refusal):
    """The password given at signing is not the person's; counts towards the lock-out."""

    code = "wrong_password"
    kind = "forbidden"
    zh = "密码错误，签名未完成"
    en = "Wrong password; nothing was signed"


class MeaningMismatch(Invalid):
    """The meaning sent with a signature is not the one the definition gives it."""

    code = "meaning_mismatch"
    zh = "签名含义与规程不符：应为“{meaning}”"
    en = "The meaning of the signature is not the procedure's: {meaning}"


@dataclass(frozen=True)
class Rule:
    """One signature that a task asks for: its index, its meaning, and whose it is (ids).

    One that somebody (`by`) added may be of one person, `before` or `after` the others.
    """

    index: int
    meaning: Text
    post: str
    post_id: str | None
    site_id: str | None
    department_id: str | None
    person_id: str | None = None
    order: str | None = None
    by: str | None = None

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Rule:
        """From the task's content."""
        return cls(**{**stored, "meaning": Text.model_validate(stored["meaning"])})


def rule_for(rules: Sequence[Rule], signed: Collection[int], holds: Callable[[Rule], bool]) -> Rule | None:
    """The first unmet rule whose post the signer holds, None when there is none."""
    return next((rule for rule in rules if rule.index not in signed and holds(rule)), None)


def check_shown(shown: str | None, content_hash: str) -> None:
    """A digest sent along, of what the signer was shown, must be that of what is signed; ContentChanged."""
    if shown and shown != content_hash:
        raise ContentChanged


def check_meaning(rule: Rule, given: str | None) -> None:
    """A meaning sent along must be the definition's, in either language; MeaningMismatch otherwise."""
    if given and given.strip() not in {rule.meaning.zh, rule.meaning.en}:
        raise MeaningMismatch(meaning=rule.meaning.zh)

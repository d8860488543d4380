"""Services: the signatures that a task still asks for, as its row keeps them for lists, pages and answers.

What is missing is decided by `domain.sign_policy` alone, from the content, the signers added since, and who
has signed or refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.sign_policy import Asked, asked_of
from domain.sop_definition import Human


def asked(row: Mapping[str, Any]) -> Asked:
    """The signatures that a task's row asks for (`content`, `added_rules`)."""
    return asked_of(row["content"] or {}, row["added_rules"] or ())


def policy_of(human: Human, rules: Sequence[int]) -> dict[str, Any]:
    """How many of which signatures complete the task, for its content; empty without a policy."""
    policy = human.signature_policy
    if policy is None:
        return {}
    counted = [index for index in human.counted_rules if index in rules]
    return {"policy": {**policy.model_dump(), "counted": counted}}


def given(result: Mapping[str, Any] | None, name: str) -> set[int]:
    """The indexes of the rules that were `signed`, or `refused`, in the content that stands."""
    return {int(index) for index in (result or {}).get(name, {})}


def missing(row: Mapping[str, Any], signed: Iterable[int], refused: Iterable[int] = ()) -> list[int]:
    """The rules that still count, by the row alone."""
    return asked(row).missing(set(signed), set(refused))


def rules_of(row: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """All rules by index: the definition's, and those added."""
    return {rule["index"]: rule for rule in (*(row["content"] or {}).get("rules", ()), *row["added_rules"])}


def note_missing(kept: dict[str, Any], row: Mapping[str, Any], indexes: Iterable[int]) -> None:
    """Writes into a task's result what is missing, how many of it are needed, and whose turn it is.

    Lists show a task to the posts and persons whose turn it is.
    """
    rules, wanted = rules_of(row), asked(row)
    signed, refused = given(kept, "signed"), given(kept, "refused")
    found = [rules[index] for index in indexes if index in rules]
    turn = [rules[index] for index in wanted.turn(signed, refused) if found and index in rules]
    kept["missing_signatures"] = [_shown(rule) for rule in found]
    kept["needed"] = wanted.needed(signed, refused) if found else 0
    kept["missing_posts"] = [
        rule["post_id"] or str(row["post_id"]) for rule in turn if not rule.get("person_id")
    ]
    kept["missing_persons"] = [rule["person_id"] for rule in turn if rule.get("person_id")]


def _shown(rule: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"index": rule["index"], "meaning": rule["meaning"], "post": rule["post"]}
    return {**shown, "person_id": rule["person_id"]} if rule.get("person_id") else shown

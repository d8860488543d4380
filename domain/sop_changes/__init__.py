"""Domain: what changed between two versions of a procedure, in sentences with a risk class.

Built on `sop_diff`: every difference is one fact or several, and the first rule that fits a fact says it.
What no rule knows is said by its path and is of medium risk - never nothing.
It knows no files and no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.sop_changes import reasons, rules_forms, rules_people, rules_steps
from domain.sop_changes.shape import RISKS, Change, Fact, Risk, Rule, gravest
from domain.sop_changes.tables import table_changes
from domain.sop_changes.telling import told
from domain.sop_changes.unfold import facts
from domain.sop_changes.values import Names
from domain.sop_definition import SopDefinition, Text
from domain.sop_diff import steps_by_place

__all__ = ["RISKS", "Change", "Fact", "Risk", "changes", "gravest", "rule_of", "table_changes", "to_train"]

OF_HEAD: tuple[Rule, ...] = (*rules_steps.HEAD, *rules_steps.STEPS)
OF_STEPS: tuple[Rule, ...] = (*rules_people.RULES, *rules_forms.RULES, *rules_steps.STEPS)
FALLBACK = Rule(
    "**",
    ("added", "removed", "changed", "moved"),
    "medium",
    reasons.UNKNOWN,
    "“{path}”由 {before} 改为 {after}",
    "“{path}” is {after} instead of {before}",
)


def changes(old: SopDefinition, new: SopDefinition, posts: Mapping[str, Text] | None = None) -> list[Change]:
    """Every change from `old` to `new`, in the order of the procedure; none when they are the same.

    `posts` are the names of posts by code; a post without a name is called by its code.
    """
    names = Names(old, new, posts or {})
    return [told(fact, rule_of(fact), names) for fact in facts(old, new)]


def rule_of(fact: Fact) -> Rule:
    """The first rule that fits; the last resort says the path. Whole steps have words of their own."""
    if fact.step is not None and not fact.keys:
        return FALLBACK
    rules = OF_HEAD if fact.step is None else OF_STEPS
    return next((rule for rule in rules if rule.fits(fact)), FALLBACK)


def to_train(found: Iterable[Change], new: SopDefinition) -> list[str]:
    """The posts whose work changes by more than words, so that they are to be trained before it counts."""
    touched = {change.step for change in found if change.risk != "low"}
    steps = steps_by_place(new)
    posts = (step.human.post for place, step in steps.items() if place in touched and step.human)
    return list(dict.fromkeys(posts))

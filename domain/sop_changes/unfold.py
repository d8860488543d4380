"""Domain: differences taken apart until each is one fact that a rule can speak of.

A form that appears or goes is told field by field, a list of names name by name, and signatures are counted
as they are asked, whichever way they are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.sop_changes.shape import Fact, matches
from domain.sop_definition import SopDefinition, Step
from domain.sop_diff import ORDER, Difference, aligned, changes, content, differences, steps_by_place

OF_NAMES = ("clauses", "human.separate_from", "human.send_back", "parallel.branches")
"""Lists in which each entry is a name of its own; one that is absent is empty."""
OPENED = (
    *("inputs", "inputs.*.options", "messages", "quiz", "quiz.*.options", "cases", "proofs"),
    *("with", "refusals", "routes"),
    *("human.form", "human.form.*.options", "human.outcomes", "human.checks"),
    *("human.lines.form", "human.lines.form.*.options", "human.lines.outcomes", "human.lines.checks"),
    *("wait.data", "wait.data.*.options", "decide.with", "call.with"),
)
"""What holds several things: when all of it appears or goes, each of them does."""
SIGNATURES = {"signature", "signatures"}


def facts(old: SopDefinition, new: SopDefinition) -> Iterator[Fact]:
    """Every fact in the order of `differences`; a text that is new in both languages is one."""
    waiting: Fact | None = None
    for fact in _single(old, new):
        if waiting is not None and _same_text(waiting, fact):
            sides = ({"zh": waiting.before, "en": fact.before}, {"zh": waiting.after, "en": fact.after})
            yield Fact("changed", fact.step, fact.keys[:-1], *sides)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = fact
    if waiting is not None:
        yield waiting


def _same_text(one: Fact, other: Fact) -> bool:
    """Whether two facts are the Chinese and the English of one text."""
    return (one.step, one.op, one.keys[:-1]) == (other.step, "changed", other.keys[:-1]) and (
        one.keys[-1:] == ("zh",) and other.keys[-1:] == ("en",)
    )


def _single(old: SopDefinition, new: SopDefinition) -> Iterator[Fact]:
    before, after = steps_by_place(old), steps_by_place(new)
    told: set[tuple[str | None, str]] = set()
    for one in differences(old, new):
        if one.kind != "changed":
            yield Fact(one.kind, one.step, (), one.before, one.after)
        elif one.step is not None and _of_signatures(one):
            if (one.step, "signature") not in told:
                told.add((one.step, "signature"))
                yield from _signatures(one.step, before[one.step], after[one.step])
        elif one.keys[0] == "proofs" and len(one.keys) > 2:  # noqa: PLR2004 - a part of a sentence
            if (None, one.keys[1]) not in told:
                told.add((None, one.keys[1]))
                yield Fact("changed", None, one.keys[:2])
        else:
            yield from _unfolded(one.step, one.keys, one.before, one.after)


def _of_signatures(one: Difference) -> bool:
    return len(one.keys) > 1 and one.keys[0] == "human" and one.keys[1] in SIGNATURES


def _unfolded(step: str | None, keys: tuple[str, ...], before: Any, after: Any) -> Iterator[Fact]:
    if _is(OF_NAMES, keys) and _listed(before) and _listed(after):
        yield from _names(step, keys, before or [], after or [])
    elif _is(OPENED, keys) and (before is None or after is None):
        entries = _entries(after if before is None else before)
        for key, value in entries.items():
            pair = (None, value) if before is None else (value, None)
            yield from _unfolded(step, (*keys, key), *pair)
    elif keys and keys[-1] == ORDER:
        yield Fact("changed", step, keys, before, after)
    else:
        op = "added" if before is None else "removed" if after is None else "changed"
        yield Fact(op, step, keys, before, after)  # type: ignore[arg-type] # one of the three


def _is(patterns: Sequence[str], keys: Sequence[str]) -> bool:
    return any(matches(pattern.split("."), keys) for pattern in patterns)


def _listed(value: Any) -> bool:
    return value is None or isinstance(value, list)


def _entries(value: Any) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    return {str(number): one for number, one in enumerate(value, 1)}


def _names(step: str | None, keys: tuple[str, ...], before: list[str], after: list[str]) -> Iterator[Fact]:
    gone = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    yield from (Fact("removed", step, (*keys, one), one) for one in gone)
    yield from (Fact("added", step, (*keys, one), None, one) for one in come)
    if not gone and not come:
        yield Fact("changed", step, (*keys, ORDER), before, after)


def _signatures(place: str, old: Step, new: Step) -> Iterator[Fact]:
    """Signatures by their number, as they are asked. One that moved between the keys is regrouped."""
    before, after = _rules(old), _rules(new)
    found = [fact for pair in aligned(before, after) for fact in _signature(place, *pair)]
    yield from found
    if not found or _counted(old) != _counted(new):
        yield Fact("changed", place, ("human", "signature", ORDER), _policy(old), _policy(new))


def _rules(step: Step) -> list[dict[str, Any]]:
    written = content(step).get("human", {})
    first = [written["signature"]] if "signature" in written else []
    return [*first, *written.get("signatures", [])]


def _policy(step: Step) -> bool:
    return bool(step.human and step.human.signature_policy)


def _counted(step: Step) -> bool:
    """Whether a signature stands outside those that a policy counts."""
    return _policy(step) and bool(step.human and step.human.signature)


def _signature(place: str, number: int, before: Any, after: Any) -> Iterator[Fact]:
    keys = ("human", "signature", str(number))
    if before is None or after is None:
        yield Fact("added" if before is None else "removed", place, keys, before, after)
        return
    for one in changes(place, before, after):
        yield from _unfolded(place, (*keys, *one.keys), one.before, one.after)

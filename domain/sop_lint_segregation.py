"""Domain: lint rule of segregation as a whole - whether enough different persons hold the posts.

Two posts that one person holds are found pair by pair (`sop_lint_people`). Three steps that are all separate
from each other need three persons, a step with two signatures needs two more that no other step bars: whether
that can be done at all is found by handing the signatures out to the people who are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.sop_definition import Step
from domain.sop_lint_context import Lint


@dataclass(frozen=True)
class _Slot:
    """Something that one person does at a step, and who may."""

    step: str
    able: frozenset[str]


def check_enough_people(lint: Lint) -> None:
    """Names the first step at which no further different person is left, and looks on without it."""
    if lint.people is None:
        return
    faulty = {f.step_id for f in lint.findings if f.rule in {"separate_from", "signers", "post_vacant"}}
    bars = _bars(lint)
    slots: list[_Slot] = []
    for step in lint.steps.values():
        mine = _slots(step, lint.people)
        if not mine or step.id in faulty:
            continue
        if _can_be_done([*slots, *mine], bars):
            slots += mine
            continue
        _report(lint, step, bars)


def _report(lint: Lint, step: Step, bars: Mapping[str, frozenset[str]]) -> None:
    others = [name for name in lint.steps if name in bars.get(step.id, ())]
    zh = "、".join(lint.name(one).zh for one in others)
    en = ", ".join(lint.name(one).en for one in others)
    rule = "separate_from" if others else "signers"
    path = (*lint.paths[step.id], "human", rule if others else "signatures")
    if others:
        zh = f"任职人员不足：此步骤须由与{zh}不同的人完成，现有人员分派不开"
        en = f"too few people: nobody is left for this step who has not to do {en}"
    else:
        zh = "任职人员不足：各签名须由不同的人完成，现有人员分派不开"
        en = "too few people: its signatures are given by different persons, and not enough hold the posts"
    lint.error(rule, path, zh, en, step.id)


def _slots(step: Step, people: Mapping[str, object]) -> list[_Slot]:
    """One person for each signature that is always asked for, at least the one who completes the step."""
    human = step.human
    if human is None:
        return []
    certain = [rule.post or human.post for rule in human.signature_rules if rule.when is None]
    if human.signature_policy is not None and human.signature_policy.need != "all":
        certain = []
    able = (people.get(post) for post in certain or [human.post])
    return [_Slot(step.id, frozenset(one)) for one in able if isinstance(one, frozenset | set) and one]


def _bars(lint: Lint) -> dict[str, frozenset[str]]:
    """For each step those with which it shares nobody, in both directions."""
    bars: dict[str, frozenset[str]] = {}
    for step in lint.steps.values():
        for other in step.human.separate_from if step.human else ():
            bars[step.id] = bars.get(step.id, frozenset()) | {other}
            bars[other] = bars.get(other, frozenset()) | {step.id}
    return bars


def _can_be_done(slots: list[_Slot], bars: Mapping[str, frozenset[str]]) -> bool:
    """Whether every slot gets a person; one for which more are able than slots are left is never short."""
    hard = slots
    while (left := [slot for slot in hard if len(slot.able) < len(hard)]) != hard:
        hard = left
    return _handed_out(sorted(hard, key=lambda slot: len(slot.able)), {}, bars)


def _handed_out(
    slots: list[_Slot], given: dict[str, frozenset[str]], bars: Mapping[str, frozenset[str]]
) -> bool:
    if not slots:
        return True
    first, rest = slots[0], slots[1:]
    barred = given.get(first.step, frozenset[str]()).union(
        *(given.get(other, frozenset()) for other in bars.get(first.step, ()))
    )
    return any(
        _handed_out(rest, {**given, first.step: given.get(first.step, frozenset()) | {person}}, bars)
        for person in sorted(first.able - barred)
    )

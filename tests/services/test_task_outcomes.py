"""The outcomes of a task say what really follows; nobody chooses between two buttons that say the same."""

from __future__ import annotations

import pytest

from domain.action_catalogue import CATALOGUE
from domain.sop_bundle import Bundle, build
from domain.sop_yaml import parse
from services import sop_files
from services.task_outcomes import outcomes_of

FILES = sop_files.definition_files()
GOES_ON = "继续流程"


def bundle_of(text: str) -> Bundle:
    definition = parse(text).definition
    return build(definition, sop_files.tables(), sop_files.limits(), None, CATALOGUE, sop_files.called_sops())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.key}-v{file.version}")
def test_no_two_outcomes_of_a_shipped_task_say_the_same(file: sop_files.SopFile) -> None:
    bundle = bundle_of(file.text)
    for step in bundle.definition.walk():
        if step.human is None or len(step.human.outcomes) < 2:
            continue
        for language in ("zh", "en"):
            shown = [
                (one["consequence"] or one["leads_to"])[language]
                for one in outcomes_of(step.human.outcomes, bundle, step).values()
            ]
            assert len(set(shown)) == len(shown), f"{step.id}: {shown}"
            assert all(said and said != GOES_ON and not said.startswith("end_") for said in shown)


NESTED = """
sop: nested
title: {zh: 嵌套, en: Nested}
owner: {department: quality, post: qa_manager}
scope: {site: "'BJ01'"}
steps:
  - id: both
    parallel:
      branches:
        left:
          - id: once
            human: {post: keeper, instruction: {zh: 做, en: do}, outcomes: {a: {label: {zh: 甲, en: A}}}}
        right:
          - id: rounds
            repeat:
              limit: 3
              until: again.outcome == 'no'
              steps:
                - id: again
                  human:
                    post: keeper
                    instruction: {zh: 做, en: do}
                    outcomes: {'yes': {label: {zh: 是, en: Yes}}, 'no': {label: {zh: 否, en: No}, go: next}}
  - id: last
    title: {zh: 收尾, en: Wind up}
    human:
      post: keeper
      instruction: {zh: 做, en: do}
      outcomes: {stop: {label: {zh: 停, en: Stop}, go: stopped}, on: {label: {zh: 行, en: On}}}
  - end: completed
sections:
  stopped:
    - end: stopped
      title: {zh: 已中止, en: Broken off}
"""


@pytest.mark.parametrize(
    ("step", "outcome", "said"),
    [
        ("once", "a", "Wind up"),
        ("again", "yes", "Another round, or: Wind up"),
        ("last", "on", "The run ends"),
        ("last", "stop", "Broken off"),
    ],
)
def test_what_follows_is_told_from_inside_other_steps_too(step: str, outcome: str, said: str) -> None:
    bundle = bundle_of(NESTED)
    human = bundle.steps[step].human
    assert human is not None
    assert outcomes_of(human.outcomes, bundle, bundle.steps[step])[outcome]["leads_to"]["en"] == said

"""Steps without a title are told by what they come after, so that nobody reads an id."""

from domain.sop_case_words import CaseWords
from domain.sop_chart_of import chart_of
from domain.sop_definition import SopDefinition, Text
from domain.sop_proof import Proof
from domain.sop_proof_words import sentence
from domain.sop_untitled import names
from domain.sop_yaml import parse

DEFINITION = """
sop: looked_at
title: {zh: 查看, en: Look}
owner: {department: quality, post: qa_manager}
scope: {site: inputs.site}
subject: inputs.site
inputs:
  site: {type: site, required: true, label: {zh: 仓库, en: Site}}
steps:
  - id: first_way
    decide: {value: "true"}
    routes: {'true': next, 'false': done}
  - id: look
    title: {zh: 查看货物}
    human: {post: keeper, instruction: {zh: 查看}}
  - id: bad_or_not
    decide: {value: "true"}
    routes: {'true': next, 'false': done}
  - id: which_zone
    decide: {value: "true"}
    routes: {'true': next, 'false': done}
  - id: each
    title: {zh: 逐行, en: Each line}
    for_each:
      lines: look.lines
      steps:
        - id: inside
          decide: {value: "true"}
          routes: {'true': next, 'false': next}
  - end: completed
sections:
  done:
    - end: nothing
"""


def definition() -> SopDefinition:
    return parse(DEFINITION).definition


def test_a_step_without_a_title_is_called_after_the_one_before() -> None:
    found = names(definition())
    assert found["look"] == Text(zh="查看货物", en="查看货物")
    assert found["first_way"] == Text(zh="开始处的判定", en="decision at the beginning")
    assert found["bad_or_not"] == Text(zh="‘查看货物’之后的判定", en="decision after ‘查看货物’")
    assert found["which_zone"] == Text(zh="‘查看货物’之后的第 2 个判定", en="decision 2 after ‘查看货物’")
    assert found["inside"] == Text(zh="‘逐行’中的判定", en="decision within ‘Each line’")


def test_charts_proofs_and_cases_say_no_id() -> None:
    whole = definition()
    chart = chart_of(whole)
    assert all(node.title.zh not in whole_ids(whole) for node in chart.nodes if node.title and node.step)
    said = sentence(
        Proof.model_validate({"never": {"step": "bad_or_not"}, "without": {"done": "look"}}), whole
    )
    assert "‘查看货物’之后的判定" in said.zh and "bad_or_not" not in said.zh + str(said.en)
    assert CaseWords(whole).step("which_zone").zh == "‘查看货物’之后的第 2 个判定"


def whole_ids(whole: SopDefinition) -> set[str]:
    return {step.id for step in whole.walk() if not step.end}

"""Expressions are told in words where something says them, and stay as they are where nothing does."""

import pytest

from domain.action_catalogue import CATALOGUE
from domain.sop_yaml import parse, parse_table
from services import sop_files
from ui.contexts.flowchart import Mark
from ui.pages.expression_words import in_words
from ui.pages.flow_picture import picture
from ui.pages.sop_reading import Reader
from ui.pages.value_words import INPUTS
from ui.translation import translations

CHECKING = parse(
    """
sop: checking
title: {zh: 养护, en: Maintenance}
owner: {department: quality, post: qa_manager}
scope: {site: inputs.site}
subject: inputs.site
inputs:
  site: {type: site, required: true, label: {zh: 仓库, en: Site}}
steps:
  - id: listed
    action: maintenance.list
    with: {parts: "3"}
  - id: any
    title: {zh: 有没有, en: Anything}
    decide: {value: listed.count == 0}
    routes: {'true': end_completed, 'false': next}
  - id: check
    title: {zh: 检查, en: Check}
    human:
      post: keeper
      instruction: {zh: 看, en: Look}
      lines:
        of: listed.lines
        form:
          reason: {type: text, required_if: "line.quantity > 0", label: {zh: 情况, en: State}}
        outcomes:
          good: {label: {zh: 正常, en: Good}}
          bad: {label: {zh: 异常, en: Bad}, reason: required}
  - id: each
    title: {zh: 逐行, en: Each}
    for_each:
      lines: check.lines
      steps:
        - id: hold
          title: {zh: 锁定, en: Hold}
          when: line.outcome == 'bad'
          call:
            sop: quality_hold
            with:
              batch: line.batch_id
              site: inputs.site
              reason: "line.reason_given ? line.reason : 'bad'"
  - end: completed
"""
).definition
RECEIVING = parse(sop_files.newest("receiving_acceptance").text).definition


@pytest.mark.parametrize(
    ("expression", "zh", "en"),
    [
        (
            "arrival.outcome == 'received'",
            "“到货检查 · 结论” 为 “收货”",
            "“Check on arrival · outcome” is “Receive”",
        ),
        (
            "arrival.temperature_given && arrival.temperature > 8.0",
            "“到货检查 · 到货温度” > 8.0",
            "“Check on arrival · Temperature on arrival” > 8.0",
        ),
        (
            "!match.special_control || arrival.packaging != 'intact'",
            "非 “核对采购订单 · 特殊管理药品” 或 “到货检查 · 外包装” 不为 “完好”",
            "not “Match the purchase order · special-control goods” or “Check on arrival · Outer packaging” is not “Intact”",
        ),
        ("line.whatever == 'x'", "line.whatever 为 “x”", "line.whatever is “x”"),
        ("true", "true", "true"),
    ],
)
def test_an_expression_is_told(expression: str, zh: str, en: str) -> None:
    assert in_words(expression, RECEIVING, translations("zh")) == zh
    assert in_words(expression, RECEIVING, translations("en")) == en


@pytest.mark.parametrize(
    ("expression", "zh"),
    [
        ("line.outcome == 'bad'", "“本行 · 结论” 为 “异常”"),
        ("line.batch_number != 'x'", "“本行 · 批号” 不为 “x”"),
        ("line.reason_given ? line.reason : 'bad'", "“本行 · 情况”（未填写时：“bad”）"),
        ("check.lines", "“检查 · 明细”"),
        ("other.lines", "other.lines"),
    ],
)
def test_a_value_of_a_line_is_told(expression: str, zh: str) -> None:
    assert in_words(expression, CHECKING, translations("zh")) == zh


def test_a_procedure_is_read_without_a_name_that_only_a_program_knows() -> None:
    reader = Reader(
        translations("zh"), {"keeper": "保管员"}, CHECKING, {}, {"quality_hold": "质量锁定与放行"}
    )
    told = [one for step in CHECKING.walk() for one in reader.card(step).sentences]
    assert "输入：共分几份：3。" in told
    assert "按规则：“列出应养护的库存 · 行数” 为 0。" in told
    assert "结果为 “是” 时转到 已完成。" in told
    assert any(one.startswith("记录：情况（文字、当 ") for one in told)
    assert "“异常”则继续，须写原因。" in told
    assert "启动规程 质量锁定与放行。" in told
    assert not [one for one in told if "line." in one.replace("line.quantity", "") or "inputs." in one]


def test_of_two_ways_to_walked_steps_the_first_was_gone() -> None:
    marks: dict[str, Mark] = dict.fromkeys([step.id for step in CHECKING.walk()], "walked")
    drawn = picture(CHECKING, translations("zh"), marks=marks)
    said = {way.words[0].text: way.walked for way in drawn.ways if way.by == "route"}
    assert said == {"否": True, "是": False}


def test_every_input_of_an_action_has_a_word() -> None:
    named = {name for spec in CATALOGUE.values() for name in spec.inputs}
    assert named - INPUTS.keys() == set()


def test_a_decision_by_a_table_is_read_in_the_words_of_the_table() -> None:
    tables = {file.key: parse_table(file.text).table for file in sop_files.table_files()}
    reader = Reader(translations("zh"), {}, RECEIVING, tables)
    step = next(step for step in RECEIVING.walk() if step.decide and step.decide.table)
    told = reader.card(step).sentences
    assert "到货温度" in told[1] and "arrival：" not in told[1]
    assert not [one for one in told if "refuse" in one]

"""The chart of a definition: every way is drawn, nothing is lost, nothing stands on anything else."""

from __future__ import annotations

import re
from itertools import combinations
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from domain.sop_chart import GROUPS, Chart
from domain.sop_chart_of import chart_of
from domain.sop_chart_text import width_of, wrapped
from domain.sop_definition import SopDefinition, Step
from domain.sop_flow import NEXT, jumps
from domain.sop_layout import Box, Layout, Measure, lay_out
from domain.sop_yaml import parse
from services import sop_files
from tests.domain.language.definitions import ALL_ACTIONS, definition, human
from tests.domain.language.small import BASE
from tests.domain.progress.random_procedures import procedure

SHIPPED = [parse(file.text).definition for file in sop_files.definition_files()]
HAN = re.compile("[\u4e00-\u9fff]")
SIZES = Measure(
    lambda node: (10.0, 10.0) if node.kind in GROUPS else (160.0, 40.0), lambda edge: (60.0, 14.0)
)


def body_of(definition: SopDefinition, step_id: str) -> list[Step]:
    """The list in which a step stands."""
    lists = [definition.steps, *definition.sections.values()]
    lists += [body for step in definition.walk() for _, body in step.bodies()]
    return next(steps for steps in lists if any(step.id == step_id for step in steps))


def check(definition: SopDefinition, chart: Chart) -> None:
    steps = {step.id: step for step in definition.walk()}
    known = chart.by_id()
    assert len(known) == len(chart.nodes)
    assert set(steps) <= set(known), "a step is lost"
    for edge in chart.edges:
        assert known[edge.source].group == known[edge.target].group, f"{edge} crosses a border"
    drawn = {one for edge in chart.edges for one in edge.jumps}
    for step in steps.values():
        body = body_of(definition, step.id)
        for jump in jumps(step):
            runs_out = jump.target == NEXT and step is body[-1] and known[step.id].group
            assert (step.id, jump) in drawn or (runs_out and jump.by == "go"), f"{step.id}: {jump}"
        back = [jump.target for who, jump in drawn if who == step.id and jump.by == "send_back"]
        assert sorted(back) == sorted(step.human.send_back if step.human else [])
        for _, inner in step.bodies():
            assert all(known[one.id].group == step.id for one in inner)


def tidy(chart: Chart, drawn: Layout) -> None:
    """No box on another that it does not stand in; every box inside the box around it, all on the paper."""
    for one, other in combinations(chart.nodes, 2):
        a, b = drawn.boxes[one.id], drawn.boxes[other.id]
        if one.id in chart.around(other.id):
            assert within(b, a)
        elif other.id in chart.around(one.id):
            assert within(a, b)
        else:
            assert apart(a, b), f"{one.id} stands on {other.id}"
    paper = Box(0, 0, drawn.width, drawn.height)
    assert all(within(box, paper) for box in drawn.boxes.values())
    assert len(drawn.ways) == len(chart.edges)
    assert all(len(way.points) >= 2 for way in drawn.ways)


def within(inner: Box, outer: Box, give: float = 0.1) -> bool:
    return (
        inner.x >= outer.x - give
        and inner.y >= outer.y - give
        and inner.x + inner.width <= outer.x + outer.width + give
        and inner.y + inner.height <= outer.y + outer.height + give
    )


def apart(a: Box, b: Box) -> bool:
    return a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y


@pytest.mark.parametrize("explicit", [False, True])
@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.sop)
def test_a_shipped_procedure_is_drawn_in_full(shipped: SopDefinition, explicit: bool) -> None:
    chart = chart_of(shipped, explicit=explicit)
    check(shipped, chart)
    tidy(chart, lay_out(chart, SIZES))
    assert not [node for node in chart.nodes if node.kind == "missing"]
    assert all(edge.labels for edge in chart.edges if edge.by in {"outcome", "route", "refusal"})
    assert {node.id for node in chart.nodes if node.kind == "human"} == {
        one for held in chart.lanes.values() for one in held
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.booleans())
def test_any_procedure_is_drawn_in_full(random: Random, explicit: bool) -> None:
    made = SopDefinition.model_validate(procedure(random))
    chart = chart_of(made, catalogue=ALL_ACTIONS, explicit=explicit)
    check(made, chart)
    tidy(chart, lay_out(chart, SIZES))


def test_the_same_chart_is_drawn_the_same_every_time() -> None:
    chart = chart_of(SHIPPED[0])
    assert lay_out(chart, SIZES) == lay_out(chart_of(SHIPPED[0]), SIZES)


def test_each_kind_of_way_has_its_edge() -> None:
    chart = chart_of(parse(BASE).definition, catalogue=ALL_ACTIONS)
    ways = {(edge.source, edge.target, edge.by) for edge in chart.edges}
    assert ("arrival.ways", "end_refused", "outcome") in ways
    assert ("cold.ways", "end_refused", "route") in ways
    assert ("check", "effect", "send_back") in ways
    assert chart.node("say").group == "both"
    assert (chart.node("say").branch, chart.node("pause").branch) == ("left", "right")
    assert chart.node("look").group == "again"


def test_ways_have_words_that_people_use() -> None:
    """No code stands in a picture of a shipped procedure."""
    for shipped in SHIPPED:
        chart = chart_of(shipped, tables=sop_files.tables())
        for edge in chart.edges:
            assert all(HAN.search(label.zh) and not HAN.search(label.en) for label in edge.labels), edge


def test_what_leads_nowhere_is_drawn_as_such() -> None:
    faulty = definition(
        [
            human(
                "one", outcomes={"a": {"label": {"zh": "甲"}, "go": "nowhere"}, "b": {"label": {"zh": "乙"}}}
            ),
            human("two"),
        ]
    )
    chart = chart_of(faulty)
    missing = {node.id: node for node in chart.nodes if node.kind == "missing"}
    assert set(missing) == {"one.to.nowhere", ".no_end"}
    assert {edge.source for edge in chart.edges if edge.target == ".no_end"} == {"two"}


def test_names_that_are_used_twice_do_not_hide_a_step() -> None:
    twice = definition([human("one"), human("one"), {"end": "completed"}])
    assert [node.id for node in chart_of(twice).nodes] == ["start", "one", "one~2", "end_completed"]


@settings(max_examples=60)
@given(st.text(alphabet="中文，。ab cd-1", min_size=1, max_size=60), st.integers(4, 30))
def test_words_break_within_their_width_and_lose_nothing(text: str, most: int) -> None:
    lines = wrapped(text, most, 99)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert width_of(line) <= most + 2 or " " not in line
    assert len(wrapped(text, most, 2)) <= 2

"""The picture of a flowchart: marks, words, the same as a table; the files that are taken away."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from domain.sop_chart_of import chart_of
from domain.sop_chart_text import width_of
from domain.sop_definition import SopDefinition
from domain.sop_layout import Box
from domain.sop_yaml import parse
from services import sop_files
from tests.domain.language.definitions import definition, human
from tests.ui.house import House
from ui.contexts.flowchart import FlowchartPart, Mark
from ui.contexts.frame import Frame
from ui.pages.flow_paper import LEAST, PAGE, paper_for
from ui.pages.flow_picture import MARKS, SMALL, picture
from ui.pages.flow_words import FlowTable, FlowWords
from ui.pages.run_flow import steps_of
from ui.rendering import render
from ui.translation import LANGUAGES, Language, translations

SHIPPED = [parse(file.text).definition for file in sop_files.definition_files()]
ADDRESS = "/sops/receiving_acceptance/versions/1/flowchart"


def drawn(made: SopDefinition, language: Language, **more: object) -> ET.Element:
    shown = picture(made, translations(language), **more)  # type: ignore[arg-type] # marks and posts
    frame = Frame(language, "/x", "/x", "token", "Asia/Shanghai", demo=True)
    return ET.fromstring(render(FlowchartPart(shown), frame, language))  # noqa: S314 # our own


def texts(svg: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in svg.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.sop)
def test_every_step_of_a_shipped_procedure_is_in_the_picture_and_in_the_table(
    shipped: SopDefinition, language: Language
) -> None:
    words = translations(language)
    shown = picture(shipped, words)
    assert {box.step for box in shown.boxes if box.step} == {step.id for step in shipped.walk()}
    rows = FlowTable(FlowWords(words, chart_of(shipped))).table().rows
    assert len(rows) == len(list(shipped.walk()))
    assert all(row.cells[0].value for row in rows)
    for box in shown.boxes:
        assert box.x >= 0 and box.x + box.width <= shown.width
        assert box.y >= 0 and box.y + box.height <= shown.height


def test_the_picture_has_a_name_and_says_how_it_is_read_otherwise() -> None:
    svg = drawn(SHIPPED[0], "zh")
    space = "{http://www.w3.org/2000/svg}"
    assert svg.get("role") == "img"
    named = {
        one.get("id") for one in (svg.find(f"{space}title"), svg.find(f"{space}desc")) if one is not None
    }
    assert named == set(str(svg.get("aria-labelledby")).split())
    assert not [one for one in svg.iter() if one.get("style") or one.tag.endswith(("script", "style"))]


def test_marks_are_a_sign_and_a_word_not_colour_alone() -> None:
    made = definition([human("one"), human("two"), {"end": "completed"}])
    for mark, (_, sign) in MARKS.items():
        svg = drawn(made, "en", marks={"two": mark})
        assert sign in texts(svg)
        shown = picture(made, translations("en"), marks={"two": mark})
        assert [(kind, sign_) for kind, sign_, _ in shown.legend] == [(mark, sign)]
        (box,) = [box for box in shown.boxes if box.step == "two"]
        assert box.mark == mark
        assert shown.legend[0][2] in box.title


def test_the_mark_of_a_list_stands_beside_the_words_at_its_head() -> None:
    found = 0
    for made in SHIPPED:
        for language in LANGUAGES:
            marks: dict[str, Mark] = {step.id: "walked" for step in made.walk() if step.id}
            for box in picture(made, translations(language), marks=marks).boxes:
                if box.shape == "group" and box.badge and len(box.words) > 1:
                    note = box.words[-1]
                    assert note.x + width_of(note.text) * SMALL < box.x + box.width - 15, note.text
                    found += 1
    assert found


def test_the_way_of_a_run_goes_past_what_it_skipped() -> None:
    made = definition([human("one"), {**human("two"), "when": "true"}, human("three"), {"end": "completed"}])
    words = translations("en")

    def gone(*walked: str) -> set[str]:
        shown = picture(made, words, marks=dict.fromkeys(walked, "walked"))
        return {way.by for way in shown.ways if way.walked}

    assert "skip" in gone("one", "three")
    assert "skip" not in gone("one", "two", "three")
    assert "skip" not in gone("one")


def test_hostile_words_stay_words() -> None:
    hostile = "<script>alert(1)</script>&\"'"
    made = definition([{**human("one"), "title": {"zh": hostile, "en": hostile}}, {"end": "completed"}])
    assert "<script>" in "".join(texts(drawn(made, "en", posts={"keeper": "<b>"})))


def test_the_steps_of_a_path() -> None:
    assert list(steps_of("inspect#2[17].acceptance#1")) == ["inspect", "acceptance"]
    assert list(steps_of("settle#1~2.explain#1/incident")) == ["settle", "explain"]


async def test_page_and_files_are_for_who_may_read_procedures(house: House) -> None:
    async with house.as_person("admin") as client:
        page = await client.get(ADDRESS)
        assert page.status_code == 200
        assert page.text.count('<svg class="chart') == 1
        svg = await client.get(f"{ADDRESS}.svg")
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert "attachment" in svg.headers["content-disposition"]
        assert ET.fromstring(svg.text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 # our own
        bpmn = await client.get(f"{ADDRESS}.bpmn")
        assert bpmn.headers["content-type"].startswith("application/xml")
        assert 'isExecutable="false"' in bpmn.text
        assert (await client.get("/sops/receiving_acceptance/versions/99/flowchart")).status_code == 404
    async with house.visitor() as stranger:
        assert (await stranger.get(ADDRESS)).status_code == 303


@settings(max_examples=60)
@given(
    st.floats(300, 2500),
    st.floats(200, 6000),
    st.lists(st.tuples(st.floats(0, 5900), st.floats(12, 119)), max_size=60),
)
def test_a_picture_on_paper_is_whole_and_can_be_read(
    width: float, height: float, rows: list[tuple[float, float]]
) -> None:
    boxes = [Box(0, y, 100, h) for y, h in rows if y + h <= height]
    paper = paper_for(width, height, boxes, 13.0)
    if not paper.slices:
        page = PAGE[::-1] if paper.lying else PAGE
        assert min(page[0] / width, page[1] / height) * 13 >= LEAST
        return
    at = 0.0
    for top, high in paper.slices:
        assert abs(top - at) < 1
        assert 0 < high <= (width - 2 * paper.left) * PAGE[1] / PAGE[0] + 1
        at = top + high
    assert at == pytest.approx(height, abs=1)

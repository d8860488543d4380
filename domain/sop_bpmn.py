"""Domain: a definition as BPMN 2.0 with its picture, for other tools to read. It is not executed from there.

People's steps are user tasks, actions service tasks, decisions business rule tasks with a gateway below,
calls call activities, `for_each` and `repeat` sub-processes with their loop. Refusals are error events on the
border of the task, time-outs and escalations timers there. An end inside a sub-process, and a send-back out
of it, is an error that its border catches. Lanes are the posts. OMG BPMN 2.0, formal/2011-01-03.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET  # writes only

from domain.decision_table import DecisionTable
from domain.sop_bpmn_picture import DI, draw
from domain.sop_bpmn_words import condition, described, duration
from domain.sop_chart import GROUPS, Chart, Edge, Node
from domain.sop_chart_of import chart_of
from domain.sop_chart_words import BACK, END, START, and_more
from domain.sop_definition import SopDefinition, Step, Text

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:xunji:sop"
CEL = "https://cel.dev"
SYSTEM = Text(zh="系统", en="The system")
TASKS = {
    "human": "userTask", "action": "serviceTask", "decide": "businessRuleTask", "call": "callActivity",
    "notify": "sendTask", "parallel": "subProcess", "for_each": "subProcess", "repeat": "subProcess",
    "start": "startEvent", "end": "endEvent", "exit": "endEvent", "missing": "endEvent", "thrown": "endEvent",
    "escalated": "endEvent", "gateway": "exclusiveGateway", "fork": "parallelGateway",
}  # fmt: skip
UNTITLED = {"start": START, "exit": END, "thrown": BACK}
ON_BORDER = frozenset({"refusal", "timeout", "escalate", "end"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def bpmn_of(
    definition: SopDefinition,
    *,
    version: int | None = None,
    language: str = "zh",
    posts: Mapping[str, str] | None = None,
    tables: Mapping[str, DecisionTable] | None = None,
) -> str:
    """The definition as BPMN 2.0 XML, names in one language; `posts` are the names of posts by code."""
    writer = _Writer(definition, chart_of(definition, tables=tables, explicit=True), language, posts or {})
    return writer.document(version)


def xml_id(name: str) -> str:
    """A name as XML allows it for an identity."""
    return "n_" + re.sub(r"[^A-Za-z0-9_.-]", "-", name)


@dataclass
class _Writer:
    definition: SopDefinition
    chart: Chart
    language: str
    posts: Mapping[str, str]
    roots: dict[str, ET.Element] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = self.chart.by_id()
        self.steps: dict[str, Step] = {step.id: step for step in self.definition.walk()}
        self.borders = {
            f"{edge.source}.on.{number}": edge
            for number, edge in enumerate(self.chart.edges)
            if self._on_border(edge)
        }
        self.flows = {id(edge): f"f_{number}" for number, edge in enumerate(self.chart.edges)}
        self.border_of = {id(edge): name for name, edge in self.borders.items()}

    def _on_border(self, edge: Edge) -> bool:
        leaves_group = edge.by == "send_back" and self.known[edge.source].kind in GROUPS
        return edge.by in ON_BORDER or leaves_group

    def words(self, text: Text | None) -> str:
        """A text in the language of the document."""
        return _CONTROL.sub("", text.in_language(self.language)) if text else ""

    # -- document --------------------------------------------------------------------------------

    def document(self, version: int | None) -> str:
        """The whole document."""
        for prefix, space in (("bpmn", MODEL), ("xsi", XSI), *DI.items()):
            ET.register_namespace(prefix, space)
        name = self.definition.sop
        document = ET.Element(_tag("definitions"), id=f"d_{name}", targetNamespace=OURS, exporter="Xunji")
        process = ET.Element(_tag("process"), id=f"p_{name}", isExecutable="false")
        process.set("name", self.words(self.definition.title))
        release = f" v{version}" if version else ""
        self._document(
            process, f"{name}{release}\n{self.words(self.definition.summary)}", self.definition.clauses
        )
        self.body(process, "")
        document.extend(self.roots.values())
        document.append(process)
        draw(document, f"p_{name}", self.chart, self.flows, self.border_of, xml_id, self.words, self.label)
        ET.indent(document)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(document, encoding="unicode") + "\n"

    def _document(self, element: ET.Element, text: str, clauses: Iterable[str]) -> None:
        said = "\n".join(part for part in (text.strip(), *clauses) if part)
        if said:
            ET.SubElement(element, _tag("documentation")).text = _CONTROL.sub("", said)

    def body(self, parent: ET.Element, group: str) -> None:
        """The lanes, nodes and ways that stand directly in a process or sub-process."""
        inside = [node for node in self.chart.nodes if node.group == group]
        self._lanes(parent, inside, group)
        for node in inside:
            self._node(parent, node)
        for name, edge in self.borders.items():
            if self.known[edge.source].group == group:
                self._border(parent, name, edge)
        for edge in self.chart.edges:
            if self.known[edge.target].group == group and self.known[edge.source].group == group:
                self._flow(parent, edge)

    def _lanes(self, parent: ET.Element, inside: list[Node], group: str) -> None:
        """A lane for each post that works here, and one for the system."""
        if not any(node.post for node in inside):
            return
        lanes = ET.SubElement(parent, _tag("laneSet"), id=f"lanes_{xml_id(group or 'all')}")
        for post in dict.fromkeys(["", *(node.post for node in inside)]):
            lane = ET.SubElement(lanes, _tag("lane"), id=f"lane_{xml_id(group or 'all')}_{post or 'system'}")
            lane.set("name", self.posts.get(post, post) if post else self.words(SYSTEM))
            held = [node.id for node in inside if node.post == post]
            held += [name for name, edge in self.borders.items() if edge.source in held]
            for one in held:
                ET.SubElement(lane, _tag("flowNodeRef")).text = xml_id(one)

    # -- nodes -----------------------------------------------------------------------------------

    def _node(self, parent: ET.Element, node: Node) -> None:
        step = self.steps.get(node.step)
        element = ET.SubElement(parent, _tag(self._kind(node, step)), id=xml_id(node.id))
        if node.title or node.kind in UNTITLED:
            element.set("name", self.words(node.title or UNTITLED[node.kind]))
        if step and node.id == node.step:
            told = described(step, self.definition, self.language, self.posts)
            self._document(element, "\n".join((self.words(node.note), told)), step.clauses)
        self._ways(element, node.id)
        self._more(element, node, step)

    def _kind(self, node: Node, step: Step | None) -> str:
        if node.kind == "wait":
            return "receiveTask" if step and step.wait and step.wait.event else "intermediateCatchEvent"
        if node.kind == "join":
            wait = step.parallel.wait_for if step and step.parallel else "all"
            return {"all": "parallelGateway", "any": "exclusiveGateway"}.get(str(wait), "complexGateway")
        return TASKS[node.kind]

    def _ways(self, element: ET.Element, name: str) -> None:
        for edge in self.chart.edges:
            if edge.target == name:
                ET.SubElement(element, _tag("incoming")).text = self.flows[id(edge)]
        for edge in self.chart.edges:
            if edge.source == name and id(edge) not in self.border_of:
                ET.SubElement(element, _tag("outgoing")).text = self.flows[id(edge)]

    def _more(self, element: ET.Element, node: Node, step: Step | None) -> None:
        """What a kind of node says beyond its name."""
        if step is None or node.kind == "start":
            return
        if node.kind == "gateway":
            self._default(element, node)
        elif node.kind in GROUPS:
            self._loop(element, step)
            self.body(element, node.id)
        elif node.kind == "end" and node.group:
            self._event(element, "error", f"end.{node.step}")
        elif node.kind == "thrown":
            self._event(element, "error", f"back.{node.step}")
        elif node.kind == "escalated":
            self._event(element, "escalation", f"late.{node.step}")
        elif node.kind == "exit" and step.parallel and step.parallel.wait_for != "all":
            ET.SubElement(element, _tag("terminateEventDefinition"))
        elif node.kind == "join" and element.tag == _tag("complexGateway") and step.parallel:
            self._expression(element, "activationCondition", f"branches_done >= {step.parallel.wait_for}")
        elif node.id == node.step:
            self._work(element, step)

    def _work(self, element: ET.Element, step: Step) -> None:
        if step.human:
            owner = ET.SubElement(element, _tag("potentialOwner"))
            owner.set("name", self.posts.get(step.human.post, step.human.post))
            assigned = ET.SubElement(owner, _tag("resourceAssignmentExpression"))
            self._expression(assigned, "formalExpression", f"post.{step.human.post}")
        if step.call:
            element.set("calledElement", f"p_{step.call.sop}")
            if step.call.lines:
                self._instances(element, step.call.lines, one_by_one=False)
        if step.wait and step.wait.event:
            element.set("messageRef", self._root("message", f"event.{step.wait.event}", step.wait.event))
        elif step.wait:
            timer = ET.SubElement(element, _tag("timerEventDefinition"))
            if step.wait.until:
                self._expression(timer, "timeDate", step.wait.until)
            elif step.wait.for_:
                self._expression(timer, "timeDuration", duration(step.wait.for_))

    def _loop(self, element: ET.Element, step: Step) -> None:
        if step.for_each:
            self._instances(element, step.for_each.lines, one_by_one=step.for_each.mode == "serial")
        if step.repeat:
            loop = ET.SubElement(element, _tag("standardLoopCharacteristics"), testBefore="false")
            loop.set("loopMaximum", str(step.repeat.limit))
            self._expression(loop, "loopCondition", f"!({step.repeat.until})")

    def _instances(self, element: ET.Element, lines: str, *, one_by_one: bool) -> None:
        loop = ET.SubElement(element, _tag("multiInstanceLoopCharacteristics"))
        loop.set("isSequential", str(one_by_one).lower())
        self._expression(loop, "loopCardinality", f"{lines}.count")

    def _default(self, element: ET.Element, node: Node) -> None:
        """The way that is taken when no condition holds: that of a skipped step, or the one straight on."""
        leaving = [edge for edge in self.chart.edges if edge.source == node.id]
        open_ = next((e for e in leaving if not condition(e, self.known, self.steps)), None)
        if open_ is not None:
            element.set("default", self.flows[id(open_)])

    # -- ways ------------------------------------------------------------------------------------

    def _flow(self, parent: ET.Element, edge: Edge) -> None:
        source = self.border_of.get(id(edge), edge.source)
        flow = ET.SubElement(parent, _tag("sequenceFlow"), id=self.flows[id(edge)])
        flow.set("sourceRef", xml_id(source))
        flow.set("targetRef", xml_id(edge.target))
        if edge.labels and source == edge.source and self.known[source].kind == "gateway":
            flow.set("name", self.label(edge))
        rule = condition(edge, self.known, self.steps)
        if rule and source == edge.source:
            self._expression(flow, "conditionExpression", rule)

    def label(self, edge: Edge) -> str:
        """The words of an edge; of an escalation whom it reaches, of many refusals the first."""
        if edge.by == "escalate":
            return ", ".join(self.posts.get(one.zh, one.zh) for one in edge.labels)
        if edge.by == "refusal" and len(edge.labels) > 1:
            return self.words(and_more(edge.labels))
        return ("、" if self.language == "zh" else ", ").join(map(self.words, edge.labels))

    def _border(self, parent: ET.Element, name: str, edge: Edge) -> None:
        """An event on the border of a task or sub-process."""
        interrupts = edge.by != "escalate"
        event = ET.SubElement(
            parent, _tag("boundaryEvent"), id=xml_id(name), attachedToRef=xml_id(edge.source)
        )
        event.set("cancelActivity", str(interrupts).lower())
        event.set("name", self.label(edge))
        if len(edge.labels) > 1:
            self._document(event, "", map(self.words, edge.labels))
        ET.SubElement(event, _tag("outgoing")).text = self.flows[id(edge)]
        step = self.steps.get(self.known[edge.source].step)
        if edge.by in {"timeout", "escalate"} and step:
            timer = ET.SubElement(event, _tag("timerEventDefinition"))
            late = step.wait.timeout.after if step.wait and step.wait.timeout else None
            late = step.human.escalate.after if step.human and step.human.escalate else late
            if late is not None:
                self._expression(timer, "timeDuration", duration(late))
            return
        for code in self._errors(edge):
            self._event(event, "error", code)

    def _errors(self, edge: Edge) -> list[str]:
        if edge.by == "end":
            return [f"end.{self.known[edge.target].step}"]
        if edge.by == "send_back":
            return [f"back.{step}" for step, _ in edge.jumps]
        return [f"refused.{jump.label}" for _, jump in edge.jumps]

    def _event(self, element: ET.Element, kind: str, code: str) -> None:
        found = ET.SubElement(element, _tag(f"{kind}EventDefinition"))
        found.set(f"{kind}Ref", self._root(kind, code, code))

    def _root(self, kind: str, name: str, code: str) -> str:
        """The identity of an error, escalation or message of the document; it is written once."""
        ref = f"{kind}_{xml_id(name)}"
        if ref not in self.roots:
            self.roots[ref] = ET.Element(_tag(kind), id=ref, name=code)
            if kind in {"error", "escalation"}:
                self.roots[ref].set(f"{kind}Code", code)
        return ref

    def _expression(self, parent: ET.Element, name: str, text: str) -> None:
        said = ET.SubElement(parent, _tag(name))
        if name != "formalExpression":
            said.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
        said.set("language", CEL)
        said.text = _CONTROL.sub("", text)


def _tag(name: str) -> str:
    return f"{{{MODEL}}}{name}"

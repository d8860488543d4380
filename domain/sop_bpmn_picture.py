"""Domain: the picture of a BPMN document (BPMN DI), by the same layout as the flowchart, in BPMN's sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.etree import ElementTree as ET  # writes only

from domain.sop_chart import GROUPS, Chart, Edge, Node
from domain.sop_chart_text import width_of, wrapped
from domain.sop_definition import Text
from domain.sop_layout import DIAMONDS, ROUNDS, Box, Measure, Point, Way, lay_out

DI = {
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
EVENT, GATEWAY, TASK = 36.0, 50.0, (180.0, 76.0)
TYPE = 11.0
Words = Callable[[Text | None], str]


def draw(
    document: ET.Element,
    process: str,
    chart: Chart,
    flows: Mapping[int, str],
    borders: Mapping[int, str],
    xml_id: Callable[[str], str],
    words: Words,
    label: Callable[[Edge], str],
) -> None:
    """Adds the diagram: a shape for each node and event on a border, an edge for each flow."""
    measure = Measure(
        _size,
        lambda edge: _plate(edge, chart, label),
        head=34.0,
        padding=26.0,
        layer_gap=64.0,
        node_gap=48.0,
        joins=False,
    )
    drawn = lay_out(chart, measure)
    diagram = ET.SubElement(document, _di("BPMNDiagram"), id=f"diagram_{process}")
    plane = ET.SubElement(diagram, _di("BPMNPlane"), id=f"plane_{process}", bpmnElement=process)
    for node in chart.nodes:
        _shape(plane, xml_id(node.id), drawn.boxes[node.id], node, words)
    for way in drawn.ways:
        _edge(plane, way, flows[id(way.edge)], borders.get(id(way.edge), ""), xml_id)


def _size(node: Node) -> tuple[float, float]:
    if node.kind in GROUPS:
        return 10.0, 10.0
    if node.kind in DIAMONDS:
        return GATEWAY, GATEWAY
    if node.kind in ROUNDS or node.kind == "missing":
        return EVENT, EVENT
    return TASK


def _plate(edge: Edge, chart: Chart, label: Callable[[Edge], str]) -> tuple[float, float] | None:
    """The room for the words of a flow, or of the event that it comes from."""
    quiet = edge.by in {"go", "outcome", "route"} and chart.node(edge.source).kind != "gateway"
    said = "" if quiet else label(edge)
    lines = wrapped(said, 12, 3) if said else []
    return (max(map(width_of, lines)) * TYPE + 6, len(lines) * 14 + 2) if lines else None


def _shape(plane: ET.Element, name: str, box: Box, node: Node, words: Words) -> None:
    shape = ET.SubElement(plane, _di("BPMNShape"), id=f"{name}_di", bpmnElement=name)
    if node.kind in GROUPS:
        shape.set("isExpanded", "true")
    if node.kind == "gateway":
        shape.set("isMarkerVisible", "true")
    _bounds(shape, box)
    if node.title and node.kind in ROUNDS:
        width = width_of(words(node.title)) * TYPE + 8
        _label(shape, Box(box.middle[0] - width / 2, box.y + box.height + 2, width, 16))


def _edge(plane: ET.Element, way: Way, name: str, border: str, xml_id: Callable[[str], str]) -> None:
    points = list(way.points)
    if border:
        events = xml_id(border)
        at = points[0]
        event = ET.SubElement(plane, _di("BPMNShape"), id=f"{events}_di", bpmnElement=events)
        _bounds(event, Box(at[0] - EVENT / 2, at[1] - EVENT / 2, EVENT, EVENT))
        if way.label:
            _label(event, Box(at[0] + 10, at[1] + 20, way.label.width, way.label.height))
        points[0] = _past(points[0], points[1])
    edge = ET.SubElement(plane, _di("BPMNEdge"), id=f"{name}_di", bpmnElement=name)
    for x, y in points:
        ET.SubElement(edge, f"{{{DI['di']}}}waypoint", x=f"{x:.1f}", y=f"{y:.1f}")
    if way.label and not border:
        _label(edge, way.label)


def _past(first: Point, second: Point) -> Point:
    """Where a way leaves the event that sits at its first point."""
    (x0, y0), (x1, y1) = first, second
    step = EVENT / 2
    if abs(x1 - x0) > abs(y1 - y0):
        return x0 + (step if x1 > x0 else -step), y0
    return x0, y0 + (step if y1 > y0 else -step)


def _bounds(parent: ET.Element, box: Box) -> None:
    sides = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    ET.SubElement(parent, f"{{{DI['dc']}}}Bounds", {name: f"{value:.1f}" for name, value in sides.items()})


def _label(parent: ET.Element, box: Box) -> None:
    _bounds(ET.SubElement(parent, _di("BPMNLabel")), box)


def _di(name: str) -> str:
    return f"{{{DI['bpmndi']}}}{name}"

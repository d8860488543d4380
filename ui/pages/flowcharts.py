"""UI pages: the flowchart of a version of a procedure - looked at, printed, saved as SVG or BPMN."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.sop_chart import Chart, Node
from domain.sop_chart_of import chart_of
from domain.sop_definition import SopDefinition
from services import sop_bpmn
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.flowchart import FlowchartFile, FlowchartPage
from ui.contexts.parts import Action, Cell, Column, Empty, Row, Table
from ui.pages.flow_picture import picture
from ui.pages.names import read_names
from ui.pages.sop_placing import version_named
from ui.pages.sop_reading import KINDS
from ui.pages.sops import read_version
from ui.session import page_permission
from ui.translation import Translations
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]
ONE = "/sops/{key}/versions/{ref}"
SANDBOX = "default-src 'none'; sandbox"


@router.get(ONE + "/flowchart")
async def show_flowchart(key: str, ref: str, view: Reader) -> Response:
    """The page that answers: how does this version run."""
    _ = view.words.gettext
    found = await read_version(view, key, ref)
    definition = found.written
    posts = (await read_names(view, "post")).known["post"]
    address = f"/sops/{key}/versions/{ref}"
    row = found.row
    return view.page(
        FlowchartPage(
            title=view.words.pick(definition.title),
            eyebrow=_("v%(n)s", n=row.version) if row.version else _("Draft"),
            chips=[codes.chip(codes.VERSION_STATES, row.state, view.words)],
            back=Action(_("The version"), address),
            flowchart=picture(definition, view.words, posts=posts),
            steps=steps_table(definition, view.words, posts),
            actions=[
                Action(_("Save as SVG"), f"{address}/flowchart.svg", "document"),
                Action(_("Save as BPMN"), f"{address}/flowchart.bpmn", "route"),
            ],
        )
    )


@router.get(ONE + "/flowchart.svg")
async def save_svg(key: str, ref: str, view: Reader) -> Response:
    """The flowchart as a file, in the language of the person."""
    found = await read_version(view, key, ref)
    posts = (await read_names(view, "post")).known["post"]
    drawn = view.html(FlowchartFile(picture(found.written, view.words, posts=posts)))
    return _file(drawn, "image/svg+xml", f"{key}-{found.row.version or 'draft'}.svg")


@router.get(ONE + "/flowchart.bpmn")
async def save_bpmn(key: str, ref: str, view: Reader) -> Response:
    """The procedure as BPMN 2.0 with its picture, for other tools."""
    name, xml = await sop_bpmn.export(
        view.platform, key, version_named(ref), actor=view.person, language=view.language
    )
    return _file(xml, "application/xml", name)


def _file(content: str, media: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=f"{media}; charset=utf-8", headers=headers)


def steps_table(definition: SopDefinition, words: Translations, posts: Mapping[str, str]) -> Table:
    """What the flowchart shows as a table: each step, whose it is, and where it leads."""
    _ = words.gettext
    return _Reading(chart_of(definition), words, posts).table()


class _Reading:
    def __init__(self, chart: Chart, words: Translations, posts: Mapping[str, str]) -> None:
        self.chart, self.words, self.posts = chart, words, posts
        self.known = chart.by_id()

    def table(self) -> Table:
        """The table."""
        _ = self.words.gettext
        labels = [_("Step"), _("Kind"), _("Who"), _("Leads to")]
        rows = [self._row(node) for node in self.chart.nodes if node.step and node.kind in KINDS]
        return Table("steps", _("Steps"), [Column(label) for label in labels], rows, Empty(_("No steps")))

    def _row(self, node: Node) -> Row:
        kind = self.words.gettext(KINDS[node.kind][0])
        inside = self._title(self.known[node.group]) if node.group else ""
        who = self.posts.get(node.post, node.post) if node.post else ""
        leads = self._leads(node)
        return Row([Cell(self._title(node), sub=inside), Cell(kind), Cell(who), Cell(leads, "lines")])

    def _title(self, node: Node) -> str:
        if node.kind == "end" and node.title and node.title.zh == node.title.en:
            return codes.word(codes.RUN_OUTCOMES, node.title.zh, self.words)
        return self.words.pick(node.title) if node.title else ""

    def _leads(self, node: Node) -> list[str]:
        """Where the step leads, through its gateways, each way with its word."""
        _ = self.words.gettext
        told = []
        for edge in self.chart.edges:
            source = self.known[edge.source]
            if source.id != node.id and not (source.kind == "gateway" and source.step == node.step):
                continue
            target = self.known[edge.target]
            if target.step == node.step and target.kind == "gateway":
                continue
            if source.id == f"{node.id}.when" and target.id == node.id:
                continue
            where = self._where(target)
            label = _(", ").join(self.words.pick(one) for one in edge.labels)
            told.append(_("%(label)s: %(where)s", label=label, where=where) if label else where)
        return told or ([_("to the end of the steps around it")] if node.group and node.kind != "end" else [])

    def _where(self, target: Node) -> str:
        """A gateway stands for the step that it belongs to."""
        if target.kind == "exit":
            return self.words.gettext("to the end of the steps around it")
        if target.kind == "gateway":
            return self._title(self.known.get(target.step, target))
        return self._title(target)

"""UI pages: the flowchart of a version of a procedure - looked at, printed, saved as SVG or BPMN."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.sop_chart_of import chart_of
from services import sop_bpmn
from services.permissions import Permission
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.flowchart import FlowchartFile, FlowchartPage
from ui.contexts.parts import Action
from ui.pages.flow_picture import picture
from ui.pages.flow_words import FlowTable, FlowWords
from ui.pages.names import read_names
from ui.pages.sop_placing import version_named
from ui.pages.sops import read_version
from ui.session import page_permission
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
    chart = chart_of(definition, tables=found.tables)
    address = f"/sops/{key}/versions/{ref}"
    row = found.row
    return view.page(
        FlowchartPage(
            title=view.words.pick(definition.title),
            eyebrow=_("v%(n)s", n=row.version) if row.version else _("Draft"),
            chips=[codes.chip(codes.VERSION_STATES, row.state, view.words)],
            back=Action(_("The version"), address),
            flowchart=picture(definition, view.words, posts=posts, tables=found.tables),
            steps=FlowTable(FlowWords(view.words, chart, posts)).table(),
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
    drawn = view.html(FlowchartFile(picture(found.written, view.words, posts=posts, tables=found.tables)))
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

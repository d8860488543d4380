"""UI pages: a definition as a file, as its author wrote it; read again it is the same (D3)."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services import sop_catalogue
from services.permissions import Permission
from ui.answers import PageRoute
from ui.contexts.parts import Action
from ui.pages.sop_placing import version_named
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.SOP_READ)]


@router.get("/sops/{key}/versions/{ref}/export.yaml")
async def export(key: str, ref: str, view: Reader) -> Response:
    """The text of a version, to keep as a file or to load elsewhere as a draft."""
    found = await sop_catalogue.get_version(view.platform, key, version_named(ref), actor=view.person)
    name = f"{key}-v{found.row.version}.yaml" if found.row.version else f"{key}.yaml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(found.source, media_type="application/yaml; charset=utf-8", headers=headers)


def to_file(view: View, version: str) -> Action:
    """Leads there from the page of a version."""
    return Action(view.words.gettext("Export as YAML"), f"{version}/export.yaml", "document")

"""UI pages: the pattern page, in demo mode only."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from ui.answers import PageRoute
from ui.pages.pattern_samples import pattern_page
from ui.session import public
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/-/patterns")
async def patterns(view: Annotated[View, public()]) -> Response:
    """Every component in every state; what screenshots look at."""
    if not view.platform.settings.demo:
        raise NotFound(what="/-/patterns")
    return view.page(pattern_page(view.words))

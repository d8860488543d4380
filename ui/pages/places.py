"""UI pages: a place - what its zone is for, what stands there, which packages, and its label."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services import packages, places, stock
from services.permissions import Permission
from ui import goods_words
from ui import words as codes
from ui.answers import PageRoute
from ui.contexts.parts import Action, Cell, Chip, Empty, Fact, Section, Table
from ui.contexts.records import RecordPage
from ui.pages.listing import PAGE, after, next_href
from ui.pages.packages import package_table
from ui.pages.stock import place_href, position_columns, position_row
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.STOCK_READ)]


@router.get("/places/{site}/{code}")
async def show_place(site: str, code: str, view: Reader) -> Response:
    """A place by its site and code."""
    found = await places.get(view.platform, site, code, actor=view.person)
    _, pick = view.words.gettext, view.words.pick
    held = await stock.rows(
        view.platform, actor=view.person, location_id=found.id, after=after(view), limit=PAGE
    )
    standing = await packages.list_packages(
        view.platform, actor=view.person, location_id=found.id, limit=PAGE
    )
    rows = [position_row(view, row) for row in held.items]
    empty = Empty(_("Nothing stands here"), icon="box")
    sections = [
        Section(_("Record"), facts=_facts(view, found)),
        Section(
            _("What stands here"),
            table=Table(
                "positions", _("What stands here"), position_columns(view), rows, empty, next_href(view, held)
            ),
        ),
    ]
    if standing.items:
        sections.append(Section(_("Package list"), table=package_table(view, standing.items, empty)))
    chips = [codes.chip(goods_words.ZONE_KINDS, found.kind, view.words)]
    chips.append(codes.chip(goods_words.STORAGE_CLASSES, found.storage_class, view.words))
    if found.special_control:
        chips.append(Chip(_("Special control"), "shield", "warn"))
    if not found.active:
        chips.append(Chip(_("Not in use"), "x"))
    return view.page(
        RecordPage(
            title=found.code,
            eyebrow=pick({"zh": found.site_zh, "en": found.site_en}),
            mono=True,
            sections=sections,
            chips=chips,
            actions=[Action(_("Print the label"), f"{place_href(found.site, found.code)}/label", "print")],
            back=Action(_("Stock"), f"/stock?site={found.site}"),
        )
    )


def _facts(view: View, found: places.PlaceRow) -> list[Fact]:
    _, pick = view.words.gettext, view.words.pick
    return [
        Fact(_("Site"), Cell(pick({"zh": found.site_zh, "en": found.site_en}), sub=found.site)),
        Fact(_("Zone"), Cell(pick({"zh": found.zone_zh, "en": found.zone_en}), sub=found.zone)),
        Fact(_("Kind"), Cell(codes.word(goods_words.ZONE_KINDS, found.kind, view.words))),
        Fact(_("Storage"), Cell(codes.word(goods_words.STORAGE_CLASSES, found.storage_class, view.words))),
    ]

"""UI pages: keys of machines - which there are, what each may do, and putting one out of use for good."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import NotFound
from services import api_keys
from services.api_keys import KeyRow
from services.permissions import Permission
from ui import formats
from ui.answers import PageRoute
from ui.audit_words import permission_words
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Row, Table
from ui.contexts.records import FormPage, ListPage
from ui.pages.filling import NONE, Problems
from ui.pages.reasons import reason_page, refused_for
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Administrator = Annotated[View, page_permission(Permission.ADMIN_PEOPLE)]
Reader = Annotated[View, page_permission(Permission.ADMIN_PEOPLE, Permission.AUDIT_READ)]
PLACE = "/admin/keys"


@router.get(PLACE)
async def list_keys(view: Reader) -> Response:
    """All keys by their prefixes, those in force first."""
    _ = view.words.gettext
    found = await api_keys.list_keys(view.platform, actor=view.person)
    labels = [_("Key begins with"), _("Machine"), _("May do"), _("Made on"), _("State")]
    table = Table(
        "keys",
        _("Keys of machines"),
        [Column(label) for label in labels],
        [_row(view, one) for one in found],
        Empty(_("No keys"), _("Keys are made on the command line: admin key.")),
    )
    return view.page(
        ListPage(
            _("Keys of machines"),
            _("Other systems call the interface with a key. A revoked one opens nothing any more."),
            table,
            back=Action(_("Administration"), "/admin"),
        )
    )


def _row(view: View, one: KeyRow) -> Row:
    in_force, mine = one.revoked_at is None, view.may(Permission.ADMIN_PEOPLE)
    return Row(
        [
            Cell(one.prefix, "code", href=f"{PLACE}/{one.prefix}" if in_force and mine else ""),
            Cell(one.machine_name, sub=one.machine),
            Cell([permission_words(scope, view.words) for scope in one.scopes], "lines"),
            Cell(formats.instant(one.created_at, view.zone)),
            Cell(_state(view, one), "chip"),
        ],
        "neutral" if in_force else "warn",
    )


def _state(view: View, one: KeyRow) -> Chip:
    _ = view.words.gettext
    if one.revoked_at is None:
        return Chip(_("In force"), "check", "good")
    at = formats.instant(one.revoked_at, view.zone)
    return Chip(_("Revoked %(at)s by %(who)s", at=at, who=one.revoked_by or ""), "x", "bad")


@router.get(PLACE + "/{prefix}")
async def ask(prefix: str, view: Administrator) -> Response:
    """Why the key is revoked."""
    return view.page(await _page(view, prefix))


@router.post(PLACE + "/{prefix}")
async def revoke(prefix: str, view: Administrator) -> Response:
    """Puts the key out of use."""
    refused = await refused_for(view, api_keys.revoke, prefix)
    if refused:
        return view.page(await _page(view, prefix, await view.fields(), refused), refused.status)
    return view.go(PLACE, view.words.gettext("The key is revoked."))


async def _page(
    view: View, prefix: str, values: Mapping[str, Any] | None = None, problems: Problems = NONE
) -> FormPage:
    _ = view.words.gettext
    found = await api_keys.list_keys(view.platform, actor=view.person)
    if prefix not in {one.prefix for one in found}:
        raise NotFound(what=prefix[:40])
    return reason_page(
        view,
        f"{PLACE}/{prefix}",
        _("Revoke"),
        _("Revoke the key %(prefix)s", prefix=prefix),
        _("What uses it is refused from the next call on. This cannot be undone."),
        Action(_("Keys of machines"), PLACE),
        values,
        problems,
        "bad",
    )

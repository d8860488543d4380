"""Services: a version of a procedure as BPMN 2.0, for other tools to read (decision 0030)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from uuid import UUID

from domain.sop_bpmn import bpmn_of
from services import sites, sop_catalogue
from services.permissions import Permission

if TYPE_CHECKING:
    from services.platform import Actor, Platform


async def export(
    platform: Platform, key: str, version: int | UUID, *, actor: Actor, language: Literal["zh", "en"] = "zh"
) -> tuple[str, str]:
    """The file's name and the XML, with the names of posts as far as the actor may read them.

    NotFound, NotPermitted.
    """
    found = await sop_catalogue.get_version(platform, key, version, actor=actor)
    posts = {}
    if actor.may(Permission.MASTER_READ):
        rows = await sites.list_posts(platform, actor=actor)
        posts = {row.code: row.name_en if language == "en" and row.name_en else row.name_zh for row in rows}
    xml = bpmn_of(
        found.written, version=found.row.version, language=language, posts=posts, tables=found.tables
    )
    release = f"v{found.row.version}" if found.row.version else "draft"
    return f"{key}-{release}.bpmn", xml

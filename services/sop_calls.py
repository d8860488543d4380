"""Services: the SOPs that a definition calls - which version it is pinned to, and whether that is in force.

A call is pinned to the version in force for all sites or, where there is none, to the newest in force at one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from db.queries import runs as queries
from domain.errors import Refusal
from domain.sop_bundle import Bundle
from domain.sop_calls import CalledSop, called_sop

if TYPE_CHECKING:
    from db.session import Reader
    from domain.sop_bundle import PinnedCall
    from domain.sop_definition import SopDefinition


class NotInForce(Refusal):
    """No version of the procedure is in force at the site."""

    code = "sop_not_in_force"
    kind = "conflict"
    zh = "规程 {sop} 在该仓库没有生效版本"
    en = "No version of {sop} is in force at this site"


class CalledNotInForce(Refusal):
    """A pinned version of a called SOP is not in force where the calling one is to be."""

    code = "called_sop_not_in_force"
    kind = "conflict"
    zh = "所调用的规程 {sop}（第{version}版）在该仓库没有生效；请先发布，或重新审批本规程"
    en = "{sop} version {version}, which it calls, is not in force there; publish that, or approve this again"


def keys_called(definition: SopDefinition) -> list[str]:
    """The keys of the SOPs that a definition calls itself, each once."""
    return list(dict.fromkeys(step.call.sop for step in definition.walk() if step.call))


async def in_force(tx: Reader, keys: Iterable[str], at: datetime) -> dict[str, CalledSop]:
    """What is in force of these SOPs, as callers see it; what is not in force is left out."""
    found: dict[str, CalledSop] = {}
    for key in keys:
        versions = await queries.in_force(tx, key, at)  # those for one site first
        if versions:
            everywhere = [one for site, one in versions if site is None]
            chosen = max(everywhere or [one for _, one in versions], key=lambda one: one.version)
            found[key] = called_sop(Bundle.from_json(chosen.bundle, chosen.sha256), chosen.version)
    return found


async def check_in_force(
    tx: Reader, calls: Mapping[str, PinnedCall], site_id: UUID | None, at: datetime
) -> None:
    """CalledNotInForce unless every pinned version is in force at the site (None: at all) or everywhere."""
    for key, pinned in calls.items():
        versions = await queries.in_force(tx, key, at)
        places = {site for site, one in versions if one.sha256 == pinned.sha256}
        if not places & {None, site_id}:
            raise CalledNotInForce(sop=key, version=pinned.version)

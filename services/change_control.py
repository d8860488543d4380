"""Services: change control is a procedure that the engine runs - begun at submission, told of every decision.

The procedure `change_control` is a definition like any other: quality designs it, and where none is in force
nothing is begun. A review is one submission of one version; its number is the run's business key and the key
of the events that the run waits for. What happens to the version is decided where it always is
(`sop_approval`, `sop_effectivity`); the run sees to it that nothing is forgotten around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from db.queries import references
from db.queries import sops as queries
from domain.errors import NotFound
from domain.signals import SignalDataInvalid
from services import run_start, signals
from services.permissions import Permission
from services.sop_calls import NotInForce

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from db.queries.sops import VersionRow
    from db.session import Transaction
    from services.platform import Actor, Platform

SOP = "change_control"
DECIDED, PUBLISHED = "sop_decided", "sop_published"

log = structlog.get_logger(__name__)


async def begin(tx: Transaction, platform: Platform, version: VersionRow, *, actor: Actor) -> UUID | None:
    """A version was submitted: its change control begins; None where no such procedure is in force."""
    site = await references.home_site(tx, actor.person_id)
    inputs = {
        "site": site,
        "procedure": version.key,
        "title": version.title_zh,
        "review": await _review(tx, version),
        "author": actor.name,
    }
    try:
        return await run_start.begin_within(tx, platform, SOP, inputs, actor=actor)
    except (NotFound, NotInForce):
        return None


async def decided(tx: Transaction, version: VersionRow, *, approved: bool, actor: Actor) -> None:
    """A version was approved, or sent back to its author."""
    data = {"decision": "approved" if approved else "sent_back", "by": actor.name}
    await _tell(tx, DECIDED, version, data, actor)


async def published(
    tx: Transaction, version: VersionRow, *, since: str, site: str | None, actor: Actor
) -> None:
    """A version was put in force at a site (None: all) from an instant."""
    await _tell(tx, PUBLISHED, version, {"since": since, "where": site or "*"}, actor)


async def reviewed(platform: Platform, sop: str, run_id: UUID, *, actor: Actor) -> VersionRow | None:
    """The version that a change control is about, for who may read procedures; None for a run of another."""
    if sop != SOP or not actor.may(Permission.SOP_READ):
        return None
    async with platform.database.read() as tx:
        return await queries.under_review(tx, SOP, run_id)


async def _tell(
    tx: Transaction, name: str, version: VersionRow, data: Mapping[str, str], actor: Actor
) -> None:
    """Tells the review's run, if there is one; one that asks for other data by design is told nothing."""
    review = await _review(tx, version)
    if not await queries.is_under_review(tx, SOP, review):
        return
    try:
        await signals.keep_within(tx, name, review, data, actor=actor)
    except SignalDataInvalid:
        log.warning("change control was not told", event_name=name, version=str(version.id), exc_info=True)


async def _review(tx: Transaction, version: VersionRow) -> str:
    """The number of the review that is under way: the version, and how often it was submitted."""
    return f"{version.id}/{await queries.submissions(tx, version.id)}"

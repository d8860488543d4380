"""Services: where a version is in force and since when - put in force, called off before it begins (D3).

Each is signed over what the version is. A version is in force at a site or at all, from an instant; what it
replaces ends there. A date without an offset is on the clock of the site. Knows no HTTP.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from db import tables as t
from db.queries import references
from db.queries import sops as queries
from db.queries.sops import VersionRow
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid, NotFound, Refusal
from services import audit, bundles, change_control, sop_announcements, sop_calls
from services.changes import done_before, reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.signatures import SignatureGiven
from services.sop_approval import proof_of, signed_as
from services.sop_drafts import locked, transition
from services.sop_periods import call_off, end_all, planned_at, put_in_force, supersede, unless_begun

BACKDATING = timedelta(minutes=1)
"""How far an instant may lie back: the time that a form was open."""
HOUSE_ZONE = "Asia/Shanghai"
"""The clock of a date for all sites when they do not share one."""


class AlreadyInForce(Refusal):
    """What has begun is not called off; it is replaced or retired."""

    code = "already_in_force"
    kind = "conflict"
    zh = "该安排已经生效或已撤销，不能再撤销；请发布另一版本或废止"
    en = "This has begun, or was called off already; put another version in force, or retire this one"


async def publish(
    platform: Platform,
    version_id: UUID,
    *,
    signature: SignatureGiven,
    actor: Actor,
    site: str | None = None,
    effective_from: datetime | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """Put an approved version in force at a site (all when none) from an instant, now when none is given.

    An instant without an offset is on the clock of the site.
    """
    proof = await proof_of(
        platform, version_id, signature, "publish", Permission.SOP_PUBLISH, actor=actor, request_id=request_id
    )
    async with (
        audit.refusals(platform, actor, "publish.sop", "sop_version", version_id, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        if await done_before(tx, as_id):
            return (await queries.versions(tx, ref=version_id))[0]
        version = await locked(tx, version_id, "approved", "effective")
        site_id, zone = await _site(tx, site, actor)
        now = await references.clock_now(tx)
        start = on_the_clock(effective_from, zone) if effective_from else now
        if start < now and effective_from is not None and now - start > BACKDATING:
            words = "生效时间不能早于现在", "a version does not come into force in the past"
            raise Invalid([FieldProblem("effective_from", "in_the_past", *words)])
        assert version.sha256 is not None
        pinned = await bundles.bundle_of(tx, version.id, version.sha256)
        await sop_calls.check_in_force(tx, pinned.calls, site_id, max(start, now))
        signed = await signed_as(tx, proof, version.sha256, "publish", actor)
        await transition(
            tx,
            version,
            "publish",
            "effective",
            actor=actor,
            comment=f"{site or '*'} {start.isoformat()}",
            signature_id=signed,
            as_id=as_id,
        )
        await put_in_force(tx, version, site_id, start)
        await supersede(tx, version.sop_id)
        published = (await queries.versions(tx, ref=version_id))[0]
        await sop_announcements.tell_untrained(tx, published)
        await change_control.published(tx, published, since=start.isoformat(), site=site, actor=actor)
        return published


async def withdraw(
    platform: Platform,
    version_id: UUID,
    *,
    site: str | None,
    effective_from: datetime,
    reason: str,
    signature: SignatureGiven,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """Call off what was to come into force at a site (all when none) at an instant; before it begins.

    What was to end then goes on as if nothing had been planned. AlreadyInForce when it has begun.
    """
    proof = await proof_of(
        platform,
        version_id,
        signature,
        "withdraw",
        Permission.SOP_PUBLISH,
        actor=actor,
        request_id=request_id,
    )
    async with audit.refusals(
        platform, actor, "withdraw.sop", "sop_version", version_id, request_id=request_id
    ):
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return (await queries.versions(tx, ref=version_id))[0]
            version = await locked(tx, version_id, "effective")
            site_id, _zone = await _site(tx, site, actor)
            await tx.execute(sa.select(t.sop.c.id).where(t.sop.c.id == version.sop_id).with_for_update())
            planned = await planned_at(tx, version, site_id, effective_from)
            if planned is None or planned[1] <= await references.clock_now(tx):
                raise AlreadyInForce
            assert version.sha256 is not None
            signed = await signed_as(tx, proof, version.sha256, "withdraw", actor)
            await transition(
                tx,
                version,
                "withdraw",
                version.state,
                actor=actor,
                comment=f"{site or '*'} {planned[1].isoformat()} {words}",
                signature_id=signed,
                as_id=as_id,
            )
            await call_off(tx, version, site_id, planned)
            await unless_begun(tx, version)
            return (await queries.versions(tx, ref=version_id))[0]


async def retire(
    platform: Platform,
    version_id: UUID,
    *,
    signature: SignatureGiven,
    reason: str,
    actor: Actor,
    request_id: str = "",
) -> VersionRow:
    """Take a version out of force everywhere, now. Runs that are pinned to it go on."""
    proof = await proof_of(
        platform, version_id, signature, "retire", Permission.SOP_PUBLISH, actor=actor, request_id=request_id
    )
    async with audit.refusals(
        platform, actor, "retire.sop", "sop_version", version_id, request_id=request_id
    ):
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            version = await locked(tx, version_id, "approved", "effective", "superseded")
            assert version.sha256 is not None
            signed = await signed_as(tx, proof, version.sha256, "retire", actor)
            await transition(
                tx, version, "retire", "retired", actor=actor, comment=words, signature_id=signed
            )
            await end_all(tx, version)
            return (await queries.versions(tx, ref=version_id))[0]


def on_the_clock(at: datetime, zone: str) -> datetime:
    """An instant; one without an offset is read on the clock of the zone, Invalid if that skips it."""
    if at.tzinfo is not None:
        return at
    read = at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if read.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != at:
        words = f"该时刻在 {zone} 不存在（时钟调整）", f"the clocks of {zone} skip this time"
        raise Invalid([FieldProblem("effective_from", "skipped_time", *words)])
    return read


async def clock_of(platform: Platform, site: str | None) -> str:
    """The time zone on whose clock a date counts: that of the site; for all sites the one that they share."""
    async with platform.database.read() as tx:
        found = await references.site(tx, site) if site else None
        return found.time_zone if found else await _shared_zone(tx)


async def _shared_zone(tx: Reader) -> str:
    c = t.site.c
    zones = [row["time_zone"] for row in await tx.rows(sa.select(c.time_zone).where(c.active).distinct())]
    return str(zones[0]) if len(zones) == 1 else HOUSE_ZONE


async def _site(tx: Transaction, code: str | None, actor: Actor) -> tuple[UUID | None, str]:
    """The site's id and zone; publishing for all sites needs the permission at all of them."""
    if code is None:
        if not any(
            held.site_id is None and Permission.SOP_PUBLISH in held.permissions for held in actor.assignments
        ):
            require(actor, Permission.SOP_PUBLISH, UUID(int=0))
        return None, await _shared_zone(tx)
    found = await references.site(tx, code)
    if found is None:
        raise NotFound(what=f"仓库 / site {code}")
    require(actor, Permission.SOP_PUBLISH, found.id)
    return found.id, found.time_zone

"""Services: approval and publication, each signed (D3; GSP 31-36; 21 CFR 11.10). Knows no HTTP.

The author never approves. Approval freezes the bundle: what is signed is its SHA-256. Publication puts a
version in force for a site or for all, from an instant; what it replaces ends there. A local number is
given at approval, so that people can be trained on the version before it is in force.
"""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import references
from db.queries import sops as queries
from db.queries.sops import VersionRow
from db.session import Transaction
from domain.errors import FieldProblem, Invalid, NotFound, Refusal
from domain.sop_definition import Text
from domain.sop_yaml import parse
from services import audit, bundles, signatures, sop_calls
from services.changes import done_before, reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.signatures import PasswordProof, SignatureGiven
from services.sop_drafts import bundle_of, check, locked, transition

MEANINGS = {
    "approve": Text(zh="批准", en="approved"),
    "publish": Text(zh="发布生效", en="put in force"),
    "retire": Text(zh="废止", en="retired"),
}


BACKDATING = timedelta(minutes=1)
"""How far an instant may lie back: the time that a form was open."""


class AuthorMayNotApprove(Refusal):
    """A version is approved by a second person."""

    code = "author_may_not_approve"
    kind = "forbidden"
    zh = "编制人不得批准自己的规程"
    en = "The author may not approve the version"


async def approve(
    platform: Platform,
    version_id: UUID,
    *,
    signature: SignatureGiven,
    actor: Actor,
    comment: str | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """Approve a version in review: its bundle is built, frozen and signed."""
    proof = await _proof(
        platform, version_id, signature, "approve", Permission.SOP_APPROVE, actor=actor, request_id=request_id
    )
    async with (
        audit.refusals(platform, actor, "approve.sop", "sop_version", version_id, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        if await done_before(tx, as_id):
            return (await queries.versions(tx, ref=version_id))[0]
        version = await locked(tx, version_id, "in_review")
        if actor.person_id in await queries.authors(tx, version_id):
            raise AuthorMayNotApprove
        kept = await queries.content(tx, version_id)
        parsed = parse(kept["source"])
        await check(tx, parsed, platform)
        bundle = await bundle_of(tx, parsed.definition, platform)
        signed = await _sign(tx, proof, bundle.sha256, "approve", actor)
        await transition(
            tx,
            version,
            "approve",
            "approved",
            actor=actor,
            comment=comment,
            signature_id=signed,
            as_id=as_id,
            values={
                "bundle": bundle.to_json(),
                "sha256": bundle.sha256,
                "version": version.version or await _next_number(tx, version.sop_id),
            },
        )
        return (await queries.versions(tx, ref=version_id))[0]


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
    """Put an approved version in force at a site (all when none) from an instant, now when none is given."""
    proof = await _proof(
        platform, version_id, signature, "publish", Permission.SOP_PUBLISH, actor=actor, request_id=request_id
    )
    async with (
        audit.refusals(platform, actor, "publish.sop", "sop_version", version_id, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        if await done_before(tx, as_id):
            return (await queries.versions(tx, ref=version_id))[0]
        version = await locked(tx, version_id, "approved", "effective")
        site_id = await _site(tx, site, actor)
        now = await references.clock_now(tx)
        start = effective_from or now
        if start < now and effective_from is not None and now - start > BACKDATING:
            words = "生效时间不能早于现在", "a version does not come into force in the past"
            raise Invalid([FieldProblem("effective_from", "in_the_past", *words)])
        assert version.sha256 is not None
        pinned = await bundles.bundle_of(tx, version.id, version.sha256)
        await sop_calls.check_in_force(tx, pinned.calls, site_id, max(start, now))
        signed = await _sign(tx, proof, version.sha256, "publish", actor)
        await _put_in_force(tx, version, site_id, start)
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
        await _supersede(tx, version)
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
    proof = await _proof(
        platform, version_id, signature, "retire", Permission.SOP_PUBLISH, actor=actor, request_id=request_id
    )
    async with audit.refusals(
        platform, actor, "retire.sop", "sop_version", version_id, request_id=request_id
    ):
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            version = await locked(tx, version_id, "approved", "effective", "superseded")
            assert version.sha256 is not None
            signed = await _sign(tx, proof, version.sha256, "retire", actor)
            c, now = t.sop_effectivity.c, await references.clock_now(tx)
            await tx.execute(
                sa.update(t.sop_effectivity)
                .where(c.sop_version_id == version_id)
                .where(sa.or_(c.effective_to.is_(None), c.effective_to > now))
                .values(effective_to=sa.func.greatest(c.effective_from, now))
            )
            await transition(
                tx, version, "retire", "retired", actor=actor, comment=words, signature_id=signed
            )
            return (await queries.versions(tx, ref=version_id))[0]


async def _proof(
    platform: Platform,
    version_id: UUID,
    signature: SignatureGiven,
    what: str,
    permission: Permission,
    *,
    actor: Actor,
    request_id: str,
) -> PasswordProof:
    """Permission first, then the password: nobody learns by trying whether a password is right."""
    async with audit.refusals(
        platform, actor, f"{what}.sop", "sop_version", version_id, request_id=request_id
    ):
        require(actor, permission)
        return await signatures.check_password_again(platform, actor, signature)


async def _sign(tx: Transaction, proof: PasswordProof, sha256: str, what: str, actor: Actor) -> UUID:
    return await signatures.sign(
        tx,
        proof,
        actor=actor,
        meaning=MEANINGS[what],
        content_sha256=sha256,
        purpose=f"sop.{what}",
    )


async def _site(tx: Transaction, code: str | None, actor: Actor) -> UUID | None:
    """The site's id; publishing for all sites needs the permission at all of them."""
    if code is None:
        if not any(
            held.site_id is None and Permission.SOP_PUBLISH in held.permissions for held in actor.assignments
        ):
            require(actor, Permission.SOP_PUBLISH, UUID(int=0))
        return None
    found = await references.site(tx, code)
    if found is None:
        raise NotFound(what=f"仓库 / site {code}")
    require(actor, Permission.SOP_PUBLISH, found.id)
    return found.id


async def _next_number(tx: Transaction, sop_id: UUID) -> int:
    """The next local number; the procedure's row is locked, so that two approvals never share one."""
    await tx.execute(sa.select(t.sop.c.id).where(t.sop.c.id == sop_id).with_for_update())
    last: int | None = await tx.scalar(
        sa.select(sa.func.max(t.sop_version.c.version)).where(t.sop_version.c.sop_id == sop_id)
    )
    return (last or 0) + 1


async def _put_in_force(tx: Transaction, version: VersionRow, site_id: UUID | None, start: datetime) -> None:
    """End what is in force there at `start`, and begin; a later start already planned stays planned."""
    c = t.sop_effectivity.c
    same_place = sa.and_(c.sop_id == version.sop_id, c.site_id.is_not_distinct_from(site_id))
    await tx.execute(sa.select(t.sop.c.id).where(t.sop.c.id == version.sop_id).with_for_update())
    await tx.execute(
        sa.update(t.sop_effectivity)
        .where(same_place, c.effective_from <= start)
        .where(sa.or_(c.effective_to.is_(None), c.effective_to > start))
        .values(effective_to=start)
    )
    until = await tx.scalar(
        sa.select(sa.func.min(c.effective_from)).where(
            same_place,
            c.effective_from > start,
            sa.or_(c.effective_to.is_(None), c.effective_to > c.effective_from),
        )
    )
    await tx.execute(
        sa.insert(t.sop_effectivity).values(
            sop_version_id=version.id,
            sop_id=version.sop_id,
            site_id=site_id,
            effective_from=start,
            effective_to=until,
        )
    )


async def _supersede(tx: Transaction, version: VersionRow) -> None:
    """Versions of the procedure that are in force nowhere any more, and will not be, are superseded."""
    c, now = t.sop_version.c, sa.func.clock_now()
    inside = t.sop_effectivity.c
    alive = sa.exists().where(
        inside.sop_version_id == c.id,
        sa.or_(
            inside.effective_to.is_(None),
            sa.and_(inside.effective_to > now, inside.effective_to > inside.effective_from),
        ),
    )
    await tx.execute(
        sa.update(t.sop_version)
        .where(c.sop_id == version.sop_id, c.id != version.id, c.state == "effective", ~alive)
        .values(state="superseded")
    )

"""Services: approval, signed (D3; GSP 31-36; 21 CFR 11.10). Knows no HTTP.

No author approves. Approval freezes the bundle: what is signed is its SHA-256. A local number is given at
approval, so that people can be trained on the version before it is in force (`sop_effectivity`).
"""

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.queries import decision_tables
from db.queries import sops as queries
from db.queries.sops import VersionRow
from db.session import Transaction
from domain.errors import Refusal
from domain.sop_definition import Text
from domain.sop_yaml import parse
from services import audit, change_control, signatures, sop_announcements
from services.changes import done_before
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.signatures import PasswordProof, SignatureGiven
from services.sop_checks import bundle_of, check
from services.sop_drafts import locked, transition

MEANINGS = {
    "approve": Text(zh="批准", en="approved"),
    "publish": Text(zh="发布生效", en="put in force"),
    "withdraw": Text(zh="撤销生效安排", en="called off before it came into force"),
    "retire": Text(zh="废止", en="retired"),
}


class AuthorMayNotApprove(Refusal):
    """A version is approved by a second person."""

    code = "author_may_not_approve"
    kind = "forbidden"
    zh = "编制人不得批准自己的规程"
    en = "The author may not approve the version"


class NamedAsAnAuthor(Refusal):
    """Two accounts of one person are one person; namesakes are told apart by what they are called here."""

    code = "named_as_an_author"
    kind = "forbidden"
    zh = "您与编制人同名（{name}）：同一人不得用另一账号批准；若确为两人，请先在人员档案中用可区分的姓名登记"
    en = (
        "You are called like an author ({name}): one person may not approve with another account;"
        " if you are two, have your names told apart in the register of people first"
    )


class ReadAnotherText(Refusal):
    """What was read is not what stands there now."""

    code = "read_another_text"
    kind = "conflict"
    zh = "您阅读之后该版本已被修改，请重新阅读后再批准"
    en = "The version was changed after you read it: read it again before you approve"


class TableApprovedMeanwhile(Refusal):
    """The cases were played, and the version was read, with another decision table."""

    code = "table_approved_meanwhile"
    kind = "conflict"
    zh = "提交审核之后，其使用的决策表已有新版本获批（{tables}）：请退回编制人，重新提交"
    en = "A decision table that it uses was approved since it was submitted ({tables}): send it back first"


async def approve(
    platform: Platform,
    version_id: UUID,
    *,
    signature: SignatureGiven,
    actor: Actor,
    comment: str | None = None,
    revision: int | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> VersionRow:
    """Approve a version in review: its bundle is built, frozen and signed.

    `revision` is the one that was read: another text that stands there meanwhile is not signed unseen.
    """
    proof = await proof_of(
        platform, version_id, signature, "approve", Permission.SOP_APPROVE, actor=actor, request_id=request_id
    )
    async with (
        audit.refusals(platform, actor, "approve.sop", "sop_version", version_id, request_id=request_id),
        platform.database.write(actor.ref, request_id) as tx,
    ):
        if await done_before(tx, as_id):
            return (await queries.versions(tx, ref=version_id))[0]
        version = await locked(tx, version_id, "in_review")
        await refuse_authors(tx, await queries.authors(tx, version.id), actor)
        if revision is not None and revision != version.revision:
            raise ReadAnotherText
        kept = await queries.content(tx, version_id)
        parsed = parse(kept["source"])
        await check(tx, parsed, platform)
        bundle = await bundle_of(tx, parsed.definition, platform)
        if later := await decision_tables.approved_after_submission(tx, version_id, list(bundle.tables)):
            raise TableApprovedMeanwhile(tables=", ".join(later))
        signed = await signed_as(tx, proof, bundle.sha256, "approve", actor)
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
        approved = (await queries.versions(tx, ref=version_id))[0]
        await sop_announcements.tell_untrained(tx, approved)
        await change_control.decided(tx, approved, approved=True, actor=actor)
        return approved


async def refuse_authors(tx: Transaction, authors: set[UUID], actor: Actor) -> None:
    """AuthorMayNotApprove, NamedAsAnAuthor for one of the authors, or somebody called like one."""
    if actor.person_id in authors:
        raise AuthorMayNotApprove
    c = t.person.c
    names = [row["name"] for row in await tx.rows(sa.select(c.name).where(c.id.in_(authors)))]
    if actor.name.strip().casefold() in {name.strip().casefold() for name in names}:
        raise NamedAsAnAuthor(name=actor.name)


async def proof_of(
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


async def signed_as(tx: Transaction, proof: PasswordProof, sha256: str, what: str, actor: Actor) -> UUID:
    return await signatures.sign(
        tx,
        proof,
        actor=actor,
        meaning=MEANINGS[what],
        content_sha256=sha256,
        purpose=f"sop.{what}",
    )


async def _next_number(tx: Transaction, sop_id: UUID) -> int:
    """The next local number; the procedure's row is locked, so that two approvals never share one."""
    await tx.execute(sa.select(t.sop.c.id).where(t.sop.c.id == sop_id).with_for_update())
    last: int | None = await tx.scalar(
        sa.select(sa.func.max(t.sop_version.c.version)).where(t.sop_version.c.sop_id == sop_id)
    )
    return (last or 0) + 1

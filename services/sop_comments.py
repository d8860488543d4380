"""Services: what reviewers say of a version in review, of a step or the whole - evidence, never changed (D3).

A comment names the digest of the text it was made on: the version may go back to its author and come again.
"""

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import sop_comments as queries
from db.queries import sops
from db.queries.sop_comments import CommentRow
from domain.canonical import sha256_of
from domain.errors import FieldProblem, Invalid
from domain.sop_diff import steps_by_place
from domain.sop_yaml import parse
from services import audit
from services.changes import reason_of
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.sop_drafts import locked

__all__ = ["CommentRow", "add", "of_version", "text_digest"]


def text_digest(source: str) -> str:
    """The SHA-256 of a version's text."""
    return sha256_of("sop_source", 1, text=source)


async def add(
    platform: Platform,
    version_id: UUID,
    text: str,
    *,
    actor: Actor,
    step: str | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> CommentRow:
    """Say something of a version in review, or of the step at a place in it (`refuse/turn_away`).

    ReasonRequired without words, WrongState when it is not in review, Invalid for a step that it has not.
    `as_id` is the comment's id: again, it gives the first.
    """
    async with audit.refusals(
        platform, actor, "comment.sop", "sop_version", version_id, request_id=request_id
    ):
        if not actor.may(Permission.SOP_DRAFT):  # an author answers
            require(actor, Permission.SOP_APPROVE)
        words = reason_of(text)
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await queries.comments(tx, version_id, only=as_id)):
                return known[0]
            version = await locked(tx, version_id, "in_review")
            source = str((await sops.content(tx, version_id))["source"])
            if step is not None and step not in steps_by_place(parse(source).definition):
                said = f"没有步骤 {step}", f"there is no step {step}"
                raise Invalid([FieldProblem("step", "unknown", *said)])
            comment_id = as_id or new_id()
            row = {"id": comment_id, "sop_version_id": version_id, "step": step, "text": words}
            await tx.execute(
                sa.insert(t.sop_comment).values(
                    **row, actor_id=actor.person_id, source_sha256=text_digest(source)
                )
            )
            await tx.audit(
                "comment.sop",
                "sop_version",
                str(version_id),
                after={"sop": version.key, "step": step, "text": words},
            )
            return (await queries.comments(tx, version_id, only=comment_id))[0]


async def of_version(platform: Platform, version_id: UUID, *, actor: Actor) -> list[CommentRow]:
    """All comments on a version, first to last."""
    require(actor, Permission.SOP_READ)
    async with platform.database.read() as tx:
        return await queries.comments(tx, version_id)

"""Services: an order to move runs is signed by a second person and carried out, or declined.

The approval writes one submission for each run in the same transaction: whatever dies afterwards, the sweep
delivers what is owed. What each run said stands in the order. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa
import structlog

from db import tables as t
from db.ids import new_id
from db.queries import changeovers as queries
from domain.canonical import sha256_of
from domain.errors import Refusal
from domain.sop_definition import Text
from services import audit, changeovers, signatures, submissions
from services.changeover_settling import KIND
from services.changeovers import Order
from services.changes import done_before, reason_of
from services.permissions import Permission, require, require_person

if TYPE_CHECKING:
    from db.queries.changeovers import OrderedRun, OrderRow
    from db.session import Transaction
    from services.platform import Actor, Platform
    from services.signatures import SignatureGiven

log = structlog.get_logger(__name__)
MEANING = Text(zh="批准在途流程转版", en="runs under way approved to go over to this version")
AT_ONCE = 5
AT_HAND = 20
"""Runs that the approval itself sends; the sweep sends the others."""


class ProposerMayNotApprove(Refusal):
    """An order is approved by somebody else than who proposed it."""

    code = "proposer_may_not_approve"
    kind = "forbidden"
    zh = "提出人不得批准自己的转版单"
    en = "Who proposed an order does not approve it"


class NoLongerInForce(Refusal):
    """The version went out of force after the order was proposed."""

    code = "no_longer_in_force"
    kind = "conflict"
    zh = "第{version}版已不再生效，请否决此转版单"
    en = "Version {version} is not in force any more: decline the order"


class AlreadyDecided(Refusal):
    """An order is decided once."""

    code = "changeover_decided"
    kind = "conflict"
    zh = "该转版单已经决定"
    en = "This order has been decided already"


async def approve(
    platform: Platform,
    order_id: UUID,
    *,
    signature: SignatureGiven,
    actor: Actor,
    comment: str | None = None,
    as_id: UUID | None = None,
    request_id: str = "",
) -> Order:
    """Sign an order as a second person; its runs are asked to go over, one submission each."""
    made: list[UUID] = []
    async with audit.refusals(
        platform, actor, "approve.changeover", "changeover", order_id, request_id=request_id
    ):
        require(actor, Permission.SOP_APPROVE)
        proof = await signatures.check_password_again(platform, actor, signature)
        async with platform.database.write(actor.ref, request_id) as tx:
            if not await done_before(tx, as_id):
                row = await _undecided(tx, order_id)
                if row.proposed_by == actor.person_id:
                    raise ProposerMayNotApprove
                runs = await queries.runs_of(tx, order_id)
                await _check_now(tx, row, runs, actor)
                signed = await signatures.sign(
                    tx,
                    proof,
                    actor=actor,
                    meaning=MEANING,
                    content_sha256=row.content_hash,
                    purpose="changeover.approve",
                )
                await _decide(tx, row, "approved", actor, comment, signed, as_id)
                made = await _submit(tx, row, runs, actor, signed)
            else:
                tx.audited_elsewhere("it was approved before")
    await carry_out(platform, made[:AT_HAND])
    return await changeovers.order(platform, order_id, actor=actor)


async def _check_now(tx: Transaction, row: OrderRow, runs: Sequence[OrderedRun], actor: Actor) -> None:
    """Who signs may see each of its runs, and the version is in force there still."""
    for site in {run.site_id for run in runs}:
        require(actor, Permission.SOP_APPROVE, site)
        require(actor, Permission.RUN_READ, site)
    everywhere, sites = await queries.in_force_at(tx, row.sop_version_id)
    if not everywhere and any(run.site_id not in sites for run in runs):
        raise NoLongerInForce(version=row.version)


async def decline(
    platform: Platform,
    order_id: UUID,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> Order:
    """Decline an order with a reason; who proposed it may take it back so."""
    async with audit.refusals(
        platform, actor, "decline.changeover", "changeover", order_id, request_id=request_id
    ):
        require_person(actor)
        words = reason_of(reason)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                tx.audited_elsewhere("it was declined before")
            else:
                row = await _undecided(tx, order_id)
                if row.proposed_by != actor.person_id:
                    require(actor, Permission.SOP_APPROVE)
                await _decide(tx, row, "declined", actor, words, None, as_id)
    return await changeovers.order(platform, order_id, actor=actor)


async def _undecided(tx: Transaction, order_id: UUID) -> OrderRow:
    row = await changeovers.order_row(tx, order_id, lock=True)
    if row.state != "proposed":
        raise AlreadyDecided
    return row


async def _decide(
    tx: Transaction,
    row: OrderRow,
    state: str,
    actor: Actor,
    comment: str | None,
    signed: UUID | None,
    as_id: UUID | None,
) -> None:
    words = (comment or "").strip()[:1000] or None
    await tx.execute(
        sa.update(t.changeover)
        .where(t.changeover.c.id == row.id)
        .values(
            state=state,
            decided_by=actor.person_id,
            decided_at=sa.func.clock_timestamp(),
            comment=words,
            signature_id=signed,
        )
    )
    verb = "approve" if state == "approved" else "decline"
    await tx.audit(
        f"{verb}.changeover",
        "changeover",
        row.id,
        before={"state": row.state},
        after={"state": state, "version": row.version, "content_hash": row.content_hash},
        reason=words,
        as_id=as_id,
    )


async def _submit(
    tx: Transaction, row: OrderRow, runs: Sequence[OrderedRun], actor: Actor, signed: UUID
) -> list[UUID]:
    """One submission for each run: what the sweep delivers until the run has answered."""
    made = []
    for run in runs:
        data = {"order": str(row.id), "of": run.from_sha256, "sha256": row.sha256}
        content = sha256_of(
            "changeover_command",
            1,
            run=str(run.run_id),
            actor=str(actor.person_id),
            reason=row.reason,
            **data,
        )
        submission = new_id()
        await tx.execute(
            sa.insert(t.submission).values(
                id=submission,
                kind=KIND,
                run_id=run.run_id,
                actor_id=actor.person_id,
                outcome=str(row.version),
                data=data,
                performers=[actor.person_id],
                content_hash=content,
                signature_id=signed,
                reason=row.reason,
            )
        )
        await tx.execute(
            sa.update(t.changeover_run)
            .where(t.changeover_run.c.id == run.id)
            .values(submission_id=submission)
        )
        made.append(submission)
    return made


async def carry_out(platform: Platform, made: Sequence[UUID]) -> None:
    """Sends the commands, a few at once, for as long as one Update may take; the sweep sends what is left."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(submission: UUID) -> None:
        async with turns:
            await submissions.resend(platform, submission)

    sending = [asyncio.create_task(one(submission)) for submission in made]
    if not sending:
        return
    done, late = await asyncio.wait(sending, timeout=platform.settings.update_wait_s)
    for task in late:
        task.cancel()
    failed = [task for task in done if task.exception() is not None]
    if late or failed:
        log.warning("changeovers are owed to their runs", late=len(late), failed=len(failed))

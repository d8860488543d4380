"""Services: external events - kept as sent, given to every run that waits, once each. One door for all.

An event is a row first. For each run that waits, its delivery is a submission in the same transaction: it is
sent, sent again by the sweep, settled and answered for like a person's. When nobody waits the event is kept,
and who begins to wait later finds it (`services.advance_signals`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import references
from db.queries import signals as queries
from domain import signals as rules
from domain.canonical import NotCanonical, instant
from domain.errors import FieldProblem, NotFound, Refusal
from domain.signals import SignalDataInvalid, SignalMismatch
from domain.sop_bundle import Bundle
from domain.submissions import printable
from services import audit, bundles, submissions
from services.permissions import NotPermitted, Permission, require, visible_sites

if TYPE_CHECKING:
    from datetime import datetime

    from db.queries.signals import DeliveryRow, SignalRow, WaitRow
    from db.session import Reader, Transaction
    from domain.sop_definition import Form
    from services.platform import Actor, Platform

AT_ONCE = 10
"""Deliveries that one call sends at a time; the rest of a long list is left to the sweep."""
MOST_SENT = 50
NAME_LENGTH = 63

DeliveryState = Literal["taken", "pending", "refused"]


@dataclass(frozen=True)
class Delivery:
    """What became of an event at one run."""

    run_id: UUID
    state: DeliveryState


@dataclass(frozen=True)
class SignalAnswer:
    """An event and its runs. `kept`: nobody waits for it yet; `pending`: not every run has answered yet."""

    id: UUID
    name: str
    correlation_key: str
    state: Literal["delivered", "pending", "kept"]
    deliveries: list[Delivery]


async def send(
    platform: Platform,
    name: str,
    correlation_key: str,
    data: Mapping[str, Any],
    *,
    actor: Actor,
    signal_id: UUID | None = None,
    request_id: str = "",
) -> SignalAnswer:
    """Sends an event; the same `signal_id` again is the same event and asks what became of it.

    SignalKeyInvalid, SignalDataInvalid (every problem at its field), SignalMismatch, NotPermitted. A person
    reaches the runs of the sites of their posts, a key those of all.
    """
    made = signal_id or new_id()
    async with audit.refusals(
        platform, actor, "send.signal", "signal", name[:NAME_LENGTH], request_id=request_id
    ):
        require(actor, Permission.SIGNAL_SEND)
        event = _Event(
            made, name[:NAME_LENGTH], rules.correlation_key(correlation_key), printable(data), actor.person_id
        )
        async with platform.database.write(actor.ref, request_id) as tx:
            await _keep(tx, event, visible_sites(actor, Permission.SIGNAL_SEND))
    await _deliver(platform, made, request_id)
    return await _answer(platform, made)


async def keep_within(
    tx: Transaction, name: str, correlation_key: str, data: Mapping[str, Any], *, actor: Actor
) -> UUID:
    """Keeps an event within the transaction that it tells of; the sweep delivers it. SignalDataInvalid."""
    event = _Event(new_id(), name, rules.correlation_key(correlation_key), printable(data), actor.person_id)
    await _keep(tx, event, None)
    return event.id


async def view(platform: Platform, signal_id: UUID, *, actor: Actor) -> SignalAnswer:
    """What became of an event, for its sender and for who may read runs everywhere."""
    async with platform.database.read() as tx:
        row = await queries.by_id(tx, signal_id)
    if row is None:
        raise NotFound(what=f"事件 / event {signal_id}")
    if row.actor_id != actor.person_id and visible_sites(actor, Permission.RUN_READ) is not None:
        raise NotPermitted(permission=Permission.RUN_READ.value)
    return await _answer(platform, signal_id)


@dataclass(frozen=True)
class _Event:
    id: UUID
    name: str
    key: str
    data: Mapping[str, Any]
    actor_id: UUID

    @property
    def sha256(self) -> str:
        return rules.data_hash(name=self.name, key=self.key, data=self.data)


async def _keep(tx: Transaction, event: _Event, sites: frozenset[UUID] | None) -> None:
    """The event's row, and for each run that waits the delivery; all in one transaction."""
    said = _hash(event)
    await queries.lock(tx, event.name, event.key)
    known = await queries.by_id(tx, event.id)
    if known is not None:
        tx.audited_elsewhere("the event was kept and audited when it came first")
        if (known.data_sha256, known.actor_id) != (said, event.actor_id):
            raise SignalMismatch
        return
    waits = await queries.waiting(tx, event.name, event.key, sites)
    clean = await _checked(tx, event, waits)
    at = await tx.scalar(
        sa.insert(t.signal)
        .values(
            id=event.id,
            name=event.name,
            correlation_key=event.key,
            data=event.data,
            data_sha256=said,
            sites=None if sites is None else sorted(sites),
            actor_id=event.actor_id,
        )
        .returning(t.signal.c.recorded_at)
    )
    matched = await queries.match(tx, event.id, [wait.id for wait in waits]) if waits else set()
    chosen = [wait for wait in waits if wait.id in matched]
    if chosen:
        await _submit(tx, event, at, said, [(wait, clean[wait.id]) for wait in chosen])
    await tx.audit(
        "send.signal",
        "signal",
        event.id,
        after={
            "name": event.name,
            "correlation_key": event.key,
            "data_sha256": said,
            "runs": [str(wait.run_id) for wait in chosen],
        },
    )


def _hash(event: _Event) -> str:
    try:
        return event.sha256
    except NotCanonical as wrong:
        problem = FieldProblem("data", "not_canonical", "只能含文字、整数和是非值", str(wrong))
        raise SignalDataInvalid([problem]) from wrong


async def _checked(tx: Reader, event: _Event, waits: Sequence[WaitRow]) -> dict[UUID, dict[str, Any]]:
    """The data as each wait's form has it; SignalDataInvalid unless it fits all of them.

    When nobody waits it has to fit one of the forms that procedures in force declare for the event, if any.
    """
    clean: dict[UUID, dict[str, Any]] = {}
    for wait in waits:
        bundle = await bundles.bundle_of(tx, wait.sop_version_id, wait.sha256)
        clean[wait.id], problems = rules.checked(bundles.event_form(bundle, wait.step_id), event.data)
        if problems:
            raise SignalDataInvalid(problems)
    if not waits:
        wrong = [rules.checked(form, event.data)[1] for form in await _declared(tx, event.name)]
        if wrong and all(wrong):
            raise SignalDataInvalid(wrong[0])
    return clean


async def _declared(tx: Reader, name: str) -> list[Form]:
    """The forms that procedures in force declare for an event."""
    found = await queries.declaring(tx, name, await references.clock_now(tx))
    steps = [
        step for row in found for step in Bundle.from_json(row["bundle"], row["sha256"]).definition.walk()
    ]
    return [step.wait.data for step in steps if step.wait and step.wait.event == name]


async def _submit(
    tx: Transaction,
    event: _Event,
    at: datetime,
    said: str,
    chosen: Sequence[tuple[WaitRow, dict[str, Any]]],
) -> None:
    """One submission for each run, on behalf of the sender."""
    matched = {wait.id: new_id() for wait, _ in chosen}
    await tx.execute(
        sa.insert(t.submission),
        [
            {
                "id": matched[wait.id],
                "kind": rules.DELIVERY,
                "run_id": wait.run_id,
                "actor_id": event.actor_id,
                "outcome": event.name,
                "data": {
                    "signal": str(event.id),
                    "path": wait.path,
                    "key": event.key,
                    "at": instant(at),
                    "data": data,
                },
                "performers": [event.actor_id],
                "content_hash": rules.delivery_hash(
                    signal=str(event.id),
                    run=str(wait.run_id),
                    path=wait.path,
                    actor=str(event.actor_id),
                    said=said,
                ),
            }
            for wait, data in chosen
        ],
    )
    await queries.note_deliveries(tx, matched)


async def _deliver(platform: Platform, signal_id: UUID, request_id: str) -> None:
    """Sends what has no verdict yet, some at a time; whatever is left or fails is the sweep's."""
    async with platform.database.read() as tx:
        owed = [row for row in await queries.deliveries(tx, signal_id) if row.accepted is None]
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(row: DeliveryRow) -> None:
        async with turns:
            try:
                await submissions.answer_of(platform, row.submission_id, request_id=request_id)
            except Refusal:
                return  # the run's verdict: `_answer` reads it

    await asyncio.gather(*(one(row) for row in owed[:MOST_SENT]))


async def _answer(platform: Platform, signal_id: UUID) -> SignalAnswer:
    async with platform.database.read() as tx:
        row = await queries.by_id(tx, signal_id)
        assert row is not None
        sent = await queries.deliveries(tx, signal_id)
        early = await queries.taken_early(tx, signal_id)
    return _told(row, sent, early)


def _told(row: SignalRow, sent: Sequence[DeliveryRow], early: Sequence[UUID]) -> SignalAnswer:
    states: dict[bool | None, DeliveryState] = {True: "taken", False: "refused", None: "pending"}
    found = [Delivery(one.run_id, states[one.accepted]) for one in sent]
    found += [Delivery(run_id, "taken") for run_id in early]
    if any(one.state == "pending" for one in found):
        state: Literal["delivered", "pending", "kept"] = "pending"
    else:
        state = "delivered" if any(one.state == "taken" for one in found) else "kept"
    return SignalAnswer(row.id, row.name, row.correlation_key, state, found)

"""Room `ops`, history: the events of a plan taken over through the services, each by who may do it.

Each event has an id of its own: what is there already is left alone, so a load that was cut short goes on.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from db.ids import id_at
from domain.documents import kind_of, partner_of
from domain.invoices import InvoiceIn
from domain.master_data import AssignmentIn, PersonIn
from ops.demo_seed import people
from ops.history.book import Event
from services import auth, documents, first_administrator, invoices, loaded_holds, loaded_records, persons
from services.changes import CodeTaken
from services.loaded_holds import PastHold
from services.platform import Actor, Platform

REASON = "导入的历史 / loaded history"
CLERK = "lishiqianyi"
"""Who takes records over: an account of its own, so that nobody is said to have done what was loaded."""


@dataclass(frozen=True)
class Clerks:
    """Those who take over: orders by who enters them today, holds by quality, all else by the clerk."""

    buyer: Actor
    seller: Actor
    quality: Actor
    clerk: Actor


async def clerks(platform: Platform) -> Clerks:
    """The people of the demo company, logged in; the clerk is added when he is not there yet."""
    administrator = await _actor(platform, people.holder(first_administrator.POST))
    held = [AssignmentIn(post="warehouse_manager", site=None, department="warehouse")]
    body = PersonIn.model_validate({"username": CLERK, "name": "历史数据迁移员", "password": people.PASSWORD})
    with suppress(CodeTaken):
        await persons.create(platform, body.model_copy(update={"posts": held}), actor=administrator)
    return Clerks(
        await _actor(platform, people.holder("buyer")),
        await _actor(platform, people.holder("sales")),
        await _actor(platform, people.holder("qa_manager")),
        await _actor(platform, CLERK),
    )


async def _actor(platform: Platform, username: str) -> Actor:
    token = await auth.issue_token(platform, username, people.PASSWORD)
    return await auth.actor_of_bearer(platform, token.token)


async def take_over(platform: Platform, event: Event, by: Clerks) -> None:
    """One event; again, it does nothing. What the services refuse is raised."""
    content = event.content
    if isinstance(content, tuple):
        await loaded_records.load(platform, content, reason=REASON, actor=by.clerk)
    elif isinstance(content, PastHold):
        await loaded_holds.load(platform, content, actor=by.quality)
    elif isinstance(content, InvoiceIn):
        key = id_at(event.at, "invoice", content.customer, content.number)
        await invoices.post(platform, content, actor=by.seller, as_id=key, loaded=True)
    else:
        kind = kind_of(content)
        key = id_at(event.at, kind, partner_of(content) or "", content.number)
        who = {"sales_order": by.seller, "transfer": by.clerk}.get(kind, by.buyer)
        await documents.post(platform, content, actor=who, as_id=key, loaded=True)

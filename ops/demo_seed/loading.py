"""Room `ops`, demo company: loading it, step by step, as its own people would: through the services.

Only the first administrator is made without being asked for permission. The engine may be away: runs that it
does not get now are started by the sweep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from domain.master_data import AssignmentIn, BothNames, PersonIn, TrainingIn
from ops.addresses import NothingToConnectTo
from ops.demo_seed import materials as catalogue
from ops.demo_seed import orders, partners, people, places, stock
from ops.demo_seed import schedules as nightly
from ops.loading_window import loading_window, owner_of_same_database
from ops.platform_access import open_platform
from ops.settings import Settings
from services import (
    api_keys,
    auth,
    decision_table_approval,
    decision_table_editing,
    documents,
    first_administrator,
    materials,
    opening_stock,
    parties,
    persons,
    runs,
    schedules,
    signatures,
    sites,
    sop_catalogue,
    sop_files,
)
from services.permissions import Permission
from services.platform import Actor, Platform

SOP = "receiving_acceptance"
AT_ONCE = 6
STARTED = 3
"""So many of the deliveries have already arrived: their runs wait in the inboxes."""
MACHINE = "erp_interface"
INTEGRATION = (
    *(
        Permission.RUN_START,
        Permission.RUN_READ,
        Permission.DOCUMENT_WRITE,
        Permission.DOCUMENT_READ,
        Permission.STOCK_READ,
        Permission.MASTER_READ,
    ),
    *(Permission.SOP_READ, Permission.TASK_READ, Permission.ATTACHMENT_READ, Permission.SIGNAL_SEND),
)
ADMINISTRATION = (
    *INTEGRATION,
    *(Permission.MASTER_WRITE, Permission.ADMIN_PEOPLE, Permission.ADMIN_SITES, Permission.AUDIT_READ),
    Permission.ADMIN_SCHEDULES,
)
T = TypeVar("T")


async def load(settings: Settings) -> dict[str, Any]:
    """Loads the company and gives what stands in demo.json; AdministratorExists unless there is nobody yet."""
    async with open_platform(settings) as platform:
        administrator = await _first(platform)
        await _organisation(platform, administrator)
        await _people(platform, administrator)
        quality, author = await _actor(platform, "qa_manager"), await _actor(platform, "qa_specialist")
        await _master_data(platform, quality)
        await _procedures(platform, author, quality)
        await _schedules(platform, administrator)
        await _deliveries(platform)
        await _stock_and_sales(platform, settings)
        keys = await _keys(platform, administrator)
    return {"users": _users(), **keys}


async def _first(platform: Platform) -> Actor:
    username = people.holder(first_administrator.POST)
    name = next(p.name for p in people.people() if p.username == username)
    await first_administrator.create(platform, username=username, name=name, password=people.PASSWORD)
    return await _actor_of(platform, username)


async def _actor(platform: Platform, post: str) -> Actor:
    return await _actor_of(platform, people.holder(post))


async def _actor_of(platform: Platform, username: str) -> Actor:
    token = await auth.issue_token(platform, username, people.PASSWORD)
    return await auth.actor_of_bearer(platform, token.token)


async def _organisation(platform: Platform, actor: Actor) -> None:
    for entity in places.ENTITIES:
        await sites.create_legal_entity(platform, entity, actor=actor)
    for department in places.DEPARTMENTS:
        await sites.create_department(platform, department, actor=actor)
    for post in people.posts():
        if post.code != first_administrator.POST:
            await sites.create_post(platform, post, actor=actor)
    for site in places.sites():
        await sites.create(platform, site, actor=actor)


async def _people(platform: Platform, actor: Actor) -> None:
    trained = [TrainingIn(sop=key, version=1) for key in shipped()]
    others = [p for p in people.people() if p.username != actor.username]

    async def create(person: PersonIn) -> None:
        given = {"password": people.PASSWORD, "trained": trained}
        await persons.create(platform, person.model_copy(update=_secret(given)), actor=actor)

    await _each(others, create)
    machine = PersonIn(username=MACHINE, name="ERP 接口", kind="machine", posts=[])
    await persons.create(platform, machine, actor=actor)


def _secret(given: dict[str, Any]) -> dict[str, Any]:
    """The values as the shape keeps them (a password is not a plain text there)."""
    checked = PersonIn.model_validate({"username": "x", "name": "x", **given})
    return {name: getattr(checked, name) for name in given}


async def _master_data(platform: Platform, actor: Actor) -> None:
    today = datetime.now(UTC).date()
    makers = partners.manufacturers()
    others = (*partners.suppliers(today), *partners.customers(today), *partners.carriers())
    await _each([*makers, *others], lambda body: parties.create(platform, body, actor=actor))
    made = catalogue.materials({maker.code: maker.name for maker in makers})
    await _each(made, lambda body: materials.create(platform, body, actor=actor))


async def _procedures(platform: Platform, author: Actor, approver: Actor) -> None:
    """The shipped files arrive as the vendor's drafts; local people submit, approve and put them in force."""
    signature = signatures.SignatureGiven(people.PASSWORD)
    for table in sop_files.table_files():
        made = await decision_table_editing.load(platform, table.text, actor=author, origin="vendor")
        await decision_table_approval.submit(platform, made.id, actor=author)
        await decision_table_approval.approve(platform, made.id, signature=signature, actor=approver)
    # Change control last: what the company begins with needs none.
    for shipped in sorted(sop_files.newest_in_order(), key=lambda file: file.key == "change_control"):
        draft, _ = await sop_catalogue.load_draft(
            platform, shipped.text, actor=author, origin="vendor", vendor_version=shipped.version
        )
        await sop_catalogue.submit(platform, draft.id, actor=author)
        await sop_catalogue.approve(platform, draft.id, signature=signature, actor=approver)
        await sop_catalogue.publish(platform, draft.id, signature=signature, actor=approver)


async def _schedules(platform: Platform, actor: Actor) -> None:
    for schedule in nightly.schedules(places.sites()):
        await schedules.create(platform, schedule, actor=actor)


def shipped() -> list[str]:
    """The keys of the procedures that come with the product."""
    return sorted({file.key for file in sop_files.definition_files()})


async def _deliveries(platform: Platform) -> None:
    buyer = await _actor(platform, "buyer")
    made = catalogue.materials({maker.code: maker.name for maker in partners.manufacturers()})
    for number, (order, advice) in enumerate(orders.deliveries(made, datetime.now(UTC))):
        ordered = await documents.post(platform, order, actor=buyer)
        sent = await documents.post(platform, advice, actor=buyer)
        if number < STARTED:
            inputs = {"purchase_order": str(ordered.document.id), "dispatch_advice": str(sent.document.id)}
            await runs.start(platform, SOP, inputs, actor=buyer)


async def _stock_and_sales(platform: Platform, settings: Settings) -> None:
    """What the sites counted on their shelves when they began, and the orders that wait for it."""
    today = datetime.now(UTC).date()
    made = catalogue.materials({maker.code: maker.name for maker in partners.manufacturers()})
    shelves = stock.opening_stock(made, places.sites(), today)
    with _window(settings) as began:
        for site, lines in shelves.items():
            keeper = await _actor_of(platform, people.holder("warehouse_manager", site))
            await opening_stock.count_in(
                platform, site, lines, reason=stock.REASON, actor=keeper, occurred_at=began
            )
    seller = await _actor(platform, "sales")
    for order in stock.sales_orders(shelves, made, today):
        await documents.post(platform, order, actor=seller)
    manager = await _actor_of(platform, people.holder("warehouse_manager", places.MAIN))
    for transfer in stock.transfers(shelves, made, today):
        await documents.post(platform, transfer, actor=manager)


@contextmanager
def _window(settings: Settings) -> Iterator[datetime | None]:
    """When the shelves were counted in, as loaded history; today where the owner cannot let history in."""
    try:
        owner_url = owner_of_same_database(settings)
    except NothingToConnectTo:
        yield None
        return
    with loading_window(owner_url):
        yield datetime.now(UTC) - stock.COUNTED_IN_BEFORE


async def _keys(platform: Platform, actor: Actor) -> dict[str, str]:
    return {
        "api_key": await api_keys.create(platform, MACHINE, INTEGRATION, actor=actor),
        "admin_api_key": await api_keys.create(platform, MACHINE, ADMINISTRATION, actor=actor),
    }


def _users() -> list[dict[str, Any]]:
    names = {post.code: post.name for post in people.posts()}
    return [
        {
            "username": person.username,
            "password": people.PASSWORD,
            "name": person.name,
            "posts": [_post(held, names[held.post]) for held in person.posts],
        }
        for person in people.people()
    ]


def _post(held: AssignmentIn, name: BothNames) -> dict[str, Any]:
    return {"post": held.post, "name": name.model_dump(), "site": held.site}


async def _each(bodies: Sequence[T], create: Callable[[T], Awaitable[object]]) -> None:
    """Several at once: hashing a password takes a core, writing a row waits for the disk."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(body: T) -> None:
        async with gate:
            await create(body)

    async with asyncio.TaskGroup() as group:
        for body in bodies:
            group.create_task(one(body))

"""Room `ops`, trial `ledger`: a published stock ledger, posted to ours, gives every published balance.

`./xunji trial ledger` loads all movements of the OpenLMIS demonstration ledger as history - arrivals, issues,
adjustments with reasons, physical counts - and then asks the stock as of each day for each card.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.master_data import AssignmentIn, MaterialIn, PartyIn, PersonIn, SiteIn
from ops import addresses
from ops.demo_seed import people
from ops.demo_seed.places import ENTITIES
from ops.loading_window import loading_window
from ops.platform_access import open_platform
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import Settings
from ops.trials import openlmis_reader
from ops.trials.openlmis_reader import Card, Published
from services import auth, first_administrator, loaded_history, materials, parties, persons, sites, stock
from services.loaded_history import Happened
from services.platform import Actor, Platform

MAKER, PATIENTS = "OPENLMIS", "PATIENTS"
NO_LOT = "NOLOT"
REASON = "OpenLMIS 演示台账 / OpenLMIS demonstration ledger"
KEEPER = "ledger_keeper"
PAGE = 200


async def run() -> dict[str, Any]:
    """The trial on an installation of its own."""
    published = openlmis_reader.read(openlmis_reader.shared_data())
    with private_instance() as instance:
        owner_url = addresses.owner_database_url(Settings(home=instance.home))
        async with _staffed(instance) as (platform, administrator, keeper):
            return await reproduce(platform, published, owner_url, administrator=administrator, keeper=keeper)


@asynccontextmanager
async def _staffed(instance: PrivateInstance) -> AsyncIterator[tuple[Platform, Actor, Actor]]:
    """The installation's services, its administrator, and somebody who may move stock everywhere."""
    async with open_platform(Settings(home=instance.home)) as platform:
        administrator = await _actor(platform, people.holder(first_administrator.POST))
        body = PersonIn.model_validate({"username": KEEPER, "name": "台账员", "password": people.PASSWORD})
        posts = [AssignmentIn(post="warehouse_manager", site=None, department="warehouse")]
        await persons.create(platform, body.model_copy(update={"posts": posts}), actor=administrator)
        yield platform, administrator, await _actor(platform, KEEPER)


async def _actor(platform: Platform, username: str) -> Actor:
    token = await auth.issue_token(platform, username, people.PASSWORD)
    return await auth.actor_of_bearer(platform, token.token)


async def reproduce(
    platform: Platform,
    published: Published,
    owner_url: str,
    *,
    administrator: Actor,
    keeper: Actor,
    entity: str = ENTITIES[0].code,
) -> dict[str, Any]:
    """Load the ledger into the empty sites of its facilities and compare every balance."""
    began = time.monotonic()
    await _master_data(platform, published, administrator, entity)
    postings = 0
    with loading_window(owner_url, minutes=60):
        for facility in sorted(published.facilities.keys() & {c.facility for c in published.cards.values()}):
            history = list(_history(published, facility))
            postings += await loaded_history.load(
                platform,
                _site(facility),
                history,
                supplier=MAKER,
                customer=PATIENTS,
                reason=REASON,
                actor=keeper,
            )
    loaded = time.monotonic()
    wrong = await _differences(platform, published, keeper)
    return {
        "ok": not wrong,
        "cards": len(published.cards),
        "movements": len(published.movements),
        "by_kind": dict(sorted(published.oddities.items())),
        "postings": postings,
        "balances": len(published.balances),
        "reproduced": len(published.balances) - len(wrong),
        "differences": wrong[:20],
        "seconds": {"loading": round(loaded - began, 1), "asking": round(time.monotonic() - loaded, 1)},
    }


async def _master_data(platform: Platform, published: Published, actor: Actor, entity: str) -> None:
    """A site for each facility with a location for each programme, and the products."""
    licence = {"kind": "demo", "number": "1", "scope": ["drug"], "valid_until": "2099-12-31"}
    maker: dict[str, Any] = {"code": MAKER, "name": "OpenLMIS", "roles": ["manufacturer", "supplier"]}
    patients: dict[str, Any] = {"code": PATIENTS, "name": "Patients", "roles": ["customer"]}
    for body in (maker, patients):
        body |= {"licences": [licence]}
        await parties.create(platform, PartyIn.model_validate(body), actor=actor)
    programmes: dict[str, set[str]] = defaultdict(set)
    for card in published.cards.values():
        programmes[card.facility].add(_location(card))
    for facility, locations in sorted(programmes.items()):
        name = published.facilities[facility][:60]
        site = {
            "code": _site(facility),
            "name": name,
            "legal_entity": entity,
            "region": "demo",
            "time_zone": "UTC",
            "zones": [
                {
                    "code": "S",
                    "name": "S",
                    "kind": "storage",
                    "storage_class": "ambient",
                    "locations": sorted(locations),
                }
            ],
        }
        await sites.create(platform, SiteIn.model_validate(site), actor=actor)
    for product in sorted({card.product for card in published.cards.values()}):
        name = published.products[product][:80] or product
        body = {
            "code": _material(product),
            "name": name,
            "generic_name": name,
            "specification": "-",
            "manufacturer": MAKER,
            "storage_class": "ambient",
            "base_unit": "EA",
        }
        await materials.create(platform, MaterialIn.model_validate(body), actor=actor)


def _history(published: Published, facility: str) -> Iterator[Happened]:
    """The movements of a facility's cards, in the order of replay."""
    for one in published.movements:
        card = published.cards[one.card]
        if card.facility != facility:
            continue
        at = datetime(one.on.year, one.on.month, one.on.day, tzinfo=UTC)
        yield Happened(
            location=_location(card),
            material=_material(card.product),
            batch=_batch(card),
            happening=one.happening,
            quantity=one.quantity,
            at=at,
            expires_on=card.expires_on,
            reason=one.reason,
        )


async def _differences(platform: Platform, published: Published, actor: Actor) -> list[Mapping[str, Any]]:
    """Each published balance that the stock as of the end of its day does not give."""
    by_day: dict[date, list[tuple[Card, int]]] = defaultdict(list)
    for balance in published.balances:
        by_day[balance.on].append((published.cards[balance.card], balance.quantity))
    wrong: list[Mapping[str, Any]] = []
    for day, expected in sorted(by_day.items()):
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)
        held = await _stock_at(platform, actor, at)
        wrong += [
            {"card": card.id, "day": day.isoformat(), "published": quantity, "ours": held.get(_key(card), 0)}
            for card, quantity in expected
            if held.get(_key(card), 0) != quantity
        ]
    return wrong


async def _stock_at(platform: Platform, actor: Actor, at: datetime) -> dict[tuple[str, ...], int]:
    """Site, location, material and batch -> quantity at an instant, as the stock page asks it."""
    found: dict[tuple[str, ...], int] = {}
    after: str | None = None
    while True:
        page = await stock.rows(platform, actor=actor, status="qualified", at=at, after=after, limit=PAGE)
        for row in page.items:
            key = (row.site_code, row.location_code, row.material_code, row.batch_number)
            found[key] = row.quantity
        after = page.next
        if after is None:
            return found


def _key(card: Card) -> tuple[str, ...]:
    return _site(card.facility), _location(card), _material(card.product), _batch(card)


def _site(facility: str) -> str:
    return f"F{facility[:8].upper()}"


def _location(card: Card) -> str:
    return f"P-{card.programme[:8].upper()}"


def _material(product: str) -> str:
    return f"O{product[:8].upper()}"


def _batch(card: Card) -> str:
    return card.lot or NO_LOT

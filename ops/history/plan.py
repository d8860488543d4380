"""Room `ops`, history: the plan of some months - which days, what happens on each, in which order. Pure.

The same terms give the same plan, so that a load that was cut short goes on with it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.calendars import Calendar
from domain.master_data import MaterialIn
from ops.demo_seed import materials as catalogue
from ops.demo_seed import partners, places
from ops.demo_seed.orders import chosen
from ops.demo_seed.places import MAIN, SECOND, WEST
from ops.history import buying, keeping, selling
from ops.history.book import Book, Cast, Event
from ops.history.shelves import Shelves

ASSORTMENT = {"ambient": 20, "cool": 8, "refrigerated": 5}
SPECIAL = 2
"""So many materials a site deals in, by condition; special control at the main site."""
DELIVERIES = {MAIN: 2, SECOND: 1, WEST: 1}
ORDERS = {MAIN: 6, SECOND: 3, WEST: 2}
"""So many a working day."""
LAST_SPECIAL = 4
"""On so many last working days no special-control drug arrives: what has serials is sold out."""
TRANSFER_EVERY, RETURN_EVERY, SEND_BACK_EVERY, HOLD_EVERY, COUNT_EVERY = 3, 4, 5, 10, 20
"""Working days between two of a kind."""


@dataclass(frozen=True)
class Terms:
    """What a plan is made from: days up to and with `until`, and how much happens on each."""

    days: int
    scale: int
    until: date

    @property
    def first(self) -> date:
        return self.until - timedelta(days=self.days - 1)


@dataclass(frozen=True)
class Plan:
    """Events in the order in which they are taken over, and the shelves with their journal."""

    terms: Terms
    events: Sequence[Event]
    shelves: Shelves

    @property
    def counts(self) -> Counter[str]:
        return Counter(event.kind for event in self.events)


def cast() -> Cast:
    """The demo company: what it sells, where, and those partners whose licences cover everything."""
    makers = {maker.code: maker.name for maker in partners.manufacturers()}
    today = date(2099, 1, 1)
    suppliers = [
        party.code
        for party in partners.suppliers(today)
        if party.code not in {partners.EXPIRED_SUPPLIER, partners.DRUGS_ONLY_SUPPLIER}
    ]
    customers = {
        party.code: party.min_remaining_days or 0
        for party in partners.customers(today)
        if party.code != partners.EXPIRED_CUSTOMER
    }
    sites = {site.code: site for site in places.sites()}
    return Cast(catalogue.materials(makers), sites, suppliers, customers)


def plan(terms: Terms) -> Plan:
    """What happened, from the first day to the last."""
    company = cast()
    chance = random.Random(f"xunji history {terms.days} {terms.scale} {terms.until}")  # noqa: S311
    book = Book(company, chance, {site: _assortment(company, site, chance) for site in company.sites})
    days = _working_days(terms)
    for number, day in enumerate(days):
        _day(book, terms, days, number, day)
    return Plan(terms, sorted(book.events, key=lambda event: event.at), book.shelves)


def _assortment(company: Cast, site: str, chance: random.Random) -> list[MaterialIn]:
    kinds = {**ASSORTMENT, **({"special": SPECIAL} if site == MAIN else {})}
    return [one for kind, count in kinds.items() for one in chosen(company.materials, kind, count, chance)]


def _working_days(terms: Terms) -> list[date]:
    calendar = Calendar()
    days = (terms.first + timedelta(days=number) for number in range(terms.days))
    return [day for day in days if calendar.is_working(day)]


def _day(book: Book, terms: Terms, days: Sequence[date], number: int, day: date) -> None:
    following = days[number + 1] if number + 1 < len(days) else None
    if number == len(days) - LAST_SPECIAL:
        book.assortment[MAIN] = [one for one in book.assortment[MAIN] if not one.special_control]
    book.catch_up(day)
    _morning(book, terms, number, day, following)
    for site in book.cast.sites:
        if number % RETURN_EVERY == RETURN_EVERY - 1:
            selling.give_back(book, site, day)
        for _ in range(ORDERS[site] * terms.scale):
            selling.sell(book, site, day, invoiced_on=following)
    _evening(book, number, day, following)


def _morning(book: Book, terms: Terms, number: int, day: date, following: date | None) -> None:
    for site in book.cast.sites:
        keeping.expire(book, site, day)
        for _ in range(DELIVERIES[site] * terms.scale):
            buying.deliver(book, site, day)
    if following and number % HOLD_EVERY == HOLD_EVERY // 5:
        keeping.hold(book, MAIN, day, following)


def _evening(book: Book, number: int, day: date, following: date | None) -> None:
    if following is None:
        selling.sell_out(book, MAIN, day)
    elif number % TRANSFER_EVERY == TRANSFER_EVERY - 2:
        keeping.transfer(book, day, following)
    if number % SEND_BACK_EVERY == SEND_BACK_EVERY - 1:
        for site in book.cast.sites:
            buying.send_back(book, site, day)
    if following is None or number % COUNT_EVERY == COUNT_EVERY - 1:
        for site in book.cast.sites:
            keeping.count(book, site, day)
            keeping.destroy(book, site, day)

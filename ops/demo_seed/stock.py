"""Room `ops`, demo company: what stands on the shelves at the beginning, and who ordered some of it. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import cycle

from domain.documents import SalesOrderIn, SalesOrderLineIn, TransferIn, TransferLineIn
from domain.master_data import MaterialIn, SiteIn
from ops.demo_seed import materials as catalogue
from ops.demo_seed import partners
from ops.demo_seed.orders import chosen
from ops.demo_seed.places import MAIN, SECOND, WEST
from services.opening_stock import OpeningLine

STOCKED: dict[str, dict[str, int]] = {
    MAIN: {"ambient": 24, "cool": 10, "refrigerated": 8, "special": 4},
    SECOND: {"ambient": 12, "cool": 4, "refrigerated": 4},
    WEST: {"ambient": 6, "cool": 8, "refrigerated": 3},
}
"""So many materials of each condition stand at each site."""
WITH_SERIALS = ("血糖试纸", "100片")
"""The device that is tracked piece by piece: test strips, a serial on each box."""
TRACKED: dict[str, int] = {MAIN: 60, SECOND: 12}
"""So many pieces of the device with serials stand at each site."""
AGES = ((560, 730), (300, 730), (120, 1095))
"""Days since production and days of life of the batches of a material, the first to expire first."""
ORDERS: tuple[tuple[str, str, str, int], ...] = (
    ("C001", MAIN, "ambient", 3),
    ("C002", MAIN, "refrigerated", 2),
    ("C003", MAIN, "special", 2),
    ("C011", SECOND, "ambient", 2),
    ("C005", WEST, "cool", 2),
    ("C004", MAIN, "ambient", 5),
    ("C006", MAIN, "tracked", 1),
)
REASON = "期初库存 / opening stock"
COUNTED_IN_BEFORE = timedelta(days=95)
"""The shelves were counted in so long ago: the company has kept its books here since."""

Shelves = dict[str, list[OpeningLine]]


def opening_stock(materials: Sequence[MaterialIn], sites: Sequence[SiteIn], today: date) -> Shelves:
    """The lines of each site: two or three batches of each of its materials, each at its own place."""
    chance = random.Random("xunji demo stock")
    made: Shelves = {}
    for site in sites:
        lines: list[OpeningLine] = []
        places: dict[tuple[str, bool], Iterator[str]] = {}
        for kind, count in STOCKED[site.code].items():
            for material in chosen(materials, kind, count, chance):
                goods = (material.storage_class, material.special_control)
                if goods not in places:
                    places[goods] = _places(site, *goods)
                lines += _batches(material, places[goods], today, chance)
        lines += _tracked(site, materials, today)
        made[site.code] = lines
    return made


def tracked(materials: Sequence[MaterialIn]) -> dict[str, MaterialIn]:
    """The device whose pieces have serials, by its code."""
    return {one.code: one for one in materials if (one.generic_name, one.specification) == WITH_SERIALS}


@cache
def tracked_codes() -> frozenset[str]:
    """The codes of the demo company's materials with serials."""
    makers = {maker.code: maker.name for maker in partners.manufacturers()}
    return frozenset(tracked(catalogue.materials(makers)))


def _tracked(site: SiteIn, materials: Sequence[MaterialIn], today: date) -> Iterator[OpeningLine]:
    """Two batches of the device with serials, at two places."""
    for material in tracked(materials).values():
        places = _places(site, material.storage_class, material.special_control)
        for age, life in AGES[1:] if site.code in TRACKED else ():
            produced, many = today - timedelta(days=age), TRACKED[site.code] // 2
            batch = f"{produced:%y%m%d}{site.code}"
            yield OpeningLine(
                material=material.code,
                batch=batch,
                produced_on=produced,
                expires_on=produced + timedelta(days=life),
                location=next(places),
                quantity=many,
                serials=tuple(f"SN{batch}{n:03}" for n in range(1, many + 1)),
            )


def _places(site: SiteIn, storage_class: str, special_control: bool) -> Iterator[str]:  # noqa: FBT001
    """The locations for goods of a class, again and again."""
    fitting = (storage_class, special_control)
    zones = [z for z in site.zones if z.kind == "storage" and fitting == (z.storage_class, z.special_control)]
    return cycle(location for zone in zones for location in zone.locations)


def _batches(
    material: MaterialIn, places: Iterator[str], today: date, chance: random.Random
) -> Iterator[OpeningLine]:
    for age, life in AGES[: 2 + chance.randrange(2)]:
        produced = today - timedelta(days=age + chance.randrange(30))
        yield OpeningLine(
            material=material.code,
            batch=f"{produced:%y%m%d}",
            produced_on=produced,
            expires_on=produced + timedelta(days=life),
            location=next(places),
            quantity=(material.carton_quantity or 100) * chance.randint(1, 3) + chance.randint(0, 20),
        )


def sales_orders(shelves: Shelves, materials: Sequence[MaterialIn], today: date) -> list[SalesOrderIn]:
    """Seven orders that the shelves can serve: ambient, cold, special, other sites, five lines, serials."""
    chance = random.Random("xunji demo sales")
    known = {material.code: material for material in materials}
    made = []
    for number, (customer, site, kind, count) in enumerate(ORDERS, 1):
        stocked = [known[code] for code in dict.fromkeys(line.material for line in shelves[site])]
        made.append(
            SalesOrderIn(
                number=f"SO-{today:%y%m}-{number:03}",
                customer=customer,
                site=site,
                ordered_on=today - timedelta(days=1),
                deliver_to=f"健康路{number + 7}号药库收货处",
                lines=[
                    SalesOrderLineIn(
                        line=line,
                        material=material.code,
                        quantity=chance.randint(2, 30),
                        unit=material.base_unit,
                        price=f"{chance.randint(300, 9900) / 100:.2f}",
                    )
                    for line, material in enumerate(_ordered(stocked, kind, count, chance), 1)
                ],
            )
        )
    return made


def _ordered(stocked: Sequence[MaterialIn], kind: str, count: int, chance: random.Random) -> list[MaterialIn]:
    if kind == "tracked":
        return list(tracked(stocked).values())
    return chosen(_others(stocked), kind, count, chance)


def _others(materials: Sequence[MaterialIn]) -> list[MaterialIn]:
    """Materials without serials."""
    pieces = tracked(materials)
    return [one for one in materials if one.code not in pieces]


def transfers(shelves: Shelves, materials: Sequence[MaterialIn], today: date) -> list[TransferIn]:
    """One transfer from the main to the second site, which belong to one legal entity."""
    chance = random.Random("xunji demo transfers")
    known = {material.code: material for material in materials}
    stocked = [known[code] for code in dict.fromkeys(line.material for line in shelves[MAIN])]
    return [
        TransferIn(
            number=f"TR-{today:%y%m}-001",
            site=MAIN,
            to_site=SECOND,
            ordered_on=today,
            lines=[
                TransferLineIn(
                    line=line,
                    material=material.code,
                    quantity=chance.randint(10, 40),
                    unit=material.base_unit,
                )
                for line, material in enumerate(chosen(_others(stocked), "ambient", 2, chance), 1)
            ],
        )
    ]

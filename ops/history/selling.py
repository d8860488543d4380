"""Room `ops`, history: sales - ordered, picked first expiry first, shipped, invoiced - and returned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from db.ids import id_at
from domain.batches import PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.documents import SalesOrderIn, SalesOrderLineIn
from domain.invoices import InvoiceIn, InvoiceLineIn
from domain.loaded_records import PastLine, PastMove, PastPosting, PastRecord
from ops.history.book import Book, Sold
from ops.history.shelves import Spot

LEAST_DAYS = 30
"""Nobody buys goods with less shelf life left."""
RETURNED_WITHIN = timedelta(days=10)


def sell(book: Book, site: str, day: date, *, invoiced_on: date | None) -> None:
    """An order of a customer, the shipment that served it, and the invoice when there is a day for it."""
    customer = book.chance.choice(list(book.cast.customers))
    least = max(LEAST_DAYS, book.cast.customers[customer])
    ready = _ready(book, site, day + timedelta(days=least))
    if not ready:
        return
    wanted = book.chance.sample(sorted(ready), min(len(ready), book.chance.randint(1, 4)))
    asked = {}
    for code in wanted:
        there = sum(book.shelves.held[spot] for spot in ready[code])
        special = book.shelves.of(ready[code][0]).material.special_control
        asked[code] = min(there, book.chance.randint(*((4, 12) if special else (15, 110))))
    _order(book, site, day, customer, asked, ready, invoiced_on)


def sell_out(book: Book, site: str, day: date) -> None:
    """A customer takes all that is left of what is tracked piece by piece."""
    ready = {
        code: spots
        for code, spots in _ready(book, site, day).items()
        if book.shelves.of(spots[0]).material.special_control
    }
    if ready:
        asked = {code: sum(book.shelves.held[spot] for spot in spots) for code, spots in ready.items()}
        _order(book, site, day, next(iter(book.cast.customers)), asked, ready, None)


def _order(
    book: Book,
    site: str,
    day: date,
    customer: str,
    asked: Mapping[str, int],
    ready: Mapping[str, list[Spot]],
    invoiced_on: date | None,
) -> None:
    lines, picks = [], []
    for number, (code, quantity) in enumerate(asked.items(), 1):
        spots = ready[code]
        picks += [(number, spot, taken) for spot, taken in _first_expiry(book, spots, quantity)]
        unit = book.shelves.of(spots[0]).material.base_unit
        price = f"{book.chance.randint(300, 9900) / 100:.2f}"
        lines.append(SalesOrderLineIn(line=number, material=code, quantity=quantity, unit=unit, price=price))
    order = SalesOrderIn(
        number=book.number("SO", day), customer=customer, site=site, ordered_on=day, lines=lines
    )
    book.add(book.moment(site, day, 13), "sales orders", order)
    shipment = _ship(book, site, day, order, picks)
    if invoiced_on is not None:
        _invoice(book, invoiced_on, order, shipment)


def _ready(book: Book, site: str, until: date) -> dict[str, list[Spot]]:
    """Material -> spots that may be picked from, the first expiry first."""
    found: dict[str, list[Spot]] = {}
    for spot, _ in book.shelves.standing(site):
        if book.shelves.of(spot).expires_on >= until and not book.is_blocked(spot):
            found.setdefault(spot.material, []).append(spot)
    for spots in found.values():
        spots.sort(key=lambda spot: (book.shelves.of(spot).expires_on, spot))
    return found


def _first_expiry(book: Book, spots: list[Spot], quantity: int) -> list[tuple[Spot, int]]:
    taken = []
    for spot in spots:
        part = min(quantity, book.shelves.held[spot])
        if part:
            taken.append((spot, part))
            quantity -= part
    return taken


def _ship(
    book: Book, site: str, day: date, order: SalesOrderIn, picks: list[tuple[int, Spot, int]]
) -> PastRecord:
    picked, left = book.moment(site, day, 14), book.moment(site, day, 16)
    lines, to_dock, away = [], [], []
    number = f"CK-{order.number}"
    for at, (ordered, spot, quantity) in enumerate(picks, 1):
        lot, serials = book.shelves.of(spot), book.shelves.take_serials(spot, quantity)
        dock = book.spot(site, "shipping", lot, Status.QUALIFIED)
        to_dock.append(PastMove(at, quantity, spot.at, dock.at, serials))
        away.append(PastMove(at, quantity, dock.at, PlaceKind.CUSTOMER, serials))
        book.shelves.move(picked, spot, dock, quantity)
        book.shelves.change(left, dock, -quantity)
        told: dict[str, object] = {
            "from_location": spot.location,
            "location": dock.location,
            "picked": quantity,
            "reviewed": quantity,
            **({"serials": list(serials), "picked_serials": list(serials)} if serials else {}),
        }
        lines.append(PastLine(at, *lot.key, quantity, lot.produced_on, lot.expires_on, ordered, told))
        if not serials:
            book.sold.append(Sold(site, number, order.customer, at, lot, quantity, day))
    record = PastRecord(
        id_at(left, "shipment", order.customer, number),
        "shipment",
        number,
        site,
        left,
        tuple(lines),
        (
            PastPosting(PostingKind.PUT_AWAY, picked, tuple(to_dock)),
            PastPosting(PostingKind.ISSUE, left, tuple(away)),
        ),
        order.customer,
        order.number,
        {"carrier": "迅达医药物流有限公司", "vehicle": f"沪A·{book.chance.randint(10000, 99999)}"},
    )
    book.add(left, "shipments", (record,))
    return record


def _invoice(book: Book, day: date, order: SalesOrderIn, shipment: PastRecord) -> None:
    ordered = {line.line: line for line in order.lines}
    invoice = InvoiceIn(
        number=order.number.replace("SO", "FP"),
        customer=order.customer,
        shipment=shipment.number,
        invoiced_on=day,
        lines=[
            InvoiceLineIn(
                line=line.line,
                shipment_line=line.line,
                material=line.material,
                batch=line.batch,
                quantity=line.quantity,
                unit=ordered[line.order_line or 0].unit,
                price=ordered[line.order_line or 0].price,
            )
            for line in shipment.lines
        ],
    )
    book.add(book.moment(order.site, day, 10), "invoices", invoice)


def give_back(book: Book, site: str, day: date) -> None:
    """A customer returns some of what it was sold lately; it is inspected and stands on the shelf again."""
    lately = [one for one in book.sold if one.site == site and day - RETURNED_WITHIN <= one.on < day]
    if not lately:
        return
    sale = book.chance.choice(lately)
    book.sold.remove(sale)
    quantity = book.chance.randint(1, min(10, sale.quantity))
    back, settled = book.moment(site, day, 9), book.moment(site, day, 11)
    apart = book.spot(site, "returned", sale.lot, Status.RETURNED)
    shelf = book.spot(site, "storage", sale.lot, Status.QUALIFIED)
    book.shelves.change(back, apart, quantity)
    book.shelves.move(settled, apart, shelf, quantity)
    number = f"XT-{sale.shipment}-{day:%m%d}"
    line = PastLine(
        1,
        *sale.lot.key,
        quantity,
        sale.lot.produced_on,
        sale.lot.expires_on,
        sale.line,
        {"location": apart.location, "status": Status.RETURNED.value},
    )
    record = PastRecord(
        id_at(settled, "sales_return", sale.customer, number),
        "sales_return",
        number,
        site,
        settled,
        (line,),
        (
            PastPosting(
                PostingKind.CUSTOMER_RETURN, back, (PastMove(1, quantity, PlaceKind.CUSTOMER, apart.at),)
            ),
            PastPosting(PostingKind.STATUS_CHANGE, settled, (PastMove(1, quantity, apart.at, shelf.at),)),
        ),
        sale.customer,
        sale.shipment,
        {"qualified": quantity, "rejected": 0, "undecided": 0, "settled_at": instant(settled)},
    )
    book.add(settled, "returns", (record,))

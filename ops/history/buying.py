"""Room `ops`, history: deliveries - ordered, advised, received, accepted, put away. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from db.ids import id_at
from domain.batches import PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.documents import DispatchAdviceIn, DispatchAdviceLineIn, PurchaseOrderIn, PurchaseOrderLineIn
from domain.loaded_records import PastLine, PastMove, PastPosting, PastRecord, RecordKind
from domain.master_data import MaterialIn
from ops.history.book import Book
from ops.history.shelves import Lot, Spot

ORDERED_BEFORE = timedelta(days=5)
SERIALS = 20
"""A delivery of a special-control drug has so many packs, each with a serial."""
SHORT_LIFE = 21
"""Days of life of the one batch that expires before anybody has bought it all."""


def deliver(book: Book, site: str, day: date) -> None:
    """One delivery: its order and advice, and the three records of its way to the shelf."""
    supplier = book.chance.choice(book.cast.suppliers)
    lots = [_lot(book, material, day) for material in _wanted(book, site)]
    book.suppliers |= {lot.key: supplier for lot in lots}
    quantities = [_quantity(book, lot) for lot in lots]
    shipped = book.moment(site, day - timedelta(days=1), 16)
    order, advice = _papers(book, site, day, supplier, lots, quantities, shipped)
    ordered = book.moment(site, day - ORDERED_BEFORE, 9)
    book.add(ordered, "purchase orders", order)
    book.add(shipped, "dispatch advices", advice)
    _records(book, site, day, advice, lots)


def _wanted(book: Book, site: str) -> list[MaterialIn]:
    """What is lowest on the shelves, with some chance."""
    held = dict.fromkeys((material.code for material in book.assortment[site]), 0)
    for spot, quantity in book.shelves.standing(site):
        if spot.material in held:
            held[spot.material] += quantity
    lowest = sorted(book.assortment[site], key=lambda material: (held[material.code], material.code))
    return book.chance.sample(lowest[:12], book.chance.randint(1, 3))


def _lot(book: Book, material: MaterialIn, day: date) -> Lot:
    produced = day - timedelta(days=book.chance.randint(40, 200))
    first = not book.shelves.lots and not material.special_control
    expires = day + timedelta(days=SHORT_LIFE) if first else produced + timedelta(days=1095)
    book.numbers[f"batch {produced:%y%m}"] += 1
    lot = Lot(material, f"{produced:%y%m}{book.numbers[f'batch {produced:%y%m}']:04}", produced, expires)
    book.shelves.lots[lot.key] = lot
    return lot


def _quantity(book: Book, lot: Lot) -> int:
    if lot.material.special_control:
        return SERIALS
    return (lot.material.carton_quantity or 100) * book.chance.randint(1, 3)


def _papers(
    book: Book,
    site: str,
    day: date,
    supplier: str,
    lots: list[Lot],
    quantities: list[int],
    shipped: datetime,
) -> tuple[PurchaseOrderIn, DispatchAdviceIn]:
    number = book.number("PO", day)
    goods = list(enumerate(zip(lots, quantities, strict=True), 1))
    order = PurchaseOrderIn(
        number=number,
        supplier=supplier,
        site=site,
        ordered_on=day - ORDERED_BEFORE,
        lines=[
            PurchaseOrderLineIn(
                line=n,
                material=lot.material.code,
                quantity=quantity,
                unit=lot.material.base_unit,
                price=lot.material.unit_value,
            )
            for n, (lot, quantity) in goods
        ],
    )
    advice = DispatchAdviceIn(
        number=number.replace("PO", "SH"),
        supplier=supplier,
        purchase_order=number,
        site=site,
        shipped_at=shipped,
        carrier="迅达医药物流有限公司",
        vehicle=f"沪A·{book.chance.randint(10000, 99999)}",
        lines=[
            DispatchAdviceLineIn(
                line=n,
                order_line=n,
                material=lot.material.code,
                batch=lot.number,
                produced_on=lot.produced_on,
                expires_on=lot.expires_on,
                quantity=quantity,
                unit=lot.material.base_unit,
                serials=_serials(lot, quantity),
            )
            for n, (lot, quantity) in goods
        ],
    )
    return order, advice


def _serials(lot: Lot, quantity: int) -> list[str]:
    """Trace codes of twenty digits, begun with 8: the material, the batch, the pack."""
    if not lot.material.special_control:
        return []
    return [f"8{lot.material.code[1:]:0>6}{lot.number:0>8}{pack:05}" for pack in range(1, quantity + 1)]


def _records(book: Book, site: str, day: date, advice: DispatchAdviceIn, lots: list[Lot]) -> None:
    arrived, accepted_at, stored = (book.moment(site, day, hour, 5) for hour in (9, 10, 11))
    arrivals, verdicts, shelved = [], [], []
    inward, upward = [], []
    for line, lot in zip(advice.lines, lots, strict=True):
        quantity, serials = int(line.quantity), tuple(line.serials)
        broken = book.chance.randint(1, 6) if not serials and book.chance.random() < 0.05 else 0  # noqa: PLR2004
        waiting = book.spot(site, "waiting", lot, Status.QUARANTINE)
        shelf = book.spot(site, "storage", lot, Status.QUALIFIED)
        red = book.spot(site, "rejected", lot, Status.REJECTED)
        inward.append(PastMove(line.line, quantity, PlaceKind.SUPPLIER, waiting.at, serials))
        upward.append(PastMove(line.line, quantity - broken, waiting.at, shelf.at, serials))
        book.shelves.change(arrived, waiting, quantity)
        book.shelves.move(stored, waiting, shelf, quantity - broken)
        book.shelves.serials[shelf] += serials
        if broken:
            upward.append(PastMove(line.line, broken, waiting.at, red.at, reason="包装破损 / pack damaged"))
            book.shelves.move(stored, waiting, red, broken)
        told = {"accepted_quantity": quantity - broken, "rejected_quantity": broken}
        arrivals.append(_line(line.line, lot, quantity, advice_line=line.line, serials=list(serials)))
        verdicts.append(_verdict(line.line, lot, quantity, broken, accepted_at))
        shelved.append(_line(line.line, lot, quantity - broken, location=shelf.location, **told))
    receipt = f"SH-{advice.number}"
    common = {"site": site, "party": advice.supplier}
    records = (
        _record("receipt", receipt, arrived, arrivals, PostingKind.RECEIPT, inward, advice.number, **common),
        _record("acceptance_record", f"YS-{receipt}", accepted_at, verdicts, None, [], receipt, **common),
        _record(
            "put_away", f"SJ-{receipt}", stored, shelved, PostingKind.PUT_AWAY, upward, receipt, **common
        ),
    )
    book.add(stored, "deliveries", records)


def send_back(book: Book, site: str, day: date) -> None:
    """What stands rejected of one supplier's goods goes back; the rest waits, or is destroyed."""
    of_supplier: dict[str, list[tuple[Spot, int]]] = {}
    for spot, quantity in book.shelves.standing(site, Status.REJECTED):
        supplier = book.suppliers.get((spot.material, spot.batch))
        if supplier is not None and not book.is_blocked(spot):
            of_supplier.setdefault(supplier, []).append((spot, quantity))
    if of_supplier:
        supplier = book.chance.choice(sorted(of_supplier))
        _send_back(book, site, day, supplier, of_supplier[supplier])


def _send_back(book: Book, site: str, day: date, supplier: str, goods: list[tuple[Spot, int]]) -> None:
    at = book.moment(site, day, 15)
    number = book.number(f"GT-{site}", day)
    lines, moves = [], []
    for n, (spot, quantity) in enumerate(goods, 1):
        told = {"location": spot.location, "status": spot.status.value, "reason": "验收不合格 / rejected"}
        lines.append(replace(_line(n, book.shelves.of(spot), quantity, **told), order_line=None))
        moves.append(PastMove(n, quantity, spot.at, PlaceKind.SUPPLIER, reason="验收不合格 / rejected"))
        book.shelves.change(at, spot, -quantity)
    head = {"carrier": "顺风物流有限公司", "vehicle": f"沪A·{book.chance.randint(10000, 99999)}"}
    record = PastRecord(
        id_at(at, "purchase_return", supplier, number),
        "purchase_return",
        number,
        site,
        at,
        tuple(lines),
        (PastPosting(PostingKind.SUPPLIER_RETURN, at, tuple(moves)),),
        supplier,
        header={**head, "shipped_at": instant(at)},
    )
    book.add(at, "returns to suppliers", (record,))


def _line(number: int, lot: Lot, quantity: int, **data: object) -> PastLine:
    return PastLine(
        number, lot.material.code, lot.number, quantity, lot.produced_on, lot.expires_on, number, data
    )


def _verdict(number: int, lot: Lot, quantity: int, broken: int, at: datetime) -> PastLine:
    told: dict[str, object] = {
        "outcome": "partial" if broken else "accepted",
        "accepted_quantity": quantity - broken,
        "rejected_quantity": broken,
        "accepted_at": instant(at),
    }
    if broken:
        told["reason"] = "包装破损 / pack damaged"
    return _line(number, lot, quantity, **told)


def _record(
    kind: RecordKind,
    number: str,
    at: datetime,
    lines: list[PastLine],
    posting: PostingKind | None,
    moves: list[PastMove],
    follows: str,
    *,
    site: str,
    party: str,
) -> PastRecord:
    postings = (PastPosting(posting, at, tuple(moves)),) if posting else ()
    return PastRecord(
        id_at(at, kind, party, number),
        kind,
        number,
        site,
        at,
        tuple(lines),
        postings,
        party,
        follows,
    )

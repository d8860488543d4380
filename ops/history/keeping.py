"""Room `ops`, history: inside the house - transfers, counts, holds, expiry, destruction. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from db.ids import id_at
from domain.batches import PlaceKind, PostingKind, Status
from domain.canonical import instant
from domain.documents import TransferIn, TransferLineIn
from domain.loaded_records import PastLine, PastMove, PastPosting, PastRecord
from domain.stocktake import accuracy, total_value, value_of
from ops.demo_seed.places import MAIN, SECOND
from ops.history.book import Book
from ops.history.shelves import Spot
from services.loaded_holds import PastHold

COUNTED = 20
"""Positions of a count, at most."""
LEFT_TO_SELL = 60
"""Days of shelf life without which goods are not sent to another site."""


def transfer(book: Book, day: date, arrives: date) -> None:
    """Goods from the main to the second site: sent on one day, accepted on another."""
    ready = [
        spot
        for spot, quantity in book.shelves.standing(MAIN)
        if quantity > COUNTED
        and not book.is_blocked(spot)
        and not book.shelves.of(spot).material.special_control
        and book.shelves.of(spot).expires_on > day + timedelta(days=LEFT_TO_SELL)
    ]
    if not ready:
        return
    chosen = book.chance.sample(ready, min(2, len(ready)))
    sent, came, stored = (
        book.moment(MAIN, day, 14),
        book.moment(SECOND, arrives, 9),
        book.moment(SECOND, arrives, 10, 30),
    )
    number = book.number("TR", day)
    asked, lines, out, into, up = [], [], [], [], []
    for at, spot in enumerate(chosen, 1):
        lot, quantity = book.shelves.of(spot), min(book.chance.randint(20, 60), book.shelves.held[spot])
        waiting = book.spot(SECOND, "waiting", lot, Status.QUARANTINE)
        shelf = book.spot(SECOND, "storage", lot, Status.QUALIFIED)
        unit = lot.material.base_unit
        asked.append(TransferLineIn(line=at, material=lot.material.code, quantity=quantity, unit=unit))
        lines.append(PastLine(at, *lot.key, quantity, lot.produced_on, lot.expires_on, at))
        out.append(PastMove(at, quantity, spot.at, PlaceKind.TRANSIT))
        into.append(PastMove(at, quantity, PlaceKind.TRANSIT, waiting.at))
        up.append(PastMove(at, quantity, waiting.at, shelf.at))
        book.shelves.change(sent, spot, -quantity)
        book.later.append((came, waiting, quantity))
        book.later += [(stored, waiting, -quantity), (stored, shelf, quantity)]
    ordered = book.moment(MAIN, day, 10)
    body = TransferIn(number=number, site=MAIN, to_site=SECOND, ordered_on=day, lines=asked)
    book.add(ordered, "transfer orders", body)
    record = PastRecord(
        id_at(ordered, "transfer", "", number),
        "transfer",
        number,
        MAIN,
        stored,
        tuple(lines),
        (
            PastPosting(PostingKind.TRANSFER_OUT, sent, tuple(out)),
            PastPosting(PostingKind.TRANSFER_IN, came, tuple(into)),
            PastPosting(PostingKind.PUT_AWAY, stored, tuple(up)),
        ),
        header={"result": "received"},
    )
    book.add(stored, "transfers", (record,))


def count(book: Book, site: str, day: date) -> None:
    """A count of some positions; now and then one differs by a few units and the books are adjusted."""
    spots = [
        spot
        for spot, _ in book.shelves.standing(site)
        if not book.is_blocked(spot) and not book.shelves.of(spot).material.special_control
    ]
    if not spots:
        return
    chosen = sorted(book.chance.sample(spots, min(COUNTED, len(spots))))
    at = book.moment(site, day, 17)
    lines, moves = [], []
    for number, spot in enumerate(chosen, 1):
        held = book.shelves.held[spot]
        variance = book.chance.choice((-2, -1, 1)) if book.chance.random() < 0.15 else 0  # noqa: PLR2004
        variance = max(variance, -held)
        if variance:
            found = variance > 0
            moves.append(
                PastMove(
                    number,
                    abs(variance),
                    PlaceKind.COUNT if found else spot.at,
                    spot.at if found else PlaceKind.COUNT,
                    reason="received_wrong" if found else "damaged",
                )
            )
            book.shelves.change(at, spot, variance)
        lines.append(_counted(number, spot, held, variance, at, book))
    values = [line.data.get("value") for line in lines]
    differing = len(moves)
    head = {
        "kind": "random",
        "positions": len(lines),
        "counted": len(lines),
        "differing": differing,
        "adjusted": differing,
        "accuracy": accuracy(len(lines) - differing, len(lines)),
        "value": total_value(value for value in values if isinstance(value, str)),
        "recorded_at": instant(at),
    }
    postings = (PastPosting(PostingKind.COUNT_ADJUSTMENT, at, tuple(moves)),) if moves else ()
    number_of = f"PD-{site}-{day:%Y%m%d}-1"
    key = id_at(at, "stocktake", site, number_of)
    record = PastRecord(key, "stocktake", number_of, site, at, tuple(lines), postings, header=head)
    book.add(at, "counts", (record,))


def _counted(number: int, spot: Spot, held: int, variance: int, at: datetime, book: Book) -> PastLine:
    lot = book.shelves.of(spot)
    told: dict[str, object] = {
        "location": spot.location,
        "status": spot.status.value,
        "special_control": False,
        "counted_at": instant(at),
        "expected": held,
        "counted": held + variance,
        "first_counted": held + variance,
        "variance": variance,
        "unit_value": lot.material.unit_value,
        "adjusted": bool(variance),
    }
    if variance:
        told |= {
            "second_counted": held + variance,
            "value": value_of(variance, lot.material.unit_value),
            "cause": "received_wrong" if variance > 0 else "damaged",
            "outcome": "adjust",
        }
    return PastLine(number, *lot.key, held + variance, lot.produced_on, lot.expires_on, None, told)


def hold(book: Book, site: str, day: date, released: date) -> None:
    """A batch that quality holds for some days and releases; nothing of it leaves meanwhile."""
    spots = [spot for spot, _ in book.shelves.standing(site) if not book.is_blocked(spot)]
    if not spots:
        return
    spot = book.chance.choice(spots)
    key = (spot.site, spot.material, spot.batch)
    opened, closed = book.moment(site, day, 12), book.moment(site, released, 17, 30)
    book.blocked.add(key)
    book.released.append((closed, key))
    name = f"{spot.material}:{spot.batch}"
    past = PastHold(
        id_at(closed, "hold", site, name),
        name,
        site,
        opened,
        closed,
        "外包装疑似受潮 / outer pack looked damp",
        "复检合格，解除锁定 / inspected again and good",
    )
    book.add(closed, "holds", past)


def expire(book: Book, site: str, day: date) -> None:
    """What has expired goes to the red zone in the morning and is destroyed in the evening."""
    expired = [
        (spot, quantity)
        for spot, quantity in book.shelves.standing(site)
        if book.shelves.of(spot).expires_on < day and not book.is_blocked(spot)
    ]
    if not expired:
        return
    seen, gone = book.moment(site, day, 8), book.moment(site, day, 18)
    moved = []
    for spot, quantity in expired:
        red = book.spot(site, "rejected", book.shelves.of(spot), Status.REJECTED)
        book.shelves.move(seen, spot, red, quantity)
        moved.append((spot, red, quantity))
    changes = tuple(
        PastMove(at, quantity, spot.at, red.at, reason="过期 / expired")
        for at, (spot, red, quantity) in enumerate(moved, 1)
    )
    first = (PastPosting(PostingKind.STATUS_CHANGE, seen, changes),)
    _destroy(book, site, gone, [(red, quantity) for _, red, quantity in moved], first)


def destroy(book: Book, site: str, day: date) -> None:
    """What stands rejected is destroyed."""
    rejected = list(book.shelves.standing(site, Status.REJECTED))
    if rejected:
        _destroy(book, site, book.moment(site, day, 18, 30), rejected, ())


def _destroy(
    book: Book,
    site: str,
    at: datetime,
    goods: list[tuple[Spot, int]],
    before: tuple[PastPosting, ...],
) -> None:
    lines, moves = [], []
    for number, (spot, quantity) in enumerate(goods, 1):
        lot = book.shelves.of(spot)
        told: dict[str, object] = {
            "location": spot.location,
            "status": spot.status.value,
            "special_control": False,
            "method": "焚烧 / burnt",
        }
        lines.append(PastLine(number, *lot.key, quantity, lot.produced_on, lot.expires_on, None, told))
        moves.append(PastMove(number, quantity, spot.at, PlaceKind.DESTROYED))
        book.shelves.change(at, spot, -quantity)
    stem = f"XH-{site}-{at:%y%m%d}"
    book.numbers[stem] += 1
    number_of = f"{stem}-{book.numbers[stem]}"
    total = sum(quantity for _, quantity in goods)
    record = PastRecord(
        id_at(at, "destruction", site, number_of),
        "destruction",
        number_of,
        site,
        at,
        tuple(lines),
        (*before, PastPosting(PostingKind.DESTRUCTION, at, tuple(moves))),
        header={"destroyed_at": instant(at), "quantity": total},
    )
    book.add(at, "destructions", (record,))

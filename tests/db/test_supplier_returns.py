"""What goes back to a supplier or to another site: no more than was delivered, and nothing that is on hold."""

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from db.session import Database
from domain.batches import BatchNotIssuable, PlaceKind, PostingKind, Status
from domain.returns import ReturnExceedsDelivery
from domain.stock import Move, Posting
from tests.db.postings import balances, on_shelf, open_hold, posted
from tests.db.stockroom import Stockroom


def back(room: Stockroom, batch: Any, quantity: int, status: Status = Status.QUALIFIED) -> Posting:
    source = room.at("shelf", status)
    move = Move(batch, quantity, source, PlaceKind.SUPPLIER, party_id=room.supplier)
    return room.posting(PostingKind.SUPPLIER_RETURN, move)


async def found(app: Database, room: Stockroom, batch: Any, quantity: int) -> None:
    """A count finds more than the books had."""
    move = Move(batch, quantity, PlaceKind.COUNT, room.at("shelf", Status.QUALIFIED))
    await posted(app, room, room.posting(PostingKind.COUNT_ADJUSTMENT, move))


async def test_no_more_goes_back_than_was_delivered_by_any_number_of_returns(
    app: Database, room: Stockroom
) -> None:
    batch = await on_shelf(app, room, 10)
    await found(app, room, batch, 30)
    answers = await asyncio.gather(
        *(posted(app, room, back(room, batch, 4)) for _ in range(6)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 4 and all(isinstance(one, ReturnExceedsDelivery) for one in refused), answers
    assert await balances(app, batch) == {"qualified": 32}
    await posted(app, room, back(room, batch, 2))
    with pytest.raises(ReturnExceedsDelivery) as wrong:
        await posted(app, room, back(room, batch, 1))
    assert (wrong.value.params["delivered"], wrong.value.params["returned"]) == (0, 1)


async def test_a_receipt_of_which_some_went_back_is_not_reversed(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 10)
    await posted(app, room, back(room, batch, 4))
    receipt = room.receipt(batch, 10)
    await posted(app, room, receipt)
    await posted(app, room, back(room, batch, 6))
    assert await balances(app, batch) == {"quarantine": 10}


@pytest.mark.parametrize(
    ("kind", "target"),
    [(PostingKind.SUPPLIER_RETURN, PlaceKind.SUPPLIER), (PostingKind.TRANSFER_OUT, PlaceKind.TRANSIT)],
)
@pytest.mark.parametrize(
    ("held_at", "status", "stays"),
    [
        ("everywhere", Status.QUALIFIED, True),
        ("east", Status.QUALIFIED, True),
        ("west", Status.QUALIFIED, False),
        ("everywhere", Status.REJECTED, False),
        ("everywhere", Status.RECALLED, False),
    ],
)
async def test_what_is_on_hold_stays_until_quality_has_decided(
    app: Database,
    room: Stockroom,
    kind: PostingKind,
    target: PlaceKind,
    held_at: str,
    status: Status,
    *,
    stays: bool,
) -> None:
    batch = await on_shelf(app, room, 10)
    shelf = room.at("shelf", Status.QUALIFIED)
    if status is not Status.QUALIFIED:
        decided = Move(batch, 10, shelf, replace(shelf, status=status))
        await posted(app, room, room.posting(PostingKind.STATUS_CHANGE, decided))
    await open_hold(app, room, batch, room.ids.get(held_at))
    party = room.supplier if target is PlaceKind.SUPPLIER else None
    leaving = Move(batch, 10, replace(shelf, status=status), target, party_id=party)
    with pytest.raises(BatchNotIssuable) if stays else nullcontext() as refused:
        await posted(app, room, room.posting(kind, leaving))
    if refused is not None:
        assert refused.value.params["because"] == "hold"
        assert await balances(app, batch) == {status.value: 10}

"""The ledger: what may move, what may not, and what follows for balances and postings."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from db.refusals import violated
from db.session import Database
from domain.batches import (
    MOVEMENTS,
    BatchNotIssuable,
    Movement,
    MovementNotAllowed,
    PlaceKind,
    PostingKind,
    Status,
)
from domain.errors import Refusal
from domain.evidence import LoadingClosed
from domain.stock import InsufficientStock, Move, PostingNotWhole
from tests.db.postings import balances, on_shelf, posted
from tests.db.stockroom import Stockroom, new_batch


async def test_a_receipt_then_an_acceptance_leave_qualified_stock(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 10)
    assert await balances(app, batch) == {"qualified": 10}
    await posted(app, room, room.issue(batch, 4))
    assert await balances(app, batch) == {"qualified": 6}


async def test_a_position_never_gives_more_than_it_holds(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 3)
    with pytest.raises(InsufficientStock) as refused:
        await posted(app, room, room.issue(batch, 4))
    assert refused.value.params["available"] == 3
    assert refused.value.params["wanted"] == 4
    assert "3" in refused.value.message("zh")
    assert await balances(app, batch) == {"qualified": 3}


async def test_a_position_that_never_was_gives_nothing(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B0")
    with pytest.raises(InsufficientStock):
        await posted(app, room, room.accepted(batch, 1))


async def raw_moves(app: Database, room: Stockroom, kind: str, rows: list[dict[str, Any]]) -> None:
    """Past the ledger's own early check: what only the database then refuses."""
    async with app.write(room.actor) as tx:
        posting = new_id()
        await tx.execute(sa.insert(t.posting).values(id=posting, kind=kind, actor_id=room.keeper))
        given = [{**row, "posting_id": posting, "line_no": n} for n, row in enumerate(rows)]
        await tx.execute(sa.insert(t.move), given)
        await tx.audit("posting.made", "posting", posting)


def inside(room: Stockroom, side: str, place: str, status: str, site: str = "east") -> dict[str, Any]:
    return {
        f"{side}_kind": "internal",
        f"{side}_site_id": room.ids[site],
        f"{side}_location_id": room.ids[f"{site}_{place}"],
        f"{side}_status": status,
        f"{side}_owner_id": room.entity,
    }


@pytest.mark.parametrize(
    ("kind", "source", "target"),
    [
        ("issue", "quarantine", "customer"),
        ("status_change", "rejected", "qualified"),
        ("put_away", "recalled", "qualified"),
        ("destruction", "qualified", "destroyed"),
        ("sample", "qualified", "customer"),
        ("transfer_out", "quarantine", "transit"),
    ],
)
async def test_the_database_itself_refuses_what_the_table_does_not_hold(
    app: Database, room: Stockroom, kind: str, source: str, target: str
) -> None:
    batch = await on_shelf(app, room)
    to = inside(room, "to", "red", target) if target in list(Status) else {"to_kind": target}
    row = {
        "batch_id": batch,
        "quantity": 1,
        "party_id": room.customer,
        **inside(room, "from", "shelf", source),
    }
    with pytest.raises(MovementNotAllowed) as refused:
        await raw_moves(app, room, kind, [{**row, **to}])
    assert refused.value.params["from"] == source


async def test_goods_change_site_only_through_transit(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    row = {"batch_id": batch, "quantity": 1, **inside(room, "from", "shelf", "qualified")}
    with pytest.raises(MovementNotAllowed):
        await raw_moves(app, room, "put_away", [{**row, **inside(room, "to", "shelf", "qualified", "west")}])


async def test_the_database_holds_the_same_movement_table(app: Database, room: Stockroom) -> None:
    async with app.read() as tx:
        rows = await tx.rows(sa.select(t.movement_rule))
    kept = {tuple(row.values()) for row in rows}
    assert kept == {tuple(None if part is None else part.value for part in one) for one in MOVEMENTS}
    assert len(rows) == len(MOVEMENTS)


def test_no_movement_leads_to_a_customer_but_an_issue() -> None:
    to_customer = [one for one in MOVEMENTS if one.to_kind is PlaceKind.CUSTOMER]
    expected = Movement(PostingKind.ISSUE, PlaceKind.INTERNAL, Status.QUALIFIED, PlaceKind.CUSTOMER, None)
    assert to_customer == [expected]


async def test_two_issues_at_once_never_take_more_than_there_is(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 10)
    issues = [posted(app, room, room.issue(batch, 3)) for _ in range(8)]
    answers = await asyncio.gather(*issues, return_exceptions=True)
    assert sum(isinstance(answer, UUID) for answer in answers) == 3
    assert all(isinstance(answer, UUID | InsufficientStock) for answer in answers)
    assert await balances(app, batch) == {"qualified": 1}


async def test_a_posting_without_moves_is_refused_at_the_end(app: Database, room: Stockroom) -> None:
    with pytest.raises(PostingNotWhole):  # noqa: PT012
        async with app.write(room.actor) as tx:
            await tx.execute(sa.insert(t.posting).values(kind="receipt", actor_id=room.keeper))
            await tx.audit("posting.made", "posting", "-")


async def test_moves_cannot_join_a_posting_later(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    posting = await posted(app, room, room.receipt(batch, 1))
    row = {"posting_id": posting, "line_no": 9, "batch_id": batch, "quantity": 1, "party_id": room.supplier}
    row |= {"from_kind": "supplier", **inside(room, "to", "waiting", "quarantine")}
    with pytest.raises(PostingNotWhole):
        async with app.write(room.actor) as tx:
            await tx.execute(sa.insert(t.move).values(**row))


async def test_one_effect_posts_once(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    posting = await posted(app, room, room.issue(batch, 1))
    async with app.write(room.actor) as tx:
        reversal = await ledger.reverse(tx, posting, actor_id=room.keeper, reason="undo")
        await tx.audit("posting.reversed", "posting", reversal)
    assert await balances(app, batch) == {"qualified": 10}
    with pytest.raises(sa.exc.IntegrityError) as twice:
        async with app.write(room.actor) as tx:
            await ledger.reverse(tx, posting, actor_id=room.keeper)
    assert violated(twice.value) == "uq_posting_reverses_id"
    with pytest.raises(Refusal):
        async with app.write(room.actor) as tx:
            await ledger.reverse(tx, reversal, actor_id=room.keeper)


async def test_a_reversal_mirrors_what_it_reverses(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    posting = await posted(app, room, room.receipt(batch, 5))
    source = room.at("waiting", Status.QUARANTINE)
    wrong = Move(batch, 4, source, PlaceKind.SUPPLIER, party_id=room.supplier)
    with pytest.raises(PostingNotWhole):
        await posted(app, room, room.posting(PostingKind.REVERSAL, wrong, reverses_id=posting))


async def test_a_receipt_whose_goods_moved_on_cannot_be_reversed(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B7")
    posting = await posted(app, room, room.receipt(batch, 5))
    await posted(app, room, room.accepted(batch, 2))
    with pytest.raises(InsufficientStock):
        async with app.write(room.actor) as tx:
            await ledger.reverse(tx, posting, actor_id=room.keeper)


async def test_only_loaded_history_gives_its_own_instant(
    app: Database, owner: Database, room: Stockroom
) -> None:
    past = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1", date(2024, 6, 1))
    receipt = room.receipt(batch, 5).moves
    now = await posted(app, room, room.posting(PostingKind.RECEIPT, *receipt, occurred_at=past))
    loaded = room.posting(PostingKind.RECEIPT, *receipt, occurred_at=past, loaded=True)
    with pytest.raises(LoadingClosed):
        await posted(app, room, loaded)
    async with owner.write() as tx:
        opened = sa.func.clock_timestamp() + timedelta(hours=1)
        await tx.execute(sa.update(t.clock_setting).values(loading_until=opened))
        tx.audited_elsewhere("the owner's window")
    then = await posted(app, room, loaded)
    async with app.read() as tx:
        found = await tx.rows(sa.select(t.posting.c.id, t.posting.c.occurred_at, t.posting.c.recorded_at))
    at = {row["id"]: row for row in found}
    assert at[then]["occurred_at"] == past
    assert at[now]["occurred_at"] > past
    assert at[then]["recorded_at"] > past
    accepted = room.accepted(batch, 5).moves
    put_away = room.posting(PostingKind.PUT_AWAY, *accepted, occurred_at=past, loaded=True)
    await posted(app, room, put_away)
    issue = room.issue(batch, 1).moves
    await posted(app, room, room.posting(PostingKind.ISSUE, *issue, occurred_at=past, loaded=True))
    with pytest.raises(BatchNotIssuable):
        await posted(app, room, room.issue(batch, 1))

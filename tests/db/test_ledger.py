"""The ledger: what may move, what may not, and what follows for balances, holds and serials."""

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
    IdentityIsImmutable,
    Movement,
    MovementNotAllowed,
    PlaceKind,
    PostingKind,
    Status,
)
from domain.errors import Refusal
from domain.evidence import LoadingClosed
from domain.stock import InsufficientStock, Move, Posting, PostingNotWhole, SerialElsewhere, SerialsIncomplete
from tests.db.stockroom import Stockroom, new_batch, new_serials


async def posted(app: Database, room: Stockroom, posting: Posting) -> UUID:
    async with app.write(room.actor) as tx:
        made = await ledger.post(tx, posting)
        await tx.audit("posting.made", "posting", made)
    return made


async def on_shelf(
    app: Database, room: Stockroom, quantity: int = 10, expires_on: date | None = date(2090, 1, 1)
) -> UUID:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, f"B{new_id().hex[-6:]}", expires_on)
    await posted(app, room, room.receipt(batch, quantity))
    await posted(app, room, room.accepted(batch, quantity))
    return batch


async def balances(app: Database, batch: UUID) -> dict[str, int]:
    async with app.read() as tx:
        rows = await tx.rows(sa.select(t.balance).where(t.balance.c.batch_id == batch))
    return {row["status"]: row["quantity"] for row in rows if row["quantity"]}


async def open_hold(app: Database, room: Stockroom, batch: UUID, site: UUID | None = None) -> UUID:
    async with app.write(room.actor) as tx:
        hold_id = new_id()
        row = {"id": hold_id, "batch_id": batch, "kind": "quality", "scope_site_id": site}
        await tx.execute(sa.insert(t.hold).values(**row, reason="质量待查", opened_by=room.keeper))
        await tx.audit("hold.opened", "hold", hold_id)
    return hold_id


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


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.QUALIFIED])
async def test_only_qualified_stock_leaves(app: Database, room: Stockroom, status: Status) -> None:
    batch = await on_shelf(app, room)
    with pytest.raises(MovementNotAllowed):
        await posted(app, room, room.issue(batch, 1, status))


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


@pytest.mark.parametrize("days", [-1, -400])
async def test_an_expired_batch_does_not_leave(app: Database, room: Stockroom, days: int) -> None:
    today = datetime.now(UTC).date()
    batch = await on_shelf(app, room, 5, today + timedelta(days=days - 1))
    with pytest.raises(BatchNotIssuable) as refused:
        await posted(app, room, room.issue(batch, 1))
    assert refused.value.params["because"] == "expired"
    source, target = room.at("shelf", Status.QUALIFIED), room.at("red", Status.REJECTED)
    await posted(app, room, room.posting(PostingKind.STATUS_CHANGE, Move(batch, 5, source, target)))
    destroyed = Move(batch, 5, target, PlaceKind.DESTROYED)
    await posted(app, room, room.posting(PostingKind.DESTRUCTION, destroyed))
    assert await balances(app, batch) == {}


async def test_a_batch_without_expiry_leaves(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room, 5, None)
    await posted(app, room, room.issue(batch, 1))


async def test_expiry_ends_with_the_day_at_the_site(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1", date(2027, 11, 30))
        answers = {}
        for site, at in (("east", "15:59"), ("east", "16:00"), ("west", "17:59"), ("west", "18:00")):
            statement = sa.text("SELECT batch_expired(:batch, :site, :at)")
            given = {"batch": batch, "site": room.ids[site], "at": f"2027-11-30T{at}:00Z"}
            answers[site, at] = await tx.scalar(statement, given)
    assert answers == {
        ("east", "15:59"): False,
        ("east", "16:00"): True,
        ("west", "17:59"): False,
        ("west", "18:00"): True,
    }


async def test_a_hold_stops_issues_until_it_is_closed(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    hold = await open_hold(app, room, batch)
    with pytest.raises(BatchNotIssuable) as refused:
        await posted(app, room, room.issue(batch, 1))
    assert refused.value.params["because"] == "hold"
    async with app.write(room.actor) as tx:
        closing = {"closed_at": sa.func.clock_now(), "closed_by": room.checker, "closed_reason": "合格"}
        await tx.execute(sa.update(t.hold).where(t.hold.c.id == hold).values(**closing))
        await tx.audit("hold.closed", "hold", hold)
    await posted(app, room, room.issue(batch, 1))
    with pytest.raises(IdentityIsImmutable):  # noqa: PT012
        async with app.write(room.actor) as tx:
            reopened = {"closed_at": None, "closed_by": None}
            await tx.execute(sa.update(t.hold).where(t.hold.c.id == hold).values(**reopened))


async def test_a_hold_at_another_site_stops_nothing_here(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    await open_hold(app, room, batch, room.west)
    await posted(app, room, room.issue(batch, 1))
    await open_hold(app, room, batch, room.east)
    with pytest.raises(BatchNotIssuable):
        await posted(app, room, room.issue(batch, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": date(2020, 1, 1)},
        {"withdrawn": True},
        {"scope": ["device"]},
        {"valid_from": date(2098, 1, 1)},
    ],
)
async def test_a_customer_without_a_licence_gets_nothing(
    app: Database, room: Stockroom, change: dict[str, Any]
) -> None:
    batch = await on_shelf(app, room)
    async with app.write(room.actor) as tx:
        await tx.execute(sa.update(t.licence).where(t.licence.c.party_id == room.customer).values(**change))
        await tx.audit("licence.changed", "party", room.customer)
    with pytest.raises(BatchNotIssuable) as refused:
        await posted(app, room, room.issue(batch, 1))
    assert refused.value.params["because"] == "licence"


async def test_a_hold_waits_for_the_issue_in_flight_and_nothing_follows_it(
    app: Database, room: Stockroom
) -> None:
    batch = await on_shelf(app, room)
    async with app.write(room.actor) as tx:
        await ledger.post(tx, room.issue(batch, 1))
        await tx.audit("posting.made", "batch", batch)
        holding = asyncio.create_task(open_hold(app, room, batch))
        assert not (await asyncio.wait([holding], timeout=0.3))[0]
    await holding
    with pytest.raises(BatchNotIssuable):
        await posted(app, room, room.issue(batch, 1))


async def test_an_issue_waits_for_the_hold_in_flight_and_sees_it(app: Database, room: Stockroom) -> None:
    batch = await on_shelf(app, room)
    async with app.write(room.actor) as tx:
        row = {"batch_id": batch, "kind": "quality", "reason": "召回", "opened_by": room.keeper}
        await tx.execute(sa.insert(t.hold).values(**row))
        await tx.audit("hold.opened", "batch", batch)
        issuing = asyncio.create_task(posted(app, room, room.issue(batch, 1)))
        assert not (await asyncio.wait([issuing], timeout=0.3))[0]
    with pytest.raises(BatchNotIssuable):
        await issuing


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


async def test_a_serial_is_in_one_place_and_of_one_batch(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch, other = await new_batch(tx, room, "B1"), await new_batch(tx, room, "B2")
        serials = await new_serials(tx, room, batch, ["S1", "S2", "S3"])
        strange = await new_serials(tx, room, other, ["X1"])
    await posted(app, room, room.receipt(batch, 3, serial_ids=serials))
    await posted(app, room, room.receipt(other, 1, serial_ids=strange))
    await posted(app, room, room.accepted(batch, 1, serial_ids=serials[:1]))
    with pytest.raises(SerialElsewhere) as refused:
        await posted(app, room, room.accepted(batch, 1, serial_ids=serials[:1]))
    assert refused.value.params["serial"] == "S1"
    for wrong in (strange, [serials[0]]):
        with pytest.raises(SerialElsewhere):
            await posted(app, room, room.receipt(batch, 1, serial_ids=wrong))
    twice = [Move(batch, 1, *pair, serial_ids=serials[1:2]) for pair in 2 * [_book_in(room)]]
    with pytest.raises(SerialElsewhere):
        await posted(app, room, room.posting(PostingKind.PUT_AWAY, *twice))
    async with app.read() as tx:
        places = await tx.rows(sa.select(t.serial_place.c.status).order_by(t.serial_place.c.serial_id))
    assert [row["status"] for row in places] == ["qualified", "quarantine", "quarantine", "quarantine"]


def _book_in(room: Stockroom) -> tuple[Any, Any]:
    return room.at("waiting", Status.QUARANTINE), room.at("shelf", Status.QUALIFIED)


async def test_a_reversal_takes_the_serials_back(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, ["S1", "S2"])
    receipt = await posted(app, room, room.receipt(batch, 2, serial_ids=serials))
    async with app.write(room.actor) as tx:
        await ledger.reverse(tx, receipt, actor_id=room.keeper)
        await tx.audit("posting.reversed", "posting", receipt)
    await posted(app, room, room.receipt(batch, 2, serial_ids=serials))


async def test_a_move_names_all_of_its_serials_or_none(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, ["S1"])
    with pytest.raises(SerialsIncomplete):
        await posted(app, room, room.receipt(batch, 2, serial_ids=serials))
    with pytest.raises(SerialsIncomplete):  # noqa: PT012
        async with app.write(room.actor) as tx:
            posting = await ledger.post(tx, room.receipt(batch, 2))
            move = await tx.scalar(sa.select(t.move.c.id).where(t.move.c.posting_id == posting))
            await tx.execute(sa.insert(t.move_serial).values(move_id=move, serial_id=serials[0]))
            await tx.audit("posting.made", "posting", posting)


async def test_serials_cannot_join_a_move_later(app: Database, room: Stockroom) -> None:
    async with app.write(room.actor) as tx:
        batch = await new_batch(tx, room, "B1")
        serials = await new_serials(tx, room, batch, ["S1"])
    posting = await posted(app, room, room.receipt(batch, 1))
    with pytest.raises(SerialElsewhere):  # noqa: PT012
        async with app.write(room.actor) as tx:
            move = await tx.scalar(sa.select(t.move.c.id).where(t.move.c.posting_id == posting))
            await tx.execute(sa.insert(t.move_serial).values(move_id=move, serial_id=serials[0]))


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

"""A trace from whatever it begins with: which batches, page by page, who did it, and where every unit is."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from db.queries import trace_starts
from db.queries._paging import CursorUnknown
from db.session import Database
from domain.batches import PlaceKind
from domain.errors import NotFound
from domain.packages_in import PackageIn
from services import packages, trace
from services.actions import ACTIONS, UNDOS
from services.trace import Start
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    """A company with stock, of which nothing is under way."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    yield Outbound(await make_world(opened, engine), engine)
    await opened.close()


async def test_a_serial_is_traced_as_one_piece(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    admin = await outbound.world.actor("admin")
    found = await trace.trace(outbound.world.platform, Start(serial="S2"), actor=admin)
    assert [(row.batch_number, row.quantity, row.from_kind) for row in found.rows] == [("B1", 1, "supplier")]
    whole = await trace.trace(outbound.world.platform, Start(batch="M1:B1"), actor=admin)
    assert [row.quantity for row in whole.rows] == [3]
    with pytest.raises(NotFound):
        await trace.trace(outbound.world.platform, Start(serial="S9"), actor=admin)


async def test_a_trace_goes_on_page_by_page_and_tells_each_batch_once(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "MOST_BATCHES", 2)
    for number in range(5):
        await outbound.stock("A-01", "M1", f"B{number}", 5)
    await outbound.stock("A-01", "M1", "B0", 3)
    admin = await outbound.world.actor("admin")
    one = await trace.trace(outbound.world.platform, Start(batch="M1:B1"), actor=admin)
    assert (one.more, one.next) == (False, None)
    for start in (Start(party=one.rows[0].party_code), Start(person="admin")):
        pages: list[list[str]] = []
        after: str | None = None
        while not pages or after:
            found = await trace.trace(outbound.world.platform, start, actor=admin, after=after)
            pages.append([account.batch_number for account in found.accounts])
            after = found.next
            await outbound.stock("A-01", "M1", f"N{len(pages)}{start.party or ''}", 1)
        assert pages == [["B0", "B4"], ["B3", "B2"], ["B1"]] or start.person
        told = [number for page in pages for number in page]
        assert sorted(set(told)) == sorted(told)
        assert {"B0", "B1", "B2", "B3", "B4"} <= set(told)


async def test_a_partner_with_very_many_moves_is_looked_through_bit_by_bit(
    outbound: Outbound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_starts, "MOST_TOUCHES", 2)
    await outbound.stock("A-01", "M1", "OLD", 5)
    for _ in range(7):
        await outbound.stock("A-01", "M1", "NEW", 1)
    admin = await outbound.world.actor("admin")
    for start in (Start(party="S1"), Start(person="admin")):
        told: list[str] = []
        after: str | None = None
        while not told or after:
            found = await trace.trace(outbound.world.platform, start, actor=admin, after=after)
            told += [account.batch_number for account in found.accounts]
            after = found.next
        assert told == ["NEW", "OLD"], start


async def test_rows_that_do_not_fit_come_on_the_next_page(outbound: Outbound) -> None:
    batch = await outbound.stock("A-01", "M1", "B1", 50)
    for quantity in (1, 2, 3):
        kind = "count_adjustment" if quantity != 2 else "supplier_return"
        place = await outbound.place("A-01")
        if quantity == 2:
            red = await outbound.place("R-01", "rejected")
            await outbound.post("status_change", batch, quantity, place, red)
            await outbound.post(kind, batch, quantity, red, PlaceKind.SUPPLIER)
        else:
            await outbound.post(kind, batch, quantity, place, PlaceKind.COUNT)
    admin = await outbound.world.actor("admin")
    whole = await trace.trace(outbound.world.platform, Start(batch="M1:B1"), actor=admin)
    parts: list[Sequence[trace.TraceLine]] = []
    after: str | None = None
    while not parts or after:
        found = await trace.trace(
            outbound.world.platform, Start(batch="M1:B1"), actor=admin, after=after, limit=1
        )
        parts.append(found.rows)
        after = found.next
    assert [row for part in parts for row in part] == list(whole.rows)
    assert [len(part) for part in parts] == [1] * len(whole.rows)
    (account,) = whole.accounts
    assert (account.received, account.on_hand, account.returned, account.missing) == (50, 44, 2, 4)
    assert account.difference == 0


@pytest.mark.parametrize("cursor", ["x", "WyIiLCIiLCItMSJd", "WyJhIiwiYiIsIjAiXQ"])
async def test_a_cursor_of_something_else_is_refused(outbound: Outbound, cursor: str) -> None:
    admin = await outbound.world.actor("admin")
    with pytest.raises(CursorUnknown):
        await trace.trace(outbound.world.platform, Start(party="S1"), actor=admin, after=cursor)


async def test_a_shipment_is_traced_with_its_run_its_people_and_its_packages(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "B1", 20)
    run = await outbound.begin(("M1", 8))
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    shipment, platform = await outbound.shipment(), outbound.world.platform
    admin = await outbound.world.actor("admin")
    found = await trace.trace(platform, Start(document=str(shipment["id"])), actor=admin)
    (came, left) = found.rows
    assert (came.from_kind, came.party_code, left.to_kind, left.party_code) == (
        "supplier", "S1", "customer", "C2",
    )  # fmt: skip
    assert [one.id for one in left.runs] == [run]
    assert left.runs[0].title_zh and left.document_number == shipment["number"]
    assert left.people and "KONG" in {one.name.upper() for one in left.people}
    (sscc,) = left.packages
    (account,) = found.accounts
    assert (account.received, account.on_hand, account.at_customers, account.difference) == (20, 12, 8, 0)
    assert {(place.kind, place.quantity) for place in found.places} == {("on_hand", 12), ("customer", 8)}
    for start in (
        Start(document=str(outbound.order_id)), Start(package=sscc), Start(party="C2"), Start(person="kong"),
    ):  # fmt: skip
        other = await trace.trace(platform, start, actor=admin)
        assert (other.rows, other.accounts) == (found.rows, found.accounts), start
    back = await trace.trace(platform, Start(party="C2"), actor=admin, direction="back")
    assert back.rows == [came]
    before = await trace.trace(
        platform,
        Start(document=str(shipment["id"])),
        actor=admin,
        at=left.first_at - timedelta(microseconds=1),
    )
    assert (before.rows, before.accounts[0].on_hand) == ([came], 20)


async def test_a_package_of_pieces_is_traced_piece_by_piece(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    platform, admin = outbound.world.platform, await outbound.world.actor("admin")
    contents = [{"batch": "M1:B1", "quantity": 2, "serials": ["S1", "S3"]}]
    body = PackageIn.model_validate({"site": "SH1", "location": "A-01", "contents": contents})
    case = await packages.create(platform, body, actor=admin)
    outer = PackageIn.model_validate(
        {"site": "SH1", "location": "A-01", "contents": [], "packages": [case.head.sscc]}
    )
    pallet = await packages.create(platform, outer, actor=admin)
    found = await trace.trace(platform, Start(package=pallet.head.sscc), actor=admin)
    assert [row.quantity for row in found.rows] == [2]
    assert (found.accounts[0].received, found.accounts[0].on_hand) == (2, 2)


async def test_at_one_site_a_trace_is_of_that_site(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "B1", 5)
    admin = await outbound.world.actor("admin")
    near = replace(
        admin,
        assignments=tuple(replace(one, site_id=outbound.world.sites["UR1"]) for one in admin.assignments),
    )
    found = await trace.trace(outbound.world.platform, Start(batch="M1:B1"), actor=near)
    assert (found.rows, found.accounts, found.partial) == ([], [], True)

"""The account of a batch: what came in is somewhere, to the last piece - and a wrong book is told."""

from collections import Counter
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from domain.whereabouts import Flow, Standing, accounts

BATCHES = [UUID(int=n) for n in (1, 2)]
PARTIES = [UUID(int=n) for n in (11, 12)]
ROADS = [UUID(int=n) for n in (21, 22)]
IN = ("supplier", "customer", "transit", "destroyed", "sample", "count")

steps = st.lists(
    st.tuples(
        st.sampled_from(BATCHES),
        st.sampled_from(IN),
        st.booleans(),
        st.booleans(),
        st.integers(0, 1),
        st.integers(1, 50),
    ),
    max_size=40,
)


def stand(batch: UUID, quantity: int, location: str = "A-01") -> Standing:
    return Standing(batch, "SH1", "上海一库", "Shanghai 1", location, "qualified", quantity)


def play(script: list[tuple[UUID, str, bool, bool, int, int]]) -> tuple[list[Flow], Counter[UUID]]:
    """A ledger of any moves over the edge, and what it leaves inside."""
    flows, inside = [], Counter[UUID]()
    for batch, kind, inward, reversal, which, quantity in script:
        ends = (kind, "internal") if inward else ("internal", kind)
        party = PARTIES[which] if kind in {"supplier", "customer"} else None
        road = ROADS[which] if kind == "transit" else None
        flows.append(Flow(batch, "reversal" if reversal else "any", *ends, party, road, quantity))
        inside[batch] += quantity if inward else -quantity
    return flows, inside


@given(steps, st.integers(-9, 9))
def test_whatever_was_posted_the_account_balances_and_a_wrong_book_is_the_difference(
    script: list[tuple[UUID, str, bool, bool, int, int]], wrong: int
) -> None:
    flows, inside = play(script)
    standing = [stand(batch, inside[batch] + wrong) for batch in BATCHES]
    made, holdings = accounts(BATCHES, flows, standing)
    for one in made:
        assert one.difference == -wrong
        assert sum(held.quantity for held in holdings if held.batch_id == one.batch_id) == one.accounted


def test_a_batch_is_told_by_place() -> None:
    batch, party, road = BATCHES[0], PARTIES[0], ROADS[0]
    flows = [
        Flow(batch, "receipt", "supplier", "internal", PARTIES[1], None, 100),
        Flow(batch, "reversal", "internal", "supplier", PARTIES[1], None, 10),
        Flow(batch, "issue", "internal", "customer", party, None, 40),
        Flow(batch, "customer_return", "customer", "internal", party, None, 5),
        Flow(batch, "transfer_out", "internal", "transit", None, road, 20),
        Flow(batch, "transfer_in", "transit", "internal", None, road, 12),
        Flow(batch, "supplier_return", "internal", "supplier", PARTIES[1], None, 3),
        Flow(batch, "destruction", "internal", "destroyed", None, None, 2),
        Flow(batch, "count_adjustment", "count", "internal", None, None, 1),
        Flow(batch, "count_adjustment", "internal", "count", None, None, 4),
    ]
    (one,), holdings = accounts([batch], flows, [stand(batch, 30), stand(batch, 9, "B-01")])
    assert (one.received, one.found, one.arrived, one.came_in) == (90, 1, 0, 91)
    assert one.held == {
        "on_hand": 39, "transit": 8, "customer": 35, "supplier": 3, "destroyed": 2, "sample": 0, "count": 4,
    }  # fmt: skip
    assert (one.accounted, one.difference) == (91, 0)
    told = [(held.kind, held.quantity) for held in holdings]
    assert told[:3] == [("on_hand", 30), ("on_hand", 9), ("transit", 8)]
    assert {held.party_id for held in holdings if held.kind == "customer"} == {party}


def test_who_sees_only_the_site_that_goods_came_to_is_told_that_they_arrived() -> None:
    batch, road = BATCHES[0], ROADS[0]
    flow = Flow(batch, "transfer_in", "transit", "internal", None, road, 12)
    (one,), _ = accounts([batch], [flow], [stand(batch, 12)])
    assert (one.arrived, one.held["transit"], one.difference) == (12, 0, 0)


def test_a_batch_that_never_moved_has_an_empty_account() -> None:
    (one,), holdings = accounts([uuid4()], [], [])
    assert (one.came_in, one.accounted, holdings) == (0, 0, [])

"""First expiry first: never more than there is, never past an earlier expiry that qualifies, always the same."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.allocation import Allocation, Available, Demand, allocate, fresh_enough, stricter
from domain.batches import Status
from domain.stock import Position

TODAY = date(2026, 11, 27)
SITE, OWNER, MATERIAL, OTHER = (UUID(int=number) for number in (1, 2, 3, 4))


def stock(
    batch: int,
    quantity: int,
    days: int | None = 300,
    place: int = 1,
    case: int = 1,
    material: UUID = MATERIAL,
) -> Available:
    """So much of a batch (numbered in the order of receipt) at a numbered place."""
    return Available(
        batch_id=UUID(int=1000 + batch),
        batch_number=f"B{batch}",
        material_id=material,
        expires_on=None if days is None else TODAY + timedelta(days=days),
        remaining_days=days,
        position=Position(SITE, UUID(int=place), Status.QUALIFIED, OWNER),
        location=f"A-{place:02}",
        quantity=quantity,
        case=case,
    )


def demand(quantity: int, line: int = 1, least: int = 0, material: UUID = MATERIAL) -> Demand:
    return Demand(line, material, quantity, least)


def told(found: Allocation) -> list[tuple[str, str, int]]:
    return [(one.stock.batch_number, one.stock.location, one.quantity) for one in found.taken]


def test_the_earliest_expiry_goes_first() -> None:
    found = allocate([demand(7)], [stock(1, 5, 400), stock(2, 5, 100)])
    assert told(found) == [("B2", "A-01", 5), ("B1", "A-01", 2)]
    assert found.missing == {}


def test_a_batch_without_expiry_goes_last() -> None:
    found = allocate([demand(6)], [stock(1, 5, None), stock(2, 5, 900)])
    assert told(found) == [("B2", "A-01", 5), ("B1", "A-01", 1)]


def test_stock_that_is_too_short_dated_for_the_customer_is_left() -> None:
    found = allocate([demand(4, least=180)], [stock(1, 5, 179), stock(2, 3, 180)])
    assert told(found) == [("B2", "A-01", 3)]
    assert found.missing == {1: 1}


def test_the_stricter_shelf_life_counts() -> None:
    assert stricter(None, None) == 0
    assert stricter(90, None) == 90
    assert stricter(90, 180) == 180
    assert stricter(0, None) == 0


def test_within_one_expiry_the_fewest_places_are_visited() -> None:
    shelf = [stock(1, 2, place=1), stock(1, 3, place=2), stock(1, 9, place=3)]
    assert told(allocate([demand(5)], shelf)) == [("B1", "A-03", 5)]
    assert told(allocate([demand(11)], shelf)) == [("B1", "A-03", 9), ("B1", "A-01", 2)]


def test_no_case_is_broken_where_loose_units_do() -> None:
    shelf = [stock(1, 20, place=1, case=10), stock(1, 13, place=2, case=10)]
    assert told(allocate([demand(3)], shelf)) == [("B1", "A-02", 3)]
    assert told(allocate([demand(10)], shelf)) == [("B1", "A-01", 10)]


def test_a_whole_case_does_not_come_before_an_earlier_expiry() -> None:
    shelf = [stock(1, 3, 100, place=1, case=10), stock(2, 40, 200, place=2, case=10)]
    assert told(allocate([demand(10)], shelf)) == [("B1", "A-01", 3), ("B2", "A-02", 7)]


def test_among_equals_the_oldest_receipt_goes_first() -> None:
    assert told(allocate([demand(2)], [stock(2, 5, place=1), stock(1, 5, place=9)])) == [("B1", "A-09", 2)]


def test_lines_of_one_material_share_what_there_is() -> None:
    found = allocate([demand(4), demand(4, line=2)], [stock(1, 5)])
    assert [(one.line_no, one.quantity) for one in found.taken] == [(1, 4), (2, 1)]
    assert found.missing == {2: 3}


places = st.builds(
    stock,
    batch=st.integers(1, 6),
    quantity=st.integers(1, 30),
    days=st.just(0),
    place=st.integers(1, 5),
    case=st.sampled_from([1, 10]),
    material=st.sampled_from([MATERIAL, OTHER]),
)
days_of = st.dictionaries(st.integers(1001, 1006), st.none() | st.integers(0, 400))
wanted = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([0, 90, 180]), st.sampled_from([MATERIAL, OTHER])),
    max_size=5,
)


def _shelves(found: list[Available], days: dict[int, int | None]) -> list[Available]:
    """Each place of a batch once; a batch has one expiry and one material."""
    made: dict[tuple[UUID, Position], Available] = {}
    for one in found:
        number = one.batch_id.int
        left = days.get(number)
        made[one.batch_id, one.position] = Available(
            **{
                **vars(one),
                "remaining_days": left,
                "expires_on": None if left is None else TODAY + timedelta(days=left),
                "material_id": (MATERIAL, OTHER)[number % 2],
            }
        )
    return list(made.values())


@given(shelves=st.lists(places, max_size=15), days=days_of, lines=wanted, order=st.randoms())
def test_whatever_is_asked_nothing_is_promised_twice_and_no_earlier_expiry_is_passed_over(
    shelves: list[Available], days: dict[int, int | None], lines: list[tuple[int, int, UUID]], order: object
) -> None:
    shelf = _shelves(shelves, days)
    asked = [Demand(number, material, q, least) for number, (q, least, material) in enumerate(lines, 1)]
    found = allocate(asked, shelf)

    left = {(one.batch_id, one.position): one.quantity for one in shelf}
    for demanded in asked:
        mine = [one for one in found.taken if one.line_no == demanded.line_no]
        got = sum(one.quantity for one in mine)
        assert got + found.missing.get(demanded.line_no, 0) == demanded.quantity
        fit = [
            one
            for one in shelf
            if one.material_id == demanded.material_id and fresh_enough(one, demanded.min_remaining_days)
        ]
        for one in mine:
            assert one.stock in fit
            assert 0 < one.quantity <= left[one.stock.batch_id, one.stock.position]
            left[one.stock.batch_id, one.stock.position] -= one.quantity
        last = max((one.stock.expires_on or date.max for one in mine), default=date.min)
        earlier = [
            one for one in fit if (one.expires_on or date.max) < last or found.missing.get(demanded.line_no)
        ]
        assert all(left[one.batch_id, one.position] == 0 for one in earlier)

    shuffled = list(shelf)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allocate(asked, shuffled) == found

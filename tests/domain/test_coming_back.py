"""Of goods that wait beside others in one position, never more is released than can only have been theirs."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.coming_back import Flow, still_there

TR1, TR2 = UUID(int=1), UUID(int=2)


def test_all_of_it_is_there_beside_a_delivery_that_waits_and_goes() -> None:
    flows = [Flow(20), Flow(10, TR1), Flow(-20)]
    assert still_there(flows) == {TR1: 10}


def test_what_was_counted_out_is_not_replaced_by_what_came_later() -> None:
    assert still_there([Flow(10, TR1), Flow(-10), Flow(20)]) == {}
    assert still_there([Flow(10, TR1), Flow(-3), Flow(20)]) == {TR1: 7}


def test_what_was_released_is_not_released_again() -> None:
    assert still_there([Flow(20), Flow(10, TR1), Flow(-10, TR1)]) == {}


def test_two_share_what_is_left_and_the_first_comes_first() -> None:
    assert still_there([Flow(10, TR1), Flow(5, TR2), Flow(-3)]) == {TR1: 10, TR2: 2}
    assert still_there([Flow(10, TR1), Flow(-10, TR1), Flow(5, TR2), Flow(4, TR1)]) == {TR2: 5, TR1: 4}


@given(
    st.lists(
        st.tuples(st.sampled_from([None, TR1, TR2]), st.sampled_from([None, TR1, TR2]), st.integers(1, 5)),
        max_size=12,
    )
)
def test_however_units_come_and_go_as_many_stand_there(
    script: list[tuple[UUID | None, UUID | None, int]],
) -> None:
    """Units are pieces of somebody's; what takes some away takes any, and says whose only if it knows."""
    flows: list[Flow] = []
    stands: dict[UUID | None, int] = {None: 0, TR1: 0, TR2: 0}
    for whose, taken, number in script:
        flows.append(Flow(number, whose))
        stands[whose] += number
        if taken is not None and stands[taken]:  # said whose: it is taken for them
            flows.append(Flow(-1, taken))
            stands[taken] -= 1
        elif stands[None]:
            flows.append(Flow(-1))
            stands[None] -= 1
    found = still_there(flows)
    assert all(number <= stands[of] for of, number in found.items())
    assert sum(found.values()) <= sum(stands.values())

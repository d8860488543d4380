"""Samples are drawn by the rule, at random, and the same again from the same seed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sampling import cartons_to_open, draw_samples


@pytest.mark.parametrize(
    ("cartons", "opened"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (50, 3), (51, 4), (100, 4), (101, 5), (150, 5), (151, 6), (1000, 22)],
)
def test_the_rule_says_how_many_cartons_are_opened(cartons: int, opened: int) -> None:
    assert cartons_to_open(cartons) == opened
    assert cartons_to_open(cartons, abnormal=True) == min(cartons, opened if cartons <= 2 else 2 * opened)


def test_a_loose_carton_is_always_opened() -> None:
    drawn = draw_samples(41, loose=True, abnormal=False, seed="s")
    assert len(drawn) == 4
    assert drawn[-1] == 41
    assert draw_samples(1, loose=True, abnormal=False, seed="s") == (1,)
    with pytest.raises(ValueError, match="loose"):
        draw_samples(0, loose=True, abnormal=False, seed="s")


def test_a_seed_draws_the_same_cartons_for_ever() -> None:
    assert draw_samples(120, loose=False, abnormal=False, seed="2026-11-24/1") == (8, 55, 78, 79, 89)


def test_every_carton_is_equally_likely() -> None:
    counts = Counter(
        n for seed in range(4000) for n in draw_samples(10, loose=False, abnormal=False, seed=str(seed))
    )
    assert set(counts) == set(range(1, 11))
    assert all(1050 < count < 1350 for count in counts.values())


@given(st.integers(1, 3000), st.booleans(), st.booleans(), st.text(max_size=20))
def test_drawn_cartons_exist_once_each(cartons: int, loose: bool, abnormal: bool, seed: str) -> None:
    drawn = draw_samples(cartons, loose=loose, abnormal=abnormal, seed=seed)
    assert list(drawn) == sorted(set(drawn))
    assert all(1 <= number <= cartons for number in drawn)
    assert len(drawn) == cartons_to_open(cartons - loose, abnormal=abnormal) + loose

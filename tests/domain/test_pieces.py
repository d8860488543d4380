"""Pieces of a line: kept and set apart are the line, and a refusal says what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refusal
from domain.pieces import (
    MoreScanned,
    PieceNotOfLine,
    PiecesNotTold,
    SerialsNotScanned,
    check_counted,
    named_in,
    split,
)

EVERY = ("S1", "S2", "S3", "S4")
SERIALS = st.lists(st.sampled_from([*EVERY, "X"]), unique=True)


@given(st.integers(0, 4), SERIALS, SERIALS)
def test_kept_and_apart_are_the_line_and_nobody_is_guessed(
    apart: int, scanned: list[str], named: list[str]
) -> None:
    try:
        found = split(1, EVERY, apart, scanned=scanned, named=named)
    except Refusal:
        return
    assert sorted((*found.kept, *found.apart)) == sorted(EVERY)
    assert len(found.apart) == apart
    assert set(found.kept) <= set(scanned), "what is kept was looked at"
    if named and apart < len(EVERY):
        assert set(found.apart) == set(named)


@given(st.sets(st.sampled_from(EVERY), max_size=3))
def test_both_ways_to_say_which_say_the_same(bad: set[str]) -> None:
    good = [serial for serial in EVERY if serial not in bad]
    undone = split(1, EVERY, len(bad), scanned=good)
    assert set(undone.apart) == bad
    if bad:
        assert split(1, EVERY, len(bad), scanned=EVERY, named=sorted(bad)) == undone


@pytest.mark.parametrize(
    ("apart", "scanned", "named", "refusal"),
    [
        (1, EVERY, (), PiecesNotTold),
        (2, EVERY, ("S1",), PiecesNotTold),
        (1, EVERY, ("X",), PieceNotOfLine),
        (0, ("S1",), (), SerialsNotScanned),
        (1, ("S2", "S3"), ("S1",), SerialsNotScanned),
    ],
)
def test_what_is_missing_is_said(
    apart: int, scanned: tuple[str, ...], named: tuple[str, ...], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        split(1, EVERY, apart, scanned=scanned, named=named)


def test_serials_are_read_as_people_write_them() -> None:
    assert named_in(" S1、S2；S3\nS1, S4 ") == ("S1", "S2", "S3", "S4")
    assert named_in(None) == ()


def test_an_answer_agrees_with_its_scans() -> None:
    check_counted(1, 3, scanned=3, serials=3, tracked=True)
    check_counted(1, 3, scanned=0, serials=0, tracked=False)
    with pytest.raises(SerialsNotScanned):
        check_counted(1, 3, scanned=3, serials=2, tracked=True)
    with pytest.raises(MoreScanned):
        check_counted(1, 3, scanned=4, serials=0, tracked=False)

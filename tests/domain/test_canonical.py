"""The canonical form under every hash."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import NotCanonical, canonical, instant, sha256_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


def test_values_of_the_field_take_their_one_form() -> None:
    value = {
        "b": datetime(2026, 11, 3, 8, 0, tzinfo=timezone(timedelta(hours=8))),
        "a": [date(2027, 2, 1), Decimal("1.50"), UUID(int=1), None, True, 7],
    }
    assert canonical(value).decode() == (
        '{"a":["2027-02-01","1.50","00000000-0000-0000-0000-000000000001",null,true,7],"b":"2026-11-03T00:00:00.000000Z"}'
    )


@pytest.mark.parametrize(
    "value",
    [1.0, 2**53, datetime(2026, 1, 1), {1: "a"}, {"a"}, Decimal("NaN"), {"e\u0301": 1, "\u00e9": 2}],  # noqa: DTZ001
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_text_is_nfc_unless_kept_text_is_hashed() -> None:
    assert canonical("e\u0301") == canonical("\u00e9")
    assert canonical("e\u0301", normalise=False) != canonical("\u00e9", normalise=False)


def test_an_instant_always_has_six_digits_and_four_of_the_year() -> None:
    assert instant(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"


def test_a_hash_names_its_type_and_version() -> None:
    expected = hashlib.sha256(b'{"n":1,"type":"probe","v":2}').hexdigest()
    assert sha256_of("probe", 2, n=1) == expected
    assert sha256_of("probe", 3, n=1) != expected


@given(JSON)
def test_canonical_text_reads_back_as_the_same_value(value: object) -> None:
    once = canonical(value, normalise=False)
    assert json.loads(once) == value
    assert canonical(json.loads(once), normalise=False) == once


@given(JSON)
def test_canonical_text_is_what_the_library_for_rfc_8785_writes(value: object) -> None:
    assert canonical(value, normalise=False) == rfc8785.dumps(value)  # type: ignore[arg-type] # a JSON value


def test_keys_are_ordered_by_utf_16_units_also_beyond_the_basic_plane() -> None:
    assert canonical({"\uffee": 1, "\U00020000": 2, "z": 3}) == '{"z":3,"\U00020000":2,"\uffee":1}'.encode()


@pytest.mark.parametrize("text", [chr(code) for code in (*range(0x21), 0x22, 0x5C, 0x7F, 0x2028, 0xFEFF)])
def test_every_escape_is_that_of_rfc_8785(text: str) -> None:
    assert canonical(text) == rfc8785.dumps(text)

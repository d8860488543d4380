"""A scope against the books: certain, doubtful, not in our books - and what was never read stays in sight."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.recall_matching import KnownBatch, match_scope
from domain.recall_scope import read_scope


def books(*numbers: str, expires_on: date | None = None) -> list[KnownBatch]:
    return [KnownBatch(UUID(int=at), number, None, expires_on) for at, number in enumerate(numbers, 1)]


def found(text: str, known: list[KnownBatch]) -> dict[str, str]:
    return {hit.batch.number: hit.because for hit in match_scope(read_scope(text), known).found}


def test_listed_numbers_and_ranges_are_found_and_others_are_not() -> None:
    known = books("240601", "240602", "240605", "X240601")
    assert found("240601-240603、240609", known) == {"240601": "in_range", "240602": "in_range"}
    assert found("全部批号", known) == dict.fromkeys(("240601", "240602", "240605", "X240601"), "all")


def test_what_is_not_in_the_books_is_told() -> None:
    matched = match_scope(read_scope("240601、240609"), books("240601"))
    assert [part.number for part in matched.absent] == ["240609"]


def test_look_alikes_and_doubted_ranges_are_put_before_a_person() -> None:
    assert found("KBOU16H", books("KB0U16H", "KB0U17H")) == {"KB0U16H": "looks_alike"}
    assert found("F0002-3", books("F0002", "F0003")) == {"F0002": "doubtful", "F0003": "doubtful"}
    assert found("F0002-3", books("F0002-3")) == {"F0002-3": "listed"}


def test_a_surer_reason_comes_before_a_doubt() -> None:
    assert found("KBOU16H、KB0U16H", books("KB0U16H")) == {"KB0U16H": "listed"}


def test_a_batch_without_the_date_that_is_asked_for_is_doubtful() -> None:
    text = "有效期限2027年01月04日以前之所有批號"
    assert found(text, books("A1", expires_on=date(2027, 1, 4))) == {"A1": "by_date"}
    assert found(text, books("A1", expires_on=date(2027, 1, 5))) == {}
    assert found(text, books("A1")) == {"A1": "doubtful"}
    assert found("All lots distributed 02/23/2026 through 03/10/2026", books("A1")) == {"A1": "doubtful"}


def test_what_was_not_read_stays_in_sight() -> None:
    matched = match_scope(read_scope("240601、240602等批号（附件另列）共5批"), books("240601"))
    assert [part.kind for part in matched.unread] == ["open", "unknown", "count"]


@given(
    st.lists(st.from_regex(r"[A-Z]?[0-9]{5}", fullmatch=True), min_size=1, max_size=20, unique=True),
    st.data(),
)
def test_every_named_batch_of_the_books_is_found(numbers: list[str], data: st.DataObject) -> None:
    named = data.draw(st.lists(st.sampled_from(numbers), min_size=1, unique=True))
    hits = match_scope(read_scope("、".join(named)), books(*numbers)).found
    assert set(named) <= {hit.batch.number for hit in hits if hit.certain}
    assert {hit.batch.number for hit in hits if hit.certain} <= set(named)

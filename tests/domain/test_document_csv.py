from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document_csv import FileNotReadable, decode, parse
from domain.documents import EnteredKind
from domain.loose_dates import NotADate, day_of, expiry_of, instant_of

ORDER = "采购订单号,供货单位编码,仓库编码,订购日期,行号,商品编码,数量,单位\n"
ADVICE = "number,supplier,purchase_order,site,shipped_at,line,order_line,material,batch,{expiry},quantity,unit,serials\n"


def order(*rows: str) -> bytes:
    return (ORDER + "\n".join(rows)).encode()


def test_rows_of_one_number_become_one_document() -> None:
    parsed = parse(
        "purchase_order",
        order(
            "P1,S1,A,2026-11-24,1,M1,10,盒", "P1,S1,A,2026-11-24,2,M2,3,件", "P2,S1,A,2026/11/24,1,M1,1,盒"
        ),
    )
    assert parsed.problems == []
    assert [(d.fields["number"], len(d.lines)) for d in parsed.documents] == [("P1", 2), ("P2", 1)]
    assert parsed.documents[0].lines[1] == {"line": 2, "material": "M2", "quantity": "3", "unit": "件"}
    assert parsed.documents[0].rows == [2, 3]


def test_gb18030_utf16_and_utf8_with_mark_are_read_alike() -> None:
    text = ORDER + "P1,S1,A,2026-11-24,1,M1,10,盒\n"
    read = [parse("purchase_order", text.encode(code)) for code in ("gb18030", "utf-16", "utf-8-sig")]
    assert [one.documents[0].lines for one in read] == [read[0].documents[0].lines] * 3
    assert decode("药品批号".encode("gb18030")) == ("药品批号", "gb18030")


def test_every_bad_cell_names_its_row_and_column() -> None:
    parsed = parse("purchase_order", order("P1,S1,A,gestern,1,M1,10,盒", "", "P2,S1,A,2026-11-24,x,,10,盒"))
    assert [(p.row, p.column, p.code) for p in parsed.problems] == [
        (2, "订购日期", "wrong_format"),
        (4, "行号", "wrong_format"),
        (4, "商品编码", "required"),
    ]


def test_a_document_that_contradicts_itself_is_a_problem_of_the_later_row() -> None:
    parsed = parse("purchase_order", order("P1,S1,A,2026-11-24,1,M1,10,盒", "P1,S1,B,2026-11-24,2,M1,10,盒"))
    assert [(p.row, p.column, p.code) for p in parsed.problems] == [(3, "仓库编码", "differs")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xff\xff",
        "数量,单位\n1,盒".encode(),
        (ORDER.strip() + ",数量\n").encode(),
        ORDER.encode() + b'"x',
        b"a\x00b",
    ],
)
def test_a_file_that_is_no_list_of_documents_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(FileNotReadable) as refused:
        parse("purchase_order", content)
    assert refused.value.message("zh")


def test_too_many_cells_is_a_problem_of_that_row() -> None:
    assert [
        p.code for p in parse("purchase_order", order("P1,S1,A,2026-11-24,1,M1,10,盒,zuviel")).problems
    ] == ["too_many_cells"]


def test_the_header_decides_between_usable_until_and_unusable_from() -> None:
    row = "D1,S1,P1,A,2026-11-24 08:00,1,1,M1,B1,2027.11,5,盒,S1;S2\n"
    until = parse("dispatch_advice", (ADVICE.format(expiry="有效期至") + row).encode()).documents[0].lines[0]
    before = parse("dispatch_advice", (ADVICE.format(expiry="失效期") + row).encode()).documents[0].lines[0]
    assert (until["expires_on"], before["expires_on"]) == (date(2027, 11, 30), date(2027, 10, 31))
    assert until["serials"] == ["S1", "S2"]


def test_an_instant_without_offset_is_local_time_of_the_site() -> None:
    row = (
        ADVICE.format(expiry="expires_on") + "D1,S1,P1,U,2026-11-24 08:00,1,1,M1,B1,2027-11-30,5,盒,\n"
    ).encode()
    parsed = parse("dispatch_advice", row, {"U": ZoneInfo("Asia/Urumqi")})
    assert parsed.documents[0].fields["shipped_at"] == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert instant_of("2026-11-24T08:00:05+02:00", ZoneInfo("UTC")) == datetime(
        2026, 11, 24, 6, 0, 5, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["2026-11-24", "2026/11/24", "2026.11.24", "20261124", "2026年11月24日"])
def test_days_are_read_in_the_forms_that_are_in_use(text: str) -> None:
    assert day_of(text) == date(2026, 11, 24)


@pytest.mark.parametrize(
    "text", ["", "24.11.2026", "2026-13-01", "2026-02-30", "11/24/26", "0001-01-01", "二〇二六年"]
)
def test_a_day_with_another_meaning_or_none_is_refused(text: str) -> None:
    with pytest.raises(NotADate):
        day_of(text)
    with pytest.raises(NotADate):
        expiry_of(text, unusable_from=False)


@given(st.text(max_size=200), st.sampled_from(["purchase_order", "dispatch_advice"]))
def test_no_text_whatever_breaks_the_reader(text: str, kind: EnteredKind) -> None:
    for content in (text.encode("utf-8", "replace"), (ORDER + text).encode("utf-8", "replace")):
        try:
            parse(kind, content)
        except FileNotReadable:
            continue


@given(st.binary(max_size=200))
def test_no_bytes_whatever_break_the_reader(content: bytes) -> None:
    try:
        parse("dispatch_advice", content)
    except FileNotReadable:
        return


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_unusable_from_is_always_the_day_after_the_last_usable_day(day: date) -> None:
    month = f"{day.year}年{day.month}月"
    last = expiry_of(month, unusable_from=False)
    assert (last.year, last.month) == (day.year, day.month)
    assert expiry_of(month, unusable_from=True) < day.replace(day=1)
    assert (day - expiry_of(day.isoformat(), unusable_from=True)).days == 1

"""A printed note: its words are in the PDF, in Chinese too, and nothing is printed without the font."""

import io
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import typst
from PIL import Image

from services import print_notes, shipping_note
from services.print_notes import FontMissing, Note, NoteSignature, NoteTable, pdf
from tests.pdf_text import pages_of, text_of

NOTE = Note(
    title="随货同行单",
    number="CK-SO-1",
    issuer="循迹医药（华东）有限公司",
    facts=[("购货单位", "华东康禾第一人民医院"), ("承运单位", '#link("x") $y$ *z*')],
    tables=[
        NoteTable(
            "明细", ["通用名称", "批号", "数量"], [["阿莫西林胶囊", "240513", "20 盒"]], (2,), (3, 2, 1)
        )
    ],
    signatures=[NoteSignature("复核", "李雨清", "2026-11-27 10:00:00 UTC+08:00")],
    signatures_title="电子签名",
    blanks=["收货人签字"],
)


async def test_every_word_of_a_note_is_in_its_pdf() -> None:
    text = text_of(await pdf(NOTE))
    for word in (
        "随货同行单",
        "CK-SO-1",
        "华东康禾第一人民医院",
        "阿莫西林胶囊",
        "240513",
        "20盒",
        "李雨清",
        "收货人签字",
    ):
        assert word in text, word


async def test_what_people_wrote_is_text_and_never_markup() -> None:
    assert '#link("x")$y$*z*' in text_of(await pdf(NOTE))


async def test_a_long_note_repeats_its_head_on_every_page() -> None:
    rows = [["阿莫西林胶囊", f"B{number}", "1 盒"] for number in range(120)]
    made = await pdf(replace(NOTE, tables=[replace(NOTE.tables[0], rows=rows)]))
    assert pages_of(made) > 2
    text = text_of(made)
    assert text.count("批号") == pages_of(made)
    assert "B119" in text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "code",
    [
        "S20263141592" * 3,
        "(VWF:RCo2400IU)/10ml×1",
        "（2400IU）/10ml×1",
        "Pharmaceuticalmanufacturing",
        "Lyophilised",
        "bcdfghjklmnpqrstvwxz",
        "9" * 30,
    ],
)
def test_no_column_is_printed_over_the_next(language: str, code: str) -> None:
    """What is longer than its column is broken in it: the empty column beside it stays white."""
    table = NoteTable("", ["A", ""] * 10, [[code, ""] * 10], (), ())
    note = replace(NOTE, tables=[table], language=language, signatures=[], blanks=[], footer="", number="")
    png = typst.compile(
        print_notes.TEMPLATE,
        format="png",
        ppi=127.0,  # 5 pixels to a millimetre
        font_paths=print_notes._fonts(),
        ignore_system_fonts=True,
        sys_inputs={"note": json.dumps(asdict(note), ensure_ascii=False)},
    )
    page = Image.open(io.BytesIO(png)).convert("L")
    width, left = 5 * 269 / 20, 5 * 14
    for column in range(1, 20, 2):
        beside = page.crop(
            (int(left + width * column + 3), 5 * 55, int(left + width * (column + 1) - 3), 5 * 190)
        )
        for y in range(beside.height):
            dark = [value < 200 for value in beside.crop((0, y, beside.width, y + 1)).tobytes()]
            assert all(dark) or not any(dark), (column, y)


def test_packages_that_follow_one_another_are_said_as_a_range() -> None:
    numbered = [{"number": number} for number in (3, 1, 2, 7, 9, 8, 8)]
    assert shipping_note._package_list([*numbered, {"sscc": "169012340000000426"}]) == "1–3, 7–9, …000426"
    assert shipping_note._package_list([{"number": 4}]) == "4"


async def test_without_its_font_nothing_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(print_notes, "FONTS", tmp_path)
    print_notes._fonts.cache_clear()
    with pytest.raises(FontMissing):
        await pdf(NOTE)
    print_notes._fonts.cache_clear()

"""Labels: a reader of bars, which is other code than the writer, reads back what the product understands."""

from __future__ import annotations

import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import typst
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from db import tables as t
from db.session import Database
from domain import labels as codes
from domain.codes import parse_scan
from domain.errors import NotFound
from domain.labels import Barcode
from domain.packages import PackageUnknown, sscc
from services import barcodes, command_sheet, labels, packages, print_labels, print_notes
from services.actions import ACTIONS, UNDOS
from services.platform import Platform
from services.print_labels import Label, with_bars
from tests.goods import GTINS
from tests.pdf_text import pages_of, text_of
from tests.servers import TestDatabase
from tests.services.shipping import Outbound
from tests.stand_in_engine import StandInEngine
from tests.world import make_world

PLAIN = Label("箱", "", "循迹", [("出库单", "CK-1")], no_bars="无")


def seen(label: Label) -> zxingcpp.Barcode:
    """What a scanner sees on the printed label."""
    png = typst.compile(
        print_labels.TEMPLATE,
        format="png",
        ppi=300.0,
        font_paths=print_notes._fonts(),
        ignore_system_fonts=True,
        sys_inputs={"label": json.dumps(asdict(label), ensure_ascii=False)},
    )
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return found


def test_the_label_of_a_package_is_read_as_its_sscc() -> None:
    number = sscc("6901234", 42, 1)
    code = seen(with_bars(PLAIN, codes.of_package(number), bars_mm=32, module_mm=0.495))
    assert code.symbology_identifier == "]C1"
    assert parse_scan(code.text).sscc == number


def test_the_label_of_a_batch_is_read_as_gtin_expiry_and_batch() -> None:
    barcode = codes.of_batch("06901234567892", "24-05/13A", date(2028, 11, 30))
    assert barcode is not None and barcode.text == "(01)06901234567892(17)281130(10)24-05/13A"
    code = seen(with_bars(PLAIN, barcode, bars_mm=18, module_mm=0.3))
    said = parse_scan(code.text)
    assert (said.gtin14, said.batch, said.expires_on) == ("06901234567892", "24-05/13A", date(2028, 11, 30))
    assert code.symbology_identifier == "]C1"


def test_the_label_of_a_place_is_read_as_its_code() -> None:
    code = seen(with_bars(PLAIN, codes.of_text("A-01-03"), bars_mm=20, module_mm=0.5))
    assert (code.text, code.symbology_identifier) == ("A-01-03", "]C0")


async def test_a_label_with_many_words_is_one_page_and_is_still_read() -> None:
    number = sscc("6901234", 42, 1)
    words = [("内装", "注射用重组人凝血因子与人血管性血友病因子复合冻干制剂（无菌预充式双腔注射器）" * 2)] * 4
    full = Label("物流箱标签", "", "上海浦东仓" * 8, [("出库单", "CK-1"), *words], height_mm=100)
    label = with_bars(full, codes.of_package(number), bars_mm=32, module_mm=0.495)
    assert pages_of(await print_labels.pdf(label)) == 1
    assert parse_scan(seen(label).text).sscc == number


@pytest.mark.parametrize("number", ["批240513", "B" * 21, ""])
def test_what_bars_cannot_say_is_not_printed_as_bars(number: str) -> None:
    barcode = codes.of_batch("06901234567892", number, None)
    assert barcode is None
    label = with_bars(PLAIN, barcode, bars_mm=18, module_mm=0.3)
    assert label.bars == ""


@settings(max_examples=25, deadline=None)
@given(
    number=st.text("ABCXYZ0123456789-/.", min_size=1, max_size=20),
    day=st.none() | st.dates(date(2026, 1, 1), date(2049, 12, 31)),
)
def test_any_batch_label_says_its_batch(number: str, day: date | None) -> None:
    barcode = codes.of_batch("06901234567892", number, day)
    assert barcode is not None
    said = parse_scan(seen(with_bars(PLAIN, barcode, bars_mm=18, module_mm=0.3)).text)
    assert (said.batch, said.expires_on) == (number, day)


def test_bars_are_never_wider_than_their_label() -> None:
    drawn = barcodes.svg(Barcode("code_128", "x" * 48, ""), width_mm=92, height_mm=10, module_mm=0.5)
    width = float(drawn.partition('width="')[2].partition("mm")[0])
    assert width <= 92.1


@pytest.fixture
async def packed(working: TestDatabase) -> AsyncIterator[Outbound]:
    """An order of 20 packs, reviewed and packed."""
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    outbound = Outbound(await make_world(opened, engine), engine)
    await outbound.prepare()
    await outbound.stock("A-01", "M1", "A1", 20)
    await outbound.begin(("M1", 20))
    await outbound.pick()
    await outbound.review()
    await outbound.pack()
    yield outbound
    await opened.close()


async def test_labels_carry_their_words_and_printing_is_audited(packed: Outbound) -> None:
    platform, admin = packed.world.platform, await packed.world.actor("admin")
    [row] = (await packages.list_packages(platform, actor=admin)).items
    name, made = await labels.of_package(platform, row.sscc, actor=admin)
    assert (name, pages_of(made)) == (f"{row.sscc}.pdf", 1)
    text = text_of(made)
    for word in (f"(00){row.sscc}", "CK-SO-1", "A1", "20盒"):
        assert word in text, word
    batch = await packed.world.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == "A1"))
    text = text_of((await labels.of_batch(platform, str(batch), actor=admin))[1])
    assert f"(01){GTINS['M1'].zfill(14)}(17)991231(10)A1" in text
    place, site = await _place(packed)
    english = text_of((await labels.of_place(platform, site, place, actor=admin, language="en"))[1])
    assert "Location" in english and place in english
    audited = await packed.world.rows(
        sa.select(t.audit_event.c.object_type).where(t.audit_event.c.action == "print.label")
    )
    assert sorted(one["object_type"] for one in audited) == ["batch", "location", "package"]


async def test_what_is_not_there_or_not_to_be_seen_has_no_label(packed: Outbound) -> None:
    platform, admin = packed.world.platform, await packed.world.actor("admin")
    place, site = await _place(packed)
    with pytest.raises(NotFound):
        await labels.of_place(platform, site, "Z-99", actor=admin)
    with pytest.raises(PackageUnknown):
        await labels.of_package(platform, "0" * 18, actor=admin)
    with pytest.raises(NotFound):
        await labels.of_batch(platform, str(uuid4()), actor=admin)
    assert place


async def test_packages_are_found_by_sscc_order_and_state(packed: Outbound) -> None:
    platform, admin = packed.world.platform, await packed.world.actor("admin")
    [row] = (await packages.list_packages(platform, actor=admin)).items
    for found in ({"text": row.sscc[:10]}, {"text": "SO-1"}, {"text": "CK-SO"}, {"state": row.state}):
        assert [one.sscc for one in await _listed(platform, packed, **found)] == [row.sscc], found
    for missed in ({"text": "9%"}, {"state": "dissolved"}, {"site": "nowhere"}):
        assert await _listed(platform, packed, **missed) == [], missed


async def _listed(platform: Platform, packed: Outbound, **asked: Any) -> list[packages.PackageRow]:
    admin = await packed.world.actor("admin")
    return list((await packages.list_packages(platform, actor=admin, **asked)).items)


async def _place(packed: Outbound) -> tuple[str, str]:
    rows = await packed.world.rows(
        sa.select(t.location.c.code, t.site.c.code.label("site"))
        .join(t.site, t.site.c.id == t.location.c.site_id)
        .where(t.location.c.code == "A-01")
    )
    return rows[0]["code"], rows[0]["site"]


def test_every_command_code_is_read_as_it_is_typed() -> None:
    for command in command_sheet.COMMANDS:
        barcode = codes.of_text(command_sheet.PREFIX + command)
        code = seen(with_bars(PLAIN, barcode, bars_mm=16, module_mm=0.4))
        assert code.text == command_sheet.PREFIX + command


def test_the_script_hears_exactly_the_codes_on_the_sheets() -> None:
    script = (Path(command_sheet.__file__).parents[1] / "ui/static/js/command_codes.js").read_text()
    heard = re.search(r"const COMMAND = /(.+)/;", script)
    assert heard
    for command in command_sheet.COMMANDS:
        assert re.search(heard[1], command_sheet.PREFIX + command), command
    for strange in ("XJCMD-", "XJCMD-NX", "XJCMD-T0", "XJCMD-10"):
        assert not re.search(heard[1], strange), strange

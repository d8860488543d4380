"""What arrives of a transfer is not what was sent: told before it is an incident, confirmed, and quality's task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from api.routes.documents import detail
from db import tables as t
from db.session import Database
from domain.pieces import MoreScanned, SerialsNotScanned
from domain.rejected_batches import BatchRejected
from services import document_notes, documents, found_before, tasks
from services.documents import DocumentView
from tests.pdf_text import pieces_of, text_of
from tests.servers import TestDatabase
from tests.services.quality import rejected_in
from tests.services.shipping import Outbound, gs1
from tests.services.transferring import arrived, books, differs, prepared, told
from ui.pages import document_head, document_parts
from ui.translation import Language, translations
from ui.view import View

PIECES = ("S1", "S2", "S3")


@pytest.fixture
async def house(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    yield await prepared(opened)
    await opened.close()


async def shown(house: Outbound, step: str, who: str) -> list[tuple[str, bool, list[tuple[Any, ...]]]]:
    """What somebody who decides on a step is shown: per list, whether for its reasons, and its lines."""
    actor = await house.world.actor(who)
    found = await tasks.get(house.world.platform, (await house.task(step))["id"], actor=actor)
    lists = await found_before.of_task(house.world.platform, found.task, actor=actor)
    return [
        (
            one.task.step_id,
            one.with_reason,
            [
                (
                    line.data["batch_number"],
                    line.data["quantity"],
                    (line.result or {}).get("received_quantity"),
                )
                for line in one.lines
            ],
        )
        for one in lists
    ]


async def test_who_decides_is_shown_batch_sent_and_arrived(house: Outbound) -> None:
    """Also at the sending site, where the list of the other site is not to be opened."""
    await arrived(house, 10)
    await house.answer("count", "far", 1, {"received_quantity": 7, "reason": "数量不符"}, "differs")
    await house.finish("count", "far", outcome="done")
    assert await shown(house, "difference", "wu") == [("count", True, [("B1", 10, 7)])]
    await house.filled("difference", "wu", "confirmed", cause="miscounted", note="已核对")
    await house.listed("check", "far2", "accepted")
    await house.listed("put_away", "far2", "done", [{"location": "A-01"}])
    of_quality = await shown(house, "anomaly", "zhou")
    assert ("count", True, [("B1", 10, 7)]) in of_quality
    assert [step for step, with_reason, _lines in of_quality if with_reason] == ["count"]


async def test_what_is_missing_is_a_task_of_quality(house: Outbound) -> None:
    await arrived(house, 10)
    await differs(house, 7)
    assert (await house.task("anomaly"))["state"] == "open"
    assert await books(house) == {("UR1", "qualified"): 7}
    await house.filled("anomaly", "zhou", "done", cause="承运商丢失")
    assert await told(house) == {"on_the_way", "missing"}
    assert await house.state() == ("completed", "completed")


async def test_who_says_that_all_is_here_has_scanned_each_piece(house: Outbound) -> None:
    await arrived(house, 3, *PIECES)
    with pytest.raises(SerialsNotScanned):
        await house.answer("count", "far", 1, {}, "received")
    plain = await house.scan("count", "far", gs1("M1", "B1"))
    assert (plain.verdict, plain.reason_code) == ("refused", "serial_needed")
    for serial in ("S1", "S3"):
        assert (await house.scan("count", "far", gs1("M1", "B1", serial))).verdict == "matched"
    with pytest.raises(SerialsNotScanned):
        await house.answer("count", "far", 1, {"received_quantity": 1, "reason": "少"}, "differs")
    await differs(house, 2)
    places = t.serial_place.c
    rows = await house.world.rows(
        sa.select(t.serial.c.number, places.kind).join(t.serial_place, places.serial_id == t.serial.c.id)
    )
    assert {row["number"]: row["kind"] for row in rows} == {"S1": "internal", "S3": "internal", "S2": "count"}


async def test_all_pieces_scanned_are_all_that_was_sent(house: Outbound) -> None:
    await arrived(house, 3, *PIECES)
    for serial in PIECES:
        answer = await house.scan("count", "far", gs1("M1", "B1", serial))
    assert answer.totals.done == 1, "a line that is scanned in full is as it was sent"
    stranger = await house.scan("count", "far", gs1("M1", "B1", "S9"))
    assert stranger.reason_code == "unknown_serial"
    await house.finish("count", "far", outcome="done")
    assert (await house.task("check"))["state"] == "open"


async def test_less_is_not_said_than_was_scanned(house: Outbound) -> None:
    await arrived(house, 10)
    await house.scan("count", "far", gs1("M1", "B1", count=8))
    with pytest.raises(MoreScanned):
        await house.answer("count", "far", 1, {"received_quantity": 7, "reason": "少"}, "differs")


PART = {"accepted_quantity": 2, "rejected_quantity": 1, "reason": "破损"}


@pytest.mark.parametrize("wrong", [(), ("S1",), PIECES])
async def test_who_puts_away_what_was_accepted_in_part_has_scanned_just_those_pieces(
    house: Outbound, wrong: tuple[str, ...]
) -> None:
    await arrived(house, 3, *PIECES)
    for serial in PIECES:
        await house.scan("count", "far", gs1("M1", "B1", serial))
    await house.finish("count", "far", outcome="done")
    await house.listed("check", "far2", "partial", [PART])
    await house.claim("put_away", "far2")
    await house.answer("put_away", "far2", 1, {"location": "A-01"})
    scans = [await house.scan("put_away", "far2", gs1("M1", "B1", serial)) for serial in wrong]
    with pytest.raises(SerialsNotScanned):
        await house.finish("put_away", "far2", outcome="done")
    if len(scans) > 2:
        await house.take_back("put_away", "far2", scans[1].scan_id)
    for serial in {"S1", "S3"} - set(wrong):
        await house.scan("put_away", "far2", gs1("M1", "B1", serial))
    await house.finish("put_away", "far2", outcome="done")
    p = t.serial_place.c
    rows = await house.world.rows(
        sa.select(t.serial.c.number, p.status).join(t.serial_place, p.serial_id == t.serial.c.id)
    )
    there = {row["number"]: row["status"] for row in rows}
    assert there == {"S1": "qualified", "S2": "rejected", "S3": "qualified"}
    assert await house.state() == ("completed", "completed")


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_quality_has_rejected_is_not_accepted_by_who_inspects_it(
    house: Outbound, when: str
) -> None:
    await arrived(house, 10)
    await house.answer("count", "far", 1, {}, "received")
    await house.finish("count", "far", outcome="done")
    await house.claim("check", "far2")
    if when == "after":
        await house.answer("check", "far2", 1, {}, "accepted")
    await rejected_in(house, "B1")
    asked = (
        house.finish("check", "far2", outcome="done")
        if when == "after"
        else house.answer("check", "far2", 1, {}, "accepted")
    )
    with pytest.raises(BatchRejected) as refused:
        await asked
    assert "批号 B1" in refused.value.message("zh")
    await house.answer("check", "far2", 1, {"reason": "质量判定"}, "rejected")
    await house.finish("check", "far2", outcome="done")
    await house.listed("put_away", "far2", "done", [{"location": "R-01"}])
    assert await books(house) == {("UR1", "rejected"): 10}
    assert await house.state() == ("completed", "completed")


async def record(house: Outbound) -> DocumentView:
    """The transfer as it is read."""
    admin = await house.world.actor("admin")
    return await documents.get(house.world.platform, "TR-1", actor=admin, kind="transfer")


def pages(language: Language) -> View:
    """A view of somebody who may open nothing."""
    return cast("View", SimpleNamespace(words=translations(language), may=lambda _permission: False))


async def test_the_note_that_goes_with_the_goods_says_batches_site_and_signatures(house: Outbound) -> None:
    """Before they arrive: what was sent, and nothing of what came of it."""
    await arrived(house, 10)
    [batch] = (await record(house)).transferred
    assert (batch.batch_number, batch.sent, batch.received, batch.missing) == ("B1", 10, 0, 0)
    admin = await house.world.actor("admin")
    _name, made = await document_notes.pdf(house.world.platform, "TR-1", actor=admin)
    said = pieces_of(made)
    assert "B1" in said and "途中短少" in "".join(said)
    assert "".join(said).count("HE") == 1, "who picked has signed"
    assert "调入仓库：上海一库 (UR1)" in "".join(said), "the site by its name"
    assert "结果：" not in "".join(said)


@pytest.mark.parametrize(
    ("came", "zh", "en"),
    [
        (7, "途中短少", "missing on the way"),
        (12, "多于发出", "more came than was sent"),
        (10, "到货", "arrived"),
    ],
)
async def test_the_record_says_what_came_of_what_was_sent(
    house: Outbound, came: int, zh: str, en: str
) -> None:
    await arrived(house, 10)
    if came == 10:
        await house.answer("count", "far", 1, {}, "received")
        await house.finish("count", "far", outcome="done")
        await house.listed("check", "far2", "rejected", [{"reason": "破损"}])
        await house.listed("put_away", "far2", "done", [{"location": "R-01"}])
    else:
        await differs(house, came)
    found = await record(house)
    [batch], [line] = found.transferred, found.lines.items
    kept = min(came, 10)
    figures = (batch.received, batch.missing, batch.accepted, batch.rejected)
    assert figures == (kept, 10 - kept, 0 if came == 10 else kept, 10 if came == 10 else 0)
    assert (line.data["shipped"], line.received) == (10, kept)
    meant = [one.meaning_en for one in found.signatures]
    assert {"picked", "checked at loading", "checked on arrival", "put away"} <= set(meant)
    assert ("confirmed the difference" in meant) == (came != 10)
    admin = await house.world.actor("admin")
    languages: tuple[tuple[Language, str], ...] = (("zh", zh), ("en", en))
    for language, words in languages:
        _name, made = await document_notes.pdf(house.world.platform, "TR-1", actor=admin, language=language)
        text = text_of(made)
        assert words.replace(" ", "") in text and "putback" not in text and "退回" not in text, language
        head = {fact.label: fact.cell for fact in document_head.facts(pages(language), found)}
        result = str(head["结果" if language == "zh" else "Result"].value)
        assert result == (zh if language == "zh" else en[0].upper() + en[1:])
        site = head["调入仓库" if language == "zh" else "To site"]
        assert site.sub == "UR1" and site.value not in ("", "UR1")
        [row] = document_parts.lines(pages(language), found, "").rows
        assert [cell.value for cell in row.cells[2:]] == [10, 10, kept]
    told = detail(found).model_dump(mode="json")
    assert [(one["batch_number"], one["missing"]) for one in told["transferred"]] == [("B1", 10 - kept)]
    assert told["signatures"][0]["printed_name"] == "HE"
    assert told["header"]["arrived_at"] and told["people"][told["header"]["receiver"]] == "FAR"
    [section] = [one for one in document_parts.record_sections(pages("zh"), found) if one.title == "批次"]
    assert section.table is not None
    [row] = section.table.rows
    assert [cell.value for cell in row.cells[5:8]] == [10, kept, 10 - kept]

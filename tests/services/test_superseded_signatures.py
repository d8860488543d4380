"""A signature over work that was sent back stays in sight, and everywhere it is said that it counts no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
import sqlalchemy as sa

from api.schemas.documents import DocumentSignatureOut
from api.schemas.runs import TimelineEntryOut
from db import tables as t
from db.session import Database
from domain.documents import TransferIn
from services import document_notes, documents, evidence_package_story, print_notes, run_lines, run_note, runs
from services.actions import ACTIONS, UNDOS
from tests.services.counting import Counting
from tests.services.shipping import STAFF, Outbound
from tests.stand_in_engine import StandInEngine
from tests.ui.house import put_in_force
from tests.world import make_world
from ui.pages import acceptance_record, run_parts
from ui.translation import translations

if TYPE_CHECKING:
    from services.print_notes import Note
    from tests.servers import TestDatabase
    from ui.contexts.parts import Table
    from ui.translation import Language
    from ui.view import View


@pytest.fixture
async def opened(working: TestDatabase) -> AsyncIterator[Database]:
    made = Database(working.app_url)
    yield made
    await made.close()


async def counted_again(opened: Database) -> Outbound:
    """A transfer whose count on arrival was sent back by who should confirm the difference, and is right then."""
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    house = Outbound(await make_world(opened, engine), engine)
    await put_in_force(house.world, "transfer", (*STAFF, "far"))
    await house.stock("A-01", "M1", "B1", 10)
    line = {"line": 1, "material": "M1", "quantity": 10, "unit": "盒"}
    body = {"number": "TR-1", "site": "SH1", "to_site": "UR1", "ordered_on": "2026-11-20", "lines": [line]}
    admin = await house.world.actor("admin")
    moved = await documents.post(house.world.platform, TransferIn.model_validate(body), actor=admin)
    inputs = {"transfer": str(moved.document.id)}
    made = await runs.start(house.world.platform, "transfer", inputs, actor=await house.world.actor("cao"))
    house.run = made.row.id
    await house.listed("pick", "he", "picked")
    await house.filled("load", "kong", "loaded", carrier="迅达", vehicle="沪A1")
    await house.filled("arrival", "far", "arrived", transport_mode="ambient")
    await house.listed("count", "far", "differs", [{"received_quantity": 7, "reason": "少三盒"}])
    await house.claim("difference", "wu")
    await house.send_back("difference", "wu", "count", "请再点一次")
    await house.listed("count", "far", "received")
    return house


def view(language: Language) -> View:
    words = translations(language)
    zone = "Asia/Shanghai"
    return cast("View", SimpleNamespace(words=words, zone=zone, may=lambda _permission: True))


def marked(table: Table, label: str) -> list[str]:
    """What stands below the meaning of each signature of a kind, in order."""
    return [str(row.cells[1].sub) for row in table.rows if row.cells[1].value == label]


async def test_a_count_that_was_sent_back_is_marked_wherever_it_is_signed(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[Note] = []
    set_ = print_notes.pdf

    async def pdf(note: Note) -> bytes:
        printed.append(note)
        return await set_(note)

    monkeypatch.setattr(print_notes, "pdf", pdf)
    house = await counted_again(opened)
    platform, admin = house.world.platform, await house.world.actor("admin")
    record = await documents.get(platform, "TR-1", actor=admin, kind="transfer")
    assert house.run is not None
    lines = await run_lines.page(platform, house.run, actor=admin, with_rest=True)
    languages: tuple[tuple[Language, str, str], ...] = (
        ("zh", "收货", "已被取代"),
        ("en", "received", "Superseded"),
    )
    for language, meaning, words in languages:
        pages = view(language)
        for table in (
            acceptance_record.signature_table(pages, record.signatures),
            run_parts.signatures_table(pages, lines),
        ):
            first, second = marked(table, meaning)
            assert first.startswith(words)
            assert second == ""
        await document_notes.pdf(platform, "TR-1", actor=admin, language=language)
        await run_note.pdf(platform, house.run, actor=admin, language=language)
        for note in printed[-2:]:
            said_so = [
                (one.meaning, one.superseded[: len(words)]) for one in note.signatures if one.superseded
            ]
            assert said_so == [(meaning, words)]
    told = [DocumentSignatureOut.model_validate(one) for one in record.signatures]
    [over] = [one.superseded for one in told if one.superseded]
    assert over.again_at is not None and over.again_at > over.sent_back_at
    shown = [TimelineEntryOut.model_validate(one) for one in lines.entries]
    assert [one.step_path for one in shown if one.signature and one.signature.superseded] == ["count#1"]
    story = await evidence_package_story.story(platform, house.run, actor=admin)
    said = [one["superseded"] for one in story["signatures"]]
    assert [one for one in said if one["zh"]] == [one for one in said if one["en"]] != []
    assert sum(bool(one["zh"]) for one in said) == 1


async def test_a_review_that_is_not_done_again_is_superseded_all_the_same(opened: Database) -> None:
    """Quality sends a stocktake back to its second count, and then there is no difference to review."""
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    counting = Counting(await make_world(opened, engine), engine)
    await counting.prepare()
    await counting.values(M1="100.00")
    await counting.stock("A-01", "M1", "A1", 100)
    await counting.start()
    await counting.count("count", "sun", 10)
    await counting.count("second_count", "feng", 10)
    await counting.review()
    await counting.claim("approval", "zhou")
    assert counting.run is not None
    zhou = await counting.world.actor("zhou")
    task = await counting.task("approval")
    await runs.command(
        counting.world.platform,
        counting.run,
        "send_back",
        reason="复盘",
        to="second_count",
        task_path=task["path"],
        actor=zhou,
    )
    await counting.count("second_count", "feng", 100)
    assert await counting.state() == ("completed", "agreed")
    d = t.document.c
    number = await counting.world.scalar(sa.select(d.number).where(d.kind == "stocktake"))
    admin = await counting.world.actor("admin")
    record = await documents.get(counting.world.platform, number, actor=admin)
    over = {
        (one.meaning_en, one.superseded is None, bool(one.superseded and one.superseded.again_at))
        for one in record.signatures
    }
    assert over == {
        ("counted", True, False),
        ("counted again", False, True),
        ("differences reviewed", False, False),
        ("counted again", True, False),
    }

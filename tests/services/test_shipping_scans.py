"""Scans at pick and review: the piece that was allocated, from where it stands, for one order; cases as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain.packages_in import ContentIn, PackageIn
from domain.pieces import MoreScanned, PieceNotOfLine, PiecesNotTold, SerialsNotScanned
from services import packages, worklists
from services.actions import ACTIONS, UNDOS
from tests.servers import TestDatabase
from tests.services.shipping import Outbound, gs1
from tests.stand_in_engine import StandInEngine
from tests.statements import counted
from tests.world import make_world


@pytest.fixture
async def outbound(working: TestDatabase) -> AsyncIterator[Outbound]:
    opened = Database(working.app_url)
    engine = StandInEngine(opened, ACTIONS, UNDOS)
    made = Outbound(await make_world(opened, engine), engine)
    await made.prepare()
    yield made
    await opened.close()


async def case(
    outbound: Outbound, *contents: tuple[str, int, list[str]], location: str = "A-01", **more: Any
) -> str:
    """A closed case at a location; its SSCC."""
    body = PackageIn(
        site="SH1",
        location=location,
        contents=[
            ContentIn(batch=f"M1:{number}", quantity=n, serials=names) for number, n, names in contents
        ],
        **more,
    )
    admin = await outbound.world.actor("admin")
    return (await packages.create(outbound.world.platform, body, actor=admin)).head.sscc


async def serials_in(outbound: Outbound, kind: str) -> set[str]:
    p = t.serial_place.c
    rows = await outbound.world.rows(
        sa.select(t.serial.c.number).join(t.serial_place, p.serial_id == t.serial.c.id).where(p.kind == kind)
    )
    return {row["number"] for row in rows}


async def test_a_line_that_is_scanned_in_full_is_done_and_undoing_opens_it_again(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "240513", 3)
    await outbound.begin(("M1", 3))
    task = await outbound.claim("pick", "he")
    await outbound.scan("pick", "he", gs1("M1", "240513", count=2))
    scan_id = uuid4()
    found = await outbound.scan("pick", "he", gs1("M1", "240513"), scan_id=scan_id)
    assert (found.verdict, found.totals.done) == ("matched", 1)
    platform, he = outbound.world.platform, await outbound.world.actor("he")
    undone = await worklists.undo_scan(
        platform, task["id"], scan_id, undo_id=uuid4(), epoch=task["epoch"], actor=he
    )
    assert (undone.totals.done, undone.totals.scanned_quantity) == (0, 2)
    page = await worklists.lines(platform, task["id"], actor=he, only_open=True)
    assert [(line.line, line.outcome) for line in page.items] == [(1, None)]
    again = await outbound.scan("pick", "he", gs1("M1", "240513"))
    assert again.totals.done == 1
    await outbound.finish("pick", "he", outcome="done")
    assert await outbound.balances() == {("240513", "F-01", "qualified"): 3}


async def test_a_wrong_batch_is_told_with_what_is_needed_and_where(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "240513", 10)
    await outbound.begin(("M1", 10))
    await outbound.claim("pick", "he")
    found = await outbound.scan("pick", "he", gs1("M1", "240601"))
    assert (found.verdict, found.reason_code) == ("refused", "wrong_batch")
    assert found.message["zh"] == "批号 240601 不在本单，应取 240513（货位 A-01）"
    assert found.message["en"] == "batch 240601 is not on this order; you need 240513 (A-01)"


async def test_a_place_where_nothing_of_the_order_stands_is_red(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "240513", 10)
    await outbound.begin(("M1", 10))
    await outbound.claim("pick", "he")
    assert (await outbound.scan("pick", "he", "a-01")).verdict == "matched"
    found = await outbound.scan("pick", "he", "A-02")
    assert (found.verdict, found.reason_code, found.location) == ("refused", "not_here", None)


async def test_pieces_with_serials_are_picked_and_reviewed_one_by_one(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    await outbound.begin(("M1", 2))
    task = await outbound.claim("pick", "he")
    found = await outbound.scan("pick", "he", gs1("M1", "B1"))
    assert (found.verdict, found.reason_code) == ("refused", "serial_needed")
    with pytest.raises(SerialsNotScanned):
        await outbound.answer("pick", "he", 1, {}, "picked")
    assert (await outbound.scan("pick", "he", gs1("M1", "B1", "S1"))).verdict == "matched"
    again = await outbound.scan("pick", "he", gs1("M1", "B1", "S1"))
    assert (again.verdict, again.reason_code) == ("refused", "already_scanned")
    done = await outbound.scan("pick", "he", gs1("M1", "B1", "S3"))
    assert done.totals.done == 1
    more = await outbound.scan("pick", "he", gs1("M1", "B1", "S2"))
    assert more.reason_code == "over_quantity"
    await outbound.finish("pick", "he", outcome="done")
    await outbound.claim("review", "feng")
    swapped = await outbound.scan("review", "feng", gs1("M1", "B1", "S2"))
    assert (swapped.verdict, swapped.reason_code) == ("refused", "not_here")
    assert "A-01" in swapped.message["zh"]
    for serial in ("S1", "S3"):
        assert (await outbound.scan("review", "feng", gs1("M1", "B1", serial))).verdict == "matched"
    await outbound.finish("review", "feng", outcome="done")
    await outbound.pack()
    await outbound.load()
    await outbound.hand_over()
    assert await outbound.state() == ("completed", "completed")
    assert await serials_in(outbound, "customer") == {"S1", "S3"}
    rows = await outbound.world.rows(sa.select(t.package_serial.c.current))
    assert [row["current"] for row in rows] == [False, False]
    assert task["step_id"] == "pick"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (gs1("M1", "B1", "S9"), "unknown_serial"),
        (gs1("M1", "B1", "T1"), "batch_mismatch"),
        (gs1("M1", "B2", "T1"), "wrong_batch"),
        (gs1("M1", "B1", "S4"), "not_here"),
    ],
)
async def test_a_serial_that_is_not_the_allocated_goods_is_red(
    outbound: Outbound, code: str, reason: str
) -> None:
    batch = await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    await outbound.serials("A-02", "M1", "B2", "T1")
    await outbound.begin(("M1", 2))
    async with outbound.world.write() as tx:  # registered, but in no place of ours
        material = await tx.scalar(sa.select(t.batch.c.material_id).where(t.batch.c.id == batch))
        row = {"batch_id": batch, "material_id": material, "number": "S4"}
        await tx.execute(sa.insert(t.serial).values(**row))
    await outbound.claim("pick", "he")
    found = await outbound.scan("pick", "he", code)
    assert (found.verdict, found.reason_code) == ("refused", reason)
    assert found.totals.scanned_quantity == 0


async def test_two_pickers_and_the_last_box_one_gets_it_and_the_other_is_told(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2")
    first = await outbound.begin(("M1", 1), number="SO-1")
    await outbound.claim("pick", "he")
    second = await outbound.begin(("M1", 1), number="SO-2")
    await outbound.claim("pick", "lv")
    outbound.run = first
    assert (await outbound.scan("pick", "he", gs1("M1", "B1", "S1"))).verdict == "matched"
    outbound.run = second
    found = await outbound.scan("pick", "lv", gs1("M1", "B1", "S1"))
    assert (found.verdict, found.reason_code) == ("refused", "taken")
    assert "SO-1" in found.message["zh"]
    assert (await outbound.scan("pick", "lv", gs1("M1", "B1", "S2"))).verdict == "matched"


async def test_a_case_counts_for_all_that_is_in_it_and_leaves_as_it_is(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "B1", 50)
    sscc = await case(outbound, ("B1", 30, []))
    await outbound.begin(("M1", 40))
    await outbound.claim("pick", "he")
    found = await outbound.scan("pick", "he", f"]C100{sscc}")
    assert (found.verdict, found.line, found.quantity) == ("matched", 1, 30)
    assert (await outbound.scan("pick", "he", f"]C100{sscc}")).reason_code == "already_scanned"
    await outbound.scan("pick", "he", gs1("M1", "B1", count=10))
    await outbound.finish("pick", "he", outcome="done")
    await outbound.claim("review", "feng")
    await outbound.scan("review", "feng", f"]C100{sscc}")
    await outbound.scan("review", "feng", gs1("M1", "B1", count=10))
    await outbound.finish("review", "feng", outcome="done")
    await outbound.pack({"package": 1})
    rows = await outbound.world.rows(
        sa.select(t.package.c.sscc, t.package.c.number, t.package_content.c.quantity)
        .join(t.package_content, t.package_content.c.package_id == t.package.c.id)
        .order_by(t.package.c.id)
    )
    assert [(row["number"], row["quantity"]) for row in rows] == [(None, 30), (1, 10)]
    await outbound.load()
    await outbound.hand_over(2)
    assert await outbound.state() == ("completed", "completed")
    states = await outbound.world.rows(sa.select(t.package.c.state))
    assert {row["state"] for row in states} == {"shipped"}


async def test_a_case_with_serials_is_all_of_its_pieces(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    sscc = await case(outbound, ("B1", 2, ["S1", "S2"]), trace_code="81234560000000000017")
    await outbound.begin(("M1", 3))
    await outbound.claim("pick", "he")
    found = await outbound.scan("pick", "he", "81234560000000000017")
    assert (found.verdict, found.quantity) == ("matched", 2)
    assert (await outbound.scan("pick", "he", gs1("M1", "B1", "S2"))).reason_code == "already_scanned"
    await outbound.scan("pick", "he", gs1("M1", "B1", "S3"))
    await outbound.finish("pick", "he", outcome="done")
    [line] = await outbound.lines("review")
    assert (line["serials"], sscc) == (["S1", "S2", "S3"], sscc)


async def test_a_piece_taken_out_of_a_case_leaves_it_open_with_the_rest(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    sscc = await case(outbound, ("B1", 3, ["S1", "S2", "S3"]))
    await outbound.begin(("M1", 1))
    await outbound.claim("pick", "he")
    await outbound.scan("pick", "he", gs1("M1", "B1", "S2"))
    await outbound.finish("pick", "he", outcome="done")
    seen = await packages.get(outbound.world.platform, sscc, actor=await outbound.world.actor("admin"))
    assert seen.head.state == "open"
    [row] = seen.contents
    assert (row.quantity, sorted(row.serials.values())) == (2, ["S1", "S3"])


async def test_a_case_of_two_batches_counts_for_both_lines_and_is_undone_as_one(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "B1", 5)
    await outbound.stock("A-01", "M1", "B2", 5)
    sscc = await case(outbound, ("B1", 5, []), ("B2", 5, []))
    await outbound.begin(("M1", 10))
    task = await outbound.claim("pick", "he")
    scan_id = uuid4()
    found = await outbound.scan("pick", "he", f"]C100{sscc}", scan_id=scan_id)
    assert (found.totals.done, found.totals.scanned_quantity) == (2, 10)
    assert "B1" in found.message["zh"] and "B2" in found.message["zh"]
    again = await outbound.scan("pick", "he", f"]C100{sscc}", scan_id=scan_id)
    assert again.totals.scanned_quantity == 10
    undone = await worklists.undo_scan(
        outbound.world.platform,
        task["id"],
        scan_id,
        undo_id=uuid4(),
        epoch=task["epoch"],
        actor=await outbound.world.actor("he"),
    )
    assert (undone.totals.done, undone.totals.scanned_quantity) == (0, 0)


async def test_cases_that_do_not_fit_are_red_with_the_reason(outbound: Outbound) -> None:
    await outbound.stock("A-01", "M1", "B1", 20)
    await outbound.stock("A-02", "M1", "B2", 20)
    big = await case(outbound, ("B1", 15, []))
    other = await case(outbound, ("B2", 5, []), location="A-02")
    moved = await case(outbound, ("B1", 5, []), location="A-02")
    await outbound.begin(("M1", 10))
    await outbound.claim("pick", "he")
    told = {
        name: (await outbound.scan("pick", "he", f"]C100{sscc}")).reason_code
        for name, sscc in {"big": big, "other": other, "moved": moved, "none": "106141412345678908"}.items()
    }
    assert told == {
        "big": "over_quantity",
        "other": "wrong_batch",
        "moved": "not_here",
        "none": "package_unknown",
    }


async def test_no_scan_of_the_list_takes_more_than_five_statements(outbound: Outbound) -> None:
    """And one more over HTTP, for who asks: green and red, and those that fill a line."""
    await outbound.stock("A-01", "M1", "B1", 50)
    await outbound.serials("A-01", "M2", "C7", "S1", "S2", "S3")
    sscc, whole = await case(outbound, ("B1", 10, [])), await case(outbound, ("B1", 28, []))
    await case(outbound, ("B1", 1, []), trace_code="81234560000000000017")
    await outbound.begin(("M1", 40), ("M2", 2))
    task, he = await outbound.claim("pick", "he"), await outbound.world.actor("he")
    codes = {
        "pack": gs1("M1", "B1"),
        "place": "A-01",
        "wrong place": "R-01",
        "case": f"]C100{sscc}",
        "box by its trace code": "81234560000000000017",
        "case again": f"]C100{sscc}",
        "unknown case": "]C100106141412345678908",
        "case that fills": f"]C100{whole}",
        "piece": gs1("M2", "C7", "S1"),
        "piece again": gs1("M2", "C7", "S1"),
        "piece that fills": gs1("M2", "C7", "S2"),
        "unknown piece": gs1("M2", "C7", "S9"),
        "pack too many": gs1("M1", "B1"),
        "wrong batch": gs1("M1", "B9"),
        "nothing": "nothing",
    }
    figures: dict[str, tuple[str, int]] = {}
    for name, code in codes.items():
        with counted() as statements:
            found = await worklists.scan(
                outbound.world.platform, task["id"], scan_id=uuid4(), code=code, epoch=task["epoch"], actor=he
            )
        figures[name] = (found.verdict, len(statements))
    green = {name for name, (verdict, _) in figures.items() if verdict == "matched"}
    assert green == {
        *("pack", "place", "case", "box by its trace code", "case that fills"),
        *("piece", "piece that fills"),
    }, figures
    assert max(cost for _, cost in figures.values()) <= 5, figures
    assert found.totals.done == 2


WET = {"defect": "damaged", "reason": "浸水"}


async def at_review(outbound: Outbound, *serials: str) -> None:
    """Pieces picked one by one, and as many of them scanned again by the reviewer."""
    await outbound.serials("A-01", "M1", "B1", *serials)
    await outbound.begin(("M1", len(serials)))
    for step, who in (("pick", "he"), ("review", "feng")):
        await outbound.claim(step, who)
        for serial in serials:
            assert (await outbound.scan(step, who, gs1("M1", "B1", serial))).verdict == "matched"
        if step == "pick":
            await outbound.finish(step, who, outcome="done")


async def undo(outbound: Outbound, step: str, who: str, code: str) -> None:
    """The newest scan of a code, undone."""
    task, s = await outbound.task(step), t.scan.c
    [newest] = await outbound.world.rows(
        sa.select(s.id).where(s.task_id == task["id"], s.code == code).order_by(s.id.desc()).limit(1)
    )
    await worklists.undo_scan(
        outbound.world.platform,
        task["id"],
        newest["id"],
        undo_id=uuid4(),
        epoch=task["epoch"],
        actor=await outbound.world.actor(who),
    )


async def statuses(outbound: Outbound) -> dict[str, str]:
    """Serial -> the status in which it stands."""
    p = t.serial_place.c
    rows = await outbound.world.rows(
        sa.select(t.serial.c.number, p.status).join(t.serial_place, p.serial_id == t.serial.c.id)
    )
    return {row["number"]: row["status"] for row in rows}


@pytest.mark.parametrize("way", ["named", "undone", "line"])
async def test_pieces_that_were_scanned_and_then_refused_are_just_these(outbound: Outbound, way: str) -> None:
    await at_review(outbound, "S1", "S2", "S3")
    if way == "line":
        await outbound.answer("review", "feng", 1, WET, "refused")
    else:
        part = {**WET, "refused_quantity": 1}
        with pytest.raises(PiecesNotTold):
            await outbound.answer("review", "feng", 1, part, "partly")
        if way == "undone":
            await undo(outbound, "review", "feng", gs1("M1", "B1", "S2"))
        else:
            part["refused_serials"] = "S2"
        await outbound.answer("review", "feng", 1, part, "partly")
    await outbound.finish("review", "feng", outcome="done")
    gone = {"S1", "S2", "S3"} if way == "line" else {"S2"}
    assert {n for n, status in (await statuses(outbound)).items() if status == "quarantine"} == gone
    if way != "line":
        await outbound.pack()
        await outbound.load()
        await outbound.hand_over()
    [line] = await outbound.lines("refused_goods")
    assert (set(line["serials"]), line["defect"], line["quantity"]) == (gone, "damaged", len(gone))
    await outbound.listed("refused_goods", "zhou", "rejected", [{"assessment": "浸水"}])
    left = {"S1", "S2", "S3"} - gone
    assert await serials_in(outbound, "customer") == left
    assert {n for n, status in (await statuses(outbound)).items() if status == "rejected"} == gone
    assert (await outbound.state())[0] == "completed"


async def test_who_refuses_a_part_says_which_pieces_and_scans_the_others(outbound: Outbound) -> None:
    await at_review(outbound, "S1", "S2", "S3")
    part = {**WET, "refused_quantity": 1}
    for serials, refusal in (("S9", PieceNotOfLine), ("S1、S2", PiecesNotTold)):
        with pytest.raises(refusal):
            await outbound.answer("review", "feng", 1, {**part, "refused_serials": serials}, "partly")
    await outbound.answer("review", "feng", 1, {**part, "refused_serials": "S2"}, "partly")
    await undo(outbound, "review", "feng", gs1("M1", "B1", "S3"))
    with pytest.raises(SerialsNotScanned):
        await outbound.finish("review", "feng", outcome="done")
    await outbound.scan("review", "feng", gs1("M1", "B1", "S3"))
    await outbound.finish("review", "feng", outcome="done")
    assert {n for n, status in (await statuses(outbound)).items() if status == "quarantine"} == {"S2"}


async def test_a_scan_after_the_answer_does_not_go_unseen(outbound: Outbound) -> None:
    await outbound.serials("A-01", "M1", "B1", "S1", "S2", "S3")
    await outbound.stock("A-02", "M2", "C7", 10)
    await outbound.begin(("M1", 3), ("M2", 10))
    await outbound.claim("pick", "he")
    for serial in ("S1", "S2"):
        await outbound.scan("pick", "he", gs1("M1", "B1", serial))
    short = {"found_quantity": 2, "reason": "少一盒"}
    await outbound.answer("pick", "he", 1, short, "short")
    await outbound.scan("pick", "he", gs1("M1", "B1", "S3"))
    await outbound.scan("pick", "he", gs1("M2", "C7", count=8))
    with pytest.raises(MoreScanned):
        await outbound.answer("pick", "he", 2, {"found_quantity": 7, "reason": "少"}, "short")
    await outbound.answer("pick", "he", 2, {"found_quantity": 8, "reason": "少"}, "short")
    with pytest.raises(SerialsNotScanned):
        await outbound.finish("pick", "he", outcome="done")
    await undo(outbound, "pick", "he", gs1("M1", "B1", "S3"))
    await outbound.finish("pick", "he", outcome="done")
    assert (await outbound.task("short_decision"))["state"] == "open"

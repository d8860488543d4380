"""A place that is scanned while a line is open: green and filled in, or red with the real reason."""

import re
from uuid import UUID, uuid4

import sqlalchemy as sa

from db import tables as t
from services import attachments, tasks, worklists
from services.signatures import SignatureGiven
from tests.ui.house import House, line
from tests.world import PASSWORD


async def putting_away(house: House) -> UUID:
    """Two batches wait to be put away: the first was accepted, the second rejected."""
    run = await house.run("1", [line(1, "M1", "P-1", 20), line(2, "M1", "P-2", 20)])
    await house.arrive(run)
    platform, task = house.world.platform, await house.task_of(run, "acceptance")
    wang = await house.actor("wang")
    await tasks.claim(platform, task, actor=wang)
    report = await attachments.add(
        platform, b"%PDF-1.4\n%%EOF\n", actor=wang, file_name="report.pdf", task_id=task
    )
    seen = {"inspection_report": [str(report.id)], "packaging": "conforming"}
    for number, outcome, more in (
        (1, "accepted", {}),
        (2, "rejected", {"reason": "标签不清", "handling": "destroy"}),
    ):
        await worklists.line_result(
            platform,
            task,
            number,
            result_id=uuid4(),
            outcome=outcome,
            data={**seen, **more},
            epoch=1,
            actor=wang,
        )
    signed = SignatureGiven(PASSWORD)
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=wang, signature=signed)
    found = await house.task_of(run, "put_away")
    await tasks.claim(platform, found, actor=await house.actor("sun"))
    return found


async def test_a_place_is_judged_for_the_line_at_hand(house: House) -> None:
    task = await putting_away(house)
    async with house.as_person("sun") as sun:
        for number, code, word, words in (
            (1, "c-01", "不符", "是冷藏库区，该药品须常温储存；可放 A-01、"),
            (1, "R-01", "不符", "该批为合格品；可放 A-01、"),
            (2, "R-01", "正确", "货位 R-01"),
            (2, "A-01", "不符", "该批不合格；可放 R-01"),
            (1, "X-01", "不符", "只存放特殊管理药品"),
            (1, "a-01", "正确", "货位 A-01"),
        ):
            said = {"code": code, "scan_id": str(uuid4()), "epoch": "1", "line": str(number)}
            page = (await sun.post(f"/tasks/{task}/scans", data=said)).text
            verdict = re.search(r'<div id="verdict".*?</div>', page, re.DOTALL)
            assert verdict, page
            assert word in verdict.group(0) and words in verdict.group(0), (code, verdict.group(0))
            filled = re.search(r'name="data.location"[^>]*value="([^"]*)"', page)
            assert filled, page
            assert filled.group(1) == (code.upper() if word == "正确" else "")


async def test_a_line_that_is_left_before_it_is_confirmed_keeps_its_place_and_is_named(house: House) -> None:
    task = await putting_away(house)
    said = {"epoch": "1", "line": "1"}
    async with house.as_person("sun") as sun:

        async def scan(code: str, **more: str) -> str:
            sent = {**said, **more, "code": code, "scan_id": str(uuid4())}
            return (await sun.post(f"/tasks/{task}/scans", data=sent)).text

        assert "尚未确认" not in await scan("A-01")
        assert "第 1 行尚未确认，已填内容已保留。" in await scan("P-2", **{"data.location": "A-01"})
        again = (await sun.get(f"/tasks/{task}/scan?line=1")).text
        assert re.search(r'name="data.location"[^>]*value="A-01"', again)
        done = {**said, "data.location": "A-01", "outcome": "done", "result_id": str(uuid4())}
        await sun.post(f"/tasks/{task}/lines/1", data=done)
        assert "尚未确认" not in await scan("P-2", **{"data.location": "A-01"})


async def test_a_line_says_what_was_scanned_beside_its_whole_quantity(house: House) -> None:
    task = await putting_away(house)
    async with house.as_person("sun") as sun:
        said = {"code": "P-1", "scan_id": str(uuid4()), "epoch": "1"}
        page = (await sun.post(f"/tasks/{task}/scans", data=said)).text
    assert "20\u00a0盒 · 扫描核对 1" in page
    assert "1 / 20" not in page


async def test_each_record_of_a_delivery_says_who_signed_it(house: House) -> None:
    task = await putting_away(house)
    sun, platform = await house.actor("sun"), house.world.platform
    for number, place in ((1, "A-01"), (2, "R-01")):
        data = {"location": place}
        await worklists.line_result(
            platform, task, number, result_id=uuid4(), outcome="done", data=data, epoch=1, actor=sun
        )
    signed = SignatureGiven(PASSWORD)
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=sun, signature=signed)
    d = t.document.c
    kinds = ("receipt", "acceptance_record", "put_away")
    found = await house.world.rows(
        sa.select(d.kind, d.header["signatures"].label("by")).where(d.kind.in_(kinds))
    )
    people = {row["kind"]: [str(one["person"]) for one in row["by"]] for row in found}
    named = {str(id_): name for name, id_ in house.world.people.items()}
    assert {kind: [named[one] for one in ids] for kind, ids in people.items()} == {
        "receipt": ["li"],
        "acceptance_record": ["wang"],
        "put_away": ["sun"],
    }

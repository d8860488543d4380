"""The acceptance record as an auditor reads it: every field, both acceptors, the site's time, the same numbers."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.sop_progress.refusals import FormInvalid
from services import tasks
from services.signatures import SignatureGiven
from tests.pdf_text import text_of
from tests.ui.house import House, line
from tests.world import PASSWORD

ARRIVED = {"transport_mode": "ambient", "packaging": "intact"}
GIVEN = SignatureGiven(PASSWORD)


async def accepted(house: House) -> tuple[UUID, UUID]:
    """A delivery of two batches, one accepted in part by two people; run and acceptance task."""
    run = await house.run("1", [line(1, "M3", "B77-20", 350), line(2, "M3", "240513", 200)])
    platform = house.world.platform
    await house.arrive(run)
    arrival = await house.task_of(run, "arrival")
    await tasks.sign(platform, arrival, epoch=1, signature=GIVEN, actor=await house.actor("wu"))
    task = await house.task_of(run, "acceptance")
    wang = await house.actor("wang")
    await tasks.claim(platform, task, actor=wang)
    parts: dict[str, Any] = {"accepted_quantity": 340, "rejected_quantity": 10}
    await house.decide(task, 1, "partial", **parts, reason="瓶身裂纹", handling="destroy")
    await house.decide(task, 2)
    await tasks.complete(platform, task, outcome="done", data={}, epoch=1, actor=wang, signature=GIVEN)
    await tasks.sign(platform, task, epoch=1, signature=GIVEN, actor=await house.actor("zhao"))
    return run, task


def facts_of(html: str) -> list[tuple[str, str]]:
    """The labels with their values, in order."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return [
        (unescape(label), unescape(re.sub(r"<[^>]+>|\\s+", " ", value)).strip()) for label, value in found
    ]


async def test_the_record_shows_every_field_of_each_batch(house: House) -> None:
    run, task = await accepted(house)
    d = t.document.c
    record = await house.world.scalar(sa.select(d.id).where(d.run_id == run, d.kind == "acceptance_record"))
    async with house.as_person("admin") as admin:
        html = (await admin.get(f"/documents/{record}")).text
    said = facts_of(html)
    first = [" ".join(value.split()) for label, value in said if label == "合格数量"]
    assert first == ["340 盒", "200 盒"]
    assert [" ".join(v.split()) for label, v in said if label == "不合格数量"] == ["10 盒", "0 盒"]
    told = dict(reversed(said))  # of the first batch
    for label, value in {
        "原因": "瓶身裂纹",
        "不合格品处置": "销毁",
        "验收结论": "部分合格",
        "检验报告书": "report-1.pdf",
        "结果录入人": "WANG",
    }.items():
        assert told.get(label, "").startswith(value), (label, told)
    for label in (
        "通用名称",
        "剂型",
        "规格",
        "批准文号",
        "生产企业",
        "供货单位",
        "生产日期",
        "有效期至",
        "开箱箱号",
        "外观与包装",
    ):
        assert told.get(label, "–") != "–", (label, told)
    g = t.signature.c
    signed = await house.world.rows(
        sa.select(g.printed_name, g.content_sha256).where(g.task_id == task).order_by(g.recorded_at)
    )
    assert [row["printed_name"] for row in signed] == ["WANG", "ZHAO"]
    for row in signed:
        assert row["printed_name"] in html and row["content_sha256"] in html
    assert re.search(r"\d\d:\d\d:\d\d</time> <small>UTC\+08:00", html)
    assert "Z</dd>" not in html and "arrived_at" not in html
    assert next((label, value.split()[0]) for label, value in said if label == "编制") == ("编制", "系统")


async def test_the_printed_record_says_the_same(house: House) -> None:
    run, _task = await accepted(house)
    d = t.document.c
    record = await house.world.scalar(sa.select(d.id).where(d.run_id == run, d.kind == "acceptance_record"))
    async with house.as_person("admin") as admin:
        assert f'href="/documents/{record}/note"' in (await admin.get(f"/documents/{record}")).text
        printed = text_of((await admin.get(f"/documents/{record}/note")).content)
    for word in (
        "验收记录",
        "B77-20",
        "340",
        "部分合格",
        "瓶身裂纹；销毁",
        "国药准字",
        "WANG",
        "ZHAO",
        "UTC+08:00",
    ):
        assert word in printed, word


async def test_the_run_leads_from_the_acceptance_to_its_results_line_by_line(house: House) -> None:
    run, task = await accepted(house)
    async with house.as_person("admin") as admin:
        html = (await admin.get(f"/runs/{run}")).text
        assert html.count(f'href="/tasks/{task}/scan"') == 1
        lines = await admin.get(f"/tasks/{task}/scan?line=1")
    assert lines.status_code == 200
    assert "部分合格" in lines.text
    assert re.search(r"<td[^>]*>.*?\d\d:\d\d:\d\d</time>", html.replace("\n", " "))


async def test_a_refused_line_is_told_by_the_labels_of_its_fields(house: House) -> None:
    run = await house.run("1", [line(1, "M1", "240513", 40)])
    await house.arrive(run)
    task = await house.task_of(run, "acceptance")
    wang = await house.actor("wang")
    await tasks.claim(house.world.platform, task, actor=wang)
    with pytest.raises(FormInvalid) as refused:
        await house.decide(task, 1, "accepted", accepted_quantity=39)
    assert "合格数量：" in refused.value.message("zh") and "accepted_quantity" not in refused.value.message(
        "zh"
    )
    assert "Accepted quantity: " in refused.value.message("en")
    assert [problem.field for problem in refused.value.fields] == ["accepted_quantity"]
    async with house.as_person("admin") as admin:
        html = (await admin.get(f"/runs/{run}")).text
    assert "合格数量：" in html and "accepted_quantity" not in html

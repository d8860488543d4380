"""One digest everywhere: the dialog shows the one that is recorded, and signs nothing else than was shown."""

import re
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa

from db import tables as t
from services import tasks
from services.signatures import SignatureGiven
from tests.ui.house import House, line
from tests.world import PASSWORD

ORDINARY = [line(1, "M1", "240513", 40)]
ARRIVED = {"data.transport_mode": "ambient", "data.packaging": "intact", "epoch": "1"}
SHOWN = re.compile(r'name="shown_sha256" value="([0-9a-f]{64})"')


async def dialog(client: httpx.AsyncClient, task: UUID, outcome: str, **fields: str) -> str:
    """The dialog's HTML; what it shows and what it sends along are the same digest."""
    page = await client.post(f"/tasks/{task}/review", data={"outcome": outcome, "epoch": "1", **fields})
    assert page.status_code == 200, page.text
    for digest in SHOWN.findall(page.text):
        assert f'<code title="{digest}">{digest[:12]}</code>' in page.text
    return page.text


def digest_in(html: str) -> str:
    """The digest that the dialog shows."""
    found = SHOWN.search(html)
    assert found, "the dialog shows no digest"
    return found.group(1)


async def signed(house: House, task: UUID) -> list[str]:
    """The digests on record for a task, in order."""
    g = t.signature.c
    rows = await house.world.rows(
        sa.select(g.content_sha256).where(g.task_id == task).order_by(g.recorded_at)
    )
    return [row["content_sha256"] for row in rows]


async def accepting(house: House, lines: list[dict[str, Any]]) -> tuple[UUID, UUID]:
    """A delivery whose acceptance WANG has claimed and decided; run and task."""
    run = await house.run("1", lines)
    await house.arrive(run)
    task = await house.task_of(run, "acceptance")
    await tasks.claim(house.world.platform, task, actor=await house.actor("wang"))
    await house.decide(task)
    return run, task


async def test_what_the_dialog_shows_is_on_record(house: House) -> None:
    run = await house.run("1", ORDINARY)
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as li:
        await li.post(f"/tasks/{task}/claim")
        shown = digest_in(await dialog(li, task, "received", **ARRIVED))
        answer = await li.post(
            f"/tasks/{task}/complete",
            data={**ARRIVED, "outcome": "received", "password": PASSWORD, "shown_sha256": shown},
        )
        assert answer.status_code == 303, answer.text
    assert await signed(house, task) == [shown]
    async with house.as_person("admin") as admin:
        page = (await admin.get(f"/runs/{run}")).text
    assert f'<code title="{shown}">{shown[:12]}</code>' in page  # the table of signatures
    assert f"· {shown[:12]}</p>" in page  # the time line
    assert set(re.findall(r'<code title="([0-9a-f]{64})"', page)) == {
        shown,
        await house.world.scalar(sa.select(t.run.c.sha256).where(t.run.c.id == run)),
    }


async def test_both_signers_of_a_list_see_the_digest_that_is_recorded(house: House) -> None:
    _, task = await accepting(house, ORDINARY)
    async with house.as_person("wang") as wang:
        shown = digest_in(await dialog(wang, task, "done"))
        done = {"outcome": "done", "epoch": "1", "password": PASSWORD, "shown_sha256": shown}
        assert (await wang.post(f"/tasks/{task}/complete", data=done)).status_code == 303
    assert await signed(house, task) == [shown]


async def test_the_second_signer_sees_the_digest_of_the_first(house: House) -> None:
    run = await house.run("1", [line(1, "M3", "B77-20", 20)])
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as li:
        await li.post(f"/tasks/{task}/claim")
        shown = digest_in(await dialog(li, task, "received", **ARRIVED))
        await li.post(
            f"/tasks/{task}/complete",
            data={**ARRIVED, "outcome": "received", "password": PASSWORD, "shown_sha256": shown},
        )
        assert "尚待签名：收货检查（双人） · " in (await li.get(f"/tasks/{task}")).text, "and by which post"
    async with house.as_person("wu") as second:
        assert "去签名" in (await second.get(f"/tasks/{task}")).text
        html = await dialog(second, task, "sign")
        assert digest_in(html) == shown
        facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", html, re.DOTALL))
        assert "收货" in facts["结果"] and "收货检查" in facts["已签名"], (
            "what was decided, and who signed it"
        )
        given = {"epoch": "1", "password": PASSWORD, "shown_sha256": shown}
        assert (await second.post(f"/tasks/{task}/sign", data=given)).status_code == 303
    assert await signed(house, task) == [shown, shown]


async def test_a_digest_that_needs_the_reason_is_not_shown_before_it(house: House) -> None:
    run = await house.run("1", ORDINARY)
    task = await house.task_of(run, "arrival")
    async with house.as_person("li") as li:
        await li.post(f"/tasks/{task}/claim")
        html = await dialog(li, task, "refused", **ARRIVED)
        assert not SHOWN.search(html) and not re.search(r"<code title", html)
        assert "摘要含您填写的原因，签名后显示在签名旁" in html
        refused = {**ARRIVED, "outcome": "refused", "reason": "封条破损", "password": PASSWORD}
        assert (await li.post(f"/tasks/{task}/complete", data=refused)).status_code == 303
    assert len(await signed(house, task)) == 1


async def test_nothing_is_signed_when_the_content_is_no_longer_what_was_shown(house: House) -> None:
    _, task = await accepting(house, ORDINARY)
    async with house.as_person("wang") as wang:
        shown = digest_in(await dialog(wang, task, "done"))
        await house.decide(task, 1, "rejected", reason="标签不清", handling="pending")
        done = {"outcome": "done", "epoch": "1", "password": PASSWORD, "shown_sha256": shown}
        answer = await wang.post(f"/tasks/{task}/complete", data=done)
        assert answer.status_code == 409
        assert "签名内容已变化，请重新查看" in answer.text
        assert await signed(house, task) == []
        again = digest_in(await dialog(wang, task, "done"))
        assert again != shown
        assert (
            await wang.post(f"/tasks/{task}/complete", data={**done, "shown_sha256": again})
        ).status_code == 303
    assert await signed(house, task) == [again]


async def test_a_signature_without_a_shown_digest_is_over_the_same(house: House) -> None:
    _, task = await accepting(house, ORDINARY)
    async with house.as_person("wang") as wang:
        shown = digest_in(await dialog(wang, task, "done"))
    await tasks.complete(
        house.world.platform,
        task,
        outcome="done",
        data={},
        epoch=1,
        actor=await house.actor("wang"),
        signature=SignatureGiven(PASSWORD),
    )
    assert await signed(house, task) == [shown]

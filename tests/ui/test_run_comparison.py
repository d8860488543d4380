"""Two runs of a procedure side by side, found from the page of one of them."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from db import tables as t
from services import runs, tasks
from services.signatures import SignatureGiven
from tests.ui.house import House
from tests.world import PASSWORD, two_steps


async def refused(house: House, number: str, who: str) -> str:
    """A delivery that was turned away at the door."""
    run = await house.run(number)
    actor, task = await house.actor(who), await house.task_of(run, "arrival")
    await tasks.claim(house.world.platform, task, actor=actor)
    data = {"transport_mode": "ambient", "packaging": "damaged"}
    given = SignatureGiven(PASSWORD)
    await tasks.complete(
        house.world.platform,
        task,
        outcome="refused",
        data=data,
        reason="外箱破损",
        epoch=1,
        actor=actor,
        signature=given,
    )
    return str(run)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_outcome_data_performers_and_times_stand_side_by_side(house: House, language: str) -> None:
    left = await house.run("LEFT")
    await house.arrive(left, "li")
    right = await refused(house, "RIGHT", "qian")
    later = t.task.c.closed_at + timedelta(hours=2, seconds=30)
    arrival = sa.and_(t.task.c.run_id == sa.cast(right, sa.Uuid), t.task.c.step_id == "arrival")
    async with house.world.write() as tx:
        await tx.execute(sa.update(t.task).where(arrival).values(closed_at=later))
    async with house.as_person("admin") as client:
        await client.post("/language", data={"language": language})
        assert f'href="/runs/{left}/compare"' in (await client.get(f"/runs/{left}")).text
        choice = (await client.get(f"/runs/{left}/compare")).text
        assert f'href="/runs/{left}/compare/{right}"' in choice
        assert f"/compare/{left}" not in choice, "not with itself"
        page = (await client.get(f"/runs/{left}/compare/{right}")).text
        same = (await client.get(f"/runs/{left}/compare/{left}")).text
    told = re.sub(r"<[^>]+>", " ", page)
    assert "LI" in told and "QIAN" in told
    words = {
        "zh": ("长 2 小时", "仅本流程有", "个步骤有差异"),
        "en": ("longer by 2 h", "only in this run", "steps differ"),
    }
    for word in words[language]:
        assert word in told, " ".join(told.split())[1500:5200]
    assert re.search(r"(Outer packaging|外包装[^:]*): [^→]+ → ", told), " ".join(told.split())[:3000]
    assert "edge-warn" in page and "edge-warn" not in same


async def test_runs_of_other_procedures_or_out_of_sight_are_not_compared(house: House) -> None:
    left, right = await house.run("ONE"), await house.run("TWO")
    async with house.as_person("far") as client:
        assert (await client.get(f"/runs/{left}/compare/{right}")).status_code == 403
        assert (await client.get(f"/runs/{left}/compare")).status_code == 403
    async with house.as_person("admin") as client:
        assert (await client.get(f"/runs/{left}/compare/nonsense")).status_code == 404
        key = (await house.world.publish(two_steps())).definition.sop
        other = await runs.start(house.world.platform, key, {}, actor=await house.actor("li"), site="SH1")
        right = other.row.id
        page = await client.get(f"/runs/{left}/compare/{right}")
        assert page.status_code == 409 and "不属于同一规程" in page.text

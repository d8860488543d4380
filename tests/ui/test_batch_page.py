"""A batch's page: every move says all who performed it, and the acceptance stands among what is known."""

import re
from uuid import UUID, uuid4

import sqlalchemy as sa

from db import tables as t
from services import attachments, tasks, worklists
from services.signatures import SignatureGiven
from tests.ui.house import House, line
from tests.world import PASSWORD

SIGNED = SignatureGiven(PASSWORD)


async def sign(house: House, task: UUID, username: str) -> None:
    await tasks.sign(house.world.platform, task, epoch=1, actor=await house.actor(username), signature=SIGNED)


async def batch_page(house: House, number: str) -> str:
    found = await house.world.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == number))
    async with house.as_person("admin") as client:
        answer = await client.get(f"/batches/{found}")
    assert answer.status_code == 200, answer.text
    return answer.text


def table(page: str, id_: str) -> str:
    found = re.search(rf'id="{id_}"(.*?)</table>', page, re.DOTALL)
    assert found, f"no table {id_}"
    return found.group(1)


async def test_a_move_names_who_received_and_who_signed_after_them(house: House) -> None:
    run = await house.run("1", [line(1, "M3", "B77-20", 20)])
    arrival = await house.task_of(run, "arrival")
    await house.arrive(run)
    await sign(house, arrival, "wu")
    moved = table(await batch_page(house, "B77-20"), "moves")
    assert "LI · WU" in moved


async def test_a_move_outside_of_any_task_names_its_actor(house: House) -> None:
    run = await house.run("2", [line(1, "M1", "B78", 20)])
    await house.arrive(run)
    moved = table(await batch_page(house, "B78"), "moves")
    assert "LI" in moved and "·" not in re.sub(r"\s", "", moved).partition("LI")[2][:1]


async def test_the_result_of_acceptance_stands_on_the_page(house: House) -> None:
    run = await house.run("3", [line(1, "M1", "B79", 20)])
    await house.arrive(run)
    task, wang = await house.task_of(run, "acceptance"), await house.actor("wang")
    assert "尚未验收" in await batch_page(house, "B79")
    await tasks.claim(house.world.platform, task, actor=wang)
    report = await attachments.add(
        house.world.platform, b"%PDF-1.4\n%%EOF\n", actor=wang, file_name="report.pdf", task_id=task
    )
    data = {
        "inspection_report": [str(report.id)],
        "packaging": "conforming",
        "accepted_quantity": 15,
        "rejected_quantity": 5,
        "reason": "两件破损",
        "handling": "return_to_supplier",
    }
    await worklists.line_result(
        house.world.platform, task, 1, result_id=uuid4(), outcome="partial", data=data, epoch=1, actor=wang
    )
    await tasks.complete(
        house.world.platform, task, outcome="done", data={}, epoch=1, actor=wang, signature=SIGNED
    )
    shown = table(await batch_page(house, "B79"), "acceptance")
    for said in ("YS", "15\u00a0盒", "5\u00a0盒", "WANG", "两件破损", "部分合格"):
        assert said in shown, (said, shown)

"""What people do with a task besides answering it, on its page: who can be chosen, what is told, what is refused."""

from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from services import api_keys
from tests.ui.house import House, line, token_in
from tests.world import PASSWORD, machine

ORDINARY = [line(1, "M1", "240513", 40)]
ARRIVED = {
    "outcome": "received",
    "data.transport_mode": "ambient",
    "data.packaging": "intact",
    "epoch": "1",
    "password": PASSWORD,
}


async def claimed(house: House, number: str, who: str = "li") -> tuple[UUID, str]:
    run = await house.run(number, ORDINARY)
    task = await house.task_of(run, "arrival")
    async with house.as_person(who) as person:
        await person.post(f"/tasks/{task}/claim")
    return run, f"/tasks/{task}"


async def holder(house: House, address: str) -> UUID:
    found: UUID = await house.world.scalar(
        sa.select(t.task.c.assignee_id).where(t.task.c.id == UUID(address.rpartition("/")[2]))
    )
    return found


async def test_a_task_is_handed_over_to_one_of_those_who_may_have_it(house: House) -> None:
    _, address = await claimed(house, "1")
    qian = house.world.people["qian"]
    async with house.as_person("li") as li:
        page = await li.get(address)
        assert f'href="{address}/commands/hand-over"' in page.text
        dialog = await li.get(f"{address}/commands/hand-over", headers={"HX-Request": "true"})
        assert "<html" not in dialog.text and token_in(dialog.text)
        assert f'value="{qian}"' in dialog.text
        for other in ("li", "wang", "far", "untrained"):  # the holder, another post, site, training
            assert str(house.world.people[other]) not in dialog.text
        body = {"epoch": "1", "do_person": str(qian), "do_reason": ""}
        again = await li.post(f"{address}/commands/hand-over", data=body)
        assert again.status_code == 422
        assert 'id="command" open' in again.text and "请填写原因" in again.text
        assert f'value="{qian}" selected' in again.text or f'value="{qian}"' in again.text
        done = await li.post(f"{address}/commands/hand-over", data={**body, "do_reason": "去开会"})
        assert (done.status_code, done.headers["location"]) == (303, "/inbox")
        assert await holder(house, address) == qian
        assert "/commands/hand-over" not in (await li.get(address)).text
    async with house.as_person("qian") as person:
        assert "/commands/hand-over" in (await person.get(address)).text
        assert "转交给您" in (await person.get("/notifications")).text


async def test_a_delegation_is_told_on_the_page_with_its_end(house: House) -> None:
    _, address = await claimed(house, "2")
    qian = house.world.people["qian"]
    async with house.as_person("li") as li:
        body = {"epoch": "1", "do_person": str(qian), "do_reason": "午休", "do_until": "2020-01-01T08:00"}
        late = await li.post(f"{address}/commands/delegate", data=body)
        assert late.status_code == 422 and "委派的截止时间须在将来31天之内" in late.text
        dialog = await li.get(f"{address}/commands/delegate")
        until = dialog.text.partition('name="do_until"')[2].partition('value="')[2].partition('"')[0]
        done = await li.post(f"{address}/commands/delegate", data={**body, "do_until": until})
        assert done.status_code == 303
        page = await li.get(address)
        assert "由LI委派" in page.text and until.replace("T", " ") in page.text
        assert "/commands/hand-over" in page.text  # the delegator may take it back


async def test_a_post_is_asked_to_sign_and_refuses(house: House) -> None:
    run, address = await claimed(house, "3")
    async with house.as_person("li") as li:
        body = {"epoch": "1", "do_signer": "post:keeper", "do_order": "after", "do_reason": "贵重"}
        done = await li.post(f"{address}/commands/add-signer", data=body)
        assert (done.status_code, done.headers["location"]) == (303, address)
        await li.post(f"{address}/complete", data={**ARRIVED, "epoch": "2"})
        waits = await li.get(address)
        assert "加签" in waits.text and "/commands/withdraw" in waits.text
        assert "/commands/refuse" not in waits.text
    async with house.as_person("sun") as sun:
        page = await sun.get(address)
        assert "/commands/refuse" in page.text
        refused = await sun.post(f"{address}/commands/refuse", data={"epoch": "2", "do_reason": "封签破损"})
        assert refused.status_code == 303
    async with house.as_person("li") as li:
        back = await li.get(address)
        assert "有人拒签：封签破损" in back.text
        told = await li.get(f"/runs/{run}")
        assert "拒签“到货检查”，原因：封签破损" in told.text


async def test_why_a_completion_cannot_be_withdrawn_is_said_in_words(house: House) -> None:
    _, address = await claimed(house, "4")
    async with house.as_person("li") as li:
        await li.post(f"{address}/complete", data=ARRIVED)
        page = await li.get(address)
        assert "/commands/withdraw" in page.text
        answer = await li.post(f"{address}/commands/withdraw", data={"epoch": "1", "do_reason": "填错了"})
        assert answer.status_code == 409
        assert "不能撤回：系统已据此执行" in answer.text


async def test_work_is_sent_back_from_its_page_with_a_reason(house: House) -> None:
    run, arrival = await claimed(house, "6")
    async with house.as_person("li") as li:
        await li.post(f"{arrival}/complete", data=ARRIVED)
    address = f"/tasks/{await house.task_of(run, 'acceptance')}"
    async with house.as_person("wang") as wang:
        await wang.post(f"{address}/claim")
        assert 'data-opens="send-back"' in (await wang.get(address)).text
        body = {"to": "sample", "reason": " "}
        empty = await wang.post(f"{address}/send-back", data=body)
        assert (
            empty.status_code == 422 and 'id="send-back" aria-labelledby="send-back-title" open' in empty.text
        )
        done = await wang.post(f"{address}/send-back", data={**body, "reason": "样品不足"})
        assert (done.status_code, done.headers["location"]) == (303, "/inbox")
        again = await wang.get(f"/tasks/{await house.task_of(run, 'acceptance')}")
        assert "第 2 次" in again.text


async def test_who_sees_a_task_but_may_not_work_on_it_is_offered_to_remind_alone(house: House) -> None:
    _, address = await claimed(house, "5")
    async with house.as_person("wu") as wu:
        page = await wu.get(address)
        assert page.text.count("/commands/") == page.text.count("/commands/remind") > 0
        done = await wu.post(f"{address}/commands/remind", data={"epoch": "1", "do_reason": ""})
        assert (done.status_code, done.headers["location"]) == (303, address)
        again = await wu.post(f"{address}/commands/remind", data={"epoch": "1"})
        assert again.status_code == 409 and "分钟后可再次催办" in again.text
    async with house.as_person("li") as li:
        assert "催办：到货检查" in (await li.get("/notifications")).text
        assert (await li.get(f"{address}/commands/forget")).status_code == 404


async def test_an_administrator_revokes_a_key_with_a_reason(house: House) -> None:
    key = await machine(house.world, ["run.read"])
    [row] = await api_keys.list_keys(house.world.platform, actor=await house.actor("admin"))
    assert key.startswith(row.prefix)
    async with house.as_person("li") as li:
        assert (await li.get("/admin/keys")).status_code == 403
        assert (await li.post(f"/admin/keys/{row.prefix}", data={"reason": "x"})).status_code == 403
    async with house.as_person("admin") as admin:
        assert row.prefix in (await admin.get("/admin/keys")).text
        assert (await admin.get("/admin/keys/xk_unknown")).status_code == 404
        empty = await admin.post(f"/admin/keys/{row.prefix}", data={"reason": " "})
        assert empty.status_code == 422 and "请填写原因" in empty.text
        done = await admin.post(f"/admin/keys/{row.prefix}", data={"reason": "已泄露"})
        assert (done.status_code, done.headers["location"]) == (303, "/admin/keys")
        page = await admin.get("/admin/keys")
        assert "已由ADMIN于" in page.text and f"/admin/keys/{row.prefix}" not in page.text

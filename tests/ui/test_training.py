"""Recording a training: of a version that exists, on the day that it is where the person works."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Invalid, Refusal
from domain.master_data import TrainingIn
from services import persons, sop_catalogue
from services.signatures import SignatureGiven
from tests.ui.house import KEY, House, second_version
from tests.world import PASSWORD


async def test_only_versions_that_exist_are_offered_and_recorded(house: House) -> None:
    async with house.as_person("admin") as client:
        page = (await client.get("/admin/persons/untrained")).text
        assert f'value="{KEY}|1"' in page and f'value="{KEY}|7"' not in page
        refused = await client.post("/admin/persons/untrained/training", data={"training": f"{KEY}|7"})
        assert refused.status_code == 422
        assert "第7版" in refused.text
        none = await client.post("/admin/persons/untrained/training", data={})
        assert none.status_code == 422
        answer = await client.post("/admin/persons/untrained/training", data={"training": f"{KEY}|1"})
        assert answer.status_code == 303
        again = await client.post("/admin/persons/untrained/training", data={"training": f"{KEY}|1"})
        assert again.status_code == 303
    known = await persons.get(house.world.platform, "untrained", actor=await house.actor("admin"))
    assert [(one.sop, one.version) for one in known.trained] == [(KEY, 1)]


async def test_a_version_that_does_not_exist_is_refused_to_everybody(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        await persons.record_training(
            house.world.platform,
            "untrained",
            TrainingIn(sop=KEY, version=7),
            actor=await house.actor("admin"),
        )
    assert [problem.field for problem in refused.value.fields] == ["version"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_a_training_without_a_day_is_of_the_day_at_the_person_s_site(house: House, zone: str) -> None:
    """The two zones are 25 hours apart: in one of them it is never the day that it is in UTC."""
    async with house.world.write() as tx:
        await tx.execute(sa.update(t.site).where(t.site.c.code == "SH1").values(time_zone=zone))
    training = TrainingIn(sop=KEY, version=1)
    before = datetime.now(UTC)
    known = await persons.record_training(
        house.world.platform, "untrained", training, actor=await house.actor("admin")
    )
    days = {(at.astimezone(ZoneInfo(zone))).date() for at in (before, before + timedelta(minutes=5))}
    assert known.trained[0].trained_on in days


RIGHT = {
    "question.no_order": "refuse",
    "question.cold_chain": "record",
    "question.special_control": "two",
    "password": PASSWORD,
}


async def test_a_new_version_is_read_answered_and_signed_before_its_tasks_come(house: House) -> None:
    draft = await second_version(house)
    version = UUID(draft.rpartition("/")[2])
    assert draft in await told(house, "admin")  # and of the first version before
    assert await told(house, "author") == set()
    await sop_catalogue.approve(
        house.world.platform, version, signature=SignatureGiven(PASSWORD), actor=await house.actor("admin")
    )
    address = f"/training/{KEY}/2"
    assert await told(house, "wang") == {address}
    async with house.as_person("wang") as client:
        assert address in (await client.get("/notifications")).text
        listed = (await client.get("/training")).text
        assert address in listed and "已批准，尚无日期" in listed
        page = (await client.get(address)).text
        assert "冷链药品到货时先做什么？" in page and "您的步骤" in page
        wrong = await client.post(address, data={**RIGHT, "question.no_order": "wait"})
        assert wrong.status_code == 422 and "回答不正确" in wrong.text
        none = await client.post(address, data={"password": PASSWORD})
        assert none.status_code == 422 and "请选择一个答案" in none.text
        forged = await client.post(address, data={**RIGHT, "password": "not-mine"})
        assert forged.status_code in {401, 403, 422} and "密码" in forged.text
        assert await records(house) == []
        assert (await client.post(address, data=RIGHT)).status_code == 303
        assert (await client.post(address, data=RIGHT)).status_code == 303
        assert (await client.get("/training/no_such/1")).status_code == 404
        assert (await client.get(f"/training/{KEY}/x")).status_code == 404
    (found,) = await records(house)
    assert found["answers"] == {name.removeprefix("question."): RIGHT[name] for name in RIGHT if "." in name}
    refused = sa.select(sa.func.count()).where(
        t.audit_event.c.action == "read.training", t.audit_event.c.refused
    )
    assert await house.world.scalar(refused) == 3
    async with house.as_person("admin") as client:
        register = (await client.get("/training/register")).text
        assert "SUN" in register
        shown = (await client.get(f"/sops/{KEY}/versions/2")).text
        assert "人尚未培训" in shown


async def test_nobody_signs_for_another_and_no_training_is_edited(house: House) -> None:
    signature = await house.world.scalar(sa.select(t.signature.c.id).limit(1))
    li, wang = house.world.people["li"], house.world.people["wang"]
    with pytest.raises(Refusal, match=r"XJ013|sign|签"):
        async with house.world.write() as tx:
            await tx.execute(
                sa.insert(t.training_record).values(
                    person_id=wang, sop_key=KEY, version=9, trained_on=datetime.now(UTC).date(),
                    recorded_by=li, how="read", answers={}, signature_id=signature,
                )
            )  # fmt: skip
    with pytest.raises(Exception, match=r"permission denied|kept"):
        async with house.world.write() as tx:
            await tx.execute(sa.update(t.training_record).values(version=2))


async def told(house: House, username: str) -> set[str]:
    n = t.notification.c
    query = sa.select(n.link).where(n.person_id == house.world.people[username], n.link.is_not(None))
    async with house.world.database.read() as tx:
        return {
            row["link"] for row in await tx.rows(query) if "/2" in row["link"] or "/versions/" in row["link"]
        }


async def records(house: House) -> list[Mapping[str, Any]]:
    r = t.training_record.c
    async with house.world.database.read() as tx:
        return await tx.rows(sa.select(r.answers, r.how).where(r.version == 2))

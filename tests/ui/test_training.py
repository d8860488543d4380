"""Recording a training: of a version that exists, on the day that it is where the person works."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Invalid
from domain.master_data import TrainingIn
from services import persons
from tests.ui.house import KEY, House


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

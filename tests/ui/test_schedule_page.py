"""A schedule says its site by name, in its list and on its own page."""

from domain.schedules import ScheduleIn
from services import schedules
from tests.services.recall_runs import hire
from tests.ui.house import House, put_in_force


async def test_a_schedule_names_its_site(house: House) -> None:
    await hire(house)
    await put_in_force(house.world, "expiry_check")
    wanted = {
        "name": "每夜检查",
        "sop": "expiry_check",
        "site": "SH1",
        "inputs": {"site": "SH1", "days": 180},
        "calendar": {"times": ["02:00"]},
        "reason": "GSP 85",
    }
    admin = await house.actor("admin")
    made = await schedules.create(house.world.platform, ScheduleIn.model_validate(wanted), actor=admin)
    async with house.as_person("admin") as client:
        named = str((await client.get("/admin/sites/SH1")).text)
        listed = (await client.get("/admin/schedules")).text
        shown = (await client.get(f"/admin/schedules/{made.row.id}")).text
    site = made.row.site_zh
    assert site and site != "SH1" and site in named
    assert f"效期检查 · {site}" in listed
    assert f'href="/admin/sites/SH1">{site}' in shown

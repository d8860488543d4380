"""What is to be scanned or counted of a line stands on its page before the click, and in the refusal after it."""

from uuid import uuid4

from tests.services.shipping import KEY, STAFF, Outbound, gs1
from tests.ui.house import House, put_in_force


async def test_a_line_says_what_is_to_be_scanned_or_counted_still(house: House) -> None:
    outbound = Outbound(house.world, house.engine)
    await put_in_force(house.world, KEY, STAFF)
    await outbound.stock("A-01", "M1", "240513", 9)
    await outbound.begin(("M1", 5))
    task = await outbound.claim("pick", "he")
    address = f"/tasks/{task['id']}"
    said = {"epoch": str(task["epoch"]), "outcome": "picked"}
    async with house.as_person("he") as client:
        page = (await client.get(f"{address}/scan?line=1")).text
        assert "请先扫描该行货物" in page
        refused = await client.post(f"{address}/lines/1", data={**said, "result_id": str(uuid4())})
        assert refused.status_code == 409 and "第 1 行还没有扫描" in refused.text
        await outbound.scan("pick", "he", gs1("M1", "240513", count=2))
        page = (await client.get(f"{address}/scan?line=1")).text
        assert "已扫描 2，应为 5" in page and "请先扫描该行货物" not in page
        refused = await client.post(f"{address}/lines/1", data={**said, "result_id": str(uuid4())})
        assert refused.status_code == 409 and "第 1 行应为 5，扫描了 2" in refused.text
        typed = {**said, "result_id": str(uuid4()), "data.found_quantity": "5"}
        assert (await client.post(f"{address}/lines/1", data=typed)).status_code == 200
        page = (await client.get(f"{address}/scan?line=1")).text
        assert "已扫描 2，应为 5" not in page

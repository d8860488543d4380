"""Change control in the browser: what changed stands above the signature, plans are shown and called off, comments kept."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import sqlalchemy as sa

from db import tables as t
from tests.ui.house import HOSTILE, KEY, House, second_version
from tests.world import PASSWORD

WEEK = timedelta(days=7)


async def english(client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "en", "csrf": client.headers["X-CSRF-Token"]})


def dialog(page: str, name: str) -> str:
    found = re.search(rf'<dialog id="{name}".*?</dialog>', page, re.DOTALL)
    return found[0] if found else ""


async def test_the_approver_reads_what_changed_above_the_signature(house: House) -> None:
    href = await second_version(house)
    async with house.as_person("admin") as client:
        page = (await client.get(href)).text
        signing = dialog(page, "approve")
        assert "取消与“到货检查”的职责分离" in signing and "高风险" in signing
        assert signing.index("职责分离") < signing.index('name="password"')
        await english(client)
        page = (await client.get(f"{href}/changes")).text
        assert "Segregation from “Check on arrival” removed" in page
        assert "Deadline from 4 hours to 1 day" in page
        assert "To be trained before it takes effect" in page
        drawn = re.findall(r'<g class="node is-human mark-(\w+)"><title>([^<·]+)', page)
        assert sorted((name.strip(), marked) for marked, name in drawn) == [
            ("Decide on the excursion", "changed"),
            ("Put away", "changed"),
        ]
        assert (await client.get(f"{href}/changes?from=1")).text.count("Deadline from") == 1
        assert "say the same" in (await client.get(f"/sops/{KEY}/versions/1/changes?from=1")).text
        assert (await client.get(f"{href}/changes?from=99")).status_code == 404
        assert (await client.get(f"/sops/{KEY}/versions/1/changes")).status_code == 200
        # What was read is what is signed.
        stale = await client.post(f"{href}/approve", data={"password": PASSWORD, "revision": "7"})
        assert stale.status_code == 409
        assert "read it again" in stale.text
        done = await client.post(f"{href}/approve", data={"password": PASSWORD, "revision": "1"})
        assert done.status_code == 303


async def test_an_author_approves_nothing_and_comments_stay(house: House) -> None:
    href = await second_version(house)
    async with house.as_person("author") as client:
        refused = await client.post(f"{href}/approve", data={"password": PASSWORD})
        assert refused.status_code == 403
        assert "编制人不得批准自己的规程" in refused.text
    async with house.as_person("admin") as client:
        step = {"step": "acceptance", "reason": HOSTILE}
        assert (await client.post(f"{href}/comment", data=step)).status_code == 303
        assert (await client.post(f"{href}/comment", data={"reason": " "})).status_code == 422
        page = (await client.get(href)).text
        assert "&lt;script&gt;" in page and "<script>alert" not in page
        comments = re.search(r'id="comments".*?</table>', page, re.DOTALL)
        assert comments and "逐批验收" in comments[0]
    refusals = await house.world.rows(
        sa.select(t.audit_event.c.action).where(
            t.audit_event.c.refused, t.audit_event.c.object_type == "sop_version"
        )
    )
    assert sorted(row["action"] for row in refusals) == ["approve.sop", "comment.sop"]


async def test_a_plan_is_on_the_clock_of_the_site_shown_and_called_off(house: House) -> None:
    href = await second_version(house)
    local = (datetime.now(UTC) + WEEK).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    at = local.isoformat(timespec="minutes")
    async with house.as_person("admin") as client:
        await client.post(f"{href}/approve", data={"password": PASSWORD})
        assert "按所选仓库当地时间" in dialog((await client.get(href)).text, "publish")
        for wrong, status in (("2020-01-01T00:00", 422), ("next week", 422)):
            data = {"site": "UR1", "effective_from": wrong, "password": PASSWORD}
            refused = await client.post(f"{href}/publish", data=data)
            assert refused.status_code == status, refused.text
        data = {"site": "UR1", "effective_from": at, "password": PASSWORD}
        assert (await client.post(f"{href}/publish", data=data)).status_code == 303
        page = (await client.get(href)).text
        assert f"计划自 {at.replace('T', ' ')} (UTC+06:00) 起" in page
        assert "已排期" in page
        plan = re.search(r'name="plan" value="(UR1\|[^"]+)"', dialog(page, "withdraw"))
        assert plan
        call_off = {"plan": plan[1].replace("&#43;", "+"), "reason": "推迟", "password": PASSWORD}
        for wrong_data in ({"plan": ""}, {"reason": ""}, {"password": "wrong"}):
            assert (await client.post(f"{href}/withdraw", data={**call_off, **wrong_data})).status_code in {
                401,
                403,
                422,
            }
        assert (await client.post(f"{href}/withdraw", data=call_off)).status_code == 303
        page = (await client.get(href)).text
        assert "已排期" not in page and "生效前撤销" in page
        assert (await client.post(f"{href}/withdraw", data=call_off)).status_code == 409


async def test_a_vendors_new_version_is_told_in_the_list(house: House) -> None:
    async with house.as_person("admin") as client:
        assert "厂商新版本" not in (await client.get("/sops")).text
        href = await second_version(house, "vendor")
        page = (await client.get("/sops")).text
        assert f'href="{href}/changes"' in page
        assert re.search(r"\d+项变更 · 高风险", page)

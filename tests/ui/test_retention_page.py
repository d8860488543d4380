"""The page of retention: nothing due in a young house, holds set and lifted with a reason, what was deleted."""

from __future__ import annotations

import html
import re

import pytest

from db.session import Database
from services import retention
from tests import aged
from tests.servers import TestDatabase
from tests.services import deletions
from tests.ui.house import House, token_in

PLACE = "/evidence/retention"


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("目前没有可删除的内容", "没有生效的保全", "没有删除过内容", "五年")),
        (
            "en",
            (
                "Nothing may be deleted now",
                "No legal hold is in force",
                "Nothing has been deleted yet",
                "five years",
            ),
        ),
    ],
)
async def test_a_young_house_has_nothing_due_and_says_so(
    house: House, language: str, words: tuple[str, ...]
) -> None:
    async with house.as_person("zheng") as client:
        await client.post("/language", data={"language": language})
        page = await client.get(PLACE)
        assert page.status_code == 200
        assert all(one in plain(page.text) for one in words)
        assert f'action="{PLACE}/holds"' not in page.text, "an auditor sets none"
        assert (await client.get("/evidence")).text.count(PLACE) == 1


async def test_a_hold_is_set_shown_and_lifted(house: House, database: TestDatabase) -> None:
    [old] = await deletions.old_runs(house, database)
    async with house.as_person("admin") as client:
        page = (await client.get(PLACE)).text
        assert str(old) in page and "record_destruction" in page
        token = token_in(page)
        for wrong, said in (
            ({"kind": "run", "about": "nobody", "reason": "x"}, "没有找到"),
            ({"kind": "run", "about": "", "reason": "x"}, "请填写保全对象"),
        ):
            answer = await client.post(f"{PLACE}/holds", data={"csrf": token, **wrong})
            assert answer.status_code in {404, 422} and said in plain(answer.text)
        fields = {"csrf": token, "kind": "run", "about": str(old), "reason": "药监局来函"}
        answer = await client.post(f"{PLACE}/holds", data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, PLACE)
        page = (await client.get(PLACE)).text
        assert "药监局来函" in page
        [lift] = re.findall(rf'href="({PLACE}/holds/[0-9a-f-]+)"', page)
        assert "曾经保全的记录永久保留" in plain((await client.get(lift)).text)
        answer = await client.post(lift, data={"csrf": token, "reason": "结案"})
        assert answer.status_code == 303
        assert (await client.post(lift, data={"csrf": token, "reason": "再次"})).status_code == 409
        page = plain((await client.get(PLACE)).text)
        assert "结案" in page and "没有生效的保全" in page
    standing = await retention.standing(house.world.platform, actor=await house.actor("zheng"))
    assert [row["run_id"] for row in standing.due] == [old]


async def test_what_was_deleted_is_told_here_and_on_the_run(house: House, database: TestDatabase) -> None:
    [old] = await deletions.old_runs(house, database)
    await deletions.staffed(house)
    await deletions.deleted(house)
    async with house.as_person("zheng") as client:
        page = plain((await client.get(PLACE)).text)
        for name in ("召回员", "保存期满"):
            assert name in page
        run = plain((await client.get(f"/runs/{old}")).text)
        assert "按保存期限删除" in run and "召回员" in run
        assert (await client.get(f"/evidence?begin=1&of=run&ref={old}&levels=quick")).status_code == 200


async def test_a_deleted_file_is_a_page_that_says_when_and_by_which_run(
    house: House, database: TestDatabase
) -> None:
    [old] = await deletions.old_runs(house, database)
    owner = Database(database.owner_url, pool_size=1)
    async with owner.write() as tx:
        tx.audited_elsewhere("the test's own world")
        photo = await aged.attach(tx, b"%PDF-photo", person=house.world.people["li"], run=old)
    await owner.close()
    await deletions.staffed(house)
    run = await deletions.deleted(house)
    async with house.as_person("zheng") as client:
        assert "2 份归档内容 1 个文件" in plain((await client.get(PLACE)).text)
    async with house.as_person("li") as client:
        answer = await client.get(f"/attachments/{photo}")
        page = plain(answer.text)
        assert answer.status_code == 410
        assert "已按保存期限删除" in page and str(run) in page and "永久保存" in page


async def test_what_does_not_fit_on_a_page_is_on_the_next(
    house: House, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SHOWN", 2)
    made = await deletions.old_runs(house, database, 3)
    async with house.as_person("zheng") as client:
        page = (await client.get(PLACE)).text
        assert str(made[1]) in page and str(made[2]) not in page
        [more] = set(re.findall(rf'"({PLACE}[?]after=[^"]+)"', page))
        page = (await client.get(html.unescape(more))).text
        assert str(made[2]) in page and str(made[1]) not in page
        assert (await client.get(f"{PLACE}?after=x")).status_code == 422
    admin = await house.actor("admin")
    await retention.set_hold(house.world.platform, "sop", "old_one", reason="诉讼", actor=admin)
    async with house.as_person("zheng") as client:
        empty = await client.get(PLACE)
        assert "看过的这些现在都不得删除" in plain(empty.text)
        assert re.findall(rf'href="{PLACE}[?]after=', empty.text)


async def test_who_may_not_see_the_whole_house_sees_nothing_of_it(house: House) -> None:
    async with house.as_person("li") as client:
        assert (await client.get(PLACE)).status_code == 403

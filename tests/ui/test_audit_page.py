"""The audit log speaks of people, tasks and runs by name; ids, paths and empty values are in the record below."""

import html
import re

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.master_data import PersonChanges
from services import persons, runs, tasks
from services.audit_names import AuditNames
from tests.ui.house import KEY, House
from ui.audit_changes import Told
from ui.translation import translations

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


async def shown(house: House, language: str, query: str = "") -> tuple[str, str]:
    """The log in words, and what is folded away."""
    async with house.as_person("admin") as client:
        await client.post("/language", data={"language": language})
        page = (await client.get(f"/audit{query}")).text
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    raw = " ".join(re.findall(r"(?s)<details.*?</details>", table))
    told = re.sub(r"(?s)<details.*?</details>", "", table)
    return html.unescape(re.sub(r"<[^>]+>", " ", told)), html.unescape(raw)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_who_did_what_to_what_is_told_by_name(house: House, language: str) -> None:
    advice = await house.delivery("AUDITED")
    run = await runs.start(
        house.world.platform, KEY, {"dispatch_advice": str(advice)}, actor=await house.actor("admin")
    )
    task = await house.task_of(run.row.id, "arrival")
    li = await house.actor("li")
    await tasks.claim(house.world.platform, task, actor=li)
    await tasks.release(house.world.platform, task, actor=li)
    await tasks.claim(house.world.platform, task, actor=li)
    told, raw = await shown(house, language)
    titles = sa.select(t.task.c.title_zh, t.task.c.title_en).where(t.task.c.id == task)
    [title] = await house.world.rows(titles)
    name = await house.world.scalar(sa.select(t.person.c.name).where(t.person.c.username == "li"))
    assert title[f"title_{language}"] in told
    assert name in told
    assert str(run.row.business_key) in told
    assert not ID.search(told), ID.search(told)
    assert "null" not in told and "None" not in told
    assert not re.search(r"\w#\d", told), "a path of steps is no name"
    assert str(task) in raw and str(run.row.id) in raw and "claim.task" in raw


async def test_a_change_of_a_person_is_told_by_what_changed(house: House) -> None:
    admin = await house.actor("admin")
    change = PersonChanges(active=False)
    await persons.change(house.world.platform, "li", change, reason="离职", actor=admin)
    told, raw = await shown(house, "en", "?object_type=person")
    assert "Yes → No" in told
    assert not ID.search(told)
    assert '"active"' in raw


def test_what_says_nothing_on_both_sides_is_left_out() -> None:
    told = Told(translations("en"), object_type="task")
    before = {"assignee": None, "note": "", "state": "open", "n": 0}
    assert told.lines(before, {"assignee": None, "state": "claimed", "n": 0}) == [
        "State: Unclaimed → Claimed"
    ]
    assert told.lines({"assignee": None}, {"assignee": "QIAN"}) == ["Holder: – → QIAN"]
    assert told.lines(None, {"assignee": None, "lines": [], "count": 0}) == ["How many: 0"]
    nested = {"posts": [{"post": "buyer", "site": None}, {"post": "sales", "active": True}]}
    assert told.lines(None, nested) == ["Posts: Post buyer; Post sales, In use Yes"]
    assert told.lines(None, {"path": "both#1.r.last#1"}) == ["Step: last"]


def test_permissions_and_procedures_are_told_in_words() -> None:
    names = AuditNames(procedures={"receiving": ("收货", "Receiving")})
    told = Told(translations("en"), names)
    assert told.lines(None, {"sop": "receiving"}) == ["Procedure: Receiving"]
    assert told.lines(None, {"permissions": ["run.start", "x.y"]}) == ["Permissions: Start runs, x.y"]

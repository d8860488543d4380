"""The audit log speaks of people, tasks and runs by name; ids, paths and empty values are in the record below."""

import csv
import html
import io
import re
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries import audit as queries
from domain.master_data import PersonChanges
from services import persons, runs, tasks
from services.audit_names import AuditNames
from tests.ui.house import KEY, House
from ui import csv_file
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


def test_a_change_within_a_field_is_told_field_by_field_and_of_a_list_what_left_and_came() -> None:
    told = Told(translations("en"))
    before = {"posts": ["buyer", "sales"], "line": {"quantity": 4, "batch": "A"}}
    after = {"posts": ["sales", "keeper"], "line": {"quantity": 5, "batch": "A"}}
    assert told.lines(before, after) == [
        "Posts: buyer (taken away)",
        "Posts: keeper (added)",
        "Line · Quantity: 4 → 5",
    ]


@pytest.mark.parametrize("text", ["领取任务", "claim TASK", "LI"])
async def test_a_text_is_found_in_the_words_of_either_language_and_in_names(house: House, text: str) -> None:
    run = await house.run("TEXT")
    task = await house.task_of(run, "arrival")
    await tasks.claim(house.world.platform, task, actor=await house.actor("li"))
    _told, raw = await shown(house, "zh", f"?text={quote(text)}&object_type=task")
    assert "claim.task" in raw and str(task) in raw
    told, _raw = await shown(house, "zh", f"?text={quote(text)}x")
    assert not told.strip()


async def test_an_event_leads_to_what_it_is_about_and_has_the_time_of_its_site(house: House) -> None:
    run = await house.run("PLACE")
    zone = sa.update(t.site).where(t.site.c.code == "SH1").values(time_zone="Asia/Tokyo")
    async with house.world.write() as tx:
        await tx.execute(zone)
    task = await house.task_of(run, "arrival")
    await tasks.claim(house.world.platform, task, actor=await house.actor("li"))
    async with house.as_person("admin") as client:
        page = (await client.get(f"/audit?run={run}&action=claim.task")).text
        assert f'href="/tasks/{task}"' in page and "UTC+09:00" in page
        assert 'href="/audit"' in page, "the way back to the whole log"
        started = (await client.get(f"/audit?run={run}&action=start.run")).text
        assert f'href="/runs/{run}"' in started


async def test_what_was_only_read_is_shown_on_demand(house: House) -> None:
    async with house.as_person("admin") as client:
        await client.get("/audit")
        hidden, shown_, only = [
            (await client.get(f"/audit{query}")).text.partition("<tbody>")[2]
            for query in ("", "?reads=shown", "?reads=only")
        ]
    look, other = "&#34;action&#34;: &#34;read.audit", "&#34;action&#34;: &#34;open.session"
    assert look not in hidden and other in hidden
    assert look in shown_ and other in shown_
    assert look in only and other not in only


async def test_the_log_is_taken_along_as_a_file_and_that_is_logged(house: House) -> None:
    run = await house.run("FILE")
    async with house.as_person("admin") as client:
        answer = await client.get(f"/audit.csv?run={run}&refused=no")
        log = (await client.get("/audit?action=export.audit")).text.partition("<tbody>")[2]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.text.startswith("\ufeff")
    head, *rows = list(csv.DictReader(io.StringIO(answer.text[1:])))
    assert {row["操作（代码）"] for row in (head, *rows)} >= {"start.run"}
    assert {row["流程（编号）"] for row in (head, *rows)} == {str(run)}
    assert "导出审计日志" in log and str(run) in log
    async with house.as_person("li") as client:
        assert (await client.get("/audit.csv")).status_code == 403


async def test_a_long_log_is_searched_part_by_part_and_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SEARCHED", 3)
    first = sa.select(t.audit_event.c.object_id).order_by(t.audit_event.c.recorded_at).limit(1)
    wanted = await house.world.scalar(first)
    async with house.as_person("admin") as client:
        address, looks = f"/audit?text={wanted}", 1
        page = (await client.get(address)).text
        while wanted not in page.partition("<tbody>")[2]:
            assert "继续向前查找" in page
            further = re.search(r'href="(/audit\?[^"]*after=[^"]+)"', page)
            assert further
            page, looks = (await client.get(html.unescape(further[1]))).text, looks + 1
    assert looks > 1


@pytest.mark.parametrize(("text", "kept"), [("=1+1", "'=1+1"), ("-5", "-5"), ("+x", "'+x"), ("a", "a")])
def test_no_value_becomes_a_formula_in_a_spreadsheet(text: str, kept: str) -> None:
    assert csv_file.lines([[text]]) == f"{kept}\r\n"

"""The cases of a version in the browser: run with one button, counted, and in a draft changed as forms."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from domain.sop_document import Data
from services import sop_editing, sop_files
from tests.services.test_sop_cases import SMALL
from tests.ui.house import HOSTILE, KEY, House


async def draft(house: House, text: str = SMALL) -> str:
    """A draft of the author's own; the address of its cases."""
    author = await house.actor("author")
    row = await sop_editing.begin(house.world.platform, text, actor=author)
    return f"/sops/{row.key}/versions/{row.id}/cases"


async def cases(house: House, href: str) -> list[Data]:
    author = await house.actor("author")
    view = await sop_editing.read_draft(house.world.platform, UUID(href.split("/")[4]), actor=author)
    return list(view.data.get("cases", []))


def form_in(page: str, **more: str) -> dict[str, str]:
    """The values that the case's form would post, with some changed."""
    body = next(one for one in page.split("<form")[1:] if 'name="name_zh"' in one)
    values = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', body))
    for name, options in re.findall(r'<select[^>]*?name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        values[name] = chosen[1] if chosen else ""
    values.pop("csrf", None)
    return {name: html.unescape(value) for name, value in values.items()} | more


async def english(client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "en", "csrf": client.headers["X-CSRF-Token"]})


async def test_anybody_who_reads_a_version_runs_its_cases(house: House) -> None:
    href = f"/sops/{KEY}/versions/1/cases"
    async with house.as_person("admin") as client:
        assert f'href="{href}"' in (await client.get(f"/sops/{KEY}/versions/1")).text
        page = (await client.get(href)).text
        count = len(re.findall(r"^  - name:", sop_files.newest(KEY).text, re.MULTILINE))
        assert f"{count} 个用例全部通过" in page and "未通过" not in page
        assert "走到的步骤：" in page and "没有用例走过的去向" in page
        assert "/add" not in page and "/remove" not in page
        await english(client)
        one = (await client.get(f"{href}?case=0")).text
        assert "Flowchart: ambient goods, all accepted" in one and "mark-walked" in one
        assert (await client.get(f"/sops/{KEY}/versions/99/cases")).status_code == 404
        assert (await client.get(f"{href}?case=99&x={HOSTILE}")).status_code == 200


async def test_a_failing_case_says_what_came_and_what_no_case_walks_is_named(house: House) -> None:
    href = await draft(house)
    async with house.as_person("author") as client:
        page = (await client.get(href)).text
        assert "2 个用例中 1 个未通过" in page
        assert "走到的步骤：2 / 3" in page and "走过的去向：1 / 2" in page
        assert "<li>在“检查”：异常</li>" in page
        await english(client)
        page = (await client.get(href)).text
        assert "End: “Ended by a refusal” was expected, “Completed” came" in page
        assert f'href="{href}"' in (await client.get(href.removesuffix("cases") + "design")).text


async def test_a_case_is_changed_as_a_form_and_passes_then(house: House) -> None:
    href = await draft(house)
    async with house.as_person("author") as client:
        page = await client.get(f"{href}/1")
        assert page.status_code == 200
        given = form_in(page.text, **{"answers|look|outcome": "bad", "inputs|site": "SH1", "name_en": ""})
        assert given["end"] == "refused"
        assert (await client.post(f"{href}/1", data=given)).status_code == 303
        assert (await cases(house, href))[1] == {
            "name": "异常",
            "answers": {"look": {"outcome": "bad"}},
            "expect": {"outcome": "refused"},
            "inputs": {"site": "SH1"},
        }
        assert "2 个用例全部通过" in (await client.get(href)).text
        late = await client.post(f"{href}/1", data=given | {"name_zh": "另一个"})
        assert late.status_code == 409 and "另一个" in late.text
        nameless = await client.post(f"{href}/1", data=given | {"name_zh": ""})
        assert nameless.status_code == 422 and 'class="error"' in nameless.text


async def test_cases_are_added_copied_taken_out_and_take_over_the_path(house: House) -> None:
    href = await draft(house)
    async with house.as_person("author") as client:
        added = await client.post(f"{href}/add", data={"revision": "1"})
        assert added.headers["location"] == f"{href}/2"
        copied = await client.post(f"{href}/0/copy", data={"revision": "2"})
        assert copied.headers["location"] == f"{href}/1"
        await client.post(f"{href}/0/remove", data={"revision": "3"})
        await client.post(f"{href}/1/path", data={"revision": "4"})
        found = await cases(house, href)
        assert [one["name"].partition(" / ")[2] for one in found] == [
            "all good (copy)",
            "not good",
            "New case 3",
        ]
        assert found[1]["expect"] == {"path": ["look"], "outcome": "refused"}


async def test_every_case_of_a_shipped_procedure_opens_and_is_kept_as_it_was(house: House) -> None:
    for key in (KEY, "recall", "outbound_review"):
        href = await draft(house, sop_files.newest(key).text)
        before: list[dict[str, Any]] = await cases(house, href)
        async with house.as_person("author") as client:
            for number in range(len(before))[:4]:
                page = await client.get(f"{href}/{number}")
                assert page.status_code == 200, (key, number)
                kept = await client.post(f"{href}/{number}", data=form_in(page.text))
                assert kept.status_code == 303, (key, number, kept.text[:500])
        assert await cases(house, href) == before, key


@pytest.mark.parametrize("where", ["/7", "/x", "/-1", "/99999"])
async def test_a_case_that_is_not_there_is_refused(house: House, where: str) -> None:
    href = await draft(house)
    async with house.as_person("author") as client:
        assert (await client.get(href + where)).status_code == 409
        for verb in ("", "/copy", "/remove", "/path"):
            answer = await client.post(href + where + verb, data={"revision": "1", "name_zh": "甲"})
            assert answer.status_code == 409, verb
    assert len(await cases(house, href)) == 2


async def test_a_draft_with_errors_says_so_and_a_version_in_force_is_not_changed(house: House) -> None:
    href = await draft(house, SMALL.replace("go: refused", "go: nowhere"))
    async with house.as_person("author") as client:
        page = (await client.get(href)).text
        assert "请先改正检查发现的问题" in page and "未试走" in page
        assert (await client.get(f"{href}/0")).status_code == 200
        assert (await client.get(f"/sops/{KEY}/versions/1/cases/0")).status_code == 404
    async with house.as_person("li") as client:
        assert (await client.get(f"{href}/0")).status_code == 403
        assert (await client.post(f"{href}/add", data={"revision": "1"})).status_code == 403


LISTED = """\
sop: listed
title: {zh: 养护检查, en: Storage check}
clauses: ["GSP 83"]
owner: {department: quality, post: qa_manager}
scope: {site: inputs.site}
inputs:
  site: {type: site, required: true}
steps:
  - {id: listed, title: {zh: 列出, en: List}, action: maintenance.list}
  - id: any
    title: {zh: 有没有, en: Any}
    decide: {value: listed.count == 0}
    routes: {"true": end_completed, "false": next}
  - id: look
    title: {zh: 检查, en: Look}
    human: {post: keeper, instruction: {zh: 看, en: Look}, due: P1D, lines: {of: listed.lines}}
  - end: completed
cases:
  - {name: 空清单, expect: {outcome: completed}}
"""


async def test_a_case_can_say_that_a_list_is_empty(house: House) -> None:
    href = await draft(house, LISTED)
    async with house.as_person("author") as client:
        page = (await client.get(f"{href}/0")).text
        assert "清单为空" in page
        given = form_in(page, **{"answers|listed|lines": "true", "name_en": ""})
        assert (await client.post(f"{href}/0", data=given)).status_code == 303
        assert (await cases(house, href))[0]["answers"] == {"listed": {"lines": []}}
        walked = (await client.get(href)).text
        assert "1 个用例全部通过" in walked and "<li>检查</li>" in walked
        kept = form_in((await client.get(f"{href}/0")).text)
        assert kept["answers|listed|lines"] == "true"
        await client.post(f"{href}/0", data=kept | {"answers|listed|lines": ""})
        assert "answers" not in (await cases(house, href))[0]

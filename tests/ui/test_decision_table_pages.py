"""Decision tables in the browser: read, edited cell by cell, submitted, approved by somebody else - and what is refused."""

import re
from uuid import UUID

import httpx

from services import decision_table_editing, decision_tables, sop_files
from tests.ui.house import HOSTILE, KEY, House
from tests.world import PASSWORD

TABLE = "cold_chain_limits"
LIST = "/decision-tables"
RUBBISH = (
    "cell?at=rows/99/when/mode",
    "cell?at=rows/0/when/nothing",
    "cell?at=title/zh",
    "cell?at=",
    "put?at=rows/0/when/mode&widget=line",
    "put?at=inputs/mode/options&widget=line",
    "add?at=title",
    "add?at=inputs/nothing/options",
    "remove?at=rows",
    "remove?at=rows/77",
    "shift?at=rows/x",
    "copy?at=inputs/mode",
    "rename?at=rows/0",
    "nonsense?at=rows/0",
)


async def begun(client: httpx.AsyncClient, house: House) -> str:
    """The editor of a new draft from the approved version."""
    admin = await house.actor("admin")
    found = await decision_tables.get(house.world.platform, TABLE, actor=admin)
    answer = await client.post(f"{LIST}/{TABLE}/versions/{found.row.id}/edit", data={})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def revision_in(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found, page[:400]
    return found[1]


async def post(client: httpx.AsyncClient, editor: str, command: str, **data: str) -> httpx.Response:
    state = {"revision": revision_in((await client.get(editor)).text)}
    return await client.post(f"{editor}/{command}", data=state | data, headers={"HX-Request": "true"})


async def test_a_table_is_read_with_its_tests_versions_and_uses(house: House) -> None:
    async with house.as_person("admin") as client:
        listed = (await client.get(LIST)).text
        assert "冷链到货温度判定" in listed and "装车温度判定" in listed
        assert f'href="{LIST}"' in (await client.get("/sops")).text
        page = (await client.get(f"{LIST}/{TABLE}")).text
        for said in ("符合预期（第 3 行）", "2.0..8.0", "冷藏", "自上而下，条件成立的第一行有效"):
            assert said in page, said
        assert f'href="/sops/{KEY}/versions/1"' in page and "新版本" in page
        exported = await client.get(f"{LIST}/{TABLE}/versions/1/export.yaml")
        assert exported.text == sop_files.table_files()[0].text
        assert f"{TABLE}-v1.yaml" in exported.headers["content-disposition"]
        for missing in (f"{LIST}/nothing", f"{LIST}/{TABLE}/versions/9", f"{LIST}/{TABLE}/versions/x"):
            assert (await client.get(missing)).status_code == 404
    async with house.as_person("li") as client:
        assert (await client.get(LIST)).status_code == 403


async def test_cells_are_kept_at_once_and_what_is_wrong_stands_beside_them(house: House) -> None:
    async with house.as_person("author") as client:
        editor = await begun(client, house)
        answer = await post(client, editor, "cell?at=rows/2/when/arrival", value="2.0至8.5")
        assert answer.status_code == 200 and "hx-swap-oob" in answer.text
        assert "第 3 行给出：符合要求" in answer.text, "the verdict of the test row that it now fails"
        assert "第 3 行 到货温度（℃） · " in answer.text
        answer = await post(client, editor, "cell?at=rows/2/when/arrival", value=HOSTILE)
        assert "应为数字" in answer.text and "尚未验证" in answer.text
        page = (await client.get(editor)).text
        assert "<script>alert" not in page and "&lt; script&gt;alert" in page
        for way, stands in (("undo", "2.0..8.5"), ("undo", "2.0..8.0"), ("redo", "2.0..8.5")):
            answer = await post(client, editor, way)
            assert f'value="{stands}"' in answer.text, way
        answer = await post(client, editor, "remove?at=rows/4")
        assert "没有适用的行：" in answer.text
        answer = await client.post(
            f"{editor}/cell?at=rows/0/then/verdict", data={"revision": "1", "value": "x"}
        )
        assert answer.status_code == 409 and "草稿已被" in answer.text
        assert answer.headers["HX-Retarget"] == "#design" and 'id="grid-rows"' in answer.text


async def test_rows_columns_and_choices_are_added_moved_renamed_and_taken_away(house: House) -> None:
    async with house.as_person("author") as client:
        editor = await begun(client, house)
        for command, data in (
            ("add?at=rows", {}),
            ("shift?at=rows/5&by=-1", {}),
            ("copy?at=rows/0", {}),
            ("remove?at=rows/5", {}),
            ("add?at=tests", {}),
            ("remove?at=tests/9", {}),
            ("add?at=inputs", {}),
            ("put?at=inputs/input/label&widget=words&label=Label", {"inputs/input/label/zh": "含麻醉药品"}),
            ("put?at=inputs/input/type&widget=type&redraws=1", {"inputs/input/type": "bool"}),
            ("rename?at=inputs/input", {"key": "narcotic"}),
            ("add?at=inputs/mode/options", {}),
            ("rename?at=inputs/mode/options/3", {"key": "deep_frozen"}),
            (
                "put?at=inputs/mode/words/deep_frozen&widget=words",
                {"inputs/mode/words/deep_frozen/zh": "深冷"},
            ),
            ("put?at=inputs/arrival/optional&widget=flag", {"inputs/arrival/optional": "true"}),
            ("shift?at=inputs/narcotic&by=-1", {}),
            ("put?at=hit_policy&widget=line&redraws=1", {"hit_policy": "first"}),
            ("put?at=clauses&widget=list", {"clauses": "GSP 74; GSP 附录4"}),
        ):
            answer = await post(client, editor, command, **data)
            assert answer.status_code == 200, (
                command,
                re.findall(r"notice bad.*?</p>", answer.text, re.DOTALL),
            )
        platform, author = house.world.platform, await house.actor("author")
        draft = await decision_table_editing.read_draft(platform, UUID(editor.split("/")[4]), actor=author)
        assert list(draft.data["inputs"]) == [
            "cold_chain",
            "mode",
            "arrival",
            "lowest",
            "narcotic",
            "highest",
        ]
        assert draft.data["inputs"]["mode"]["words"]["deep_frozen"] == {"zh": "深冷"}
        assert draft.data["clauses"] == ["GSP 74", "GSP 附录4"]
        assert len(draft.data["rows"]) == 6
        for rubbish in RUBBISH:
            answer = await post(client, editor, rubbish)
            assert answer.status_code in (404, 409, 422), rubbish
        now = await decision_table_editing.read_draft(platform, draft.row.id, actor=author)
        assert now.data == draft.data


async def test_a_version_is_submitted_and_approved_by_somebody_else_and_procedures_say_so(
    house: House,
) -> None:
    async with house.as_person("author") as client:
        editor = await begun(client, house)
        version = editor.removesuffix("/edit")
        await post(client, editor, "cell?at=rows/2/when/arrival", value="2.0..9.0")
        refused = await client.post(f"{version}/submit", data={"comment": ""})
        assert refused.status_code == 422 and "验证行 4 不符合预期" in refused.text
        await post(client, editor, "cell?at=rows/2/when/arrival", value="2.0..8.05")
        sent = await client.post(f"{version}/submit", data={"comment": "按附录4"})
        assert sent.status_code == 303 and sent.headers["location"] == f"{LIST}/{TABLE}/versions/2"
        page = (await client.get(sent.headers["location"])).text
        assert 'id="approve"' not in page, "the author is not offered to approve"
        assert (await client.get(editor)).status_code == 303
    async with house.as_person("admin") as client:
        page = (await client.get(f"{LIST}/{TABLE}/versions/2")).text
        assert "第3行改变" in page and "2.0..8.05" in page
        seen = {"revision": revision_in(page)}
        wrong = await client.post(f"{version}/approve", data=seen | {"password": "no"})
        assert wrong.status_code in (401, 403, 422) and "approve" in wrong.text
        done = await client.post(f"{version}/approve", data=seen | {"password": PASSWORD})
        assert done.status_code == 303, done.text[:500]
        table = (await client.get(f"{LIST}/{TABLE}")).text
        assert "已有更新的获批版本" in table, "the procedure in force still uses the first"
        assert "已有更新的获批版本：v2" in (await client.get(f"{LIST}/{TABLE}/versions/1")).text
        copied = await client.post(f"/sops/{KEY}/versions/1/design", data={})
        design = (await client.get(copied.headers["location"] + "?card=steps/2")).text
        assert f'href="{LIST}/{TABLE}"' in design, "the card of the decision leads to its table"
        procedure = (await client.get(f"/sops/{KEY}/versions/1")).text
        assert "决策表“冷链到货温度判定”有更新的版本 v2；本版本使用 v1。" in procedure


async def test_a_new_table_begins_with_a_row_and_text_is_taken_in(house: House) -> None:
    async with house.as_person("author") as client:
        answer = await client.post(f"{LIST}/begin", data={"title_zh": "", "title_en": "X"})
        assert answer.status_code == 422
        answer = await client.post(f"{LIST}/begin", data={"title_zh": "表", "title_en": "Cold chain limits"})
        assert answer.status_code == 409
        answer = await client.post(f"{LIST}/begin", data={"title_zh": "重验", "title_en": "Retest period"})
        assert answer.status_code == 303
        editor = answer.headers["location"]
        page = (await client.get(editor)).text
        assert "还没有验证行" in page and f"{LIST}/retest_period/" in editor
        text = sop_files.table_files()[1].text
        answer = await client.post(f"{editor}/text", data={"revision": "1", "source": text})
        assert answer.status_code == 422 and "决策表标识应为 retest_period" in answer.text
        for source, status in (("x: [", 422), (text, 303)):
            answer = await client.post(f"{LIST}/new", data={"source": source})
            assert answer.status_code == status

"""The designer without a browser: a procedure begun, filled in, changed, taken back - and what is refused."""

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from domain.action_catalogue import CATALOGUE
from domain.sop_document import Data, kind_of, place_of, steps
from services import auth, sop_catalogue, sop_editing, sop_files
from tests.ui.house import House
from ui.designer import starters
from ui.designer.areas import AREAS

RUBBISH = (
    "insert?at=steps/99&kind=human",
    "insert?at=&kind=human",
    "insert?at=steps/0&kind=spell",
    "nonsense?at=steps/0",
    "remove?at=steps/77",
    "remove?at=",
    "shift?at=steps/x",
    "move?at=steps/0",
    "add?at=steps/0&part=spell",
    "copy?at=title",
    "put?at=&widget=line",
)
BEGIN = {
    "title_zh": "在库养护检查",
    "title_en": "Storage check",
    "department": "quality",
    "post": "qa_manager",
}


@pytest.fixture
async def desk(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.as_person("admin") as client:
        yield client


async def begun(client: httpx.AsyncClient, **more: str) -> str:
    answer = await client.post("/sops/begin", data=BEGIN | more)
    assert answer.status_code == 303, re.findall(r'class="error"[^>]*>.*?</p>', answer.text, re.DOTALL)
    return answer.headers["location"]


def revision_in(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found, page[:400]
    return found[1]


async def post(client: httpx.AsyncClient, address: str, **data: str | list[str]) -> httpx.Response:
    page = await client.get(address.split("/design", maxsplit=1)[0] + "/design")
    state = {"revision": revision_in(page.text), "card": ""}
    return await client.post(address, data=state | data, headers={"HX-Request": "true"})


async def data_of(house: House, address: str) -> Data:
    view = await sop_editing.read_draft(
        house.world.platform, version_in(address), actor=await house.actor("admin")
    )
    return view.data


def version_in(address: str) -> UUID:
    return UUID(address.split("/versions/")[1].split("/", maxsplit=1)[0])


async def test_a_new_procedure_opens_as_cards_with_one_task(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    page = await desk.get(address)
    assert page.status_code == 200
    assert "在库养护检查" in page.text and "新任务" in page.text
    assert address.startswith("/sops/storage_check/versions/")


async def test_each_kind_of_step_can_be_inserted_and_opened(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    for kind in starters.KINDS:
        answer = await post(desk, f"{address}/insert?at=steps/1&kind={kind}")
        assert answer.status_code == 200, (kind, answer.text[:500])
        assert 'name="card" value="steps/1"' in answer.text
        page = await desk.get(f"{address}?card=steps/1")
        assert page.status_code == 200, kind
        assert (await post(desk, f"{address}/undo")).status_code == 200
        assert len((await data_of(house, address))["steps"]) == 2


async def test_what_cannot_be_printed_is_left_out(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk, title_zh="在库\0养护")
    hostile = {"steps/0/title/zh": "检\0查\x07<b>温</b>😀\x1b", "steps/0/title/en": "\0"}
    answer = await post(desk, f"{address}/put?at=steps/0/title&widget=words&label=Title", **hostile)
    assert answer.status_code == 200 and "检查&lt;b&gt;温&lt;/b&gt;😀" in answer.text
    data = await data_of(house, address)
    assert data["title"]["zh"] == "在库养护" and data["steps"][0]["title"] == {"zh": "检查<b>温</b>😀"}
    text = await desk.get(f"{address}/text")
    source = "sop: storage_check\0\x07\ud7ff\ufffe\n"
    kept = await desk.post(f"{address}/text", data={"revision": revision_in(text.text), "source": source})
    assert kept.status_code < 500


async def test_what_is_new_has_a_title_in_both_languages(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    for kind in set(starters.KINDS) - {"end"}:
        await post(desk, f"{address}/insert?at=steps/1&kind={kind}")
    titles = [one["title"] for one in (await data_of(house, address))["steps"] if "end" not in one]
    assert len(titles) == len(starters.KINDS) and all(one["zh"] and one["en"] for one in titles)
    await auth.change_language(house.world.platform, "en", actor=await house.actor("admin"))
    page = (await desk.get(address)).text
    assert "New task" in page and "新任务" not in re.sub(r'(value|data-starts)="[^"]*"', "", page)


async def test_a_value_is_kept_at_once_and_what_is_wrong_stands_beside_its_card(
    house: House, desk: httpx.AsyncClient
) -> None:
    address = await begun(desk)
    answer = await post(
        desk,
        f"{address}/put?at=steps/0/title&widget=words&label=Title",
        **{"steps/0/title/zh": "检查温湿度", "steps/0/title/en": "Check the climate"},
    )
    assert answer.status_code == 200 and "检查温湿度" in answer.text
    wrong = await post(
        desk, f"{address}/put?at=steps/0/when&widget=expression", **{"steps/0/when": "inputs.nothing"}
    )
    assert wrong.status_code == 200
    card = wrong.text.split('data-step="steps/0"')[1].split('data-step="steps/1"')[0]
    assert 'class="remarks"' in card


async def test_durations_flags_posts_and_lists_are_read_back_as_the_language_writes_them(
    house: House, desk: httpx.AsyncClient
) -> None:
    address = await begun(desk)
    at = "steps/0/human"
    await post(
        desk,
        f"{address}/put?at={at}/due&widget=duration",
        **{f"{at}/due": "3", f"{at}/due@unit": "working_days"},
    )
    await post(desk, f"{address}/put?at=called_only&widget=flag", called_only="true")
    await post(desk, f"{address}/put?at=clauses&widget=list", clauses="GSP 83；GSP 84")
    await post(desk, f"{address}/put?at={at}/department&widget=department", **{f"{at}/department": "quality"})
    data = await data_of(house, address)
    human = data["steps"][0]["human"]
    assert (human["due"], human["department"]) == ({"working_days": 3}, "'quality'")
    assert (data["called_only"], data["clauses"]) == (True, ["GSP 83", "GSP 84"])
    await post(
        desk, f"{address}/put?at={at}/due&widget=duration", **{f"{at}/due": "", f"{at}/due@unit": "days"}
    )
    await post(desk, f"{address}/put?at=called_only&widget=flag")
    data = await data_of(house, address)
    assert "due" not in data["steps"][0]["human"] and "called_only" not in data


async def test_parts_are_added_renamed_moved_and_taken_away(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    at = "steps/0/human"
    for _ in range(2):
        answer = await post(desk, f"{address}/add?at={at}/form&part=field&shape=keyed")
        assert answer.status_code == 200
    await post(desk, f"{address}/rename?at={at}/form/field_2", key="temperature")
    await post(desk, f"{address}/shift?at={at}/form/temperature&by=-1")
    form = (await data_of(house, address))["steps"][0]["human"]["form"]
    assert list(form) == ["temperature", "field"]
    await post(desk, f"{address}/remove?at={at}/form/field")
    await post(desk, f"{address}/remove?at={at}/form/temperature")
    assert "form" not in (await data_of(house, address))["steps"][0]["human"]
    bad = await post(desk, f"{address}/rename?at=steps/0", key="Not A Name")
    assert bad.status_code == 422 and "Not A Name" in bad.text


async def test_two_editors_the_second_is_told_and_nothing_of_the_first_is_lost(
    house: House, desk: httpx.AsyncClient
) -> None:
    address = await begun(desk)
    old = revision_in((await desk.get(address)).text)
    await post(desk, f"{address}/put?at=title&widget=words&label=Title", **{"title/zh": "甲的标题"})
    late = await desk.post(
        f"{address}/put?at=title&widget=words&label=Title",
        data={"revision": old, "card": "", "title/zh": "乙的标题"},
        headers={"HX-Request": "true"},
    )
    assert late.status_code == 409 and "标题" in late.text
    assert (await data_of(house, address))["title"]["zh"] == "甲的标题"


async def test_rubbish_is_a_plain_refusal_and_changes_nothing(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    before = await data_of(house, address)
    for command in RUBBISH:
        answer = await post(desk, f"{address}/{command}")
        assert answer.status_code in {404, 409, 422}, (command, answer.text[:300])
    assert await data_of(house, address) == before


async def test_every_shipped_procedure_opens_with_a_card_of_each_kind(
    house: House, desk: httpx.AsyncClient
) -> None:
    admin = await house.actor("admin")
    for key in sorted({file.key for file in sop_files.definition_files()}):
        row = await sop_editing.begin(house.world.platform, sop_files.newest(key).text, actor=admin)
        address = f"/sops/{key}/versions/{row.id}/design"
        assert (await desk.get(address)).status_code == 200, key
        of_a_kind = {
            (kind_of(step), "lines" in step.get("human", {})): place_of(path)
            for path, step in steps(sop_editing.data_of(sop_files.newest(key).text))
        }
        for place in of_a_kind.values():
            card = await desk.get(f"{address}?card={place}", headers={"HX-Request": "true"})
            assert card.status_code == 200, (key, place)
        kept = await sop_catalogue.get_version(house.world.platform, key, row.id, actor=admin)
        assert kept.source == sop_files.newest(key).text


async def test_a_task_is_shown_as_staff_will_see_it_and_only_in_our_own_frame(
    house: House, desk: httpx.AsyncClient
) -> None:
    address = await begun(desk)
    await post(desk, f"{address}/add?at=steps/0/human/form&part=field&shape=keyed")
    seen = await desk.get(f"{address}/preview?card=steps/0")
    assert seen.status_code == 200 and "请说明要做什么" in seen.text and "新字段" in seen.text
    assert "上海一库" in seen.text and ">SITE<" not in seen.text  # a site of the house as an example
    assert "frame-ancestors 'self'" in seen.headers["content-security-policy"]
    assert seen.headers["x-frame-options"] == "SAMEORIGIN"
    assert (await desk.get(address)).headers["x-frame-options"] == "DENY"
    for card in ("steps/1", "steps/9", "title", ""):
        assert (await desk.get(f"{address}/preview?card={card}")).status_code in {404, 409}, card
    await post(desk, f"{address}/put?at=steps/0/human/post&widget=post", **{"steps/0/human/post": ""})
    unfinished = await desk.get(f"{address}/preview?card=steps/0")
    assert unfinished.status_code == 200 and "请说明要做什么" in unfinished.text


async def test_a_text_that_is_no_definition_is_refused_with_its_place_and_stays(
    house: House, desk: httpx.AsyncClient
) -> None:
    address = await begun(desk)
    page = await desk.get(f"{address}/text")
    bad = await desk.post(
        f"{address}/text",
        data={"revision": revision_in(page.text), "source": "sop: storage_check\nsteps: 3\n"},
    )
    assert bad.status_code == 422 and "steps: 3" in bad.text and "2:" in bad.text
    good = re.sub(
        "在库养护检查", "养护", page.text.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0]
    )
    kept = await desk.post(
        f"{address}/text", data={"revision": revision_in(page.text), "source": good.replace("&#39;", "'")}
    )
    assert kept.status_code == 303, kept.text[:2000]


async def test_who_may_not_draft_sees_no_designer(house: House, desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    async with house.as_person("li") as client:
        assert (await client.get(address)).status_code == 403
        assert (await client.post(f"{address}/remove?at=steps/0", data={"revision": "1"})).status_code == 403


async def test_a_new_procedure_without_a_name_or_with_a_key_that_is_taken_is_told(
    desk: httpx.AsyncClient,
) -> None:
    empty = await desk.post("/sops/begin", data={})
    assert empty.status_code == 422 and empty.text.count('class="error"') >= 3
    await begun(desk)
    taken = await desk.post("/sops/begin", data=BEGIN)
    assert taken.status_code == 409


async def test_a_procedure_needs_no_english_and_no_key(desk: httpx.AsyncClient) -> None:
    first, second = [await begun(desk, title_en="") for _ in range(2)]
    assert [one.split("/")[2] for one in (first, second)] == ["procedure", "procedure_2"]


async def test_each_kind_says_in_the_menu_what_it_is_for(desk: httpx.AsyncClient) -> None:
    page = (await desk.get(await begun(desk))).text
    menu = page.split('class="insert-kinds"')[1].split("</details>")[0]
    assert menu.count("<button") == menu.count('class="quiet"') == len(starters.KINDS)
    assert "对清单的每一行执行同样的步骤" in menu


async def listing(desk: httpx.AsyncClient) -> str:
    """A procedure whose first step lists stock, its second is a task."""
    address = await begun(desk)
    await post(desk, f"{address}/insert?at=steps/0&kind=action")
    await post(
        desk, f"{address}/put?at=steps/0/action&widget=action", **{"steps/0/action": "maintenance.list"}
    )
    return address


async def test_what_goes_without_saying_is_filled_in(house: House, desk: httpx.AsyncClient) -> None:
    address = await listing(desk)
    await post(desk, f"{address}/add?at=steps/1/human/lines&part=work_list&shape=optional")
    await post(desk, f"{address}/add?at=steps/1/human/lines/outcomes&part=outcome&shape=keyed")
    place = "steps/1/human/lines/outcomes/done/reason"
    await post(desk, f"{address}/put?at={place}&widget=choice", **{place: "required"})
    await post(desk, f"{address}/insert?at=steps/2&kind=for_each")
    listed, task, each = (await data_of(house, address))["steps"][:3]
    assert listed["title"]["zh"] == "列出应养护的库存"
    assert task["human"]["lines"]["of"] == "action.lines"
    assert task["human"]["lines"]["form"]["reason"]["label"]["zh"] == "原因"
    assert each["for_each"]["lines"] == "task.lines"


async def test_values_are_called_by_words_and_read_in_words(desk: httpx.AsyncClient) -> None:
    address = await listing(desk)
    card = (await desk.get(f"{address}?card=steps/0")).text
    assert "共分几份（整数，可不填）" in card and "part (int" not in card
    assert "撤销时执行" not in card  # listing has nothing to be undone
    put = await post(
        desk, f"{address}/put?at=steps/0/with/parts&widget=expression", **{"steps/0/with/parts": "3"}
    )
    assert "输入：共分几份：3。" in put.text


async def test_an_unfinished_place_hides_neither_names_nor_findings_of_other_cards(
    desk: httpx.AsyncClient,
) -> None:
    address = await listing(desk)
    await post(desk, f"{address}/insert?at=steps/2&kind=for_each")
    place = "steps/2/for_each/lines"
    await post(desk, f"{address}/put?at={place}&widget=expression", **{place: ""})
    page = (await desk.get(f"{address}?card=steps/2")).text
    assert "逐行处理：" in page and "for_each.lines" not in page
    assert 'data-name="action.lines"' in page
    assert "没有办理时限" in page  # of the task beside it


async def test_what_the_system_can_do_is_chosen_by_area_and_told_in_full(desk: httpx.AsyncClient) -> None:
    address = await listing(desk)
    page = (await desk.get(f"{address}?card=steps/0")).text
    areas = re.findall(r'<optgroup label="([^"]+)">', page)
    assert areas[:2] == ["收货与验收", "在库养护与效期"] and len(set(areas)) == len(areas) == len(AREAS)
    assert page.count("<optgroup") == page.count("</optgroup>")
    said = CATALOGUE["maintenance.list"].description.zh
    assert f'<p class="help">{said}</p>' in page
    assert {noun for nouns in AREAS.values() for noun in nouns} >= {n.partition(".")[0] for n in CATALOGUE}


async def test_the_heading_of_a_card_follows_its_title(desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    put = f"{address}/put?at=steps/0/title&widget=words&label=Title"
    answer = await post(desk, put, card="steps/0", **{"steps/0/title/zh": "逐货位检查"})
    heading = re.search(r'<h2 id="editor-title"[^>]*hx-swap-oob="true">([^<]*)</h2>', answer.text)
    assert heading and heading[1] == "逐货位检查"


async def test_a_call_that_names_nothing_yet_says_what_is_still_to_be_given(desk: httpx.AsyncClient) -> None:
    address = await begun(desk)
    await post(desk, f"{address}/insert?at=steps/0&kind=call")
    page = (await desk.get(f"{address}?card=steps/0")).text
    assert "尚未选择或填写：规程" in page
    assert "unknown" not in page and "小写字母" not in page
    assert "不得由以下步骤的办理人办理" not in (await desk.get(f"{address}?card=steps/1")).text


async def test_a_decision_without_a_title_is_called_by_what_it_comes_after(
    house: House, desk: httpx.AsyncClient
) -> None:
    admin = await house.actor("admin")
    row = await sop_editing.begin(house.world.platform, sop_files.newest("expiry_check").text, actor=admin)
    page = (await desk.get(f"/sops/expiry_check/versions/{row.id}/design")).text
    assert "之后的判定" in page
    assert not re.search(r">\s*found\s*<", page)

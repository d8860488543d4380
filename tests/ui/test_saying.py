"""What pages say: the rule before the refusal, the way out, whose turn it is, what is decided on."""

import re
from uuid import UUID

import httpx

from domain.sop_definition import Text
from domain.sop_yaml import parse
from services import attachments, sop_files, tasks
from services.signatures import SignatureGiven
from services.task_content import of_incident
from tests.ui.house import KEY, House, line
from tests.world import PASSWORD
from ui.pages.sop_reading import Reader as DefinitionReader
from ui.translation import translations

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
COLD = {"transport_mode": "refrigerated", "packaging": "intact", "lowest": "8", "highest": "9.4"}


async def english(house: House, client: httpx.AsyncClient) -> None:
    await client.post("/language", data={"language": "en", "csrf": client.headers["X-CSRF-Token"]})


async def test_the_rule_of_passwords_stands_on_the_form_and_in_the_refusal(house: House) -> None:
    async with house.as_person("admin") as client:
        await english(house, client)
        rule = "10 to 128 characters, without the user name"
        assert rule in (await client.get("/admin/persons/new")).text
        entered = {"username": "new1", "name": "新人", "language": "zh", "password": "short"}
        refused = await client.post("/admin/persons/new", data=entered)
        assert refused.status_code == 422
        assert "At least one is needed" not in refused.text
        assert re.search(rf'class="error".*{rule}', refused.text)
        assert "short" not in re.findall(r'value="([^"]*)"', refused.text)


def test_an_incident_tells_each_reader_in_one_language_and_names_the_ways_out() -> None:
    title = Text(zh="上架入库", en="Book in")
    said = of_incident("no_place", "没有货位 X / there is no location X", "book", title)["instruction"]
    assert "there is no" not in said["zh"]
    assert "没有货位" not in said["en"]
    assert "退回" in said["zh"]
    assert "取消" in said["zh"]
    assert "send the run back" in said["en"]
    assert "no_place" in of_incident("no_place", "", "book", title)["instruction"]["en"]


def test_an_incident_says_in_words_why_the_action_was_refused() -> None:
    title, case = (
        Text(zh="登记销毁", en="Record the destruction"),
        "现有 0，销毁单上 400 / 0 there, 400 ordered",
    )
    said = of_incident("stock_changed", case, "record#1", title, "destruction.book")["instruction"]
    assert "货位库存自审批后已有变动，须重新开单（现有 0，销毁单上 400）" in said["zh"]
    assert "The stock has changed since the approval: write a new order (0 there, 400 ordered)" in said["en"]


async def two_signatures(house: House) -> UUID:
    """A check on arrival that its first person has signed."""
    run = await house.run("WAIT-1", [line(1, "M3", "S-1", 20)])
    await house.arrive(run)
    return await house.task_of(run, "arrival")


async def test_who_has_signed_reads_whose_turn_it_is(house: House) -> None:
    task = await two_signatures(house)
    async with house.as_person("li") as client:
        await english(house, client)
        page = (await client.get(f"/tasks/{task}")).text
        assert "It waits for the signature of: " in page
        assert "must come from another person" not in page
        assert 'class="notice warn"' not in page.partition('id="task-form"')[2]


async def test_the_second_signature_s_button_is_called_sign(house: House) -> None:
    task = await two_signatures(house)
    async with house.as_person("wu") as client:
        await english(house, client)
        page = await client.get(f"/tasks/{task}")
        epoch = re.search(r'name="epoch" value="(\d+)"', page.text)
        assert epoch
        dialog = await client.post(
            f"/tasks/{task}/review",
            data={"outcome": "sign", "epoch": epoch.group(1)},
            headers={"HX-Request": "true"},
        )
        assert "Sign: Sign" not in dialog.text
        assert re.search(r"<button[^>]*>Sign</button>", dialog.text)


async def test_who_decides_sees_in_the_dialog_what_is_decided_on(house: House) -> None:
    run = await house.run("WARM-1", [line(1, "M2", "V-1", 20)])
    li, platform = await house.actor("li"), house.world.platform
    task = await house.task_of(run, "arrival")
    await tasks.claim(platform, task, actor=li)
    report = await attachments.add(platform, PDF, actor=li, task_id=task, epoch=1, file_name="r.pdf")
    await tasks.complete(
        platform,
        task,
        outcome="received",
        data={**COLD, "temperature": "9.4", "temperature_record": str(report.id)},
        epoch=1,
        actor=li,
        signature=SignatureGiven(PASSWORD),
    )
    decision = await house.task_of(run, "excursion_decision")
    await tasks.claim(platform, decision, actor=await house.actor("zhou"))
    async with house.as_person("zhou") as client:
        dialog = await client.post(
            f"/tasks/{decision}/review",
            data={"outcome": "continue", "epoch": "1", "data.assessment": "ok"},
            headers={"HX-Request": "true"},
        )
        assert "9.4" in dialog.text
        assert "判定依据" in dialog.text


async def test_goods_have_their_english_names_on_english_work_lists(house: House) -> None:
    run = await house.run("NAMES-1")
    await house.arrive(run)
    task = await house.task_of(run, "acceptance")
    await tasks.claim(house.world.platform, task, actor=await house.actor("wang"))
    async with house.as_person("wang") as client:
        assert "药品M1" in (await client.get(f"/tasks/{task}/scan?line=1")).text
        await english(house, client)
        page = (await client.get(f"/tasks/{task}/scan?line=1")).text
        assert "Drug M1" in page
        assert "药品M1" not in page


def test_what_the_system_wrote_in_both_languages_is_told_in_one() -> None:
    zh, en = translations("zh"), translations("en")
    assert en.own("收货拒收 / refused at receipt") == "refused at receipt"
    assert zh.own("收货拒收 / refused at receipt") == "收货拒收"
    for text in ("三号门 / 四号门", "A / B", "无", ""):
        assert en.own(text) == zh.own(text) == text


async def test_a_version_in_force_everywhere_is_not_offered_again(house: House) -> None:
    async with house.as_person("admin") as client:
        listed = await client.get(f"/sops/{KEY}")
        href = re.search(rf'href="(/sops/{KEY}/versions/[^"/]+)"', listed.text)
        assert href
        page = await client.get(href.group(1))
        assert "/retire" in page.text
        assert "/publish" not in page.text


async def test_a_procedure_says_when_a_second_signature_is_asked_and_what_is_checked(house: House) -> None:
    definition = parse(sop_files.newest(KEY).text).definition
    arrival = next(step for step in definition.steps if step.id == "arrival")
    told = " ".join(DefinitionReader(translations("en"), {}, definition).card(arrival).sentences)
    assert (
        "Signed, only when “Match the purchase order · special-control goods”: checked on arrival (second person)"
        in told
    )
    assert "The highest temperature on the way cannot be below the lowest" in told


async def test_a_way_to_the_form_stands_where_it_can_be_filled_in(house: House) -> None:
    task = await house.task_of(await house.run("FORM-1"), "arrival")
    async with house.as_person("li") as client:
        assert 'href="#task-form"' not in (await client.get(f"/tasks/{task}")).text
        await client.post(f"/tasks/{task}/claim")
        assert 'href="#task-form"' in (await client.get(f"/tasks/{task}")).text

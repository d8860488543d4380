"""What pages say: the rule before the refusal, the way out, whose turn it is, what is decided on."""

import re
from uuid import UUID

import httpx

from domain.sop_definition import Text
from services import attachments, tasks
from services.signatures import SignatureGiven
from services.task_content import of_incident
from tests.ui.house import House, line
from tests.world import PASSWORD

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

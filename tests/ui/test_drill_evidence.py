"""The record of a drill comes into the live house, signed; it is of what the version says, and never edited."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from db import tables as t
from domain.drill_record import DrillRecord, definition_digest
from domain.errors import Invalid, Refusal
from domain.evidence import NotADrill
from domain.sop_package import joined, parted
from domain.sop_yaml import parse, parse_table, to_yaml
from services import decision_tables, drill_evidence, drill_intake, drill_record, sop_catalogue, sop_files
from services.signatures import SignatureGiven
from tests.servers import TestDatabase
from tests.ui.house import KEY, House, second_version
from tests.world import PASSWORD


@pytest.fixture
async def record(house: House, database: TestDatabase) -> DrillRecord:
    """What a drill of the procedure gave: one run, come to its end."""
    run = await house.run("D-1")
    async with house.world.write() as tx:
        values = {"state": "completed", "outcome": "completed", "ended_at": datetime.now(UTC)}
        await tx.execute(sa.update(t.run).where(t.run.c.id == run).values(**values))
    with pytest.raises(NotADrill):
        await drill_record.make(house.world.platform, KEY, 1, actor=await house.actor("admin"))
    platform = replace(house.world.platform, settings=replace(house.world.platform.settings, mode="drill"))
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as session:
        session.execute("UPDATE clock_setting SET drill = true")
        listed = await drill_record.drilled(platform, actor=await house.actor("admin"))
        made = await drill_record.make(platform, KEY, 1, actor=await house.actor("admin"))
    assert [(one.sop, one.version, one.runs, one.ended) for one in listed] == [(KEY, 1, 1, 1)]
    return made


def posted(record: DrillRecord, *persons: str, password: str = PASSWORD) -> dict[str, object]:
    """A form with the record as its file."""
    return {
        "data": {"password": password, "persons": list(persons)},
        "files": {"record": ("drill.json", record.text().encode(), "application/json")},
    }


async def test_a_record_is_taken_over_and_names_who_took_part(house: House, record: DrillRecord) -> None:
    draft = await second_version(house)
    version = UUID(draft.rpartition("/")[2])
    text = str(
        await house.world.scalar(sa.select(t.sop_version.c.source).where(t.sop_version.c.id == version))
    )
    record = record.model_copy(update={"definition_sha256": definition_digest(parse(text).definition)})
    assert record.runs[0].lines and record.runs[0].lines[0].zh
    async with house.as_person("author") as client:
        page = (await client.get(f"{draft}/drills")).text
        assert "没有演练记录" in page and "(wang)" in page
        refused = await client.post(f"{draft}/drills", **posted(record, "wang", password="not-mine"))  # type: ignore[arg-type]
        assert refused.status_code in {401, 403, 422} and "密码" in refused.text
        assert "请重新选择文件" in refused.text  # no browser keeps it
        done = await client.post(f"{draft}/drills", **posted(record, "wang"))  # type: ignore[arg-type]
        assert done.status_code == 303
        page = (await client.get(f"{draft}/drills")).text
        assert "1 / 1" in page and "之后已修改" not in page
        address = re.search(r'href="(/drill-records/[0-9a-f-]+)"', page)
        assert address and (await client.get(f"{address[1]}/file")).text == record.text()
        shown = (await client.get(address[1])).text
        assert record.runs[0].lines[0].zh in shown and "与本版本内容一致" in shown
        assert (await client.get(f"{address[1]}?run=99")).status_code == 200
        assert (await client.get(f"{address[1]}?run=²")).status_code == 200
        again = await client.post(f"{draft}/drills", **posted(record))  # type: ignore[arg-type]
        assert again.status_code == 409 and "已经在案" in again.text
        none = await client.post(f"{draft}/drills", data={"password": PASSWORD})
        assert none.status_code == 422 and "请选择文件" in none.text
        assert (await client.get(f"/drill-records/{uuid4()}")).status_code == 404
    await read_by_wang(house, version)
    await nothing_is_edited(house, version)


async def read_by_wang(house: House, version: UUID) -> None:
    """The drill stands in the training record of who took part and then read the version."""
    platform, admin = house.world.platform, await house.actor("admin")
    await sop_catalogue.approve(platform, version, signature=SignatureGiven(PASSWORD), actor=admin)
    answers = {
        "question.no_order": "refuse",
        "question.cold_chain": "record",
        "question.special_control": "two",
    }
    for who in ("wang", "li"):
        async with house.as_person(who) as client:
            page = (await client.get(f"/training/{KEY}/2")).text
            assert ("参加过本版本演练" in page) == (who == "wang")
            done = await client.post(f"/training/{KEY}/2", data={**answers, "password": PASSWORD})
            assert done.status_code == 303
    r = t.training_record.c
    async with house.world.database.read() as tx:
        rows = await tx.rows(sa.select(r.person_id, r.drill_evidence_id).where(r.version == 2))
    drilled = {row["person_id"]: row["drill_evidence_id"] is not None for row in rows}
    assert drilled == {house.world.people["wang"]: True, house.world.people["li"]: False}
    async with house.as_person("admin") as client:
        assert "1 人参加过演练" in (await client.get("/training/register")).text


async def nothing_is_edited(house: House, version: UUID) -> None:
    """Nor is a record taken over without the signature of who does it."""
    d = t.drill_evidence
    with pytest.raises(Exception, match=r"permission denied|immutable|不可"):
        async with house.world.write() as tx:
            await tx.execute(sa.update(d).values(persons=[]))
    signed = await house.world.scalar(sa.select(d.c.signature_id))
    row = {
        "sop_version_id": version,
        "definition_sha256": "0" * 64,
        "record": "{}",
        "record_sha256": hashlib.sha256(b"{}").hexdigest(),
        "persons": [],
        "signature_id": signed,
    }
    for values in (
        {**row, "actor_id": house.world.people["wang"]},
        {**row, "actor_id": house.world.people["author"], "persons": [uuid4()]},
    ):
        with pytest.raises(Refusal):
            async with house.world.write() as tx:
                await tx.execute(sa.insert(d).values(**values))


async def test_what_is_no_record_of_this_version_is_refused(house: House, record: DrillRecord) -> None:
    version = await house.world.scalar(sa.select(t.sop_version.c.id))
    platform, author = house.world.platform, await house.actor("author")
    unfinished = record.model_copy(update={"runs": [record.runs[0].model_copy(update={"ended_at": None})]})
    another = record.model_copy(update={"definition_sha256": "0" * 64})
    contents = (
        b"",
        b"\xff\xfe",
        b"{}",
        b"x" * 4_200_000,
        unfinished.text().encode(),
        another.text().encode(),
    )
    for content in contents:
        with pytest.raises((Invalid, Refusal)):
            await drill_evidence.take_over(
                platform, version, content, [], signature=SignatureGiven(PASSWORD), actor=author
            )
    with pytest.raises(Invalid, match="nobody"):
        await drill_evidence.take_over(
            platform,
            version,
            record.text().encode(),
            ["nobody"],
            signature=SignatureGiven(PASSWORD),
            actor=author,
        )
    assert await drill_evidence.of_version(platform, version, actor=author) == []
    refused = sa.select(sa.func.count()).where(
        t.audit_event.c.action == "take_over.drill", t.audit_event.c.refused
    )
    assert await house.world.scalar(refused) == len(contents) + 1


async def test_a_draft_brings_its_decision_tables_into_the_drill(
    house: House, database: TestDatabase
) -> None:
    with psycopg.connect(database.owner_url.replace("+psycopg", "")) as session:
        session.execute("UPDATE clock_setting SET drill = true")
    platform, author = house.world.platform, await house.actor("author")
    tables = await decision_tables.in_use(platform, actor=author)
    async with house.as_person("author") as client:
        answer: httpx.Response = await client.get(f"/sops/{KEY}/versions/1/drill.yaml")
    definition, texts = parted(answer.text)
    assert parse(definition).definition == parse(sop_files.newest(KEY).text).definition
    brought = {table.key: table for table in (parse_table(text).table for text in texts)}
    assert brought and brought == {key: tables[key] for key in brought}
    key, table = next(iter(brought.items()))
    changed = table.model_copy(update={"clauses": [*table.clauses, "GSP 83"]})
    drilled = replace(platform, settings=replace(platform.settings, mode="drill"))
    text = joined(definition, [to_yaml(changed), *[to_yaml(brought[one]) for one in brought if one != key]])
    made = await drill_intake.bring_in(drilled, text, [("admin", PASSWORD)], actor=author)
    now = await decision_tables.in_use(platform, actor=author)
    assert now[key].clauses == changed.clauses and now[key].version == table.version + 1
    assert all(now[one] == tables[one] for one in tables if one != key)
    found = await sop_catalogue.get_version(platform, KEY, made.id, actor=author)
    assert found.tables[key] == now[key]


def test_a_text_is_parted_where_a_document_ends() -> None:
    assert parted(joined("a: 1", ["b: 2\n", "c: |\n  ---\n"])) == ("a: 1\n", ["b: 2\n", "c: |\n  ---\n"])
    assert parted("a: 1\n") == ("a: 1\n", [])
    assert parted("") == ("", [])

"""Decision tables by the services: two persons, one number, nothing changed afterwards - and what procedures use."""

from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from db.session import Database
from domain import decision_table_document as tables
from domain.errors import NotFound, Refusal
from domain.evidence import ApprovedBySecondPerson, VersionIsFrozen
from domain.sop_definition import Text
from domain.sop_document import KeyNotFit
from domain.sop_findings import DefinitionInvalid
from services import (
    decision_table_approval,
    decision_table_editing,
    decision_tables,
    sop_catalogue,
    sop_files,
)
from services.decision_table_approval import NewerTableApproved
from services.decision_table_editing import TableTaken
from services.decision_tables import TableRow
from services.draft_history import RevisionMoved, VendorText
from services.permissions import NotPermitted
from services.signatures import SignatureGiven
from services.sop_approval import AuthorMayNotApprove, ReadAnotherText, TableApprovedMeanwhile
from services.sop_drafts import WrongState
from tests.servers import TestDatabase
from tests.services.company import PASSWORD, Company, last_event, powerless
from tests.services.test_sop_catalogue import KEY as SOP
from tests.services.test_sop_catalogue import approved, draft, staff

KEY = "cold_chain_limits"
SIGNED = SignatureGiven(PASSWORD)
WARMER = Text(zh="到货温度", en="temperature on arrival")
V = t.decision_table_version


async def own(company: Company, **more: Any) -> TableRow:
    """A draft of the author's own, a copy of the approved version."""
    found = await decision_tables.get(company.platform, KEY, actor=company.author)
    return await decision_table_editing.begin_from(
        company.platform, found.row.id, actor=company.author, **more
    )


async def warmer(
    company: Company, row: TableRow, revision: int = 1, to: str = "2.0..8.5", **more: Any
) -> Any:
    return await decision_table_editing.change(
        company.platform,
        row.id,
        lambda data: tables.put_cell(data, ("rows", 2, "when", "arrival"), to),
        what=WARMER,
        revision=revision,
        **{"actor": company.author, **more},
    )


async def submit(company: Company, row: TableRow) -> TableRow:
    return await decision_table_approval.submit(company.platform, row.id, actor=company.author)


async def approve(company: Company, row: TableRow, **more: Any) -> TableRow:
    return await decision_table_approval.approve(
        company.platform, row.id, **{"signature": SIGNED, "actor": company.admin, **more}
    )


async def second(company: Company, to: str = "2.0..8.05") -> TableRow:
    row = await own(company)
    await warmer(company, row, to=to)
    return await approve(company, await submit(company, row))


async def test_a_version_is_written_by_one_and_approved_by_another(company: Company) -> None:
    row = await own(company)
    view = await warmer(company, row)
    assert (view.revision, view.can_undo, view.last.what_zh) == (2, True, "到货温度")
    with pytest.raises(DefinitionInvalid) as refused:  # 8.1 is refused no more: a test row says otherwise
        await submit(company, row)
    assert "验证行 4 不符合预期" in refused.value.findings[0].zh
    await warmer(company, row, 2, "2.0..8.05")
    sent = await submit(company, row)
    assert (sent.state, sent.number, len(sent.sha256 or "")) == ("in_review", 2, 64)
    async with company.database.read() as tx:
        messages = await tx.rows(sa.select(t.notification.c.person_id, t.notification.c.link))
    link = f"/decision-tables/{KEY}/versions/{row.id}"
    assert [(one["person_id"], one["link"]) for one in messages] == [(company.admin.person_id, link)]
    with pytest.raises(AuthorMayNotApprove):
        await approve(company, sent, actor=company.author)
    with pytest.raises(ReadAnotherText):
        await approve(company, sent, revision=1)
    made = await approve(company, sent, revision=3, comment="依据附录4")
    assert (made.state, made.approved_by) == ("approved", "admin")
    found = await decision_tables.get(company.platform, KEY, actor=company.author)
    assert found.row.id == row.id and found.data["version"] == 2
    assert [one.kind for one in found.approvals] == ["submit", "approve"]
    assert found.approvals[1].printed_name == "admin"
    told = await decision_tables.difference(company.platform, KEY, 2, actor=company.author)
    assert told.since and told.since.number == 1
    (change,) = told.changes
    assert change.sentence.zh == "第3行改变：到货温度（℃） 由 2.0..8.0 改为 2.0..8.05"
    assert (await last_event(company, "approve.decision_table"))["object_id"] == str(row.id)
    for refusal, ask in (
        (WrongState, warmer(company, row, 3)),
        (WrongState, submit(company, row)),
        (NotFound, decision_tables.get(company.platform, KEY, 9, actor=company.author)),
    ):
        with pytest.raises(refusal):
            await ask


async def test_the_second_of_two_editors_is_told_and_undo_forgets_nothing(company: Company) -> None:
    row = await own(company)
    await warmer(company, row)
    with pytest.raises(RevisionMoved) as told:
        await warmer(company, row, 1, actor=company.admin)
    assert "到货温度" in told.value.message("zh")
    who: dict[str, Any] = {"actor": company.author}
    back = await decision_table_editing.step_back(company.platform, row.id, again=False, revision=2, **who)
    assert (back.revision, back.data["rows"][2]["when"]["arrival"]) == (1, "2.0..8.0")
    again = await decision_table_editing.step_back(company.platform, row.id, again=True, revision=1, **who)
    assert again.data["rows"][2]["when"]["arrival"] == "2.0..8.5"
    other = sop_files.table_files()[1].text
    with pytest.raises(DefinitionInvalid):
        await decision_table_editing.replace_text(company.platform, row.id, other, revision=2, **who)
    text = sop_files.table_files()[0].text
    kept = await decision_table_editing.replace_text(company.platform, row.id, text, revision=2, **who)
    assert kept.source == text, "comments and order stay"
    assert "# Anything else" in (await decision_tables.get(company.platform, KEY, row.id, **who)).source


async def test_whoever_wrote_a_part_is_an_author_and_a_stranger_does_nothing(company: Company) -> None:
    row = await own(company)
    await warmer(company, row, to="2.0..8.05", actor=company.admin)
    sent = await submit(company, row)
    with pytest.raises(AuthorMayNotApprove):
        await approve(company, sent)
    vendor = (await decision_tables.versions(company.platform, KEY, actor=company.author))[-1]
    with pytest.raises(WrongState):
        await warmer(company, vendor)
    text = sop_files.table_files()[0].text
    loaded = await decision_table_editing.load(company.platform, text, actor=company.author, origin="vendor")
    with pytest.raises(VendorText):
        await warmer(company, loaded)
    nobody = powerless(company)
    for ask in (
        decision_tables.list_tables(company.platform, actor=nobody),
        decision_table_editing.begin_from(company.platform, row.id, actor=nobody),
        decision_table_approval.reject(company.platform, row.id, reason="x", actor=nobody),
        decision_table_approval.submit(company.platform, loaded.id, actor=nobody),
    ):
        with pytest.raises(NotPermitted):
            await ask
    for refusal, key in ((TableTaken, KEY), (KeyNotFit, "Not A Key")):
        with pytest.raises(refusal):
            await decision_table_editing.begin(company.platform, key, "表", "", actor=company.author)


async def test_what_was_reviewed_beside_a_later_approval_goes_back(company: Company) -> None:
    first = await own(company)
    await warmer(company, first, to="2.0..8.01")
    sent = await submit(company, first)
    later = await second(company)
    assert (sent.number, later.number) == (2, 3)
    with pytest.raises(NewerTableApproved):
        await approve(company, sent)
    who: dict[str, Any] = {"actor": company.admin}
    back = await decision_table_approval.reject(company.platform, first.id, reason="先看第 3 版", **who)
    assert (back.state, back.number) == ("draft", None)
    assert (await submit(company, back)).number == 4
    assert (await approve(company, back)).number == 4
    again = await own(company)
    assert (await submit(company, again)).number == 5
    await decision_table_approval.reject(company.platform, again.id, reason="同样", **who)
    assert (await submit(company, again)).number == 5, (
        "what was sent back keeps its number while it is the last"
    )


async def test_drafts_use_the_newest_approved_version_and_what_is_approved_stays_pinned(
    company: Company,
) -> None:
    await staff(company)
    pinned = await approved(company)
    waiting = await draft(company)
    await sop_catalogue.submit(company.platform, waiting.id, actor=company.author)
    await second(company)
    view = await sop_catalogue.get_version(company.platform, SOP, pinned.id, actor=company.author)
    assert view.tables[KEY].version == 1
    (newer,) = await decision_tables.newer_than(company.platform, view.bundle, actor=company.author)
    assert (newer.key, newer.pinned, newer.newest) == (KEY, 1, 2)
    with pytest.raises(TableApprovedMeanwhile):
        await sop_catalogue.approve(company.platform, waiting.id, signature=SIGNED, actor=company.admin)
    who: dict[str, Any] = {"actor": company.admin}
    await sop_catalogue.reject(company.platform, waiting.id, reason="新表", **who)
    await sop_catalogue.submit(company.platform, waiting.id, actor=company.author)
    await sop_catalogue.approve(company.platform, waiting.id, signature=SIGNED, **who)
    after = await sop_catalogue.get_version(company.platform, SOP, waiting.id, actor=company.author)
    assert after.tables[KEY].version == 2
    used = await decision_tables.uses(company.platform, KEY, actor=company.author)
    assert [(use.sop, use.version, use.pinned) for use, _ in used] == [(SOP, 2, 2), (SOP, 1, 1)]
    listed = await decision_tables.list_tables(company.platform, actor=company.author)
    assert [(one.row.key, one.row.number, list(one.users)) for one in listed] == [
        (KEY, 2, [SOP]),
        ("loading_limits", 1, []),
        ("stocktake_thresholds", 1, []),
    ]


async def attack(role: Database, statement: sa.Executable) -> None:
    async with role.write() as tx:
        await tx.execute(statement)
        tx.audited_elsewhere("an attack")


async def test_the_database_keeps_what_was_approved_and_who_may_approve(
    company: Company, database: TestDatabase
) -> None:
    row = await second(company)
    sent = await submit(company, await own(company))
    owner = Database(database.owner_url, pool_size=1)
    here = sa.update(V).where(V.c.id == row.id)
    for role in (company.database, owner):
        forged: tuple[dict[str, Any], ...] = (
            {"source": "x"},
            {"content": {"rows": []}},
            {"sha256": "0" * 64},
            {"number": 7},
            {"state": "draft"},
            {"revision": 9},
            {"author_id": company.admin.person_id},
        )
        for values in forged:
            with pytest.raises(VersionIsFrozen):
                await attack(role, here.values(**values))
        with pytest.raises(ApprovedBySecondPerson):
            await attack(role, sa.update(V).where(V.c.id == sent.id).values(state="approved"))
        approval = {"version_id": sent.id, "kind": "approve", "actor_id": company.author.person_id}
        with pytest.raises(ApprovedBySecondPerson):
            await attack(role, sa.insert(t.decision_table_approval).values(**approval))
        words = {"source": "x", "what_zh": "x", "what_en": "x", "person_id": company.admin.person_id}
        revision = {"version_id": row.id, "number": 9, "before": 1, **words}
        with pytest.raises(VersionIsFrozen):
            await attack(role, sa.insert(t.decision_table_revision).values(**revision))
    await owner.close()
    for statement in (sa.delete(V), sa.delete(t.decision_table_revision)):
        with pytest.raises((Refusal, sa.exc.ProgrammingError)):
            await attack(company.database, statement)
    made = {"key": "x", "number": 1, "sha256": "0" * 64, "content": {}, "source": "", "state": "approved"}
    with pytest.raises(VersionIsFrozen):
        await attack(company.database, sa.insert(V).values(**made, author_id=company.author.person_id))

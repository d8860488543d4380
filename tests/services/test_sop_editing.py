"""A draft under work: every change is kept, taken back and done again; two editors never write over each other."""

from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from domain import sop_document as document
from domain.evidence import ApprovedBySecondPerson, VersionIsFrozen
from domain.sop_definition import Text
from domain.sop_findings import DefinitionInvalid
from services import sop_catalogue, sop_editing
from services.permissions import NotPermitted
from services.sop_approval import AuthorMayNotApprove
from services.sop_catalogue import SignatureGiven, VersionRow, WrongState
from services.sop_editing import DraftView, NothingToUndo, RevisionMoved, VendorText
from tests.services.company import PASSWORD, Company, powerless

SMALL = """sop: storage_check
title: {zh: 养护检查, en: Storage check}
owner: {department: quality, post: qa_manager}
scope: {site: inputs.site}
inputs: {site: {type: site, required: true, label: {zh: 仓库, en: Site}}}
steps:
  - {id: look, human: {post: qa_manager, instruction: {zh: 看, en: Look}, due: P1D}}
  - {end: completed}
"""
WHOLE = SMALL.replace("qa_manager", "administrator")
WHAT = Text(zh="改标题", en="title changed")


def titled(words: str) -> sop_editing.Edit:
    return lambda data: document.put(data, ("title", "zh"), words)


async def begun(company: Company) -> VersionRow:
    return await sop_editing.begin(company.platform, SMALL, actor=company.author)


async def change(company: Company, row: VersionRow, edit: Any, revision: int, **more: Any) -> DraftView:
    values = {"what": WHAT, "actor": company.author, "revision": revision, **more}
    return await sop_editing.change(company.platform, row.id, edit, **values)


async def insert(company: Company, table: sa.Table, **values: Any) -> None:
    """A row past all services."""
    async with company.write() as tx:
        await tx.execute(sa.insert(table).values(**values))
        tx.audited_elsewhere("a test goes past the service")


async def title_of(company: Company, row: VersionRow) -> str:
    view = await sop_editing.read_draft(company.platform, row.id, actor=company.author)
    return str(view.data["title"]["zh"])


async def test_changes_are_revisions_that_can_be_taken_back_and_done_again(company: Company) -> None:
    row = await begun(company)
    first = await sop_editing.read_draft(company.platform, row.id, actor=company.author)
    assert (first.revision, first.can_undo, first.can_redo) == (1, False, False)
    second = await change(company, row, titled("二"), 1)
    assert (second.revision, second.can_undo, second.can_redo) == (2, True, False)
    assert second.last and (second.last.what_en, second.last.person) == ("title changed", company.author.name)
    back = await sop_editing.step_back(
        company.platform, row.id, again=False, revision=2, actor=company.author
    )
    assert (back.revision, back.data["title"]["zh"], back.can_redo) == (1, "养护检查", True)
    again = await sop_editing.step_back(
        company.platform, row.id, again=True, revision=1, actor=company.author
    )
    assert (again.revision, again.data["title"]["zh"]) == (2, "二")
    with pytest.raises(NothingToUndo):
        await sop_editing.step_back(company.platform, row.id, again=True, revision=2, actor=company.author)


async def test_a_change_after_one_taken_back_begins_a_new_way_and_nothing_is_forgotten(
    company: Company,
) -> None:
    row = await begun(company)
    await change(company, row, titled("二"), 1)
    await sop_editing.step_back(company.platform, row.id, again=False, revision=2, actor=company.author)
    third = await change(company, row, titled("三"), 1)
    assert (third.revision, third.can_redo) == (3, False)
    kept = await sop_editing.revisions(company.platform, row.id, actor=company.author)
    assert [(one.number, one.before) for one in kept] == [(3, 1), (2, 1), (1, None)]


async def test_the_second_of_two_editors_is_told_what_the_first_changed(company: Company) -> None:
    row = await begun(company)
    await change(company, row, titled("甲"), 1)
    with pytest.raises(RevisionMoved) as told:
        await change(company, row, titled("乙"), 1, actor=company.admin)
    assert company.author.name in told.value.message("zh") and "改标题" in told.value.message("zh")
    assert await title_of(company, row) == "甲"


async def test_an_incomplete_draft_is_kept_with_its_findings_and_never_submitted(company: Company) -> None:
    row = await begun(company)
    view = await change(company, row, lambda d: document.put(d, ("steps", 0, "human", "post"), None), 1)
    first, *others = view.findings
    assert (first.severity, first.rule, first.step_id) == ("error", "schema", "look")
    assert others and "look" not in {f.step_id for f in others}, "other cards are still read"
    version = await sop_catalogue.get_version(company.platform, "storage_check", row.id, actor=company.author)
    assert version.definition["steps"], "the last whole definition stays beside the text"
    with pytest.raises(DefinitionInvalid):
        await sop_catalogue.submit(company.platform, row.id, actor=company.author)


async def test_a_change_that_changes_nothing_is_no_revision(company: Company) -> None:
    row = await begun(company)
    await change(company, row, titled("二"), 1)
    assert (await change(company, row, titled("二"), 2)).revision == 2


async def test_whoever_wrote_a_part_may_not_approve_it(company: Company) -> None:
    row = await begun(company)
    await change(company, row, titled("二"), 1, actor=company.admin)
    async with company.write() as tx:
        await tx.execute(
            sa.update(t.sop_version).where(t.sop_version.c.id == row.id).values(state="in_review")
        )
        tx.audited_elsewhere("a test puts it into review")
    signed = SignatureGiven(PASSWORD)
    with pytest.raises(AuthorMayNotApprove):
        await sop_catalogue.approve(company.platform, row.id, signature=signed, actor=company.admin)
    with pytest.raises(ApprovedBySecondPerson):
        await insert(
            company,
            t.sop_approval,
            sop_version_id=row.id,
            kind="approve",
            actor_id=company.admin.person_id,
        )


async def test_what_left_the_draft_stands_still(company: Company) -> None:
    row = await begun(company)
    async with company.write() as tx:
        await tx.execute(
            sa.update(t.sop_version).where(t.sop_version.c.id == row.id).values(state="in_review")
        )
        tx.audited_elsewhere("a test puts it into review")
    with pytest.raises(WrongState):
        await change(company, row, titled("二"), 1)
    words = {"source": "x", "what_zh": "x", "what_en": "x", "person_id": company.author.person_id}
    with pytest.raises(VersionIsFrozen):
        await insert(company, t.sop_draft_revision, sop_version_id=row.id, number=2, before=1, **words)


async def test_a_revision_is_never_rewritten(company: Company) -> None:
    row = await begun(company)
    with pytest.raises(Exception, match=r"permission denied|never changes"):
        async with company.write() as tx:
            await tx.execute(sa.update(t.sop_draft_revision).values(source="forged"))
    assert await title_of(company, row) == "养护检查"


async def test_a_text_of_another_procedure_or_of_none_is_refused(company: Company) -> None:
    row = await begun(company)
    for text in (SMALL.replace("storage_check", "other_check"), "- a\n- b\n", "x: [", ""):
        with pytest.raises(DefinitionInvalid):
            await sop_editing.replace_text(company.platform, row.id, text, revision=1, actor=company.author)
    text = SMALL.replace("养护检查", "在库养护")
    view = await sop_editing.replace_text(company.platform, row.id, text, revision=1, actor=company.author)
    assert (view.revision, view.source) == (2, text)


async def test_the_vendors_text_stays_and_a_stranger_writes_nothing(company: Company) -> None:
    vendor, _ = await sop_catalogue.load_draft(
        company.platform, WHOLE, actor=company.author, origin="vendor", vendor_version=1
    )
    with pytest.raises(VendorText):
        await change(company, vendor, titled("二"), 1)
    own = await sop_editing.begin(company.platform, SMALL, actor=company.author, based_on=vendor.id)
    assert own.based_on_id == vendor.id
    with pytest.raises(NotPermitted):
        await change(company, own, titled("二"), 1, actor=powerless(company))


async def test_a_new_procedure_is_called_what_its_draft_calls_it(company: Company) -> None:
    row = await begun(company)
    await change(company, row, titled("在库养护"), 1)
    listed = await sop_catalogue.list_sops(company.platform, actor=company.author)
    assert [one.title_zh for one in listed if one.key == "storage_check"] == ["在库养护"]

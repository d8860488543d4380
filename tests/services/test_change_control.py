"""What is reviewed, commented on, planned and called off - and every way around two persons and dates refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Invalid, Refusal
from domain.evidence import EvidenceIsImmutable
from domain.master_data import PersonIn
from domain.sop_findings import DefinitionInvalid
from domain.sop_progress.refusals import ReasonRequired
from services import persons, sop_catalogue, sop_changes, sop_comments
from services.permissions import NotPermitted
from services.sop_approval import NamedAsAnAuthor, ReadAnotherText
from services.sop_catalogue import AlreadyInForce, AuthorMayNotApprove, VersionRow, WrongState
from services.sop_effectivity import on_the_clock
from tests.services.company import Company, actor, at_site, last_event, powerless
from tests.services.test_sop_catalogue import (
    KEY,
    SIGNED,
    approved,
    draft,
    in_force,
    publish,
    staff,
    text,
    through_review,
)

WEEK = timedelta(days=7)
FEWER = text().replace("            separate_from: [arrival]\n", "", 1).replace("due: PT4H", "due: P1D", 1)


async def withdraw(company: Company, row: VersionRow, at: datetime, **more: Any) -> VersionRow:
    given = {"site": None, "reason": "推迟", "signature": SIGNED, "actor": company.admin, **more}
    return await sop_catalogue.withdraw(company.platform, row.id, effective_from=at, **given)


async def states(company: Company) -> dict[int | None, str]:
    listed = await sop_catalogue.versions(company.platform, KEY, actor=company.admin)
    return {row.version: row.state for row in listed}


async def test_a_version_is_compared_with_what_it_would_replace(company: Company) -> None:
    await staff(company)
    platform, admin = company.platform, company.admin
    first = await approved(company)
    alone = await sop_changes.compare(platform, KEY, 1, actor=admin)
    assert (alone.since, alone.changes, alone.gravest) == (None, (), None)
    await publish(company, first)
    second = await through_review(company, text().replace("due: PT4H", "due: P2D", 1))
    vendor, _ = await sop_catalogue.load_draft(
        platform, FEWER, actor=company.author, origin="vendor", vendor_version=2
    )
    found = await sop_changes.compare(platform, KEY, vendor.id, actor=admin)
    assert found.since and found.since.version == 1, "what is in force, not the newest that is approved"
    told = [str(change) for change in found.changes]
    assert "Put away: Deadline from 4 hours to 1 day - medium" in told, told
    assert "keeper" in found.to_train
    other = await sop_changes.compare(platform, KEY, vendor.id, since=2, actor=admin)
    assert [str(one) for one in other.changes if "Deadline" in str(one)] == [
        "Put away: Deadline from 2 days to 1 day - medium"
    ]
    back = await sop_changes.compare(platform, KEY, second.version or 0, actor=admin)
    assert back.since and back.since.version == 1
    (news,) = (await sop_changes.vendor_news(platform, actor=admin)).values()
    assert (news.row.id, news.changes, news.gravest) == (vendor.id, len(found.changes), found.gravest)
    nobody = powerless(company)
    for call in (
        sop_changes.compare(platform, KEY, 1, actor=nobody),
        sop_changes.vendor_news(platform, actor=nobody),
    ):
        with pytest.raises(NotPermitted):
            await call
    async with company.write() as tx:
        c = t.sop_version.c
        await tx.execute(sa.update(t.sop_version).where(c.id == vendor.id).values(source="sop: x\n"))
    with pytest.raises(DefinitionInvalid):
        await sop_changes.compare(platform, KEY, vendor.id, actor=admin)


async def test_comments_are_kept_as_evidence_while_a_version_is_in_review(company: Company) -> None:
    await staff(company)
    row, platform = await draft(company), company.platform
    with pytest.raises(WrongState):
        await sop_comments.add(platform, row.id, "太早", actor=company.admin)
    await sop_catalogue.submit(platform, row.id, actor=company.author)
    made = await sop_comments.add(platform, row.id, " 抽样量？ ", step="sample", actor=company.admin)
    again = await sop_comments.add(platform, row.id, "答复", actor=company.author, as_id=made.id)
    assert again == made, "the same id gives the first"
    await sop_comments.add(platform, row.id, "已按附录4", actor=company.author)
    for words, step, refusal in (("", None, ReasonRequired), ("x", "nowhere", Invalid)):
        with pytest.raises(refusal):
            await sop_comments.add(platform, row.id, words, step=step, actor=company.admin)
    with pytest.raises(NotPermitted):
        await sop_comments.add(platform, row.id, "x", actor=powerless(company))
    kept = await sop_comments.of_version(platform, row.id, actor=company.admin)
    assert [(one.step, one.text, one.actor) for one in kept] == [
        ("sample", "抽样量？", "admin"),
        (None, "已按附录4", "author"),
    ]
    assert {one.source_sha256 for one in kept} == {sop_comments.text_digest(text())}
    assert (await last_event(company, "comment.sop"))["object_id"] == str(row.id)
    with pytest.raises((EvidenceIsImmutable, sa.exc.ProgrammingError)):
        async with company.write() as tx:
            await tx.execute(sa.update(t.sop_comment).values(text="nothing"))
    await sop_catalogue.approve(platform, row.id, signature=SIGNED, actor=company.admin)
    with pytest.raises(WrongState):
        await sop_comments.add(platform, row.id, "zu spät", actor=company.admin)


async def test_a_plan_is_called_off_before_it_begins_and_what_it_replaced_goes_on(company: Company) -> None:
    await staff(company)
    await publish(company, await approved(company))
    second, now = await approved(company), datetime.now(UTC)
    start = now + WEEK
    await publish(company, second, effective_from=start)
    assert await in_force(company, at=start + WEEK) == 2
    for wrong in (start + WEEK, now):
        with pytest.raises(AlreadyInForce):
            await withdraw(company, second, wrong)
    with pytest.raises(ReasonRequired):
        await withdraw(company, second, start, reason=" ")
    for somebody in (powerless(company), at_site(company, company.site_id)):
        with pytest.raises(NotPermitted):
            await withdraw(company, second, start, actor=somebody)
    assert (await withdraw(company, second, start)).state == "approved"
    assert await in_force(company, at=start + WEEK) == 1
    assert await states(company) == {1: "effective", 2: "approved"}
    with pytest.raises(WrongState):
        await withdraw(company, second, start)
    view = await sop_catalogue.get_version(company.platform, KEY, 2, actor=company.admin)
    assert [(one.kind, one.meaning_zh) for one in view.approvals][-1] == ("withdraw", "撤销生效安排")
    # A pilot goes on where it has begun, and what is planned for all can still be called off.
    await publish(company, second, site="SH1")
    await publish(company, second, effective_from=start)
    assert (await withdraw(company, second, start)).state == "effective"
    assert await in_force(company, company.site_id, start + WEEK) == 2
    assert await in_force(company, at=start + WEEK) == 1
    # Retiring what is only planned leaves no gap either.
    third = await approved(company)
    await publish(company, third, effective_from=start)
    await sop_catalogue.retire(company.platform, third.id, signature=SIGNED, reason="x", actor=company.admin)
    assert await in_force(company, at=start + WEEK) == 1


async def test_a_date_is_on_the_clock_of_the_site(company: Company) -> None:
    await staff(company)
    row = await approved(company)
    local = (datetime.now(UTC) + WEEK).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    await publish(company, row, site="UR1", effective_from=local)
    view = await sop_catalogue.get_version(company.platform, KEY, 1, actor=company.admin)
    (placed,) = view.in_force
    assert (placed.site, placed.time_zone) == ("UR1", "Asia/Urumqi")
    assert placed.effective_from == local.replace(tzinfo=ZoneInfo("Asia/Urumqi"))
    assert await sop_catalogue.clock_of(company.platform, "UR1") == "Asia/Urumqi"
    assert await sop_catalogue.clock_of(company.platform, None) == "Asia/Shanghai", "the sites differ"
    with pytest.raises(Invalid):
        await publish(company, row, site="SH1", effective_from=local - 2 * WEEK)


def test_a_time_that_the_clock_skips_is_refused() -> None:
    with pytest.raises(Invalid):
        on_the_clock(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")  # noqa: DTZ001 - on the clock of a site
    read = on_the_clock(datetime(2026, 3, 29, 3, 30), "Europe/Berlin")  # noqa: DTZ001 - same
    assert read == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


async def test_one_person_with_two_accounts_is_one_person(company: Company) -> None:
    await staff(company)
    row = await draft(company)
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    async with company.write() as tx:
        body = {"username": "author2", "name": "Author ", "posts": [{"post": "administrator"}]}
        password = await tx.scalar(sa.select(t.credential.c.password_hash).limit(1))
        second = await persons.create_in(tx, PersonIn.model_validate(body), password)
    with pytest.raises(NamedAsAnAuthor):
        await approve(company, row, actor=actor(second, "Author"))
    assert (await last_event(company, "approve.sop"))["refused"]
    with pytest.raises(AuthorMayNotApprove):
        await approve(company, row, actor=company.author)
    with pytest.raises(Refusal):
        await approve(company, row, actor=replace(company.admin, kind="machine"))
    with pytest.raises(ReadAnotherText):
        await approve(company, row, revision=row.revision + 1)
    assert (await approve(company, row, revision=row.revision)).state == "approved"
    with pytest.raises(WrongState):
        await approve(company, row)
    async with company.database.read() as tx:
        refused = await tx.scalar(sa.select(sa.func.count()).where(t.audit_event.c.refused))
    assert refused == 5


async def approve(company: Company, row: VersionRow, **more: Any) -> VersionRow:
    given = {"signature": SIGNED, "actor": company.admin, **more}
    return await sop_catalogue.approve(company.platform, row.id, **given)

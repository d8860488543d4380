"""Change control: draft, review, approval by a second person, publication per site - each step signed or refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Invalid, NotFound, Refusal
from domain.evidence import VersionIsFrozen
from domain.master_data import PersonIn, PostIn
from domain.signatures import WrongPassword
from domain.sop_bundle import Bundle
from domain.sop_findings import DefinitionInvalid
from services import persons, sites, sop_catalogue, sop_files
from services.permissions import NotPermitted
from services.platform import Actor
from services.sop_calls import CalledNotInForce
from services.sop_catalogue import SignatureGiven, VersionRow
from tests.services.company import PASSWORD, Company, at_site, powerless

KEY = "receiving_acceptance"
POSTS = ("receiver", "acceptor", "second_acceptor", "keeper", "warehouse_manager", "qa_manager", "buyer")
SIGNED = SignatureGiven(PASSWORD)
OF_SOPS = t.signature.c.purpose.startswith("sop.")


def text() -> str:
    return sop_files.newest(KEY).text


async def staff(company: Company) -> None:
    """Every post that the procedure names, each held by two people of its own."""
    async with company.write() as tx:
        for post in POSTS:
            await sites.create_post_in(tx, PostIn.model_validate({"code": post, "name": post}))
            for number in (1, 2):
                body = {"username": f"{post}{number}", "name": post, "posts": [{"post": post}]}
                await persons.create_in(tx, PersonIn.model_validate(body), None)


async def draft(company: Company) -> VersionRow:
    row, _ = await sop_catalogue.load_draft(company.platform, text(), actor=company.author)
    return row


async def approved(company: Company) -> VersionRow:
    row = await draft(company)
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    return await sop_catalogue.approve(company.platform, row.id, signature=SIGNED, actor=company.admin)


async def publish(company: Company, row: VersionRow, **more: Any) -> VersionRow:
    return await sop_catalogue.publish(
        company.platform, row.id, **{"signature": SIGNED, "actor": company.admin, **more}
    )


async def in_force(company: Company, site: Any = None, at: datetime | None = None) -> int | None:
    async with company.database.read() as tx:
        try:
            found = await sop_catalogue.effective_bundle(tx, KEY, site, at or datetime.now(UTC))
        except sop_catalogue.NotInForce:
            return None
        return found.version


async def test_a_call_of_what_is_not_in_force_never_gets_into_force(company: Company) -> None:
    step = "{id: child, call: {sop: quality_hold}}"
    await staff(company)
    row = await draft(company)
    changed = text().replace("  - id: sample\n", f"  - {step}\n  - id: sample\n", 1)
    with pytest.raises(DefinitionInvalid) as refused:
        await sop_catalogue.load_draft(company.platform, changed, actor=company.author)
    line = changed.splitlines().index(f"  - {step}") + 1
    errors = [f for f in refused.value.findings if f.severity == "error"]
    assert [(f.rule, f.line) for f in errors] == [("call_unknown", line)]
    assert errors[0].column > 1
    # A text that came in by another way than the draft is read again at every later step.
    async with company.write() as tx:
        c = t.sop_version.c
        await tx.execute(sa.update(t.sop_version).where(c.id == row.id).values(source=changed))
    with pytest.raises(DefinitionInvalid):
        await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    async with company.write() as tx:
        await tx.execute(sa.update(t.sop_version).where(c.id == row.id).values(state="in_review"))
    with pytest.raises(DefinitionInvalid):
        await sop_catalogue.approve(company.platform, row.id, signature=SIGNED, actor=company.admin)


CALLED = """\
sop: errand
title: {zh: 跑腿, en: Errand}
clauses: GSP 1
owner: {department: quality, post: qa_manager}
scope: {site: inputs.site, department: "'warehouse'"}
inputs: {site: {type: site, required: true}}
steps:
  - {id: go, human: {post: buyer, instruction: {zh: 去, en: Go}, due: P1D}}
  - end: done
"""
CALLER = """\
sop: caller
title: {zh: 上级, en: Caller}
clauses: GSP 1
owner: {department: quality, post: qa_manager}
scope: {site: inputs.site, department: "'warehouse'"}
inputs: {site: {type: site, required: true}}
steps:
  - {id: errand, call: {sop: errand, with: {site: inputs.site}}}
  - end: done
"""


async def through_review(company: Company, words: str) -> VersionRow:
    platform = company.platform
    row, _ = await sop_catalogue.load_draft(platform, words, actor=company.author)
    await sop_catalogue.submit(platform, row.id, actor=company.author)
    return await sop_catalogue.approve(platform, row.id, signature=SIGNED, actor=company.admin)


async def pinned(company: Company, row: VersionRow) -> tuple[int, str]:
    async with company.database.read() as tx:
        stored = await tx.scalar(sa.select(t.sop_version.c.bundle).where(t.sop_version.c.id == row.id))
    call = Bundle.from_json(stored).calls["errand"]
    return call.version, call.sha256


async def test_a_call_is_pinned_to_the_version_in_force_and_stays_so(company: Company) -> None:
    await staff(company)
    first = await through_review(company, CALLED)
    await publish(company, first)
    caller = await through_review(company, CALLER)
    assert await pinned(company, caller) == (1, first.sha256)
    await publish(company, caller)
    second = await through_review(company, CALLED.replace("due: P1D", "due: P2D"))
    await publish(company, second)
    assert await pinned(company, caller) == (1, first.sha256)
    again = await through_review(company, CALLER)
    assert await pinned(company, again) == (2, second.sha256)
    assert (await publish(company, again)).state == "effective"


async def test_a_caller_comes_into_force_only_where_what_it_calls_is(company: Company) -> None:
    await staff(company)
    piloted = await through_review(company, CALLED)
    await publish(company, piloted, site="SH1")
    caller = await through_review(company, CALLER)
    with pytest.raises(CalledNotInForce):
        await publish(company, caller)
    assert (await publish(company, caller, site="SH1")).state == "effective"
    await publish(company, await through_review(company, CALLED.replace("P1D", "P3D")), site="SH1")
    with pytest.raises(CalledNotInForce):  # what was approved calls a version that has been replaced
        await publish(company, caller, site="SH1")


async def test_calls_that_lead_back_are_refused(company: Company) -> None:
    await staff(company)
    await publish(company, await through_review(company, CALLED))
    await publish(company, await through_review(company, CALLER))
    back = "{id: back, call: {sop: caller, with: {site: inputs.site}}}"
    words = CALLED.replace("  - end: done", f"  - {back}\n  - end: done")
    with pytest.raises(DefinitionInvalid) as refused:
        await sop_catalogue.load_draft(company.platform, words, actor=company.author)
    errors = [f for f in refused.value.findings if f.severity == "error"]
    assert [(f.rule, f.step_id, f.line) for f in errors] == [("call_cycle", "back", 9)]


async def test_the_shipped_procedure_goes_from_draft_to_in_force(company: Company) -> None:
    await staff(company)
    row, findings = await sop_catalogue.load_draft(
        company.platform, text(), actor=company.author, origin="vendor", vendor_version=1
    )
    assert (row.state, row.version, row.origin, row.vendor_version, row.sha256) == (
        "draft",
        None,
        "vendor",
        1,
        None,
    )
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert (await sop_catalogue.submit(company.platform, row.id, actor=company.author)).state == "in_review"
    row = await sop_catalogue.approve(company.platform, row.id, signature=SIGNED, actor=company.admin)
    assert (row.state, row.version) == ("approved", 1)
    assert await in_force(company) is None
    assert (await publish(company, row)).state == "effective"
    assert await in_force(company) == 1
    view = await sop_catalogue.get_version(company.platform, KEY, 1, actor=company.admin)
    assert [(one.kind, one.actor, one.meaning_zh) for one in view.approvals] == [
        ("submit", "author", None),
        ("approve", "admin", "批准"),
        ("publish", "admin", "发布生效"),
    ]
    assert view.source == text()
    assert view.bundle is not None
    assert Bundle.from_json(view.bundle).sha256 == view.row.sha256
    (shown,) = [
        sop for sop in await sop_catalogue.list_sops(company.platform, actor=company.admin) if sop.key == KEY
    ]
    assert [(one.version, one.site) for one in shown.in_force] == [(1, None)]


async def test_the_signature_covers_the_frozen_bundle(company: Company) -> None:
    await staff(company)
    row = await approved(company)
    async with company.database.read() as tx:
        signed = await tx.one_or_none(sa.select(t.signature).where(OF_SOPS))
    assert signed is not None
    assert (signed["content_sha256"], signed["purpose"], signed["printed_name"]) == (
        row.sha256,
        "sop.approve",
        "admin",
    )


async def test_a_text_with_errors_is_refused_with_line_and_column(company: Company) -> None:
    for broken in (
        "sop: x\nsop: y\n",
        "not: a definition",
        text().replace("post: receiver", "post: nobody_at_all"),
    ):
        with pytest.raises(DefinitionInvalid) as refused:
            await sop_catalogue.load_draft(company.platform, broken, actor=company.author)
        assert refused.value.findings[0].line >= 1
    with pytest.raises(NotFound):
        await sop_catalogue.versions(company.platform, KEY, actor=company.admin)


async def test_a_draft_whose_posts_nobody_holds_is_not_submitted(company: Company) -> None:
    await staff(company)
    row = await draft(company)
    async with company.write() as tx:
        c = t.post_assignment.c
        buyer = sa.select(t.post.c.id).where(t.post.c.code == "buyer").scalar_subquery()
        await tx.execute(
            sa.update(t.post_assignment).where(c.post_id == buyer).values(valid_to=sa.func.clock_timestamp())
        )
    with pytest.raises(DefinitionInvalid) as refused:
        await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    assert "post_vacant" in {finding.rule for finding in refused.value.findings}


async def test_the_author_never_approves(company: Company) -> None:
    await staff(company)
    row = await draft(company)
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    with pytest.raises(sop_catalogue.AuthorMayNotApprove):
        await sop_catalogue.approve(company.platform, row.id, signature=SIGNED, actor=company.author)
    with pytest.raises(WrongPassword):
        await sop_catalogue.approve(
            company.platform, row.id, signature=SignatureGiven("wrong"), actor=company.admin
        )
    with pytest.raises(NotPermitted):
        await sop_catalogue.approve(company.platform, row.id, signature=SIGNED, actor=powerless(company))
    async with company.database.read() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.signature).where(OF_SOPS)) == 0
        refused = await tx.scalar(sa.select(sa.func.count()).where(t.audit_event.c.refused))
    assert refused == 3


async def test_a_reviewer_sends_a_version_back_with_a_reason(company: Company) -> None:
    await staff(company)
    row = await draft(company)
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    with pytest.raises(Invalid):
        await sop_catalogue.reject(company.platform, row.id, reason=" ", actor=company.admin)
    back = await sop_catalogue.reject(company.platform, row.id, reason="缺少抽样条款", actor=company.admin)
    assert back.state == "draft"
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)


async def test_steps_out_of_order_are_refused(company: Company) -> None:
    await staff(company)
    row = await draft(company)
    with pytest.raises(sop_catalogue.WrongState):
        await sop_catalogue.approve(company.platform, row.id, signature=SIGNED, actor=company.admin)
    with pytest.raises(sop_catalogue.WrongState):
        await publish(company, row)
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    with pytest.raises(sop_catalogue.WrongState):
        await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    with pytest.raises(NotFound):
        await sop_catalogue.submit(company.platform, company.site_id, actor=company.author)


async def test_an_approved_version_stands_still(company: Company) -> None:
    await staff(company)
    row = await approved(company)
    with pytest.raises(VersionIsFrozen):
        async with company.write() as tx:
            await tx.execute(
                sa.update(t.sop_version).where(t.sop_version.c.id == row.id).values(source="something else")
            )


async def test_a_site_may_pilot_a_version_before_all_get_it(company: Company) -> None:
    await staff(company)
    await publish(company, await approved(company))
    second = await approved(company)
    assert second.version == 2
    await publish(company, second, site="SH1")
    assert await in_force(company, company.site_id) == 2
    assert await in_force(company) == 1
    await publish(company, second)
    assert await in_force(company) == 2
    states = {
        row.version: row.state
        for row in await sop_catalogue.versions(company.platform, KEY, actor=company.admin)
    }
    assert states == {1: "superseded", 2: "effective"}


async def test_a_version_may_be_put_in_force_ahead_of_time_but_not_in_the_past(company: Company) -> None:
    await staff(company)
    await publish(company, await approved(company))
    second, now = await approved(company), datetime.now(UTC)
    with pytest.raises(Invalid):
        await publish(company, second, effective_from=now - timedelta(days=1))
    await publish(company, second, effective_from=now + timedelta(days=7))
    assert await in_force(company) == 1
    assert await in_force(company, at=now + timedelta(days=8)) == 2
    third = await approved(company)
    await publish(company, third)
    assert await in_force(company) == 3
    assert await in_force(company, at=now + timedelta(days=8)) == 2


async def test_publishing_everywhere_needs_the_permission_everywhere(company: Company) -> None:
    await staff(company)
    row = await approved(company)
    local: Actor = at_site(company, company.site_id)
    with pytest.raises(NotPermitted):
        await publish(company, row, actor=local)
    with pytest.raises(NotPermitted):
        await publish(company, row, site="UR1", actor=local)
    with pytest.raises(NotFound):
        await publish(company, row, site="NOWHERE")
    assert (await publish(company, row, site="SH1", actor=local)).state == "effective"
    assert await in_force(company, company.site_id) == 1
    assert await in_force(company) is None


async def test_a_retired_version_is_in_force_nowhere(company: Company) -> None:
    await staff(company)
    row = await publish(company, await approved(company))
    retired = await sop_catalogue.retire(
        company.platform, row.id, signature=SIGNED, reason="流程废止", actor=company.admin
    )
    assert retired.state == "retired"
    assert await in_force(company) is None


async def test_a_machine_never_signs_and_without_permission_nothing_is_read(company: Company) -> None:
    await staff(company)
    row = await draft(company)
    await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    with pytest.raises(Refusal):
        await sop_catalogue.approve(
            company.platform, row.id, signature=SIGNED, actor=replace(company.admin, kind="machine")
        )
    nobody = powerless(company)
    for call in (
        sop_catalogue.list_sops(company.platform, actor=nobody),
        sop_catalogue.versions(company.platform, KEY, actor=nobody),
        sop_catalogue.get_version(company.platform, KEY, 1, actor=nobody),
        sop_catalogue.load_draft(company.platform, text(), actor=nobody),
    ):
        with pytest.raises(NotPermitted):
            await call

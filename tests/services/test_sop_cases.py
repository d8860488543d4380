"""The cases of a version: played, counted, changed in a draft - and no submission while one fails."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain import sop_document as document
from domain.sop_case import Way
from domain.sop_definition import Text
from services import sop_cases, sop_catalogue, sop_editing
from services.permissions import NotPermitted
from services.sop_case_gate import CasesFail
from services.sop_cases import CaseBook, NoSuchCase
from services.sop_catalogue import VersionRow
from services.sop_editing import RevisionMoved
from tests.services.company import Company, powerless

SMALL = """sop: storage_check
title: {zh: 养护检查, en: Storage check}
owner: {department: quality, post: administrator}
scope: {site: inputs.site}
inputs: {site: {type: site, required: true, label: {zh: 仓库, en: Site}}}
steps:
  - id: look
    title: {zh: 检查, en: Look}
    clauses: GSP 83
    human:
      post: administrator
      instruction: {zh: 看, en: Look}
      due: P1D
      outcomes:
        good: {label: {zh: 正常, en: Good}}
        bad: {label: {zh: 异常, en: Bad}, go: refused}
  - {end: completed}
sections:
  refused:
    - {end: refused}
cases:
  - {name: 正常 / all good, answers: {look: {outcome: good}}, expect: {path: [look], outcome: completed}}
  - {name: 异常 / not good, answers: {look: {outcome: good}}, expect: {outcome: refused}}
"""


async def begun(company: Company, text: str = SMALL) -> VersionRow:
    return await sop_editing.begin(company.platform, text, actor=company.author)


async def book(company: Company, row: VersionRow) -> CaseBook:
    return await sop_cases.play(company.platform, row.key, row.id, actor=company.author)


async def names(company: Company, row: VersionRow) -> list[str]:
    return [one.case.name for one in (await book(company, row)).played]


async def test_cases_pass_or_say_why_and_what_they_leave_out_is_counted(company: Company) -> None:
    found = await book(company, await begun(company))
    assert [one.result.passed for one in found.played] == [True, False]
    assert [one.case.name for one in found.failing] == ["异常 / not good"]
    seen = found.coverage
    assert seen is not None and found.draft is not None
    assert (len(seen.walked), len(seen.steps), len(seen.taken), len(seen.ways)) == (2, 3, 1, 2)
    assert seen.steps_missing == ["end_refused"] and seen.ways_missing == [Way("look", "outcome", "bad")]


async def test_a_draft_with_errors_is_not_played_and_says_so(company: Company) -> None:
    found = await book(company, await begun(company, SMALL.replace("go: refused", "go: nowhere")))
    assert found.played == () and found.coverage is None and found.errors


async def test_no_draft_is_submitted_while_a_case_fails(company: Company) -> None:
    row = await begun(company)
    with pytest.raises(CasesFail) as told:
        await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    assert "异常" in told.value.message("zh") and "not good" in told.value.message("en")
    assert "all good" not in told.value.message("en")
    await sop_cases.keep(
        company.platform,
        row.id,
        1,
        lambda case: {**case, "answers": {"look": {"outcome": "bad"}}},
        revision=1,
        actor=company.author,
    )
    sent = await sop_catalogue.submit(company.platform, row.id, actor=company.author)
    assert sent.state == "in_review"


async def test_cases_are_added_copied_and_taken_out_as_revisions(company: Company) -> None:
    row = await begun(company)
    made: dict[str, Any] = {"actor": company.author}
    assert await sop_cases.add(company.platform, row.id, revision=1, **made) == 2
    assert await sop_cases.copy(company.platform, row.id, 0, revision=2, **made) == 1
    assert await names(company, row) == [
        "正常 / all good", "正常（副本） / all good (copy)", "异常 / not good", "新用例 3 / New case 3"
    ]  # fmt: skip
    for revision in (3, 4, 5, 6):
        view = await sop_cases.remove(company.platform, row.id, 0, revision=revision, **made)
    assert "cases" not in view.data
    kept = await sop_editing.revisions(company.platform, row.id, actor=company.author)
    assert "删除用例" in kept[0].what_zh and "正常" in kept[-3].what_zh
    assert await sop_cases.add(company.platform, row.id, revision=7, **made) == 0


async def test_the_path_that_was_walked_is_taken_over_and_nothing_else(company: Company) -> None:
    row = await begun(company)
    view = await sop_cases.take_path(company.platform, row.id, 1, revision=1, actor=company.author)
    assert view.data["cases"][1]["expect"] == {"path": ["look"], "outcome": "refused"}
    assert not (await book(company, row)).played[1].result.passed, "the end that was expected stays"


async def test_who_saw_another_revision_or_another_case_changes_nothing(company: Company) -> None:
    row = await begun(company)
    asked: list[tuple[type[Exception], Callable[[], Awaitable[Any]]]] = [
        (RevisionMoved, lambda: sop_cases.remove(company.platform, row.id, 0, revision=9, actor=company.author)),
        (NoSuchCase, lambda: sop_cases.remove(company.platform, row.id, 7, revision=1, actor=company.author)),
        (NoSuchCase, lambda: sop_cases.copy(company.platform, row.id, -1, revision=1, actor=company.author)),
        (NoSuchCase, lambda: sop_cases.take_path(company.platform, row.id, 7, revision=1, actor=company.author)),
        (NotPermitted, lambda: sop_cases.add(company.platform, row.id, revision=1, actor=powerless(company))),
        (NotPermitted, lambda: sop_cases.play(company.platform, row.key, row.id, actor=powerless(company))),
    ]  # fmt: skip
    for refusal, attempt in asked:
        with pytest.raises(refusal):
            await attempt()
    assert (await names(company, row)) == ["正常 / all good", "异常 / not good"]


async def test_a_case_without_the_shape_of_one_is_told_and_can_be_put_right(company: Company) -> None:
    row = await begun(company)
    broken = Text(zh="改", en="changed")
    await sop_editing.change(
        company.platform,
        row.id,
        lambda data: document.put(data, ("cases", 0, "answers"), {"nobody": {}}),
        what=broken,
        revision=1,
        actor=company.author,
    )
    found = await book(company, row)
    assert found.played == () and [one.rule for one in found.errors] == ["case"]
    await sop_cases.remove(company.platform, row.id, 0, revision=2, actor=company.author)
    assert len((await book(company, row)).played) == 1

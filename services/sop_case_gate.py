"""Services: no draft goes to its reviewers while one of its own cases comes to something else (D5).

Knows no HTTP.
"""

import asyncio

from domain.both_languages import half
from domain.errors import Refusal
from domain.sop_bundle import Bundle
from domain.sop_case import SimulationResult
from domain.sop_case_words import CaseWords
from domain.sop_definition import Case, SopDefinition
from domain.sop_simulation import simulate

NAMED = 5
"""Failing cases that the refusal names."""


class CasesFail(Refusal):
    """Cases of the definition do not come to what they expect."""

    code = "cases_fail"
    kind = "invalid"
    zh = "有 {count} 个用例未通过，不能提交：{which_zh}"
    en = "It cannot be submitted: {count} of its cases fail: {which_en}"


async def must_pass(bundle: Bundle, definition: SopDefinition) -> None:
    """CasesFail, with the cases named and what the first finding of each is."""
    failing = await asyncio.to_thread(_failing, bundle, definition.cases)
    if not failing:
        return
    words = CaseWords(definition, tables=bundle.tables)
    said = [(case, words.finding(result.findings[0])) for case, result in failing[:NAMED]]
    raise CasesFail(
        count=len(failing),
        which_zh="；".join(f"“{half(case.name, 'zh')}”（{found.zh}）" for case, found in said),
        which_en="; ".join(f"“{half(case.name, 'en')}” ({found.en})" for case, found in said),
    )


def _failing(bundle: Bundle, cases: list[Case]) -> list[tuple[Case, SimulationResult]]:
    results = [(case, simulate(bundle, case)) for case in cases]
    return [(case, result) for case, result in results if not result.passed]

"""Storage maintenance: every location has its turn once, whatever the number of parts; what is red has none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.batches import Status
from services import line_sets, maintenance
from services.action_context import ActionRefused
from tests.services.company import Company
from tests.services.sales import shelve


async def listed(company: Company, path: str = "list#1", **inputs: Any) -> list[Mapping[str, Any]]:
    async with company.write() as tx:
        run = await company.start_run(tx)
        found = (await maintenance.list_positions(company.context(tx, run, path), inputs)).outputs
        lines: list[Mapping[str, Any]] = [
            line.data for line in await line_sets.read(tx, found["lines"]["id"])
        ]
        assert found["count"] == len(lines)
        return lines


async def stocked(company: Company) -> None:
    await shelve(company, "B1", 5, location="A-01")
    await shelve(company, "B2", 6, location="A-02")
    await shelve(company, "B3", 7, location="A-02")


def places(lines: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(line["location"], line["batch_number"]) for line in lines]


async def test_all_positions_are_listed_in_the_order_in_which_somebody_walks(company: Company) -> None:
    await stocked(company)
    found = await listed(company)
    assert places(found) == [("A-01", "B1"), ("A-02", "B2"), ("A-02", "B3")]
    assert [line["number"] for line in found] == [1, 2, 3]


@pytest.mark.parametrize("parts", [1, 2, 3, 5])
async def test_each_location_has_its_turn_in_exactly_one_part(company: Company, parts: int) -> None:
    await stocked(company)
    whole = await listed(company)
    turns = [await listed(company, f"list#{n}", part=n, parts=parts) for n in range(1, parts + 1)]
    assert sorted(places([line for turn in turns for line in turn])) == sorted(places(whole))
    for turn in turns:
        others = {line["location"] for other in turns if other is not turn for line in other}
        assert not {line["location"] for line in turn} & others


async def test_without_a_part_the_months_take_turns(company: Company) -> None:
    await stocked(company)
    turns = []
    for month in range(1, 7):
        async with company.write() as tx:
            run = await company.start_run(tx)
            ctx = replace(company.context(tx, run, f"list#{month}"), now=datetime(2027, month, 1, tzinfo=UTC))
            found = await maintenance.list_positions(ctx, {"parts": 2})
            lines = await line_sets.read(tx, found.outputs["lines"]["id"])
            turns.append({str(line.data["location"]) for line in lines})
    assert turns == [{"A-01"}, {"A-02"}] * 3


@pytest.mark.parametrize(("part", "parts"), [(0, 3), (4, 3), (1, 0), (-1, 1)])
async def test_a_part_that_there_is_not_is_refused(company: Company, part: int, parts: int) -> None:
    await stocked(company)
    with pytest.raises(ActionRefused) as refused:
        await listed(company, part=part, parts=parts)
    assert refused.value.name == "no_such_part"


async def test_an_empty_site_and_another_storage_class_list_nothing(company: Company) -> None:
    assert await listed(company) == []
    await stocked(company)
    assert await listed(company, "list#2", storage_class="frozen") == []


async def test_what_is_rejected_is_not_maintained(company: Company) -> None:
    await shelve(company, "RED", 4, location="A-01", status=Status.REJECTED)
    assert await listed(company) == []

"""Two pickers and one last box, over HTTP: one gets it, the other is told which order has it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from tests.services.shipping import GS
from tests.services.whole_begin import Begin
from tests.services.whole_company import GTINS, Copies, WholeCompany, opened

PIECES_OF_TWO = 3
"""The number of an order of two pieces: there are four."""


async def pick_of(company: WholeCompany, run: UUID, picker: str) -> dict[str, Any]:
    """The pick of a run, claimed."""
    person = company.client.person(picker)
    [task] = (await company.client.person("zheng").get("/tasks", run=str(run)))["items"]
    await person.post(f"/tasks/{task['id']}/claim")
    found: dict[str, Any] = task
    return found


async def test_of_two_who_scan_the_same_piece_at_once_one_gets_it_and_the_other_is_told(
    copies: Copies,
) -> None:
    code = f"]d201{GTINS['M5'].zfill(14)}10S1{GS}21P1"
    with copies.copy() as (app_url, owner_url):
        async with opened(copies.furnished, app_url, owner_url) as company:
            begun = Begin(company)
            runs = [(await begun.run("outbound_review", PIECES_OF_TWO))[0] for _ in range(2)]
            pickers = ("picker_a", "picker_b")
            tasks = [await pick_of(company, run, who) for run, who in zip(runs, pickers, strict=True)]

            async def scan(at: int) -> dict[str, Any]:
                body = {"scan_id": str(uuid4()), "code": code, "epoch": tasks[at]["epoch"], "line": 1}
                path = f"/tasks/{tasks[at]['id']}/scans"
                answer: dict[str, Any] = await company.client.person(pickers[at]).append(path, body)
                return answer

            answers = await asyncio.gather(scan(0), scan(1))
            verdicts = [answer["verdict"] for answer in answers]
            assert sorted(verdicts) == ["matched", "refused"]
            got, told = verdicts.index("matched"), answers[verdicts.index("refused")]
            assert told["reason_code"] == "taken"
            assert begun.orders[got] in str(told["message"])


async def test_the_order_that_comes_too_late_for_the_last_box_is_refused_and_sales_are_told(
    copies: Copies,
) -> None:
    with copies.copy() as (app_url, owner_url):
        async with opened(copies.furnished, app_url, owner_url) as company:
            begun = Begin(company)
            runs = [(await begun.run("outbound_review", PIECES_OF_TWO))[0] for _ in range(3)]
            watcher = company.client.person("zheng")
            ends = [(await watcher.get(f"/runs/{run}"))["outcome"] for run in runs]
            assert ends == [None, None, "refused"]
            told = company.rows("SELECT title_zh FROM notification WHERE run_id = %(run)s", run=runs[2])
            assert told
            assert all(begun.orders[2] in row["title_zh"] for row in told)

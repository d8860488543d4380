"""All procedures at once, in any order: books agree, nothing unissuable reaches a customer by any door.

`XUNJI_PROPERTY_EXAMPLES=200` plays longer.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from db import ledger
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Refusal
from domain.stock import Move, Position, Posting
from ops.company_client import Refused
from ops.company_staff import Script
from services import holds, run_commands
from tests.services.counting import SIGNED
from tests.services.whole_begin import Begin
from tests.services.whole_checks import Watch
from tests.services.whole_company import Copies, WholeCompany, opened
from tests.services.whole_hands import Hands
from tests.services.whole_replays import (
    FINISHED,
    OPEN_TASKS,
    STARTED,
    check_replays,
    play_everything,
    recorded_of,
)

EXAMPLES = int(os.environ.get("XUNJI_PROPERTY_EXAMPLES", "3"))
numbers = st.integers(0, 11)
begins = st.tuples(st.just("begin"), st.sampled_from(STARTED), numbers)
works = st.tuples(st.sampled_from(["work", "work", "work", "page", "ship"]), numbers, st.integers(1, 6))
others = st.tuples(
    st.sampled_from(["half", "send_back", "redo", "cancel", "release", "later", "snatch"]),
    numbers,
    st.integers(0, 5),
)
steps = st.lists(st.one_of(begins, works, works, others), min_size=10, max_size=16)
GONE_TO_CUSTOMERS: LiteralString = "SELECT count(*) AS n FROM move WHERE to_kind = 'customer'"
_ARRIVED: LiteralString = """
SELECT count(DISTINCT p.id) AS n FROM move AS m JOIN posting AS p ON p.id = m.posting_id
JOIN run AS r ON r.id = p.run_id JOIN document AS d ON d.id = p.document_id WHERE p.kind = 'transfer_in' AND r.state = 'cancelled'
"""
TOLD: LiteralString = "SELECT count(*) AS n FROM notification WHERE template = 'transfer.turned_round'"
TURNED_ROUND: LiteralString = _ARRIVED + " AND m.to_site_id = d.site_id"
LEFT_UNACCEPTED: LiteralString = _ARRIVED + " AND m.to_site_id <> d.site_id"
"""Goods of transfers that were cancelled: on the road, and after they had arrived."""
SALES = [("begin", "outbound_review", 0), ("begin", "outbound_review", 3), ("ship", 0, 6)]
"""What every script begins with: something is on its way to a customer."""


@dataclass
class Days:
    """What happens in the company, step by step, with a look at everything after each."""

    company: WholeCompany
    hands: Hands
    begun: Begin
    watch: Watch
    runs: dict[UUID, tuple[str, Script]] = field(default_factory=dict)
    turn: int = 0
    commanded: Counter[tuple[str, bool]] = field(default_factory=Counter)

    async def play(self, script: list[tuple[str, Any, int]]) -> None:
        for step in script:
            what, first, second = step
            self.watch.before()
            await getattr(self, what)(first, second)
            self.watch.after(step)

    async def begin(self, procedure: str, number: int) -> None:
        await self.refusable(self._begin(procedure, number), books_only=True)

    async def _begin(self, procedure: str, number: int) -> None:
        run, script = await self.begun.run(procedure, number)
        self.runs[run] = procedure, script

    def todo(self, only: str = "") -> list[tuple[str, Script, UUID]]:
        """Every task of a run under way, by run, with what people write in it; the oldest first."""
        found = self.company.rows(OPEN_TASKS)
        return [
            (str(row["run_id"]), self.runs[row["root"]][1], row["id"])
            for row in found
            if row["root"] in self.runs and only in {"", self.runs[row["root"]][0]}
        ]

    async def chosen(self, which: int, only: str = "") -> tuple[Script, dict[str, Any]] | None:
        """One of them, as lists show it."""
        if not (found := self.todo(only)):
            return None
        run, script, task_id = found[which % len(found)]
        shown = await self.hands.tasks_of(run)
        return script, next(task for task in shown if task["id"] == str(task_id))

    async def work(self, which: int, times: int, only: str = "") -> None:
        """So many tasks, one after another; after each everything is looked at."""
        for _ in range(times):
            self.turn += 1
            if (found := await self.chosen(which + 5 * self.turn, only)) is None:
                return
            script, task = found
            self.watch.before()
            note(f"{task['step_id']} {task['state']}")
            await self.hands.do(task, script)
            self.watch.after(task["step_id"])

    async def page(self, which: int, times: int) -> None:
        """The same by the forms of the pages."""
        self.hands.on_page = True
        try:
            await self.work(which, times)
        finally:
            self.hands.on_page = False

    async def ship(self, which: int, times: int) -> None:
        """People get on with the orders."""
        await self.work(which, times, "outbound_review")

    async def half(self, which: int, _: int) -> None:
        """Somebody begins a task, scans, and does not finish."""
        if (found := await self.chosen(which)) is not None and found[1]["state"] in {"open", "claimed"}:
            await self.hands.half(found[1], found[0])

    async def send_back(self, which: int, to: int) -> None:
        """A task that can be sent back is, by who has taken it up."""
        for at in range(len(self.todo())):
            found = await self.chosen(which + at)
            assert found is not None
            task = found[1]
            for person in self.company.client.holders(task["post"], task["site"]):
                shown = await person.get(f"/tasks/{task['id']}")
                if not shown["send_back"]:
                    break
                step = shown["send_back"][to % len(shown["send_back"])]
                body = {"reason": "请重做", "to": step["step"], "task_path": task["path"]}
                if task["state"] == "open" and not await self.refusable(
                    person.post(f"/tasks/{task['id']}/claim")
                ):
                    continue
                if await self.refusable(person.post(f"/runs/{task['run_id']}/send-back", body)):
                    return

    async def redo(self, which: int, to: int) -> None:
        """Quality sends a run back to something that it has done, however far it has come."""
        if found := self.under_way():
            run = found[which % len(found)]
            scopes = self.company.engine.runs[str(run)].state.scopes
            walked = [entry.partition("#")[0] for entry in scopes[""].trail]
            await self._command(run, "send_back", to=walked[-1 - to % len(walked)])

    async def cancel(self, which: int, _: int) -> None:
        """A run is cancelled: what can be undone is undone, last first."""
        if found := self.under_way():
            await self._command(found[which % len(found)], "cancel", signature=SIGNED)

    def under_way(self) -> list[UUID]:
        """The runs that were begun here and are not over."""
        over = {row["id"] for row in self.company.rows(FINISHED)}
        return [run for run in self.runs if run not in over]

    async def _command(self, run: UUID, kind: Any, **more: Any) -> None:
        world = self.company.world
        zhou = await world.actor("zhou")
        call = run_commands.command(world.platform, run, kind, reason="复核", actor=zhou, **more)
        done = await self.refusable(call)
        note(f"{kind} {self.runs[run][0]}: {done}")
        self.commanded[kind, done] += 1

    async def release(self, which: int, _: int) -> None:
        """Somebody wants a hold released."""
        held = self.company.rows("SELECT id FROM hold WHERE closed_at IS NULL ORDER BY id")
        if held:
            admin, platform = await self.company.world.actor("admin"), self.company.world.platform
            hold = held[which % len(held)]["id"]
            await self.refusable(holds.release(platform, hold, reason="解除", actor=admin))

    async def later(self, _: int, often: int) -> None:
        """Time passes; after some of it the batch that expires soon has expired."""
        self.company.turn_clock(7 * (1 + often))

    async def snatch(self, which: int, _: int) -> None:
        """An issue past all services: of what is stopped, promised or not qualified it must be refused."""
        rows = self.company.rows(
            "SELECT * FROM balance WHERE quantity > 0 ORDER BY batch_id, location_id, status"
        )
        stopped = self.watch.unissuable()
        bad = [
            row
            for row in rows
            if (row["batch_id"], row["site_id"]) in stopped
            or row["status"] != "qualified"
            or row["quantity"] == row["reserved"]
        ]
        if bad:
            assert not await self.refusable(self._issue(bad[which % len(bad)])), bad[which % len(bad)]

    async def _issue(self, row: dict[str, Any]) -> None:
        world = self.company.world
        [party] = self.company.rows("SELECT id FROM party WHERE code = 'C2'")
        source = Position(row["site_id"], row["location_id"], Status(row["status"]), row["owner_id"])
        move = Move(row["batch_id"], 1, source, PlaceKind.CUSTOMER, party_id=party["id"])
        async with world.write() as tx:
            await ledger.post(tx, Posting(PostingKind.ISSUE, world.people["admin"], [move]))

    async def refusable(self, call: Any, *, books_only: bool = False) -> bool:
        """Whether it was done; when refused, everything stands as before."""
        before = "" if books_only else self.watch.stands()
        try:
            await call
        except (Refusal, Refused) as refused:
            note(f"refused: {refused}")
            assert books_only or self.watch.stands() == before
            return False
        return True


@pytest.mark.timeout(900)
@given(script=steps)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
async def test_whatever_people_do_the_books_agree_and_nothing_unissuable_leaves(
    copies: Copies, script: list[tuple[str, Any, int]]
) -> None:
    with copies.copy() as (app_url, owner_url):
        async with opened(copies.furnished, app_url, owner_url) as company:
            hands = Hands(company.client, company.client.person("zheng"), company=company)
            days = Days(company, hands, Begin(company), Watch(company))
            await days.play([*SALES, *script])
            await days.ship(0, 8)
            note(f"{days.watch.left} left, {dict(hands.done)}, {dict(hands.refused)}, {dict(days.commanded)}")
            later = any(what == "later" for what, _, _ in script)
            found = check_replays(await recorded_of(company), clocks_differ=later)
            note(f"played again: {found}")


@pytest.mark.timeout(300)
@given(st.none())  # the company's hands note what happens, which only a property may
@settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck))
async def test_runs_of_every_procedure_go_again_as_they_are_recorded(copies: Copies, _: None) -> None:
    with copies.copy() as (app_url, owner_url):
        async with opened(copies.furnished, app_url, owner_url) as company:
            hands = Hands(company.client, company.client.person("zheng"), company=company)
            company.engine.delivers_twice = False
            await play_everything(Days(company, hands, Begin(company), Watch(company)))
            found = check_replays(await recorded_of(company))
            ended = {name.partition(":")[0] for name in found}
            assert ended >= {*STARTED, "recall_consignee"}, found
            assert sum(n for name, n in found.items() if name.endswith("cancelled")) >= 3
            kinds = {row["kind"] for row in company.rows("SELECT DISTINCT kind FROM submission")}
            assert kinds >= {"complete", "sign", "send_back", "cancel", "suspend", "resume"}
            assert company.number(GONE_TO_CUSTOMERS) > 0, "people really pick, and something leaves"
            assert company.number(TURNED_ROUND) > 0
            assert company.number(TOLD) == company.number(TURNED_ROUND)
            assert company.number(LEFT_UNACCEPTED) > 0

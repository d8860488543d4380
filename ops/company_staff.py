"""Room `ops`: people who find their tasks and do them over HTTP, for the demo player and the trials.

It knows the outward contract and who holds which post. What to write into a form is a script's (for
receiving: `ops/receiving_script.py`).
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from uuid import uuid4

from domain.returns import ReturnExceedsSale
from domain.scanned_lines import LineNotScanned
from ops.company_client import Caller, CompanyClient, Refused

ENDED = frozenset({"completed", "cancelled", "failed"})
TO_DO = ("open", "claimed", "awaiting_signature")
LOOK_EVERY_SECONDS = 0.25
TRIES = 40
"""A task that is refused so often is a defect, not a race."""


@dataclass(frozen=True)
class Answer:
    """What a person enters: the outcome, the form, and the reason where one is asked for."""

    outcome: str
    data: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


class Script(Protocol):
    """What people write into the forms of one procedure."""

    async def answer(self, task: Mapping[str, Any], performer: Caller) -> Answer:
        """The form of a task."""

    async def prepare(self, task: Mapping[str, Any], performer: Caller) -> Any:
        """What all lines of a work list share (a report attached, the places of the site)."""

    def codes(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> list[str]:
        """The codes that are scanned at a line, before its result."""

    def line(self, task: Mapping[str, Any], line: Mapping[str, Any], shared: Any) -> Answer | None:
        """The result of a line; None where its scans have answered it."""


MEANWHILE = {LineNotScanned.code, ReturnExceedsSale.code}
"""Refusals by which people hear what happened to the goods while they were at work."""


@runtime_checkable
class SeesMeanwhile(Protocol):
    """A script that knows what to say of goods that were sealed meanwhile, or have come back already."""

    def meanwhile(self, task: Mapping[str, Any], line: Mapping[str, Any]) -> Answer:
        """The result with its reason."""


@runtime_checkable
class Calls(Protocol):
    """A script whose procedure calls others: it works off their runs as well."""

    async def called(self, watcher: Caller) -> list[str]:
        """The runs that were called and are open."""


class RunStuck(Exception):
    """A run did not end: it has no open task for too long, or a task is refused again and again."""

    code = "run_stuck"


@dataclass
class Staff:
    """All people of a company, of whom the first who may does a task."""

    client: CompanyClient
    watcher: Caller
    lines_at_once: int = 1
    idle_seconds: float = 60.0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    completed: int = 0
    last_refusal: str = ""

    async def work_off(self, run_id: str, script: Script) -> dict[str, Any]:
        """Do the tasks of a run as they come until it has ended; the run as it ended, or RunStuck."""
        idle, refusals = 0.0, 0
        while True:
            run: dict[str, Any] = await self.watcher.get(f"/runs/{run_id}")
            if run["state"] in ENDED:
                return run
            if run["state"] == "incident":
                raise RunStuck(f"run {run_id} has an incident: {await self.tasks_of(run_id)}")
            tasks = await self.tasks_with_called(run_id, script)
            if not tasks:
                if idle > self.idle_seconds:
                    raise RunStuck(f"run {run_id} at {run['current_steps']} has had no task for {idle:.0f} s")
                await asyncio.sleep(LOOK_EVERY_SECONDS)
                idle += LOOK_EVERY_SECONDS
                continue
            idle = 0.0
            for task in tasks:
                refusals = 0 if await self.do(task, script) else refusals + 1
            if refusals > TRIES:
                raise RunStuck(f"run {run_id}: nobody gets on with {tasks}; last: {self.last_refusal}")
            if refusals:
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def tasks_with_called(self, run_id: str, script: Script) -> list[dict[str, Any]]:
        """The tasks of a run, and of the runs that it has called."""
        called = await script.called(self.watcher) if isinstance(script, Calls) else []
        return [task for one in (run_id, *called) for task in await self.tasks_of(one)]

    async def tasks_of(self, run_id: str) -> list[dict[str, Any]]:
        """The tasks of a run that are still to do."""
        found: list[dict[str, Any]] = await self.watcher.pages("/tasks", run=run_id, limit=50)
        return [task for task in found if task["state"] in TO_DO]

    async def do(self, task: Mapping[str, Any], script: Script) -> bool:
        """Do one task, or give its missing signature; whether it got on. Every refusal is counted."""
        if task["state"] == "awaiting_signature":
            post = task["missing_signatures"][0]["post"]
            work = self.sign
        else:
            post, work = task["post"], self.perform
        for person in self.client.holders(post, task["site"]):
            if task["state"] == "claimed" and task["assignee"] not in {None, person.name}:
                continue
            try:
                await work(task, person, script)
            except Refused as refusal:
                self.refused[f"{task['step_id']}: {refusal.call}: {refusal.status} {refusal.code}"] += 1
                self.last_refusal = str(refusal)
                continue
            self.done[task["step_id"]] += 1
            self.completed += 1
            return True
        return False

    async def perform(self, task: Mapping[str, Any], person: Caller, script: Script) -> None:
        """Claim, fill in, sign and complete."""
        path = f"/tasks/{task['id']}"
        await person.post(f"{path}/claim")
        shown = await person.get(path)
        if shown["totals"] is not None:
            await self.work_list(shown, person, script)
            answer = Answer(next(iter(shown["outcomes"]), "done"))
        else:
            answer = await script.answer(shown, person)
        body: dict[str, Any] = {"outcome": answer.outcome, "data": answer.data, "epoch": shown["epoch"]}
        if answer.reason:
            body["reason"] = answer.reason
        if shown["signatures"]:
            body["signature"] = {"password": person.password}
        await person.post(f"{path}/complete", body)

    async def sign(self, task: Mapping[str, Any], person: Caller, script: Script) -> None:
        """Give a second or later signature over what was completed."""
        del script
        body = {"epoch": task["epoch"], "signature": {"password": person.password}}
        await person.post(f"/tasks/{task['id']}/sign", body)

    async def work_list(self, task: Mapping[str, Any], person: Caller, script: Script) -> None:
        """Scan and answer every line that has no result yet, some at once."""
        shared = await script.prepare(task, person)
        turns = asyncio.Semaphore(self.lines_at_once)

        async def one(line: Mapping[str, Any]) -> None:
            async with turns:
                await self.line(task, line, person, script, shared)

        after: Any = None
        while True:
            page = await person.get(f"/tasks/{task['id']}/lines", after=after, limit=200)
            open_lines = [line for line in page["items"] if line["outcome"] is None]
            async with asyncio.TaskGroup() as group:
                for line in open_lines:
                    group.create_task(one(line))
            after = page["next"]
            if after is None:
                return

    async def line(
        self, task: Mapping[str, Any], line: Mapping[str, Any], person: Caller, script: Script, shared: Any
    ) -> None:
        """One line: its scans, then its result. Their ids make repeats harmless."""
        path, epoch = f"/tasks/{task['id']}", task["epoch"]
        for code in script.codes(task, line, shared):
            scan = {"scan_id": str(uuid4()), "code": code, "epoch": epoch, "line": line["line"]}
            answer = await person.append(f"{path}/scans", scan)
            self.done[f"{task['step_id']} scan {answer['verdict']}"] += 1
        given = script.line(task, line, shared)
        if given is None:
            self.done[f"{task['step_id']} line by scan"] += 1
            return
        try:
            await self.said(path, line, person, given, epoch)
        except Refused as refusal:
            if refusal.code not in MEANWHILE or not isinstance(script, SeesMeanwhile):
                raise
            given = script.meanwhile(task, line)
            await self.said(path, line, person, given, epoch)
        self.done[f"{task['step_id']} line {given.outcome}"] += 1

    async def said(
        self, path: str, line: Mapping[str, Any], person: Caller, given: Answer, epoch: int
    ) -> None:
        """The result of a line, kept."""
        body = {"result_id": str(uuid4()), "outcome": given.outcome, "data": given.data, "epoch": epoch}
        await person.append(f"{path}/lines/{line['line']}", body)

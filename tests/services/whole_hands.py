"""The people of the whole company at work: by the JSON door, by the pages' forms, by scans of pieces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ops.company_client import Caller, Refused
from ops.company_staff import Answer, Script, Staff
from tests.services.shipping import GS
from tests.services.whole_company import GTINS, PIECES, WholeCompany
from tests.world import PASSWORD
from ui.definition_forms import PREFIX

AGAIN = Answer("retry")
"""What is answered to an incident."""


@dataclass
class Hands(Staff):
    """Staff that also completes a form on its page, and scans goods with serials piece by piece."""

    company: WholeCompany | None = None
    on_page: bool = False
    forms: int = 0
    refusals: list[str] = field(default_factory=list)

    async def perform(self, task: Mapping[str, Any], person: Caller, script: Script) -> None:
        """By its page when asked to and the task is a form; by the JSON door otherwise."""
        path = f"/tasks/{task['id']}"
        await person.post(f"{path}/claim")
        shown = await person.get(path)
        incident = task["kind"] == "incident"
        if not (self.on_page or incident) or shown["totals"] is not None:
            await super().perform(task, person, script)
            return
        answer = AGAIN if incident else await script.answer(shown, person)
        fields: dict[str, Any] = {"outcome": answer.outcome, "epoch": str(shown["epoch"])}
        fields |= {"submission_id": str(uuid4()), "reason": answer.reason or ""}
        fields |= {PREFIX + name: value for name, value in answer.data.items()}
        if shown["signatures"]:
            fields["password"] = PASSWORD
        await self._post(person, f"{path}/complete", fields)
        self.forms += 1

    async def _post(self, person: Caller, path: str, fields: Mapping[str, Any]) -> None:
        """A form sent by a browser without JavaScript that has just logged in."""
        assert self.company is not None
        pages = self.company.pages
        pages.cookies.clear()
        entered = {"username": person.username, "password": PASSWORD}
        assert (await pages.post("/login", data=entered)).is_redirect
        page = await pages.get("/notifications")
        found = re.search(r'name="csrf" value="([^"]+)"', page.text)
        assert found
        answer = await pages.post(path, data={**fields, "csrf": found.group(1)})
        if answer.is_error:
            raise Refused(
                f"form {path}", answer.status_code, {"code": "on_page", "detail": answer.text[:300]}
            )

    async def line(
        self, task: Mapping[str, Any], line: Mapping[str, Any], person: Caller, script: Script, shared: Any
    ) -> None:
        """Pieces are scanned one by one before the rest: those that do not belong here are refused."""
        if task["scan"] and line["data"].get("batch_number") == "S1":
            for piece in PIECES:
                code = f"]d201{GTINS['M5'].zfill(14)}10S1{GS}21{piece}"
                scan = {"scan_id": str(uuid4()), "code": code, "epoch": task["epoch"], "line": line["line"]}
                await person.append(f"/tasks/{task['id']}/scans", scan)
        await super().line(task, line, person, script, shared)

    async def half(self, task: Mapping[str, Any], script: Script) -> None:
        """Claims a task and does its lines, and leaves it at that."""
        for person in self.client.holders(task["post"], task["site"]):
            try:
                await person.post(f"/tasks/{task['id']}/claim")
                shown = await person.get(f"/tasks/{task['id']}")
                if shown["totals"] is not None:
                    await self.work_list(shown, person, script)
                return
            except Refused as refusal:
                self.refusals.append(str(refusal))

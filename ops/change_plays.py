"""Room `ops`: how a change control begins in `./xunji demo` - a draft is submitted, and sent back by quality.

Sent back, because a version that came into force would keep the demo's staff from its tasks until they are
trained on it.
"""

from __future__ import annotations

from ops import plain_script
from ops.company_client import Caller, CompanyClient
from ops.company_staff import RunStuck, Script

CHANGED = ("destruction", "expiry_check", "purchase_return")
"""Procedures of which a change is proposed, in their order."""
SOP = "change_control"


async def change(client: CompanyClient, number: int, name: str) -> tuple[str, Script]:
    """A specialist of quality changes a sentence and submits it; the QA manager asks for more."""
    author, manager = _holder(client, "qa_specialist"), _holder(client, "qa_manager")
    key = CHANGED[number % len(CHANGED)]
    version = await author.get(f"/sops/{key}/versions/1")
    text = str(version["source"]).replace("summary:\n  zh: ", f"summary:\n  zh: （{name}）", 1)
    draft = await author.post(f"/sops/{key}/drafts", {"source": text})
    address = f"/sops/{key}/versions/{draft['id']}"
    await author.post(f"{address}/submit", {})
    await manager.post(f"{address}/reject", {"reason": f"请补充依据 {name}"})
    runs = await author.pages("/runs", sop=SOP, text=f"{draft['id']}/")
    if not runs:
        raise RunStuck("no change control has begun")
    return str(runs[0]["id"]), plain_script.change_control()


def _holder(client: CompanyClient, post: str) -> Caller:
    """The first person who holds a post everywhere."""
    users = client.company["users"]
    return client.person(next(u["username"] for u in users if any(p["post"] == post for p in u["posts"])))

"""Room `ops`, trial `recall`: seal, consignees and their runs at full size, on an installation of its own.

`./xunji trial recall consignees=1000 serials=100000` measures the seal's transaction with a hundredth of
the serials and with all of them, in turn and rolled back each time (`seal`); then one recall runs for real:
its scope is confirmed over HTTP, the stock is moved serial by serial, every consignee gets its run and task.
"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from db.queries import recalls
from db.queries import runs as run_queries
from db.session import Database
from ops import addresses
from ops.company_client import CompanyClient
from ops.company_staff import Staff
from ops.demo_seed.places import MAIN
from ops.private_instance import PrivateInstance, private_instance
from ops.recall_script import CALLED, SOP, RecallScript
from ops.settings import Settings
from ops.trials.recall_goods import Goods
from ops.trials.receiving import auditor
from services import line_sets, recall_seal
from services.action_context import ActionContext, RunInAdvance

MOST_RATIO = 2.0
"""Seal with all serials against seal with a hundredth of them."""
PATIENCE_SECONDS = 1_800.0
TASKS = """SELECT count(*) AS n FROM task k JOIN run r ON r.id = k.run_id JOIN sop s ON s.id = r.sop_id
WHERE s.key = 'recall_consignee' AND k.step_id = 'acknowledged'"""
RUNS = "SELECT count(*) AS n FROM run r JOIN sop s ON s.id = r.sop_id WHERE s.key = 'recall_consignee'"
OUTSIDE = "SELECT count(*) AS n FROM serial_place WHERE batch_id = %(batch)s AND status <> 'recalled'"


async def run(consignees: int = 1_000, serials: int = 100_000, repeats: int = 15) -> dict[str, Any]:
    """All of it on an installation of its own."""
    with private_instance() as instance:
        return await play(instance, consignees, serials, repeats)


async def play(instance: PrivateInstance, consignees: int, serials: int, repeats: int) -> dict[str, Any]:
    """Load the goods, measure the seal, run the recall."""
    url = addresses.database_url(Settings(home=instance.home))
    began = time.monotonic()
    goods = Goods(url, MAIN, consignees)
    database = Database(url)
    try:
        few, many = goods.batch("RCFEW", max(serials // 100, 1)), goods.batch("RCMANY", serials)
        loaded = time.monotonic() - began
        async with CompanyClient(instance.base_url, instance.company, PATIENCE_SECONDS) as client:
            trial = Trial(client, database, goods)
            sealed = await trial.seal({"few": few, "many": many}, repeats)
            went = await trial.recall(many)
    finally:
        await database.close()
    figures = {
        "consignees": consignees,
        "serials": {"few": max(serials // 100, 1), "many": serials},
        "seconds_to_load": round(loaded, 1),
        "seal": sealed,
        **went,
    }
    complete = went["called_runs"] == went["first_tasks"] == consignees and went["serials_not_recalled"] == 0
    return {"ok": sealed["ratio"] <= MOST_RATIO and complete, **figures}


@dataclass
class Trial:
    """The recall of one batch, measured."""

    client: CompanyClient
    database: Database
    goods: Goods

    async def begin(self, number: str, batch: str) -> tuple[str, str]:
        """A notice and its run; the ids of both."""
        notice = {
            "number": number,
            "site": MAIN,
            "recall_class": "I",
            "profile": "cn-drug-2022",
            "initiated_by": "holder",
            "noticed_on": f"{datetime.now(UTC):%Y-%m-%d}",
            "scope": batch,
            "reason": "trial",
            "materials": [self.goods.ground["material_code"]],
        }
        program = self.client.program()
        posted = await program.post("/documents/recalls", notice)
        made = await program.post("/runs", {"sop": SOP, "inputs": {"recall": posted["id"]}})
        return str(posted["id"]), str(made["id"])

    async def seal(self, batches: Mapping[str, UUID], repeats: int) -> dict[str, Any]:
        """The seal's transaction, few and many serials in turn; nothing is kept."""
        prepared = {}
        for name in batches:
            document, run_id = await self.begin(f"ZH-{name}", f"RC{name.upper()}")
            await self.task(run_id, "scope")
            prepared[name] = (UUID(document), UUID(run_id))
        taken: dict[str, list[float]] = {name: [] for name in batches}
        for _ in range(repeats + 1):
            for name, batch in batches.items():
                taken[name].append(await self._sealed_once(*prepared[name], batch))
        ms = {name: round(1000 * statistics.median(times[1:]), 2) for name, times in taken.items()}
        return {
            "ms_median": ms,
            "ms_spread": {
                name: [round(1000 * min(times[1:]), 2), round(1000 * max(times[1:]), 2)]
                for name, times in taken.items()
            },
            "repeats": repeats,
            "ratio": round(ms["many"] / ms["few"], 2),
        }

    async def _sealed_once(self, document: UUID, run_id: UUID, batch: UUID) -> float:
        """Seconds of one seal, which is then taken back whole."""
        taken = 0.0
        with contextlib.suppress(_TakenBack):
            async with self.database.write() as tx:
                (rows,) = await tx.together(run_queries.for_advance(run_id))
                run = RunInAdvance(**rows[0])
                ctx = ActionContext(tx, run, "seal#1", "seal", run.started_by, datetime.now(UTC))
                line = {
                    "kind": "batch",
                    "outcome": recall_seal.IN_SCOPE,
                    "batch_id": str(batch),
                    "because": "listed",
                }
                lines = await line_sets.create(tx, run_id, "scope#1", "scope", [("1", line)])
                inputs = {
                    "recall": {"id": str(document), "number": ""},
                    "lines": lines.model_dump(mode="json"),
                }
                began = time.monotonic()
                await recall_seal.seal(ctx, inputs)
                taken = time.monotonic() - began
                raise _TakenBack
        return taken

    async def recall(self, batch: UUID) -> dict[str, Any]:
        """The recall with many serials, for real: confirmed, sealed, moved, everybody called."""
        number = "ZH-REAL"
        document, run_id = await self.begin(number, "RCMANY")
        script = RecallScript(number)
        watcher = self.client.person(auditor(self.client.company))
        staff = Staff(self.client, watcher, idle_seconds=PATIENCE_SECONDS)
        task = await self.task(run_id, "scope")
        began = time.monotonic()
        if not await staff.do(task, script):
            raise RuntimeError(staff.last_refusal)
        room = await watcher.get(f"/recalls/{document}")
        confirmed = time.monotonic() - began
        first = await self._until(TASKS, self.goods.consignees)
        asked = time.monotonic()
        async with self.database.read() as tx:
            rows = await recalls.consigned(tx, UUID(document))
        query = time.monotonic() - asked
        return {
            "seconds": {
                "from_signature_to_sealed_answer": round(confirmed, 2),
                "from_signature_to_all_first_tasks": round(first - began, 1),
                "consignee_query": round(query, 3),
            },
            "sealed_at": room["recall"]["sealed_at"],
            "consignee_lines": len(rows),
            "called_runs": self.goods.count(RUNS),
            "first_tasks": self.goods.count(TASKS),
            "serials_not_recalled": self.goods.count(OUTSIDE, batch=batch),
            "called": CALLED,
        }

    async def task(self, run_id: str, step: str) -> Mapping[str, Any]:
        """The task of a step, once it is open."""
        watcher = self.client.person(auditor(self.client.company))
        for _ in range(600):
            for task in await watcher.pages("/tasks", run=run_id, limit=50):
                if task["step_id"] == step and task["state"] in ("open", "claimed"):
                    return dict(task)
            await asyncio.sleep(0.1)
        raise TimeoutError(f"no task {step} in run {run_id}")

    async def _until(self, query: Any, wanted: int) -> float:
        """When the count was reached."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.goods.count(query) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.goods.count(query)} of {wanted}")
            await asyncio.sleep(0.25)
        return time.monotonic()


class _TakenBack(Exception):
    """Rolls a measured seal back."""

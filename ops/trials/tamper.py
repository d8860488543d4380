"""Room `ops`, trial `tamper`: a superuser changes what was sealed; each kind is found and its place named.

`./xunji trial tamper runs=10000` starts so many runs of the nightly expiry check and lets people receive some
deliveries. When everything is archived and sealed it verifies all of it, at all levels: not one false alarm.
Then each attack is made in a transaction that is verified from inside and taken back.
"""
# ruff: noqa: S608 - the names in the statements are those of our own tables

import asyncio
import contextlib
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from db.queries import seals
from db.session import Database, Transaction
from domain.evidence_findings import EvidenceFinding
from domain.seal_check import ExportedHead
from domain.seal_keys import SealKey
from ops import addresses
from ops.company_client import Caller, CompanyClient
from ops.company_staff import Staff
from ops.demo_seed.places import MAIN, SECOND, WEST
from ops.embedded_postgres import SUPERUSER, embedded_url
from ops.private_instance import PrivateInstance, private_instance
from ops.secrets_file import read_json
from ops.settings import Settings
from ops.trials import sealed, tampering
from ops.trials.receiving import auditor
from ops.trials.stream import Stream
from ops.trials.tampering import Attack
from services import seal_heads
from services.evidence_verification import verify_bodies, verify_seals

SOP = "expiry_check"
AT_ONCE = 16


class _TakenBack(Exception):
    """Ends the transaction of an attack."""


async def run(
    runs: int = 10_000, deliveries: int = 20, columns: int = 3, kinds: int = 1000
) -> dict[str, Any]:
    """So many runs and deliveries; then at most so many attacks, on so many columns of each table."""
    with private_instance() as instance:
        return await prove(instance, runs, deliveries, columns, kinds)


async def prove(
    instance: PrivateInstance, runs: int, deliveries: int, columns: int, kinds: int
) -> dict[str, Any]:
    """The same on an installation that is there."""
    began = time.monotonic()
    await work(instance, runs, deliveries)
    worked = time.monotonic() - began
    proof = await sealed.whole(instance.home)
    await _exported(instance.home)
    began = time.monotonic()
    attacks = await attacked(instance.home, columns, kinds)
    missed = [name for name, found in attacks.items() if not found]
    attacking = time.monotonic() - began
    after = await sealed.whole(instance.home)
    return {
        "ok": proof["ok"] and after["ok"] and not missed,
        "runs_started": runs,
        "deliveries": deliveries,
        "worked_seconds": round(worked, 1),
        "untouched": proof,
        "kinds": len(attacks),
        "found": len(attacks) - len(missed),
        "missed": missed,
        "attacks_seconds": round(attacking, 1),
        "afterwards": {name: after[name] for name in ("ok", "found", "blocks", "rows", "runs")},
    }


async def work(instance: PrivateInstance, runs: int, deliveries: int) -> None:
    """So many nightly checks, one after the other at each of several desks, after so many deliveries."""
    numbers: Iterator[int] = iter(range(runs))
    async with CompanyClient(instance.base_url, instance.company) as client:
        program = client.program()

        async def start() -> None:
            for number in numbers:
                site = (MAIN, SECOND, WEST)[number % 3]
                made = await program.post("/runs", {"sop": SOP, "inputs": {"site": site, "days": 0}})
                await _ended(program, made["id"])

        staff = Staff(client, client.person(auditor(instance.company)))
        stream = Stream(client, staff, "T")
        if deliveries:
            await _receive(stream, deliveries)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(start())


async def _ended(program: Caller, run_id: str) -> None:
    """The engine of one machine is not to be overrun: the next run begins when this one has ended."""
    while True:
        await asyncio.sleep(0.3)
        if (await program.get(f"/runs/{run_id}"))["state"] != "running":
            return


async def _receive(stream: Stream, deliveries: int) -> None:
    stream.stopping.set()
    await stream.run(0)  # reads the materials
    for _ in range(deliveries):
        await stream.one()


async def _exported(home: Path) -> None:
    """The latest head is outside, as it is within a minute."""
    from ops.platform_access import open_platform

    async with open_platform(Settings(home=home)) as platform:
        await seal_heads.export_head(platform)


async def attacked(home: Path, columns: int, kinds: int) -> dict[str, bool]:
    """Each attack by its kind, and whether it was found where it was made."""
    settings = Settings(home=home)
    own = SealKey(addresses.seal_keys(settings)[0]).public
    exported = seal_heads.exported_heads(settings.heads)
    port = int(read_json(home / "ports.json")["postgres"])
    root = Database(embedded_url(home, SUPERUSER, port), pool_size=1)
    found = {}
    try:
        async with root.read() as tx:
            last = await seals.last_block(tx)
            assert last is not None
            middle = max(1, last["number"] // 2)
            victims = await tampering.victims(tx, 1)
        attacks = itertools.chain(
            tampering.of_the_chain(middle, exported[-1].number),
            *(itertools.chain(tampering.others(one), tampering.edits(one, columns)) for one in victims),
        )
        for attack in itertools.islice(attacks, kinds):
            found[attack.kind] = attack.found(await _findings(root, attack, own, exported))
    finally:
        await root.close()
    return found


async def _findings(
    root: Database, attack: Attack, own: bytes, exported: list[ExportedHead]
) -> list[EvidenceFinding]:
    findings: list[EvidenceFinding] = []
    with contextlib.suppress(_TakenBack):
        async with root.write() as tx:
            tx.audited_elsewhere("an attack")
            await _make(tx, attack)
            findings += (await verify_seals(tx, own=own, exported=exported)).findings
            if attack.table == "archive":
                findings += (await verify_bodies(tx))[0]
            raise _TakenBack
    return findings


async def _make(tx: Transaction, attack: Attack) -> None:
    for statement in (*tampering.freed(), *_unruled(attack), *attack.statements):
        await tx.connection.exec_driver_sql(statement)


def _unruled(attack: Attack) -> Iterator[str]:
    """Checks and unique indexes of the table that is changed, off."""
    if attack.table is None:
        yield "ALTER TABLE seal_block DROP CONSTRAINT ck_seal_block_sizes"
        yield "ALTER TABLE seal_key DROP CONSTRAINT ck_seal_key_sizes"
        return
    yield (
        "DO $$ DECLARE one record; BEGIN FOR one IN SELECT conname FROM pg_constraint"
        f" WHERE conrelid = '{attack.table}'::regclass AND contype IN ('c', 'u') LOOP"
        " EXECUTE 'ALTER TABLE "
        f"{attack.table} DROP CONSTRAINT ' || quote_ident(one.conname) || ' CASCADE';"
        " END LOOP; END $$"
    )

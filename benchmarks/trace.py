"""`./xunji bench trace`: what a trace costs in a ledger of ten million moves, beside the bare recursion.

Two batches with twenty consignees: one whose moves stand together (the same at each size), one whose moves
are scattered over the whole ledger. `ok` compares with the bounds that the product set itself: blocks, growth
of time from the first size to the last, and a second for the first page from whatever a trace begins with.
"""

from __future__ import annotations

from typing import Any

from benchmarks._trace import filling, measuring
from benchmarks._warehouse.stock import ground
from benchmarks._warehouse.tracing import analyse, traced
from db.session import Database
from ops.embedded_postgres import SUPERUSER, embedded_url
from ops.platform_access import open_platform
from ops.private_instance import private_instance
from ops.secrets_file import read_json
from ops.settings import Settings
from services.platform import Platform

SMALL = 10_000
GROWTH = 1.5
AT_ONCE_MS = 1_000


async def run(moves: int = 10_000_000) -> dict[str, Any]:
    """Measures on an installation of its own; `moves` is how long the ledger gets. Ten million take 10 GB."""
    with private_instance() as instance:
        settings = Settings(home=instance.home)
        port = int(read_json(instance.home / "ports.json")["postgres"])
        superuser = Database(embedded_url(instance.home, SUPERUSER, port), pool_size=1)
        try:
            async with open_platform(settings) as platform:
                return await _measured(platform, superuser, moves)
        finally:
            await superuser.close()


async def _measured(platform: Platform, superuser: Database, moves: int) -> dict[str, Any]:
    database = platform.database
    where = await ground(database)
    reader = await measuring.reader(database)
    filler, written = filling.Filler(superuser, where), 0
    together = await traced(database, where)
    sizes: dict[str, Any] = {}
    for size in (SMALL, moves):
        there = await filling.moves_there(database)
        scattered, written, seconds = await filling.grow(database, filler, size, there, written)
        await filling.settled(database)
        await analyse(superuser.url)
        sizes[str(size)] = {
            "moves": await filling.moves_there(database),
            "filled_in_s": round(seconds, 1),
            "together": await measuring.measure(platform, reader, together),
            "scattered": await measuring.measure(platform, reader, scattered),
            "starts_ms": await measuring.starts(platform, reader, scattered),
        }
    return _judged(sizes)


def _judged(sizes: dict[str, Any]) -> dict[str, Any]:
    first, last = sizes.values()
    names = ("trace_ms", "answer_ms", "recursive_ms", "blocks", "recursive_blocks")
    growth = {
        kind: {name: round(last[kind][name] / first[kind][name], 2) for name in names}
        for kind in ("together", "scattered")
    }
    fits = all(measuring.fits(one[kind]) for one in sizes.values() for kind in growth)
    grows = all(one["trace_ms"] <= GROWTH and one["answer_ms"] <= GROWTH for one in growth.values())
    quick = all(ms <= AT_ONCE_MS for ms in last["starts_ms"].values())
    return {
        "loaded": "filled by the server with triggers off; what is traced is posted by db.ledger",
        "sizes": sizes,
        "growth": growth,
        "ok": fits and grows and quick,
    }

"""`./xunji bench warehouse`: what scans, receipts, allocations and traces cost, beside the bare database.

Each claim is a ratio against a floor measured in the same run on the same servers, or a count. `ok` compares
with the bounds that the product set itself.
"""

from __future__ import annotations

from typing import Any

from benchmarks._warehouse import allocating, receipts, scanning, tracing
from benchmarks._warehouse.stock import ground
from db.session import Database
from ops import addresses
from ops.private_instance import private_instance
from ops.settings import Settings


async def run(moves: int = 1_000_000, pairs: int = 200) -> dict[str, Any]:
    """Measures on an installation of its own; `moves` is how long the ledger gets for the trace."""
    with private_instance() as instance:
        settings = Settings(home=instance.home)
        owner_url = addresses.owner_database_url(settings)
        database = Database(addresses.database_url(settings))
        try:
            where = await ground(database)
            figures: dict[str, Any] = {
                "scan": await scanning.measure(database, owner_url, instance, pairs),
                "receipt": await receipts.measure(database, owner_url, where, pairs // 4),
                "allocation": await allocating.measure(database, where),
                "trace": await tracing.measure(database, owner_url, where, (10_000, moves)),
            }
        finally:
            await database.close()
    figures["ok"] = all(one["ok"] for one in figures.values())
    return figures

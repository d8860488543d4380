"""What quality has decided on a batch, as the interpreter keeps it: for tests of what happens afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from db import tables as t
from services.actions import ACTIONS

if TYPE_CHECKING:
    from uuid import UUID

    from tests.services.company import Company


async def decided(
    company: Company, batch: UUID, *actions: str, taken_back: bool = False, **asked: Any
) -> None:
    """A run of quality has held the batch and done these actions, as the interpreter keeps them."""
    async with company.write() as tx:
        run = await company.start_run(tx)
        context = company.context(tx, run, "lock#1")
        await ACTIONS["quality.hold_batch"](context, {"batch": str(batch), "reason": "含量可疑"})
        for number, action in enumerate(actions, 1):
            row = {"workflow_id": f"run/{run.id}", "path": f"{action}#{number}", "kind": "action"}
            undone = {"undone_at": sa.func.clock_now()} if taken_back else {}
            result = {"asked": asked, "step": "reject"}
            await tx.execute(
                sa.insert(t.effect).values(**row, **undone, action=action, input_hash=b"x", result=result)
            )

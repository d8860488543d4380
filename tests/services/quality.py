"""What quality has decided on a batch, as the interpreter keeps it: for tests of what happens afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from db import tables as t
from services import reservations
from services.actions import ACTIONS

if TYPE_CHECKING:
    from uuid import UUID

    from db.session import Transaction
    from tests.services.company import Company
    from tests.services.shipping import Outbound


async def decided(
    company: Company, batch: UUID, *actions: str, taken_back: bool = False, **asked: Any
) -> None:
    """A run of quality has held the batch and done these actions, as the interpreter keeps them."""
    async with company.write() as tx:
        run = await company.start_run(tx)
        context = company.context(tx, run, "lock#1")
        await ACTIONS["quality.hold_batch"](context, {"batch": str(batch), "reason": "含量可疑"})
        for number, action in enumerate(actions, 1):
            undone = {"undone_at": sa.func.clock_now()} if taken_back else {}
            await kept(tx, run.id, action, number, result={"asked": asked, "step": "reject"}, **undone)


async def rejected(company: Company, batch: UUID) -> None:
    """A run of quality has held the batch and rejected it: what stands anywhere is carried to the red zone."""
    async with company.write() as tx:
        run = await company.start_run(tx)
        given = {"batch": str(batch), "reason": "含量不合格"}
        await ACTIONS["quality.hold_batch"](company.context(tx, run, "lock#1"), given)
        await ACTIONS["quality.reject_batch"](company.context(tx, run, "reject#1"), given)
        await kept(tx, run.id, "quality.reject_batch", 1, result={"asked": {}, "step": "reject"})


async def rejected_in(house: Outbound, number: str, *, carried: bool = False) -> None:
    """Quality has rejected a batch of a played company; `carried`: what stands in the green zone is red by now.

    The run at hand stands for the one that has done it: which one does not matter there.
    """
    assert house.run is not None
    async with house.world.write() as tx:
        batch = await tx.scalar(sa.select(t.batch.c.id).where(t.batch.c.number == number))
        hold = {"batch_id": batch, "kind": "quality", "reason": "含量", "opened_by_run": house.run}
        by = house.world.people["zhou"]
        await tx.execute(sa.insert(t.hold).values(**hold, opened_by=by))
        await reservations.release_batches(tx, [batch], by=reservations.Taker(by), reason="含量")
        await kept(tx, house.run, "quality.reject_batch", result={"asked": {}, "step": "reject"})
    if carried:
        red = await house.place("R-01", "rejected")
        for (of, location, status), quantity in (await house.balances()).items():
            if of == number and status != "rejected":
                await house.post("status_change", batch, quantity, await house.place(location, status), red)


async def kept(tx: Transaction, run_id: UUID, action: str, number: int = 1, **values: Any) -> None:
    """An action of a run, as the interpreter keeps it."""
    row = {"workflow_id": f"run/{run_id}", "path": f"{action}#{number}", "kind": "action", "action": action}
    await tx.execute(sa.insert(t.effect).values(**row, input_hash=b"x", **values))

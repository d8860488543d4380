"""Serials move with their goods; in a partial acceptance nobody guesses which of them were accepted."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from services.action_context import ActionRefused
from tests.services.company import Company, advised
from tests.services.deliveries import Delivery, delivery

WHOLE = {"outcome": "accepted"}


async def serial_places(run: Delivery) -> dict[str, str | None]:
    c = t.serial_place.c
    async with run.company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.serial.c.number, c.status).join(t.serial, t.serial.c.id == c.serial_id)
        )
    return {row["number"]: row["status"] for row in rows}


async def test_serials_move_with_their_goods(company: Company) -> None:
    numbers = ["SN1", "SN2"]
    run = await delivery(company, advised(quantity=2, serials=numbers), advised(2, quantity=2))
    accepted = await run.accept(WHOLE)
    assert await serial_places(run) == dict.fromkeys(numbers, "quarantine")
    await run.book_in(accepted, {"location": "A-01"})
    assert await serial_places(run) == dict.fromkeys(numbers, "qualified")
    await run.undo("receiving.reverse_booking", "receiving.book_in", {}, "book_in#1")
    assert await serial_places(run) == dict.fromkeys(numbers, "quarantine")


async def test_in_a_partial_acceptance_the_accepted_serials_are_the_scanned_ones(company: Company) -> None:
    run = await delivery(company, advised(quantity=2, serials=["SN1", "SN2"]))
    accepted = await run.accept({"outcome": "partial", "accepted_quantity": 1})
    with pytest.raises(ActionRefused) as refusal:
        await run.book_in(accepted, {"location": "A-01"})
    assert refusal.value.name == "quantity_mismatch"
    await _scan(run, accepted["id"], "SN2")
    await run.book_in(accepted, {"location": "A-01"}, path="book_in#2")
    assert await serial_places(run) == {"SN1": "rejected", "SN2": "qualified"}


async def _scan(run: Delivery, line_set_id: str, serial: str) -> None:
    async with run.company.write() as tx:
        post = await tx.scalar(sa.select(t.post.c.id))
        task = await tx.scalar(
            sa.insert(t.task)
            .values(
                run_id=run.run.id,
                path="put_away#1",
                step_id="put_away",
                title_zh="上架",
                title_en="put away",
                object="",
                post_id=post,
                site_id=run.run.site_id,
                content={},
                content_sha256="0" * 64,
                line_set_id=UUID(line_set_id),
            )
            .returning(t.task.c.id)
        )
        await tx.execute(
            sa.insert(t.scan).values(
                task_id=task,
                line_set_id=UUID(line_set_id),
                line_no=1,
                code=serial,
                parsed={"serial": serial},
                verdict="matched",
                actor_id=run.company.admin.person_id,
                epoch=1,
            )
        )

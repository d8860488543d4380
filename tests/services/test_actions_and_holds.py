"""Every action of the catalogue has one implementation; holds close what they opened and nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import tables as t
from db.queries import references
from domain.action_catalogue import CATALOGUE
from domain.errors import NotFound
from domain.licences import gaps
from domain.sop_progress.refusals import ReasonRequired
from services import holds
from services.actions import ACTIONS, UNDOS
from services.permissions import NotPermitted, PersonRequired
from tests.services.company import Company, powerless
from tests.services.deliveries import delivery


def test_every_action_and_every_undo_of_the_catalogue_has_one_function() -> None:
    assert set(ACTIONS) == set(CATALOGUE)
    assert set(UNDOS) == {spec.undo for spec in CATALOGUE.values() if spec.undo}


async def open_holds(company: Company) -> list[dict[str, Any]]:
    c = t.hold.c
    async with company.database.read() as tx:
        rows = await tx.rows(sa.select(c.batch_id, c.kind, c.reason).where(c.closed_at.is_(None)))
    return [dict(row) for row in rows]


async def test_a_hold_locks_every_batch_once_and_its_undo_releases_them(company: Company) -> None:
    run = await delivery(company)
    lines = (await run.match())["lines"]
    inputs = {"lines": lines, "reason": "到货温度超限"}
    assert (await run.act("holds.open", inputs, "lock#1"))["count"] == 1
    assert (await run.act("holds.open", inputs, "lock#2"))["count"] == 0
    (hold,) = await open_holds(company)
    assert (hold["kind"], hold["reason"]) == ("quality", "到货温度超限")
    await run.undo("holds.close", "holds.open", inputs, "lock#1")
    assert await open_holds(company) == []


async def test_a_run_releases_only_the_holds_that_it_opened(company: Company) -> None:
    run = await delivery(company)
    lines = (await run.match())["lines"]
    async with company.write() as tx:
        batch_id = await tx.scalar(sa.select(t.batch.c.id))
        await tx.execute(
            sa.insert(t.hold).values(
                batch_id=batch_id, kind="quality", reason="QA", opened_by=company.admin.person_id
            )
        )
    await run.act("holds.open", {"lines": lines}, "lock#1")
    closed = await run.act("holds.close", {"lines": lines, "reason": "合格"}, "unlock#1")
    assert closed["count"] == 1
    assert [hold["reason"] for hold in await open_holds(company)] == ["QA"]


async def test_quality_releases_a_hold_once_with_a_reason(company: Company) -> None:
    run = await delivery(company)
    await run.act("holds.open", {"lines": (await run.match())["lines"]}, "lock#1")
    async with company.database.read() as tx:
        hold_id = await tx.scalar(sa.select(t.hold.c.id))
    for actor, reason, error in (
        (powerless(company), "合格", NotPermitted),
        (replace(company.admin, kind="machine"), "合格", PersonRequired),
        (company.admin, " ", ReasonRequired),
    ):
        with pytest.raises(error):
            await holds.release(company.platform, hold_id, reason=reason, actor=actor)
    await holds.release(company.platform, hold_id, reason="复检合格", actor=company.admin)
    assert await open_holds(company) == []
    with pytest.raises(holds.HoldClosed):
        await holds.release(company.platform, hold_id, reason="复检合格", actor=company.admin)
    with pytest.raises(NotFound):
        await holds.release(company.platform, UUID(int=1), reason="x", actor=company.admin)


days = st.integers(-3, 3).map(lambda n: date(2026, 11, 24) + timedelta(days=n))
kept = st.fixed_dictionaries(
    {
        "scope": st.sets(st.sampled_from(["drug", "device", "cold_chain"])).map(sorted),
        "valid_from": st.none() | st.just(date(2026, 11, 20)),
        "valid_until": days,
        "withdrawn": st.booleans(),
    }
)
needed = st.sets(st.sampled_from(["drug", "device", "cold_chain"]), min_size=1).map(sorted)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=st.lists(kept, max_size=3), categories=needed, day=days)
async def test_the_database_and_the_domain_agree_on_licences(
    company: Company, held: list[dict[str, Any]], categories: list[str], day: date
) -> None:
    async with company.write() as tx:
        party_id: UUID = await tx.scalar(
            sa.insert(t.party)
            .values(code=f"H{datetime.now(UTC).timestamp()}", name="x")
            .returning(t.party.c.id)
        )
        for number, licence in enumerate(held):
            await tx.execute(
                sa.insert(t.licence).values(party_id=party_id, kind="gsp", number=str(number), **licence)
            )
        entity = await tx.scalar(sa.select(t.legal_entity.c.id))
        mine = not gaps(await references.licences(tx, party_id, entity), categories, day)
        theirs = await tx.scalar(
            sa.select(
                sa.func.licence_valid(
                    party_id, sa.cast(categories, sa.ARRAY(sa.Text)), sa.cast(day, sa.Date), entity
                )
            )
        )
    assert mine == theirs

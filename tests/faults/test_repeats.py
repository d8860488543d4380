"""A process died after its commit and before its answer: the same call again gives what was made, not a conflict."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Database
from domain.documents import DispatchAdviceIn, PurchaseOrderIn
from domain.errors import Refusal
from domain.master_data import (
    MaterialChanges,
    MaterialIn,
    PartyChanges,
    PartyIn,
    PersonChanges,
    PersonIn,
    SiteChanges,
    SiteIn,
)
from ops.receiving_script import pdf
from services import (
    attachments,
    documents,
    idempotency,
    materials,
    parties,
    persons,
    sites,
    sop_catalogue,
    sop_files,
)
from services.signatures import SignatureGiven
from tests.goods import MATERIALS, PARTIES, SITES
from tests.servers import TestDatabase
from tests.stand_in_engine import StandInEngine
from tests.world import PASSWORD, World, make_world

ORDER: dict[str, Any] = {
    "number": "PO-1",
    "supplier": "S1",
    "site": "SH1",
    "ordered_on": "2026-11-01",
    "lines": [{"line": 1, "material": "M1", "quantity": 5, "unit": "件"}],
}
ADVICE: dict[str, Any] = {
    "number": "DA-1",
    "supplier": "S1",
    "site": "SH1",
    "purchase_order": "PO-1",
    "shipped_at": datetime(2026, 11, 2, tzinfo=UTC),
    "lines": [{**ORDER["lines"][0], "order_line": 1, "batch": "B1", "expires_on": "2029-01-01"}],
}


@pytest.fixture
async def world(database: TestDatabase) -> AsyncIterator[World]:
    opened = Database(database.app_url)
    yield await make_world(opened, StandInEngine(opened))
    await opened.close()


async def create(world: World, noun: str, **more: Any) -> Any:
    """Create one thing of a kind, as a door does."""
    actor = await world.actor("admin")
    calls: dict[str, Any] = {
        "purchase order": (documents.post, PurchaseOrderIn.model_validate(ORDER)),
        "dispatch advice": (documents.post, DispatchAdviceIn.model_validate(ADVICE)),
        "material": (
            materials.create,
            MaterialIn.model_validate({**MATERIALS[0], "code": "N1", "gtins": []}),
        ),
        "party": (parties.create, PartyIn.model_validate({**PARTIES[1], "code": "N1"})),
        "person": (persons.create, PersonIn(username="new", name="New")),
        "site": (sites.create, SiteIn.model_validate({**SITES[0], "code": "N1"})),
        "attachment": (attachments.add, pdf("x")),
    }
    call, body = calls[noun]
    return await call(world.platform, body, actor=actor, **more)


KEY = "receiving_acceptance"
NOUNS = ["purchase order", "dispatch advice", "material", "party", "person", "site", "attachment"]


@pytest.mark.parametrize("noun", NOUNS)
async def test_creating_again_under_the_same_id_gives_the_first(world: World, noun: str) -> None:
    as_id = new_id()
    first = await create(world, noun, as_id=as_id)
    assert str(as_id) in repr(first)
    assert await create(world, noun, as_id=as_id) == first


@pytest.mark.parametrize("noun", NOUNS[:-1])
async def test_creating_again_under_another_id_is_refused(world: World, noun: str) -> None:
    await create(world, noun, as_id=new_id())
    with pytest.raises(Refusal):
        await create(world, noun, as_id=new_id())


CHANGES: dict[str, tuple[Any, str, Any]] = {
    "material": (
        materials.change,
        "M1",
        MaterialChanges(holder="乙药厂", add_units=[{"unit": "箱", "numerator": 100}]),
    ),
    "party": (parties.change, "S1", PartyChanges(name="乙医药")),
    "person": (persons.change, "li", PersonChanges(name="李")),
    "site": (sites.change, "SH1", SiteChanges(region="south")),
}


async def change(world: World, noun: str, as_id: UUID) -> Any:
    call, ref, changes = CHANGES[noun]
    actor = await world.actor("admin")
    return await call(world.platform, ref, changes, reason="更正", actor=actor, as_id=as_id)


@pytest.mark.parametrize("noun", list(CHANGES))
async def test_changing_again_under_the_same_id_changes_nothing(world: World, noun: str) -> None:
    as_id = new_id()
    first = await change(world, noun, as_id)
    assert await change(world, noun, as_id) == first
    made = sa.select(sa.func.count()).where(t.audit_event.c.action == f"change.{noun}")
    assert await world.scalar(made) == 1
    with pytest.raises(Refusal):
        await change(world, noun, new_id())


async def test_change_control_repeated_under_the_same_ids_happens_once(world: World) -> None:
    author, admin = await world.actor("author"), await world.actor("admin")
    text, platform, signature = sop_files.newest(KEY).text, world.platform, SignatureGiven(PASSWORD)
    buyer = PersonIn.model_validate({"username": "chen", "name": "陈", "posts": [{"post": "buyer"}]})
    await persons.create(platform, buyer, actor=admin)
    draft, submitted, rejected, approved, published = (new_id() for _ in range(5))

    async def twice(call: Any, version: Any, as_id: UUID, **more: Any) -> Any:
        first = await call(platform, version, as_id=as_id, **more)
        assert await call(platform, version, as_id=as_id, **more) == first
        return first

    row, _ = await twice(sop_catalogue.load_draft, text, draft, actor=author)
    assert row.id == draft
    await twice(sop_catalogue.submit, draft, submitted, actor=author)
    await twice(sop_catalogue.reject, draft, rejected, reason="再看", actor=admin)
    await sop_catalogue.submit(platform, draft, actor=author)
    await twice(sop_catalogue.approve, draft, approved, signature=signature, actor=admin)
    await twice(sop_catalogue.publish, draft, published, signature=signature, actor=admin)
    kinds = sa.select(t.sop_approval.c.kind).order_by(t.sop_approval.c.id)
    found = [row["kind"] for row in await world.rows(kinds)]
    assert found == ["submit", "reject", "submit", "approve", "publish"]
    signed = sa.select(sa.func.count()).where(t.signature.c.purpose.startswith("sop."))
    assert await world.scalar(signed) == 2


async def begin(world: World) -> idempotency.Entry:
    return await idempotency.begin(
        world.platform, actor=await world.actor("li"), method="POST", path="/x", key="k", body_hash=b"1"
    )


async def test_a_call_that_failed_is_repeated_as_the_same_submission(world: World) -> None:
    """The failed try may have committed its submission before it failed."""
    entry = await begin(world)
    await idempotency.finish(world.platform, entry, status=500, response={"code": "internal_error"})
    again = await begin(world)
    assert (again.status, again.response, again.submission_id) == (None, None, entry.submission_id)
    await idempotency.finish(world.platform, again, status=201, response={"id": 1})
    assert (await begin(world)).response == {"id": 1}


async def test_the_id_of_a_keyed_call_is_in_order_of_time(world: World) -> None:
    before, entry, after = new_id(), await begin(world), new_id()
    assert entry.submission_id.version == 7
    assert abs((entry.submission_id.int >> 80) - (before.int >> 80)) < 60_000
    assert after.version == 7

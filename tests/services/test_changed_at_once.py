"""Master data that two change at the same moment: each change is of what stands there, and says what that was."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import ledger
from db import tables as t
from db.ids import new_id
from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Invalid
from domain.master_data import MaterialChanges, PartyChanges, PersonChanges, PersonIn, PostIn
from domain.packages import sscc
from domain.packages_in import ContentIn, PackageIn, PackedIn
from domain.stock import Move, Position, Posting
from services import materials, packages, parties, persons, sites
from services.changes import CodeTaken
from tests.services.company import Company
from tests.waiting import waits_or_ends


async def both(company: Company, held: sa.Table, row: UUID, *changes: Any) -> list[Any]:
    """What becomes of changes of which each begins before any other is written."""
    async with company.write() as tx:
        await tx.execute(sa.select(held.c.id).where(held.c.id == row).with_for_update())
        doing = []
        for change in changes:  # they get the row in the order in which they come to it
            doing.append(asyncio.create_task(change))
            await waits_or_ends(company.database, *doing)
    return await asyncio.gather(*doing, return_exceptions=True)


async def events(company: Company, action: str) -> list[tuple[Any, Any]]:
    """What each audited change says of before and after, first to last."""
    c = t.audit_event.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(c.before, c.after).where(c.action == action, ~c.refused).order_by(c.recorded_at, c.id)
        )
    return [(row["before"], row["after"]) for row in rows]


def posts_of(company: Company, *at: str) -> Any:
    changes = PersonChanges.model_validate({"posts": [{"post": "administrator", "site": one} for one in at]})
    return persons.change(company.platform, "fang", changes, reason="调岗", actor=company.admin)


async def fang(company: Company) -> UUID:
    body = PersonIn.model_validate({"username": "fang", "name": "王芳"})
    return (await persons.create(company.platform, body, actor=company.admin)).id


async def held_by(company: Company, person: UUID) -> list[str]:
    c = t.post_assignment.c
    async with company.database.read() as tx:
        rows = await tx.rows(
            sa.select(t.site.c.code)
            .join(t.post_assignment, c.site_id == t.site.c.id)
            .where(c.person_id == person, c.valid_to.is_(None))
        )
    return sorted(row["code"] for row in rows)


async def test_who_gives_posts_last_decides_which_are_held(company: Company) -> None:
    person = await fang(company)
    await both(company, t.person, person, posts_of(company, "SH1"), posts_of(company, "UR1"))
    assert await held_by(company, person) == ["UR1"]
    (_, first), (before, _) = await events(company, "change.person")
    assert before["posts"] == first["posts"]


async def test_a_post_is_not_given_twice(company: Company) -> None:
    person = await fang(company)
    _, second = await both(company, t.person, person, posts_of(company, "SH1"), posts_of(company, "SH1"))
    assert await held_by(company, person) == ["SH1"]
    assert isinstance(second, Invalid)


async def test_a_partner_has_the_roles_that_were_given_last(company: Company) -> None:
    def roles(*named: str) -> Any:
        changes = PartyChanges.model_validate({"roles": ["supplier", *named]})
        return parties.change(company.platform, "S1", changes, reason="变更", actor=company.admin)

    known = await parties.get(company.platform, "S1", actor=company.admin)
    await both(company, t.party, known.id, roles("customer"), roles("carrier"))
    now = await parties.get(company.platform, "S1", actor=company.admin)
    assert sorted(now.roles) == ["carrier", "supplier"]


async def test_a_unit_that_two_add_is_refused_to_the_second_in_words(company: Company) -> None:
    def add() -> Any:
        changes = MaterialChanges.model_validate({"add_units": [{"unit": "箱", "numerator": 100}]})
        return materials.change(company.platform, "M1", changes, reason="新单位", actor=company.admin)

    known = await materials.get(company.platform, "M1", actor=company.admin)
    _, second = await both(company, t.material, known.id, add(), add())
    assert isinstance(second, Invalid)
    assert [one.field for one in second.fields] == ["add_units"]


async def test_a_change_of_permissions_says_what_it_replaced(company: Company) -> None:
    post = PostIn.model_validate({"code": "keeper", "name": "保管员", "permissions": ["task.work"]})
    made = await sites.create_post(company.platform, post, actor=company.admin)

    def carry(*named: str) -> Any:
        return sites.change_post(
            company.platform, "keeper", list(named), reason="职责调整", actor=company.admin
        )

    await both(company, t.post, made, carry("stock.read"), carry("task.read"))
    (_, first), (before, _) = await events(company, "change.post")
    assert before == first == {"permissions": ["stock.read"]}


async def stocked(company: Company) -> Posting:
    """Goods that come to A-01."""
    async with company.write() as tx:
        location = await tx.scalar(
            sa.select(t.location.c.id).where(
                t.location.c.site_id == company.site_id, t.location.c.code == "A-01"
            )
        )
        owner = await tx.scalar(sa.select(t.legal_entity.c.id))
        material = await tx.one(sa.select(t.material).where(t.material.c.code == "M1"))
        batch = await tx.scalar(
            sa.insert(t.batch)
            .values(material_id=material["id"], manufacturer_id=material["manufacturer_id"], number="B1")
            .returning(t.batch.c.id)
        )
    at = Position(company.site_id, location, Status.QUALIFIED, owner)
    move = Move(batch, 5, PlaceKind.COUNT, at, reason="期初")
    return Posting(PostingKind.COUNT_ADJUSTMENT, company.admin.person_id, [move], reason="期初")


async def test_a_location_does_not_go_out_of_use_while_goods_come_to_it(company: Company) -> None:
    posting = await stocked(company)
    closing = sites.set_location_active(
        company.platform, "SH1", "A-01", active=False, reason="维修", actor=company.admin
    )
    async with company.write() as tx:
        await ledger.post(tx, posting)
        doing = asyncio.create_task(closing)
        await waits_or_ends(company.database, doing)
    with pytest.raises(Invalid) as refused:
        await doing
    assert [one.code for one in refused.value.fields] == ["not_empty"]


async def test_two_who_pack_the_same_batch_both_put_it_in(company: Company) -> None:
    await stocked(company)
    body = PackageIn(site="SH1", location="A-01", closed=False)
    made = await packages.create(company.platform, body, actor=company.admin)

    def pack(quantity: int) -> Any:
        goods = PackedIn(contents=[ContentIn(batch="M1:B1", quantity=quantity)])
        return packages.pack(company.platform, made.head.sscc, goods, actor=company.admin)

    await both(company, t.package, made.head.id, pack(2), pack(3))
    now = await packages.get(company.platform, made.head.sscc, actor=company.admin)
    assert [row.quantity for row in now.contents] == [5]


@pytest.mark.parametrize("at_once", [False, True])
async def test_the_second_package_of_a_name_is_refused_in_words(company: Company, at_once: bool) -> None:
    def create() -> Any:
        body = PackageIn(site="SH1", location="A-01", sscc=sscc("9521234", 7), closed=False)
        return packages.create(company.platform, body, actor=company.admin)

    if at_once:
        answers = [*await asyncio.gather(create(), create(), return_exceptions=True)]
    else:
        answers = [await create(), *await asyncio.gather(create(), return_exceptions=True)]
    (refused,) = [one for one in answers if isinstance(one, BaseException)]
    assert isinstance(refused, CodeTaken)
    assert refused.params["value"] == sscc("9521234", 7)


async def test_the_same_package_asked_for_twice_at_once_is_made_once(company: Company) -> None:
    body, made = PackageIn(site="SH1", location="A-01", closed=False), new_id()
    asked = (packages.create(company.platform, body, actor=company.admin, as_id=made) for _ in range(2))
    first, again = await asyncio.gather(*asked)
    assert first.head.sscc == again.head.sscc
    assert len(await events(company, "create.package")) == 1

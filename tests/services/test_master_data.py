"""Master data: created, changed with a reason, audited before and after, refused without permission."""

from datetime import date

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from db import tables as t
from domain.errors import Invalid, NotFound, Refusal
from domain.master_data import (
    MaterialChanges,
    MaterialIn,
    NamedIn,
    PartyChanges,
    PartyIn,
    PersonChanges,
    PostIn,
    SiteChanges,
    SiteIn,
    TrainingIn,
)
from domain.sop_progress.refusals import ReasonRequired
from services import calendars, licences, materials, parties, persons, sites
from services.changes import CodeTaken
from services.permissions import NotPermitted
from tests.services.company import LICENCE, MATERIALS, SITE, YESTERDAY, Company, last_event, powerless


async def test_what_a_unit_is_worth_and_how_often_it_is_counted_is_audited_master_data(
    company: Company,
) -> None:
    changes = MaterialChanges.model_validate({"unit_value": "12.50", "abc_class": "A"})
    made = await materials.change(company.platform, "M1", changes, reason="盘点估值", actor=company.admin)
    assert (made.unit_value, made.abc_class) == ("12.50", "A")
    event = await last_event(company, "change.material")
    assert (event["before"]["unit_value"], event["after"]["unit_value"]) == (None, "12.50")
    for wrong in ({"unit_value": "12,5"}, {"unit_value": "-1"}, {"unit_value": 12.5}, {"abc_class": "D"}):
        with pytest.raises(ValidationError):
            MaterialChanges.model_validate(wrong)


async def test_a_material_is_created_with_units_and_gtins_and_found_by_them(company: Company) -> None:
    body = MaterialIn.model_validate(
        {**MATERIALS[0], "code": "M9", "gtins": ["96385074", {"gtin": "10012345678902", "unit": "件"}]}
    )
    made = await materials.create(company.platform, body, actor=company.admin)
    assert [(one.gtin, one.unit) for one in made.gtins] == [
        ("00000096385074", "盒"),
        ("10012345678902", "件"),
    ]
    assert [(one.unit, one.numerator, one.denominator) for one in made.units] == [
        ("件", 10, 1),
        ("片", 1, 12),
    ]
    assert (made.manufacturer, made.version, made.active) == ("MF1", 1, True)
    for text in ("96385074", "m9", "通用名M1"):
        found = await materials.list_materials(company.platform, actor=company.admin, text=text)
        assert "M9" in [row.code for row in found.items]
    cold = await materials.list_materials(company.platform, actor=company.admin, storage_class="refrigerated")
    assert [row.code for row in cold.items] == ["M2"]
    assert (await last_event(company, "create.material"))["after"]["code"] == "M9"


async def test_codes_gtins_and_manufacturers_are_checked(company: Company) -> None:
    for wrong, error in (
        ({}, CodeTaken),
        ({"code": "M9", "gtins": ["4006381333931"]}, Invalid),
        ({"code": "M9", "manufacturer": "S1"}, Invalid),
        ({"code": "M9", "manufacturer": "NIX"}, Invalid),
    ):
        with pytest.raises(error):
            await materials.create(
                company.platform, MaterialIn.model_validate({**MATERIALS[0], **wrong}), actor=company.admin
            )
    with pytest.raises(NotFound):
        await materials.get(company.platform, "M9", actor=company.admin)


async def test_a_change_needs_a_reason_and_leaves_before_and_after(company: Company) -> None:
    changes = MaterialChanges.model_validate(
        {"storage_class": "cool", "name": {"zh": "新名"}, "add_units": [{"unit": "托", "numerator": 1000}]}
    )
    with pytest.raises(ReasonRequired):
        await materials.change(company.platform, "M1", changes, reason=" ", actor=company.admin)
    changed = await materials.change(
        company.platform, "M1", changes, reason="说明书更新", actor=company.admin
    )
    assert (changed.storage_class, changed.name_zh, changed.version) == ("cool", "新名", 2)
    event = await last_event(company, "change.material")
    assert (event["before"]["storage_class"], event["after"]["storage_class"]) == ("ambient", "cool")
    assert (event["reason"], event["actor_name"]) == ("说明书更新", "admin")
    for wrong in (changes, MaterialChanges(), MaterialChanges(storage_class="cool")):
        with pytest.raises(Invalid):
            await materials.change(company.platform, "M1", wrong, reason="x", actor=company.admin)


async def test_lists_are_paged_by_code(company: Company) -> None:
    first = await materials.list_materials(company.platform, actor=company.admin, limit=2)
    rest = await materials.list_materials(company.platform, actor=company.admin, limit=2, after=first.next)
    assert [row.code for row in [*first.items, *rest.items]] == ["M1", "M2", "M3"]
    with pytest.raises(Invalid):
        await materials.list_materials(company.platform, actor=company.admin, after="nonsense")


async def test_a_licence_is_replaced_withdrawn_and_warned_about(company: Company) -> None:
    renewed = {**LICENCE, "valid_until": "2030-01-01"}
    changes = PartyChanges.model_validate({"licences": [renewed], "roles": ["supplier", "carrier"]})
    after = await parties.change(company.platform, "S2", changes, reason="换证", actor=company.admin)
    assert [one.valid_until for one in after.licences] == [date(2030, 1, 1)]
    assert after.roles == ("carrier", "supplier")
    event = await last_event(company, "change.party")
    assert event["before"]["licences"][0]["valid_until"] == str(YESTERDAY)
    assert await licences.gaps_of(company.platform, "S2", "SH1", {"drug"}, actor=company.admin) == []
    withdrawn = PartyChanges.model_validate(
        {"licences": [{**renewed, "withdrawn": True}], "roles": ["supplier"]}
    )
    after = await parties.change(company.platform, "S2", withdrawn, reason="吊销", actor=company.admin)
    assert after.roles == ("supplier",)
    (gap,) = await licences.gaps_of(company.platform, "S2", "SH1", {"drug"}, actor=company.admin)
    assert gap.why == "withdrawn"


async def test_licences_about_to_expire_are_listed_soonest_first(company: Company) -> None:
    soon = await licences.expiring(company.platform, actor=company.admin, within_days=60)
    assert [(one.party, one.remaining_days < 0) for one in soon] == [("S2", True)]


async def test_partners_are_found_by_role_and_text(company: Company) -> None:
    found = await parties.list_parties(company.platform, actor=company.admin, role="supplier", text="医药")
    assert [row.code for row in found.items] == ["S1", "S2", "S3"]
    body = PartyIn.model_validate({"code": "S1", "name": "x", "roles": ["supplier"]})
    with pytest.raises(CodeTaken):
        await parties.create(company.platform, body, actor=company.admin)


async def test_a_site_has_zones_and_locations_that_are_added_and_never_lost(company: Company) -> None:
    view = await sites.get(company.platform, "SH1", actor=company.admin)
    assert (view.site.zone_count, view.site.location_count) == (8, 9)
    zone = {
        "code": "A",
        "name": "A",
        "kind": "storage",
        "storage_class": "ambient",
        "locations": ["A-02", "A-03"],
    }
    changes = SiteChanges.model_validate({"zones": [zone]})
    after = await sites.change(company.platform, "SH1", changes, reason="扩容", actor=company.admin)
    assert [one.code for one in after.zones[0].locations] == ["A-01", "A-02", "A-03"]
    for other in ({"kind": "rejected"}, {"special_control": True}):
        fixed = SiteChanges.model_validate({"zones": [{**zone, **other}]})
        with pytest.raises(Invalid):
            await sites.change(company.platform, "SH1", fixed, reason="x", actor=company.admin)
    with pytest.raises(Invalid):
        await sites.create(
            company.platform,
            SiteIn.model_validate({**SITE, "code": "X", "legal_entity": "NIX"}),
            actor=company.admin,
        )


async def test_a_location_goes_out_of_use_with_a_reason(company: Company) -> None:
    await sites.set_location_active(
        company.platform, "SH1", "A-02", active=False, reason="维修", actor=company.admin
    )
    view = await sites.get(company.platform, "SH1", actor=company.admin)
    assert [one.active for one in view.zones[0].locations] == [True, False]
    with pytest.raises(NotFound):
        await sites.set_location_active(
            company.platform, "SH1", "Z-99", active=False, reason="x", actor=company.admin
        )


async def test_departments_and_posts_carry_known_permissions(company: Company) -> None:
    await sites.create_department(
        company.platform, NamedIn.model_validate({"code": "quality", "name": "质量部"}), actor=company.admin
    )
    post = PostIn.model_validate({"code": "keeper", "name": "保管员", "permissions": ["task.work"]})
    await sites.create_post(company.platform, post, actor=company.admin)
    row = await sites.change_post(
        company.platform, "keeper", ["task.work", "stock.read"], reason="职责调整", actor=company.admin
    )
    assert row.permissions == ("stock.read", "task.work")
    assert (await last_event(company, "change.post"))["before"] == {"permissions": ["task.work"]}
    with pytest.raises(Invalid):
        await sites.change_post(company.platform, "keeper", ["be.god"], reason="x", actor=company.admin)
    assert [one.code for one in await sites.list_departments(company.platform, actor=company.admin)] == [
        "quality"
    ]
    posts = {one.code: one.holders for one in await sites.list_posts(company.platform, actor=company.admin)}
    assert posts == {"administrator": 2, "keeper": 0}


async def test_calendar_days_are_set_and_set_again(company: Company) -> None:
    day = date(2027, 2, 6)
    for working in (True, False):
        days = {day: (working, "春节")}
        await calendars.put_days(company.platform, "CN", days, reason="国务院通知", actor=company.admin)
    async with company.database.read() as tx:
        assert (await calendars.calendar(tx, "CN")).days == {day: False}
        assert (await calendars.calendar(tx, "DE")).days == {}


async def test_without_permission_nothing_is_read_or_written(company: Company) -> None:
    nobody = powerless(company)
    platform = company.platform
    calls = [
        materials.list_materials(platform, actor=nobody),
        materials.create(platform, MaterialIn.model_validate({**MATERIALS[0], "code": "M9"}), actor=nobody),
        materials.change(platform, "M1", MaterialChanges(active=False), reason="x", actor=nobody),
        parties.list_parties(platform, actor=nobody),
        parties.change(platform, "S1", PartyChanges(active=False), reason="x", actor=nobody),
        sites.list_sites(platform, actor=nobody),
        sites.change(platform, "SH1", SiteChanges(active=False), reason="x", actor=nobody),
        persons.list_persons(platform, actor=nobody),
        persons.change(platform, "admin", PersonChanges(active=False), reason="x", actor=nobody),
        persons.record_training(platform, "admin", TrainingIn(sop="x", version=1), actor=nobody),
        calendars.put_days(platform, "CN", {}, reason="x", actor=nobody),
    ]
    for call in calls:
        with pytest.raises(NotPermitted):
            await call


async def test_refused_attempts_are_on_record(company: Company) -> None:
    with pytest.raises(Refusal):
        await materials.change(
            company.platform, "M1", MaterialChanges(active=False), reason="x", actor=powerless(company)
        )
    async with company.database.read() as tx:
        event = await tx.one_or_none(sa.select(t.audit_event).where(t.audit_event.c.refused))
    assert event is not None
    assert (event["action"], event["after"]["code"]) == ("change.material", "not_permitted")

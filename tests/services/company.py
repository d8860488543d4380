"""A small company for the tests of services: made by the services' own functions, with one administrator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.session import Database, Transaction
from domain.documents import DispatchAdviceIn, PurchaseOrderIn
from domain.master_data import MaterialIn, NamedIn, PartyIn, PersonIn, PostIn, SiteIn
from services import materials, parties, persons, sites
from services.action_context import ActionContext, RunInAdvance
from services.documents_entry import enter
from services.passwords import hash_password
from services.permissions import Permission
from services.platform import Actor, Assignment, Platform, PlatformSettings
from tests import goods
from tests.shipped_tables import approve_shipped_tables

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)

YESTERDAY = date.today() - timedelta(days=1)  # noqa: DTZ011 - a licence that is over in every time zone
PASSWORD = "right horse battery"
LICENCE = goods.LICENCE


@dataclass
class Company:
    """The company and what tests ask of it again and again."""

    platform: Platform
    admin: Actor
    author: Actor
    site_id: UUID
    sop_id: UUID
    sop_version_id: UUID

    @property
    def database(self) -> Database:
        return self.platform.database

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self.database.write(self.admin.ref) as tx:
            yield tx
            tx.audited_elsewhere("a test arranges its world")

    async def enter(self, body: dict[str, Any]) -> UUID:
        """Enter a purchase order or dispatch advice."""
        shape = PurchaseOrderIn if "ordered_on" in body else DispatchAdviceIn
        async with self.write() as tx:
            return await enter(tx, shape.model_validate(body), actor=self.admin)

    async def start_run(self, tx: Transaction) -> RunInAdvance:
        """A run row and what an advance knows of it."""
        run_id = new_id()
        site = (await tx.rows(sa.select(t.site).where(t.site.c.id == self.site_id)))[0]
        values: dict[str, Any] = {
            "id": run_id,
            "workflow_id": f"run/{run_id}",
            "sop_id": self.sop_id,
            "sop_version_id": self.sop_version_id,
            "sha256": "0" * 64,
            "site_id": self.site_id,
            "started_by": self.admin.person_id,
        }
        await tx.execute(sa.insert(t.run).values(**values, start_hash=b"x"))
        return RunInAdvance(
            **values,
            sop_key="receiving_acceptance",
            version=1,
            title_zh="收货",
            title_en="Receiving",
            site=site["code"],
            department_id=None,
            department=None,
            time_zone=site["time_zone"],
            legal_entity_id=site["legal_entity_id"],
            mode="live",
            started_by_name="admin",
            inputs={},
            summary_zh="",
            summary_en="",
            state="running",
        )

    def context(self, tx: Transaction, run: RunInAdvance, path: str = "step#1", **more: Any) -> ActionContext:
        """What an action is given."""
        step = path.split("#", maxsplit=1)[0]
        return ActionContext(tx, run, path, step, self.admin.person_id, **{"now": datetime.now(UTC), **more})


def actor(person_id: UUID, name: str, permissions: Any = Permission, kind: str = "person") -> Actor:
    """An actor who holds one post at all sites."""
    granted = frozenset(permissions)
    held = Assignment("administrator", new_id(), permissions=frozenset(p.value for p in granted))
    return Actor(person_id, name, name, cast("Any", kind), "zh", granted, (held,))


def powerless(company: Company) -> Actor:
    """The administrator without any permission."""
    held = replace(company.admin.assignments[0], permissions=frozenset())
    return replace(company.admin, permissions=frozenset(), assignments=(held,))


def at_site(company: Company, site_id: UUID) -> Actor:
    """The administrator, but at one site alone."""
    held = replace(company.admin.assignments[0], site_id=site_id)
    return replace(company.admin, assignments=(held,))


async def last_event(company: Company, action: str) -> dict[str, Any]:
    c = t.audit_event.c
    async with company.database.read() as tx:
        found = await tx.rows(
            sa.select(t.audit_event).where(c.action == action).order_by(c.id.desc()).limit(1)
        )
    return dict(found[0])


@asynccontextmanager
async def company_in(url: str) -> AsyncIterator[Company]:
    """Make the company in an empty database."""
    database = Database(url)
    try:
        yield await _make(Platform(database, cast("Any", None), PlatformSettings(secret_key="x")))
    finally:
        await database.close()


async def _make(platform: Platform) -> Company:
    password = await hash_password(PASSWORD)
    async with platform.database.write() as tx:
        tx.audited_elsewhere("a test arranges its world")
        post = PostIn.model_validate(
            {"code": "administrator", "name": "管理员", "permissions": [p.value for p in Permission]}
        )
        await sites.create_post_in(tx, post)
        ids = [
            await persons.create_in(
                tx,
                PersonIn.model_validate(
                    {"username": name, "name": name, "posts": [{"post": "administrator"}]}
                ),
                password,
            )
            for name in ("admin", "author")
        ]
        await sites.create_named_in(
            tx, t.legal_entity, "legal_entity", NamedIn.model_validate({"code": "LE1", "name": "甲公司"})
        )
        site_id = await sites.create_in(tx, SiteIn.model_validate(SITE))
        await sites.create_in(tx, SiteIn.model_validate({**SITE, "code": "UR1", "time_zone": "Asia/Urumqi"}))
        for party in PARTIES:
            await parties.create_in(tx, PartyIn.model_validate(party))
        for material in MATERIALS:
            await materials.create_in(tx, MaterialIn.model_validate(material))
        await approve_shipped_tables(tx, ids[1], ids[0])
        sop_id, version_id = await _sop(tx, ids[1])
    admin, author = (actor(person_id, name) for person_id, name in zip(ids, ("admin", "author"), strict=True))
    return Company(platform, admin, author, site_id, sop_id, version_id)


async def _sop(tx: Transaction, author: UUID) -> tuple[UUID, UUID]:
    sop_id, version_id = new_id(), new_id()
    await tx.execute(
        sa.insert(t.sop).values(
            id=sop_id,
            key="for_runs",
            title_zh="测试",
            title_en="test",
            owner_department="quality",
            owner_post="qa",
        )
    )
    await tx.execute(
        sa.insert(t.sop_version).values(
            id=version_id, sop_id=sop_id, state="draft", definition={}, source="", author_id=author
        )
    )
    return sop_id, version_id


SITE = {**goods.SITE, "zones": [zone for zone in goods.SITE["zones"] if zone["code"] != "RC"]}
PARTIES = [
    *goods.PARTIES,
    goods.supplier("S2", "乙医药", valid_until=str(YESTERDAY)),
    goods.supplier("S3", "丙医药", scope=["drug"]),
]
UNITS = [{"unit": "件", "numerator": 10}, {"unit": "片", "numerator": 1, "denominator": 12}]
MATERIALS = [
    goods.material("M1", gtins=[goods.GTINS["M1"]], units=UNITS),
    goods.material("M2", "refrigerated", units=UNITS),
    goods.material("M3", special_control=True, units=UNITS),
]


def order(number: str = "PO1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A purchase order of 100 M1 unless lines are given."""
    return {
        "number": number,
        "supplier": "S1",
        "site": "SH1",
        "ordered_on": "2026-11-01",
        "lines": list(lines) or [{"line": 1, "material": "M1", "quantity": 100, "unit": "盒"}],
        **more,
    }


def advised(line: int = 1, **more: Any) -> dict[str, Any]:
    """A line of a dispatch advice: 40 of M1 for order line 1."""
    return {
        "line": line,
        "order_line": 1,
        "material": "M1",
        "batch": f"B{line}",
        "produced_on": "2026-01-01",
        "expires_on": "2099-01-31",
        "quantity": 40,
        "unit": "盒",
        **more,
    }


def advice(number: str = "DA1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A dispatch advice for order PO1."""
    return {
        "number": number,
        "supplier": "S1",
        "purchase_order": "PO1",
        "site": "SH1",
        "shipped_at": "2026-11-23T08:00:00+08:00",
        "carrier": "顺风物流",
        "vehicle": "沪A00001",
        "lines": list(lines) or [advised()],
        **more,
    }

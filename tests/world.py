"""A small company with people in posts, trained, and procedures in force: made by the services' own functions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import actors
from db.session import Database, Transaction
from domain.master_data import MaterialIn, NamedIn, PartyIn, PersonIn, PostIn, SiteIn
from domain.sop_bundle import Bundle
from domain.sop_definition import SopDefinition
from services import auth, materials, parties, persons, sites, sop_calls
from services.auth import load_actor
from services.passwords import hash_password
from services.permissions import Permission
from services.platform import Actor, Platform, PlatformSettings, RunGateway
from tests.goods import GTINS, MATERIALS, PARTIES, SITES
from tests.procedures import bundle_of, definition, human, text
from tests.shipped_tables import approve_shipped_tables

__all__ = ["GTINS", "PASSWORD", "World", "machine", "make_world", "two_steps"]

PASSWORD = "right horse battery"

WORKER = [Permission.TASK_WORK, Permission.ATTACHMENT_ADD, Permission.ATTACHMENT_READ]
POSTS: dict[str, list[Permission]] = {
    "acceptor": WORKER,
    "auditor": [
        Permission.AUDIT_READ,
        Permission.RUN_READ,
        Permission.TASK_READ,
        Permission.STOCK_READ,
        Permission.DOCUMENT_READ,
    ],
    "administrator": list(Permission),
    "buyer": [Permission.DOCUMENT_READ, Permission.DOCUMENT_WRITE, Permission.RUN_START],
    "keeper": WORKER,
    "picker": WORKER,
    "qa_manager": [
        *WORKER,
        Permission.RUN_READ,
        Permission.RUN_CANCEL,
        Permission.RUN_SUSPEND,
        Permission.RUN_SEND_BACK,
        Permission.SOP_APPROVE,
    ],
    "receiver": [*WORKER, Permission.RUN_START, Permission.RUN_READ],
    "reviewer": WORKER,
    "sales": [Permission.DOCUMENT_READ, Permission.DOCUMENT_WRITE, Permission.RUN_START],
    "second_acceptor": WORKER,
    "shipper": [*WORKER, Permission.DOCUMENT_READ],
    "warehouse_manager": [*WORKER, Permission.RUN_READ, Permission.TASK_READ, Permission.RUN_SUSPEND],
}
PEOPLE: dict[str, list[tuple[str, str | None, str | None]]] = {
    "admin": [("administrator", None, None)],
    "author": [("administrator", None, None)],
    "li": [("receiver", "SH1", None)],
    "qian": [("receiver", "SH1", None), ("acceptor", "SH1", None)],
    "wang": [("acceptor", "SH1", None)],
    "zhao": [("second_acceptor", "SH1", None)],
    "both": [("acceptor", "SH1", None), ("second_acceptor", "SH1", None)],
    "sun": [("keeper", "SH1", None)],
    "feng": [("reviewer", "SH1", None)],
    "he": [("picker", "SH1", None)],
    "lv": [("picker", "SH1", None), ("reviewer", "SH1", None)],
    "kong": [("shipper", "SH1", None)],
    "cao": [("sales", None, None)],
    "zhou": [("qa_manager", None, None)],
    "wu": [("warehouse_manager", "SH1", None)],
    "zheng": [("auditor", None, None)],
    "far": [("receiver", "UR1", None)],
    "untrained": [("receiver", "SH1", None)],
    "postless": [],
}
UNTRAINED = {"untrained", "zheng", "admin", "author"}


@dataclass
class World:
    """The company; actors are loaded fresh, as a request would."""

    platform: Platform
    people: dict[str, UUID]
    sites: dict[str, UUID]
    versions: dict[str, UUID] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.platform.database

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        async with self.database.write() as tx:
            yield tx
            tx.audited_elsewhere("a test arranges its world")

    async def actor(self, username: str) -> Actor:
        async with self.database.read() as tx:
            row = await actors.person(tx, self.people[username])
            assert row is not None
            return await load_actor(tx, row)

    async def rows(self, statement: sa.Select[Any]) -> list[Mapping[str, Any]]:
        async with self.database.read() as tx:
            return list(await tx.rows(statement))

    async def scalar(self, statement: sa.Select[Any]) -> Any:
        async with self.database.read() as tx:
            return await tx.scalar(statement)

    async def publish(self, raw: dict[str, Any], *, site: str | None = None) -> Bundle:
        """Puts a definition in force (approved by a second person) and trains everybody who is not untrained."""
        async with self.database.read() as tx:
            keys = sop_calls.keys_called(SopDefinition.model_validate(raw))
            called = await sop_calls.in_force(tx, keys, datetime.now(UTC))
        bundle = bundle_of(raw, called)
        key, version_id = bundle.definition.sop, new_id()
        async with self.write() as tx:
            sop_id = await _sop(tx, bundle)
            number = 1 + (await tx.scalar(_versions_of(sop_id)))
            await tx.execute(
                sa.insert(t.sop_version).values(
                    id=version_id,
                    sop_id=sop_id,
                    version=number,
                    definition=raw,
                    source="",
                    bundle=bundle.to_json(),
                    sha256=bundle.sha256,
                    author_id=self.people["author"],
                )
            )
            await _approve(tx, version_id, self.people["admin"], bundle.sha256)
            await tx.execute(
                sa.insert(t.sop_effectivity).values(
                    sop_version_id=version_id,
                    sop_id=sop_id,
                    site_id=self.sites[site] if site else None,
                    effective_from=sa.func.clock_timestamp(),
                )
            )
            await _train(tx, self.people, key, number)
        self.versions[key] = version_id
        return bundle

    async def retire_all(self) -> None:
        """Takes what was published out of force, signed."""
        c, effectivity = t.sop_version.c, t.sop_effectivity.c
        async with self.write() as tx:
            for version_id in self.versions.values():
                sha256 = await tx.scalar(sa.select(c.sha256).where(c.id == version_id))
                await sign_version(tx, version_id, "retire", self.people["admin"], sha256)
                placed = sa.update(t.sop_effectivity).where(effectivity.sop_version_id == version_id)
                await tx.execute(placed.values(effective_to=sa.func.clock_timestamp()))


def _versions_of(sop_id: UUID) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(t.sop_version.c.sop_id == sop_id)


async def _sop(tx: Transaction, bundle: Bundle) -> UUID:
    known: UUID | None = await tx.scalar(sa.select(t.sop.c.id).where(t.sop.c.key == bundle.definition.sop))
    if known is not None:
        return known
    sop_id = new_id()
    d = bundle.definition
    await tx.execute(
        sa.insert(t.sop).values(
            id=sop_id,
            key=d.sop,
            title_zh=d.title.zh,
            title_en=d.title.en,
            owner_department=d.owner.department,
            owner_post=d.owner.post,
        )
    )
    return sop_id


async def _approve(tx: Transaction, version_id: UUID, approver: UUID, sha256: str) -> None:
    """In review, approved and in force, each signed over the bundle."""
    version = sa.update(t.sop_version).where(t.sop_version.c.id == version_id)
    await tx.execute(version.values(state="in_review"))
    for kind, state in (("approve", "approved"), ("publish", "effective")):
        await sign_version(tx, version_id, kind, approver, sha256)
        await tx.execute(version.values(state=state))


async def sign_version(tx: Transaction, version_id: UUID, kind: str, person_id: UUID, sha256: str) -> None:
    """The row of a transition with its signature, as the services write it."""
    signed = {
        "id": new_id(),
        "person_id": person_id,
        "printed_name": "签名人",
        "post_name_zh": "岗位",
        "post_name_en": "post",
        "meaning_zh": kind,
        "meaning_en": kind,
        "content_sha256": sha256,
    }
    await tx.execute(sa.insert(t.signature).values(**signed, purpose=f"sop.{kind}"))
    await tx.execute(
        sa.insert(t.sop_approval).values(
            sop_version_id=version_id, kind=kind, actor_id=person_id, signature_id=signed["id"]
        )
    )


async def _train(tx: Transaction, people: Mapping[str, UUID], key: str, version: int) -> None:
    await tx.execute(
        sa.insert(t.training_record),
        [
            {
                "person_id": person_id,
                "sop_key": key,
                "version": version,
                "trained_on": datetime.now(UTC).date(),
                "recorded_by": person_id,
            }
            for name, person_id in people.items()
            if name not in UNTRAINED
        ],
    )


async def make_world(database: Database, gateway: RunGateway, **settings: Any) -> World:
    """The company in an empty, migrated database; in a copy of one that has it already, as it is there."""
    platform = Platform(database, gateway, PlatformSettings(secret_key="x" * 32, **settings))
    if known := await _known(platform):
        return known
    password = await hash_password(PASSWORD)
    async with database.write() as tx:
        tx.audited_elsewhere("a test arranges its world")
        for code, permissions in POSTS.items():
            await sites.create_post_in(
                tx, PostIn.model_validate({"code": code, "name": code, "permissions": permissions})
            )
        for code in ("warehouse", "quality", "purchasing", "sales"):
            await sites.create_named_in(
                tx, t.department, "department", NamedIn.model_validate({"code": code, "name": code})
            )
        await sites.create_named_in(
            tx, t.legal_entity, "legal_entity", NamedIn.model_validate({"code": "LE1", "name": "甲公司"})
        )
        places = {site["code"]: await sites.create_in(tx, SiteIn.model_validate(site)) for site in SITES}
        people = {name: await _person(tx, name, posts, password) for name, posts in PEOPLE.items()}
        for party in PARTIES:
            await parties.create_in(tx, PartyIn.model_validate(party))
        for material in MATERIALS:
            await materials.create_in(tx, MaterialIn.model_validate(material))
        await approve_shipped_tables(tx, people["author"], people["admin"])
    return World(platform, people, places)


async def _known(platform: Platform) -> World | None:
    """The company that a template holds."""
    async with platform.database.read() as tx:
        people = {
            row["username"]: row["id"] for row in await tx.rows(sa.select(t.person.c.username, t.person.c.id))
        }
        sites = {row["code"]: row["id"] for row in await tx.rows(sa.select(t.site.c.code, t.site.c.id))}
    return World(platform, people, sites) if PEOPLE.keys() <= people.keys() else None


async def _person(
    tx: Transaction, name: str, posts: list[tuple[str, str | None, str | None]], password: str
) -> UUID:
    held = [{"post": post, "site": site, "department": department} for post, site, department in posts]
    return await persons.create_in(
        tx, PersonIn.model_validate({"username": name, "name": name.upper(), "posts": held}), password
    )


async def machine(world: World, scopes: list[str]) -> str:
    """A new API key of a machine."""
    key, prefix, digest = auth.make_api_key()
    async with world.write() as tx:
        person_id = new_id()
        await tx.execute(
            sa.insert(t.person).values(
                id=person_id, username=f"erp{prefix[3:]}".lower(), name="ERP", kind="machine"
            )
        )
        await tx.execute(
            sa.insert(t.api_key).values(person_id=person_id, key_hash=digest, prefix=prefix, scopes=scopes)
        )
    return key


OK = {"ok": {"label": text("ok")}, "bad": {"label": text("bad"), "go": "refused", "reason": "required"}}
REFUSED = {"refused": [{"end": "refused"}]}
COUNT = {"type": "integer", "label": text("count"), "required": True, "min": 1}


def two_steps(**more: Any) -> dict[str, Any]:
    """A receiver counts, an acceptor who is somebody else looks."""
    return {
        **definition(
            human("one", outcomes=OK, form={"count": COUNT}),
            human("two", "acceptor", separate_from=["one"], send_back=["one"]),
            {"end": "completed"},
            sections=REFUSED,
        ),
        "sop": "two_steps",
        **more,
    }

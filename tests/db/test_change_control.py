"""Change control attacked by SQL as the application role: two persons, immutability, and when a version is in force."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from db.refusals import violated
from db.session import Database
from domain.batches import IdentityIsImmutable
from domain.errors import Refusal
from domain.evidence import (
    ApprovedBySecondPerson,
    EvidenceIsImmutable,
    InForceBySignature,
    InForceInThePast,
    VersionIsFrozen,
)
from tests.db.sop_versions import SHA256, change, make_version, sign
from tests.db.stockroom import Stockroom
from tests.world import sign_version

MINUTE = timedelta(minutes=1)


async def test_a_version_stands_still_once_it_left_the_draft(
    app: Database, owner: Database, room: Stockroom
) -> None:
    version = await make_version(app, room)
    await change(app, room, version, definition={"a": 2}, source="a: 2")
    await change(app, room, version, state="in_review")
    for role in (app, owner):
        with pytest.raises(VersionIsFrozen):
            await change(role, room, version, definition={"a": 3})
    with pytest.raises(VersionIsFrozen):
        await change(app, room, version, state="effective")
    await change(app, room, version, bundle={"a": 2}, sha256="0" * 64)
    with pytest.raises(ApprovedBySecondPerson):
        await change(app, room, version, state="approved")
    with pytest.raises(ApprovedBySecondPerson):
        await sign(app, room, version, room.keeper, state="approved")
    await sign(app, room, version, room.checker, state="in_review")
    with pytest.raises(ApprovedBySecondPerson):  # what was signed before may have been another text
        await change(app, room, version, state="approved")
    with pytest.raises(ApprovedBySecondPerson):  # and what is signed is what stands there
        await sign(app, room, version, room.checker, state="approved", sha256="1" * 64)
    await sign(app, room, version, room.checker, state="approved")
    with pytest.raises(VersionIsFrozen):
        await change(app, room, version, bundle={"a": 3})
    with pytest.raises(InForceBySignature):
        await change(app, room, version, state="effective", version=1)
    await sign(app, room, version, room.checker, "publish", state="effective", version=1)
    with pytest.raises(VersionIsFrozen):
        await change(app, room, version, version=2)


async def attack(role: Database, room: Stockroom, statement: sa.Executable) -> None:
    """A statement as somebody sends it who has the role's password, audited so that only the guards stop it."""
    async with role.write(room.actor) as tx:
        await tx.execute(statement)
        await tx.audit("attack.sop", "sop_version", "")


async def in_force(app: Database, room: Stockroom) -> UUID:
    """A version that was approved and is effective, without a place yet where it is in force."""
    version = await make_version(app, room)
    await change(app, room, version, state="in_review", bundle={"a": 1}, sha256=SHA256)
    await sign(app, room, version, room.checker, state="approved", version=1)
    await sign(app, room, version, room.checker, "publish", state="effective")
    return version


async def test_nobody_approves_with_a_second_account_nor_what_is_not_in_review(
    app: Database, room: Stockroom
) -> None:
    version = await make_version(app, room)
    with pytest.raises(VersionIsFrozen):  # a draft
        await sign(app, room, version, room.checker)
    await change(app, room, version, state="in_review", bundle={"a": 1}, sha256=SHA256)
    async with app.write(room.actor) as tx:
        author = await tx.scalar(sa.select(t.person.c.name).where(t.person.c.id == room.keeper))
        other = {"username": "second_account", "name": f" {author.upper()} "}
        second = await tx.scalar(sa.insert(t.person).values(**other).returning(t.person.c.id))
        await tx.audit("create.person", "person", second)
    with pytest.raises(ApprovedBySecondPerson):
        await sign(app, room, version, second, state="approved")
    async with app.write(room.actor) as tx:  # whoever wrote a part of it is an author too
        await tx.execute(sa.update(t.sop_version).values(state="draft"))
        revision = {"sop_version_id": version, "number": 1, "source": "a: 2", "what_zh": "改", "what_en": "c"}
        await tx.execute(sa.insert(t.sop_draft_revision).values(**revision, person_id=room.checker))
        await tx.execute(sa.update(t.sop_version).values(state="in_review"))
        await tx.audit("edit.sop", "sop_version", version)
    with pytest.raises(ApprovedBySecondPerson):
        await sign(app, room, version, room.checker, state="approved")


async def test_what_was_approved_is_changed_by_nobody(
    app: Database, owner: Database, room: Stockroom
) -> None:
    version = await in_force(app, room)
    for role in (app, owner):
        for values in (
            {"definition": {"a": 2}},
            {"source": "a: 2"},
            {"bundle": {"a": 2}},
            {"sha256": "1" * 64},
            {"version": 2},
            {"author_id": room.checker},
            {"state": "draft"},
            {"state": "in_review"},
            {"state": "approved"},
        ):
            with pytest.raises(VersionIsFrozen):
                await change(role, room, version, **values)
    for statement in (sa.delete(t.sop_version), sa.delete(t.sop_draft_revision), sa.delete(t.sop_comment)):
        with pytest.raises((Refusal, sa.exc.ProgrammingError)):
            await attack(app, room, statement)
    late = {"sop_version_id": version, "text": "late", "source_sha256": SHA256, "actor_id": room.checker}
    with pytest.raises(VersionIsFrozen):
        await attack(app, room, sa.insert(t.sop_comment).values(**late))


@dataclass
class Placing:
    """A version whose periods are written by SQL, with the signature of a kind beside it ('' for none)."""

    room: Stockroom
    version: UUID
    sop: UUID

    async def place(self, role: Database, start: datetime, kind: str = "publish", **more: object) -> None:
        row = {"sop_id": self.sop, "sop_version_id": self.version, "effective_from": start, **more}
        await self._send(role, kind, sa.insert(t.sop_effectivity).values(**row))

    async def move(self, role: Database, kind: str = "", **values: object) -> None:
        periods = sa.update(t.sop_effectivity).where(t.sop_effectivity.c.sop_id == self.sop)
        await self._send(role, kind, periods.values(**values))

    async def _send(self, role: Database, kind: str, statement: sa.Executable) -> None:
        async with role.write(self.room.actor) as tx:
            if kind:
                await sign_version(tx, self.version, kind, self.room.checker, SHA256)
            await tx.execute(statement)
            await tx.audit("publish.sop", "sop_version", self.version)


@pytest.fixture
async def placing(app: Database, room: Stockroom) -> Placing:
    version = await in_force(app, room)
    async with app.read() as tx:
        sop = await tx.scalar(sa.select(t.sop_version.c.sop_id).where(t.sop_version.c.id == version))
    return Placing(room, version, sop)


async def test_only_a_signature_puts_in_force_and_never_in_the_past(
    app: Database, owner: Database, room: Stockroom, placing: Placing
) -> None:
    now, other = datetime.now(UTC), await make_version(app, room)
    for role in (app, owner):
        with pytest.raises(InForceBySignature):
            await placing.place(role, now, kind="")
        with pytest.raises(InForceBySignature):
            await placing.place(role, now, kind="retire")
        with pytest.raises(InForceInThePast):
            await placing.place(role, now - 3 * MINUTE)
        with pytest.raises(VersionIsFrozen):  # a draft, of another procedure at that
            await placing.place(role, now, sop_version_id=other)
    await placing.place(app, now, effective_to=now + 30 * MINUTE)
    await placing.place(app, now + 30 * MINUTE)
    with pytest.raises(sa.exc.IntegrityError) as overlapping:
        await placing.place(app, now + 10 * MINUTE, effective_to=now + 20 * MINUTE)
    assert violated(overlapping.value) == "ex_sop_effectivity_period"
    for role in (app, owner):
        for values in (
            {"effective_from": now - 90 * MINUTE},
            {"sop_version_id": other},
            {"site_id": room.east},
            {"effective_to": now - 3 * MINUTE},
        ):
            with pytest.raises(InForceInThePast):
                await placing.move(role, "publish", **values)
        with pytest.raises(InForceBySignature):
            await placing.move(role, effective_to=now + 25 * MINUTE)
    with pytest.raises((IdentityIsImmutable, sa.exc.ProgrammingError)):
        await attack(owner, room, sa.delete(t.sop_effectivity))


async def test_a_signature_of_somebody_else_or_over_another_text_is_none(
    app: Database, room: Stockroom, placing: Placing
) -> None:
    for wrong in ({"sha256": "1" * 64}, {"actor_id": room.keeper}):
        with pytest.raises(InForceBySignature):
            await _forge(app, placing, **wrong)
    with pytest.raises((EvidenceIsImmutable, sa.exc.ProgrammingError)):
        await attack(app, room, sa.update(t.sop_approval).values(actor_id=room.keeper))


async def _forge(app: Database, placing: Placing, *, sha256: str = SHA256, **wrong: object) -> None:
    """A publication that refers to a signature of another hand, or over something else."""
    async with app.write(placing.room.actor) as tx:
        await sign_version(tx, placing.version, "submit", placing.room.checker, sha256)
        signed = await tx.scalar(sa.select(t.signature.c.id).order_by(t.signature.c.id.desc()).limit(1))
        row = {"sop_version_id": placing.version, "kind": "publish", "actor_id": placing.room.checker}
        await tx.execute(sa.insert(t.sop_approval).values(**{**row, **wrong}, signature_id=signed))
        period = {
            "sop_id": placing.sop,
            "sop_version_id": placing.version,
            "effective_from": datetime.now(UTC),
        }
        await tx.execute(sa.insert(t.sop_effectivity).values(**period))
        await tx.audit("publish.sop", "sop_version", placing.version)

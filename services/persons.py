"""Services: people - created, changed, given posts, passwords and training. Knows no HTTP.

A password is kept as an Argon2 hash alone and never appears in an audit row. Posts end, they are not
deleted: who held which post when is evidence.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.queries import organisation as queries
from db.queries._paging import Page
from db.queries.organisation import PersonRow
from db.session import Reader, Transaction
from domain.errors import FieldProblem, Invalid, NotFound
from domain.master_data import AssignmentIn, PersonChanges, PersonIn, TrainingIn
from services import audit, passwords, training_records
from services.changes import (
    CodeTaken,
    as_json,
    difference,
    done_before,
    hold,
    made_before,
    reason_of,
    refuse_unchanged,
)
from services.permissions import Permission, require
from services.platform import Actor, Platform


async def list_persons(
    platform: Platform,
    *,
    actor: Actor,
    text: str | None = None,
    post: str | None = None,
    site: str | None = None,
    kind: str | None = None,
    active: bool | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PersonRow]:
    """People by user name, with the posts they hold now and their training."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await queries.people(
            tx, text=text, post=post, site=site, kind=kind, active=active, after=after, limit=limit
        )


async def get(platform: Platform, ref: str | UUID, *, actor: Actor) -> PersonRow:
    """A person by user name or id."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        return await _one(tx, ref)


async def create(
    platform: Platform, body: PersonIn, *, actor: Actor, as_id: UUID | None = None, request_id: str = ""
) -> PersonRow:
    """Create a person with posts and training; a password must follow the policy.

    `as_id` is the new one's id: again, it gives the first.
    """
    async with audit.refusals(
        platform, actor, "create.person", "person", body.username, request_id=request_id
    ):
        require(actor, Permission.ADMIN_PEOPLE)
        hashed = await _hashed(body.username, body.password.get_secret_value() if body.password else None)
        async with platform.database.write(actor.ref, request_id) as tx:
            if as_id and (known := await made_before(_one(tx, as_id))):
                return known
            person_id = await create_in(tx, body, hashed, recorded_by=actor.person_id, as_id=as_id)
            made = await _one(tx, person_id)
            await tx.audit("create.person", "person", str(person_id), after=as_json(made))
    return made


async def create_in(
    tx: Transaction,
    body: PersonIn,
    password_hash: str | None,
    *,
    recorded_by: UUID | None = None,
    as_id: UUID | None = None,
) -> UUID:
    """Insert a person inside a transaction that audits it; without `recorded_by` the first of all."""
    person_id = as_id or new_id()
    made = await tx.scalar(
        insert(t.person)
        .values(id=person_id, username=body.username, name=body.name, kind=body.kind, language=body.language)
        .on_conflict_do_nothing()
        .returning(t.person.c.id)
    )
    if made is None:
        raise CodeTaken(value=body.username)
    if password_hash is not None:
        await _keep_password(tx, person_id, password_hash)
    await _give_posts(tx, person_id, body.posts)
    await training_records.add(tx, person_id, body.trained, recorded_by or person_id)
    return person_id


async def change(
    platform: Platform,
    ref: str | UUID,
    changes: PersonChanges,
    *,
    reason: str,
    actor: Actor,
    as_id: UUID | None = None,
    request_id: str = "",
) -> PersonRow:
    """Change a person; posts no longer named end now, and a person put out of use is logged out at once."""
    async with audit.refusals(platform, actor, "change.person", "person", ref, request_id=request_id):
        require(actor, Permission.ADMIN_PEOPLE)
        words = reason_of(reason)
        async with platform.database.read() as tx:
            username = (await _one(tx, ref)).username
        hashed = await _hashed(username, changes.password.get_secret_value() if changes.password else None)
        async with platform.database.write(actor.ref, request_id) as tx:
            if await done_before(tx, as_id):
                return await _one(tx, ref)
            await hold(tx, t.person, (await _one(tx, ref)).id)
            before = await _one(tx, ref)
            await _apply(tx, before, changes, hashed, actor)
            after = await _one(tx, before.id)
            was, now = difference(as_json(before), as_json(after))
            if hashed is not None:
                now |= {"password": "changed"}
            refuse_unchanged(now)
            await tx.audit(
                "change.person", "person", str(before.id), before=was, after=now, reason=words, as_id=as_id
            )
    return after


async def record_training(
    platform: Platform, ref: str | UUID, training: TrainingIn, *, actor: Actor, request_id: str = ""
) -> PersonRow:
    """Record that a person was trained on a version of an SOP (the gate before its tasks)."""
    async with audit.refusals(platform, actor, "record.training", "person", ref, request_id=request_id):
        require(actor, Permission.ADMIN_PEOPLE)
        async with platform.database.write(actor.ref, request_id) as tx:
            person = await _one(tx, ref)
            await training_records.refuse_unknown(tx, [training])
            await training_records.add(tx, person.id, [training], actor.person_id)
            after = {"sop": training.sop, "version": training.version}
            await tx.audit("record.training", "person", str(person.id), after=after)
            return await _one(tx, person.id)


async def _hashed(username: str, password: str | None) -> str | None:
    if password is None:
        return None
    passwords.check_policy(password, username)
    return await passwords.hash_password(password)


async def _apply(
    tx: Transaction, before: PersonRow, changes: PersonChanges, hashed: str | None, actor: Actor
) -> None:
    c = t.person.c
    values: dict[str, Any] = changes.model_dump(exclude_none=True, include={"name", "language", "active"})
    if values:
        await tx.execute(sa.update(t.person).where(c.id == before.id).values(**values))
    if hashed is not None:
        await _keep_password(tx, before.id, hashed)
    if changes.posts is not None:
        wanted = {(post.post, post.site, post.department): post for post in changes.posts}
        held = {(post.post, post.site, post.department) for post in before.posts}
        for post, site, department in sorted(held - set(wanted), key=str):
            await _end_post(tx, before.id, AssignmentIn(post=post, site=site, department=department))
        await _give_posts(tx, before.id, [wanted[key] for key in sorted(set(wanted) - held, key=str)])
    await training_records.refuse_unknown(tx, changes.trained)
    await training_records.add(tx, before.id, changes.trained, actor.person_id)
    if changes.active is False or hashed is not None:
        await _end_sessions(tx, before.id)


async def _keep_password(tx: Transaction, person_id: UUID, password_hash: str) -> None:
    fresh = {
        "password_hash": password_hash,
        "failures": 0,
        "locked_until": None,
        "changed_at": sa.func.clock_timestamp(),
    }
    await tx.execute(
        insert(t.credential)
        .values(person_id=person_id, **fresh)
        .on_conflict_do_update(index_elements=[t.credential.c.person_id], set_=fresh)
    )


async def _give_posts(tx: Transaction, person_id: UUID, posts: list[AssignmentIn]) -> None:
    rows = []
    for index, assignment in enumerate(posts):
        ids = await _resolved(tx, f"posts[{index}]", assignment)
        rows.append({"person_id": person_id, **ids})
    if rows:
        await tx.execute(sa.insert(t.post_assignment).values(rows))


async def _end_post(tx: Transaction, person_id: UUID, assignment: AssignmentIn) -> None:
    ids = await _resolved(tx, "posts", assignment)
    c = t.post_assignment.c
    await tx.execute(
        sa.update(t.post_assignment)
        .where(
            c.person_id == person_id,
            c.post_id == ids["post_id"],
            c.site_id.is_not_distinct_from(ids["site_id"]),
            c.department_id.is_not_distinct_from(ids["department_id"]),
            c.valid_to.is_(None),
        )
        .values(valid_to=sa.func.clock_timestamp())
    )


async def _resolved(tx: Reader, path: str, assignment: AssignmentIn) -> dict[str, UUID | None]:
    """The ids of post, site and department; Invalid for one that does not exist."""
    ids: dict[str, UUID | None] = {}
    for name, table, code in (
        ("post", t.post, assignment.post),
        ("site", t.site, assignment.site),
        ("department", t.department, assignment.department),
    ):
        found = None
        if code is not None:
            found = await tx.scalar(sa.select(table.c.id).where(table.c.code == code))
            if found is None:
                words = f"不存在：{code}", f"does not exist: {code}"
                raise Invalid([FieldProblem(f"{path}.{name}", f"{name}_unknown", *words)])
        ids[f"{name}_id"] = found
    return ids


async def _end_sessions(tx: Transaction, person_id: UUID) -> None:
    c = t.login_session.c
    await tx.execute(
        sa.update(t.login_session)
        .where(c.person_id == person_id, c.ended_at.is_(None))
        .values(ended_at=sa.func.clock_timestamp())
    )


async def _one(tx: Reader, ref: str | UUID) -> PersonRow:
    found = await queries.people(tx, ref=ref, limit=1)
    if not found.items:
        raise NotFound(what=f"人员 / person {ref}")
    return found.items[0]

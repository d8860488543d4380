"""Transactions: what leaves without an exception is kept and audited; a read changes nothing."""

import asyncio
import json

import pytest
import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.refusals import violated
from db.session import ActorRef, Database, UnauditedWrite
from tests.db.sop_versions import make_version
from tests.db.stockroom import Stockroom
from tests.servers import TestDatabase


def department(code: str) -> sa.Insert:
    return sa.insert(t.department).values(code=code, name_zh=code, name_en=code)


async def codes(app: Database) -> list[str]:
    async with app.read() as tx:
        return [
            row["code"] for row in await tx.rows(sa.select(t.department.c.code).order_by(t.department.c.code))
        ]


class Stopped(Exception):
    pass


async def test_leaving_with_an_exception_rolls_back(app: Database) -> None:
    with pytest.raises(Stopped):  # noqa: PT012
        async with app.write() as tx:
            await tx.execute(department("D1"))
            await tx.audit("department.created", "department", "D1")
            raise Stopped
    assert await codes(app) == []


async def test_a_write_without_an_audit_event_is_refused(app: Database) -> None:
    with pytest.raises(UnauditedWrite, match="department"):
        async with app.write() as tx:
            await tx.execute(department("D1"))
    for text in (
        "UPDATE department SET code = 'x'",
        " with gone AS (DELETE FROM login_session RETURNING 1) SELECT 1",
    ):
        with pytest.raises(UnauditedWrite):
            async with app.write() as tx:
                await tx.execute(sa.text(text))
    gone = sa.delete(t.login_session).returning(t.login_session.c.id).cte("gone")
    with pytest.raises(UnauditedWrite):
        async with app.write() as tx:
            await tx.execute(sa.select(gone.c.id))
    assert await codes(app) == []


async def test_a_write_names_actor_request_and_data(app: Database, room: Stockroom) -> None:
    async with app.write(ActorRef(room.keeper, "王建国"), "r-1") as tx:
        await tx.execute(department("D1"))
        await tx.audit("department.created", "department", "D1", after={"code": "D1"}, reason="开业")
    async with app.read() as tx:
        event = await tx.one(sa.select(t.audit_event))
    assert (event["actor_id"], event["actor_name"], event["request_id"]) == (room.keeper, "王建国", "r-1")
    assert (event["after"], event["before"], event["refused"]) == ({"code": "D1"}, None, False)


async def test_only_reading_needs_no_audit_event(app: Database) -> None:
    async with app.write() as tx:
        assert await tx.rows(sa.select(t.department)) == []
    async with app.write() as tx:
        await tx.execute(department("D1"))
        tx.audited_elsewhere("a test")
    assert await codes(app) == ["D1"]


async def test_a_savepoint_takes_back_its_own_part_alone(app: Database) -> None:
    async with app.write() as tx:
        await tx.execute(department("D1"))
        with pytest.raises(sa.exc.IntegrityError) as twice:
            async with tx.savepoint():
                await tx.execute(department("D1"))
        assert violated(twice.value) == "uq_department_code"
        with pytest.raises(Stopped):  # noqa: PT012
            async with tx.savepoint():
                await tx.execute(department("D2"))
                await tx.audit("department.created", "department", "D2")
                raise Stopped
        await tx.audit("department.created", "department", "D1")
    assert await codes(app) == ["D1"]
    with pytest.raises(UnauditedWrite):  # noqa: PT012
        async with app.write() as tx:
            await tx.execute(department("D3"))
            with pytest.raises(Stopped):  # noqa: PT012
                async with tx.savepoint():
                    await tx.audit("department.created", "department", "D3")
                    raise Stopped


async def test_a_read_cannot_change_anything(app: Database) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        async with app.read() as tx:
            await tx.execute(department("D1"))
    async with app.write() as tx:
        await tx.execute(department("D1"))
        tx.audited_elsewhere("the connection is writable again")
    assert await codes(app) == ["D1"]


async def test_a_snapshot_sees_one_moment_and_changes_nothing(app: Database) -> None:
    count = sa.select(sa.func.count()).select_from(t.department)
    async with app.snapshot() as tx:
        assert await tx.scalar(count) == 0
        async with app.write() as other:
            await other.execute(department("D1"))
            await other.audit("department.created", "department", "D1")
        assert await tx.scalar(count) == 0
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            await tx.execute(department("D2"))
    assert await codes(app) == ["D1"]
    async with app.write() as tx:  # the connection is one for writing again
        await tx.execute(department("D3"))
        await tx.audit("department.created", "department", "D3")


async def test_two_writers_of_one_row_come_one_after_the_other(app: Database, room: Stockroom) -> None:
    mine = (
        sa.update(t.person)
        .where(t.person.c.id == room.keeper, t.person.c.language == "zh")
        .values(language="en")
    )

    async def change() -> int:
        async with app.write(room.actor) as tx:
            changed = (await tx.execute(mine)).rowcount
            await tx.audit("language.changed", "person", room.keeper)
        return changed

    assert sorted(await asyncio.gather(change(), change())) == [0, 1]


async def test_an_open_inbox_hears_of_a_task(app: Database, room: Stockroom) -> None:
    version = await make_version(app, room)
    run, post, task = new_id(), new_id(), new_id()
    async with app.listen("xunji_tasks", "xunji_runs") as heard:
        async with app.write(room.actor) as tx:
            sop = sa.select(t.sop_version.c.sop_id).where(t.sop_version.c.id == version).scalar_subquery()
            pinned = {"sop_id": sop, "sop_version_id": version, "sha256": "0" * 64, "start_hash": b"x"}
            at = {"site_id": room.east, "started_by": room.keeper}
            await tx.execute(sa.insert(t.run).values(id=run, workflow_id=f"run/{run}", **pinned, **at))
            await tx.execute(
                sa.insert(t.post).values(id=post, code="receiver", name_zh="收货员", name_en="Receiver")
            )
            titles = {"title_zh": "收货", "title_en": "Receive", "step_id": "arrival", "path": "arrival#1"}
            row = {"id": task, "run_id": run, "post_id": post, "site_id": room.east}
            await tx.execute(sa.insert(t.task).values(**row, **titles))
            await tx.audit("task.opened", "task", task)
        first = await asyncio.wait_for(anext(heard), 10)
        second = await asyncio.wait_for(anext(heard), 10)
    assert (first.channel, json.loads(first.payload)["run_id"]) == ("xunji_runs", str(run))
    told = {"run_id": str(run), "task_id": str(task), "post_id": str(post), "site_id": str(room.east)}
    assert (second.channel, json.loads(second.payload)) == ("xunji_tasks", told)


async def test_sessions_that_the_server_has_ended_are_replaced(app: Database, database: TestDatabase) -> None:
    assert await codes(app) == []
    async with app.write() as tx:
        await tx.execute(department("D1"))
        await tx.audit("department.created", "department", "D1")
    server = Database(database.superuser_url, pool_size=1)
    mine = "FROM pg_stat_activity WHERE usename = :role AND datname = current_database()"
    role = {"role": sa.make_url(database.app_url).username}
    try:
        async with server.read() as tx:
            await tx.execute(sa.text(f"SELECT pg_terminate_backend(pid) {mine}"), role)
            async with asyncio.timeout(30):
                while await tx.scalar(sa.text(f"SELECT count(*) {mine}"), role):
                    await asyncio.sleep(0.01)
    finally:
        await server.close()
    async with app.write() as tx:
        await tx.execute(department("D2"))
        await tx.audit("department.created", "department", "D2")
    assert await codes(app) == ["D1", "D2"]

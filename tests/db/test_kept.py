"""Statements that are kept ready: the same rows, refusals and errors as the same statement otherwise."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.exc import DBAPIError, IntegrityError, MultipleResultsFound, NoResultFound

from db import tables as t
from db.ids import new_id
from db.kept import Kept
from db.refusals import is_outage, violated
from db.session import Database, UnauditedWrite
from domain.stock import InsufficientStock, PostingNotWhole
from tests.db.stockroom import Stockroom

ECHO: dict[str, sa.types.TypeEngine[Any]] = {
    "id": sa.Uuid(),
    "text": sa.Text(),
    "number": sa.BigInteger(),
    "flag": sa.Boolean(),
    "at": sa.DateTime(timezone=True),
    "json": t.submission.c.data.type,
    "ids": ARRAY(sa.Uuid),
    "texts": ARRAY(sa.Text),
    "digest": sa.LargeBinary(),
}
TEXT = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.uuids(),
    "text": TEXT,
    "number": st.integers(-(2**63), 2**63 - 1),
    "flag": st.booleans(),
    "at": st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "json": st.dictionaries(TEXT, JSON, max_size=3),
    "ids": st.lists(st.uuids(), max_size=3),
    "texts": st.lists(TEXT, max_size=3),
    "digest": st.binary(max_size=40),
}


class Stopped(Exception):
    pass


def department(**more: Any) -> sa.Insert:
    given: dict[str, Any] = {name: sa.bindparam(name) for name in ("code", "name_zh", "name_en")}
    return sa.insert(t.department).values({**given, **more})


NAMED = {"name_zh": "质量", "name_en": "Quality"}
CODES = sa.select(t.department.c.code).order_by(t.department.c.code)


@given(values=st.fixed_dictionaries({name: one | st.none() for name, one in VALUES.items()}))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_every_type_of_value_comes_back_as_without_keeping(
    app: Database, values: dict[str, Any]
) -> None:
    echo = sa.select(*(sa.bindparam(name, type_=kind).label(f"{name}_") for name, kind in ECHO.items()))
    async with app.read() as tx:
        kept = await tx.one(Kept(echo), values)
        assert kept == await tx.one(echo, values)
    assert {name.removesuffix("_"): value for name, value in kept.items()} == values


async def test_values_of_the_statement_and_of_the_call_find_their_places(app: Database) -> None:
    listed = Kept(
        sa.select(t.department.c.code, t.department.c.name_zh)
        .where(
            t.department.c.name_zh.in_(("100% rein", "b")),
            t.department.c.code.in_(("D1", "D2", "D3")),
            t.department.c.code > sa.bindparam("after"),
            t.department.c.name_en.like("%Q%"),
        )
        .order_by(t.department.c.code)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    made = Kept(department(name_zh="100% rein"))
    async with app.write() as tx:
        for code in ("D1", "D2", "D3", "D4"):
            await tx.run(made, {"code": code, "name_en": "Quality"})
        tx.audited_elsewhere("a test")
        assert await tx.rows(listed, {"after": "D1", "most": 1}) == [{"code": "D2", "name_zh": "100% rein"}]
        assert [row["code"] for row in await tx.rows(listed, {"after": "A", "most": 9})] == ["D1", "D2", "D3"]
        with pytest.raises(KeyError, match="most"):
            await tx.rows(listed, {"after": "D1"})


async def test_one_row_none_and_many(app: Database) -> None:
    listed = Kept(CODES)
    async with app.write() as tx:
        assert await tx.one_or_none(listed) is None
        assert await tx.scalar(listed) is None
        with pytest.raises(NoResultFound):
            await tx.one(listed)
        made = Kept(department().returning(t.department.c.id, t.department.c.code))
        first = await tx.one(made, {"code": "D1", **NAMED})
        assert (first["code"], type(first["id"])) == ("D1", UUID)
        assert await tx.scalar(listed) == "D1"
        await tx.run(made, {"code": "D2", **NAMED})
        with pytest.raises(MultipleResultsFound):
            await tx.one_or_none(listed)
        tx.audited_elsewhere("a test")


async def test_a_change_without_an_audit_event_is_refused(app: Database) -> None:
    inside = sa.select(insert(t.department).values(code="D1", **NAMED).returning(t.department.c.id).cte("x"))
    for kept, params in ((Kept(department()), {"code": "D1", **NAMED}), (Kept(inside), {})):
        with pytest.raises(UnauditedWrite, match="department"):
            async with app.write() as tx:
                await tx.run(kept, params)
    async with app.write() as tx:
        assert await tx.rows(Kept(CODES)) == []
    with pytest.raises(DBAPIError, match="read-only"):
        async with app.read() as tx:
            await tx.run(Kept(department()), {"code": "D1", **NAMED})


async def test_a_savepoint_takes_back_its_own_part_alone(app: Database) -> None:
    made, listed = Kept(department()), Kept(CODES)
    async with app.write() as tx:
        await tx.run(made, {"code": "D1", **NAMED})
        with pytest.raises(IntegrityError) as twice:  # noqa: PT012
            async with tx.savepoint():
                await tx.run(made, {"code": "D2", **NAMED})
                await tx.run(made, {"code": "D1", **NAMED})
        assert violated(twice.value) == "uq_department_code"
        assert "质量" not in str(twice.value)
        assert [row["code"] for row in await tx.rows(listed)] == ["D1"] == [await tx.scalar(CODES)]
        tx.audited_elsewhere("a test")
    async with app.read() as tx:
        assert [row["code"] for row in await tx.rows(listed)] == ["D1"]


async def test_a_guard_refuses_in_the_words_of_the_domain(app: Database, room: Stockroom) -> None:
    refuse = Kept(
        sa.select(
            sa.func.refuse(
                "XJ001", "no", sa.bindparam("why", type_=t.submission.c.data.type), type_=sa.Text
            ).label("refused")
        )
    )
    detail = {"requested": 2, "available": 1}
    with pytest.raises(InsufficientStock):
        async with app.write(room.actor) as tx:
            await tx.rows(refuse, {"why": detail})


async def test_a_lost_connection_is_an_outage_and_is_not_used_again(
    app: Database, superuser: Database
) -> None:
    own = Kept(sa.select(sa.func.pg_backend_pid().label("pid")))
    for door in (app.read, app.write):
        with pytest.raises(DBAPIError) as lost:  # noqa: PT012
            async with door() as tx:
                pid = await tx.scalar(own)
                async with superuser.write() as root:
                    await root.execute(sa.select(sa.func.pg_terminate_backend(pid, 5000)))
                await tx.scalar(own)
        assert is_outage(lost.value)
        assert isinstance(lost.value.orig, psycopg.OperationalError)
        async with door() as tx:
            assert await tx.scalar(own) != pid


async def test_what_makes_values_in_python_cannot_be_kept() -> None:
    table = sa.Table("made", sa.MetaData(), sa.Column("id", sa.Uuid, default=new_id), sa.Column("n", sa.Text))
    with pytest.raises(AssertionError):
        Kept(sa.insert(table).values(n=sa.bindparam("n")))


async def test_several_go_together_and_each_sees_what_went_before(app: Database) -> None:
    made, listed = Kept(department()), Kept(CODES)
    async with app.write() as tx:
        before, _, after = await tx.together((listed, None), (made, {"code": "D1", **NAMED}), (listed, None))
        assert (before, [row["code"] for row in after]) == ([], ["D1"])
        tx.audited_elsewhere("a test")
    async with app.read() as tx:
        assert [len(rows) for rows in await tx.together((listed, None), (listed, None))] == [1, 1]
    with pytest.raises(UnauditedWrite, match="department"):
        async with app.write() as tx:
            await tx.together((listed, None), (made, {"code": "D2", **NAMED}))


async def test_of_several_the_first_that_fails_is_told_and_nothing_stays(app: Database) -> None:
    made, listed = Kept(department()), Kept(CODES)
    twice = (made, {"code": "D1", **NAMED})
    with pytest.raises(IntegrityError) as refused:  # noqa: PT012
        async with app.write() as tx:
            tx.audited_elsewhere("a test")
            await tx.together(twice, twice, (listed, None))
    assert violated(refused.value) == "uq_department_code"
    async with app.write() as tx:
        assert await tx.rows(listed) == []
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                await tx.together(twice, twice)
        assert await tx.rows(listed) == []


async def test_what_is_put_off_is_done_by_the_next_statement_or_the_commit(app: Database) -> None:
    made = Kept(department())
    both: tuple[Any, Any] = (Kept(CODES), CODES)
    for n, follows in enumerate(both):
        async with app.write() as tx:
            await tx.later(made, {"code": f"A{n}", **NAMED})
            await tx.later(made, {"code": f"B{n}", **NAMED})
            assert {f"A{n}", f"B{n}"} <= {row["code"] for row in await tx.rows(follows)}
            tx.audited_elsewhere("a test")
            await tx.later(made, {"code": f"C{n}", **NAMED})
    async with app.write() as tx:
        await tx.later(made, {"code": "D", **NAMED})  # nothing else in this transaction
        tx.audited_elsewhere("a test")
    async with app.read() as tx:
        assert [row["code"] for row in await tx.rows(CODES)] == ["A0", "A1", "B0", "B1", "C0", "C1", "D"]


async def test_what_was_put_off_and_fails_is_told_at_the_commit(app: Database) -> None:
    made, listed = Kept(department()), Kept(CODES)
    with pytest.raises(IntegrityError) as refused:  # noqa: PT012
        async with app.write() as tx:
            tx.audited_elsewhere("a test")
            await tx.later(made, {"code": "D1", **NAMED})
            await tx.later(made, {"code": "D1", **NAMED})
    assert violated(refused.value) == "uq_department_code"
    with pytest.raises(UnauditedWrite, match="department"):
        async with app.write() as tx:
            await tx.later(made, {"code": "D1", **NAMED})
    with pytest.raises(Stopped):  # noqa: PT012
        async with app.write() as tx:
            tx.audited_elsewhere("a test")
            await tx.later(made, {"code": "D1", **NAMED})
            raise Stopped
    async with app.read() as tx:
        assert await tx.rows(listed) == []


async def test_savepoints_keep_apart_what_was_put_off(app: Database) -> None:
    made, listed = Kept(department()), Kept(CODES)
    async with app.write() as tx:
        tx.audited_elsewhere("a test")
        await tx.later(made, {"code": "D1", **NAMED})
        with pytest.raises(Stopped):  # noqa: PT012
            async with tx.savepoint():
                await tx.later(made, {"code": "D2", **NAMED})
                raise Stopped
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                await tx.later(made, {"code": "D1", **NAMED})
        async with tx.savepoint():
            await tx.later(made, {"code": "D3", **NAMED})
    async with app.read() as tx:
        assert [row["code"] for row in await tx.rows(listed)] == ["D1", "D3"]


async def test_what_is_judged_at_the_commit_is_refused_with_it(app: Database, room: Stockroom) -> None:
    """A posting without moves is known as such when no more can come: PostgreSQL refuses the COMMIT."""
    posted: dict[str, Any] = {name: sa.bindparam(name) for name in ("kind", "actor_id")}
    empty = {"kind": "receipt", "actor_id": room.keeper}
    with pytest.raises(PostingNotWhole):  # noqa: PT012
        async with app.write(room.actor) as tx:
            assert await tx.rows(Kept(CODES)) == []  # the transaction has begun: the commit goes along
            await tx.later(Kept(sa.insert(t.posting).values(posted)), empty)
            tx.audited_elsewhere("a test")
    async with app.read() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.posting)) == 0

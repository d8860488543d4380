"""Somebody speaks to the engine directly: an Update that no submission stands behind settles nothing.

The whole stack is real and in this process: PostgreSQL, Temporal, a worker, the services.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from temporalio.client import Client

from activities.advance import Advances
from contracts import names
from contracts.commands import CommandRun, CompleteTask, SignTask
from contracts.payload import Payload
from db import tables as t
from db.session import Database
from domain.submissions import command_content, signed_content
from engine.client import connect
from engine.gateway import Answer, Gateway, Rejected
from engine.workers import build_worker
from services import runs, tasks
from services.submissions import CommandAnswer
from tests.servers import TemporalServer, TestDatabase
from tests.world import World, make_world, two_steps

FORGED = "one#1"


@pytest.fixture
async def client(temporal_server: TemporalServer) -> Client:
    return await connect(temporal_server.address, temporal_server.namespace)


@pytest.fixture
async def world(database: TestDatabase, client: Client) -> AsyncIterator[World]:
    opened = Database(database.app_url)
    world = await make_world(opened, Gateway(client))
    async with build_worker(client, [Advances(world.platform).advance]):
        await world.publish(two_steps())
        yield world
    await opened.close()


@pytest.fixture
async def run(world: World, client: Client) -> AsyncIterator[UUID]:
    """A run whose first task waits."""
    found = await runs.start(world.platform, "two_steps", {}, actor=await world.actor("li"), site="SH1")
    await until(lambda: task_of(world, found.row.id, FORGED))
    yield found.row.id
    await client.get_workflow_handle(names.workflow_id(str(found.row.id))).terminate()


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What a look gives once it gives something."""
    async with asyncio.timeout(30):
        while not (found := await look()):
            await asyncio.sleep(0.02)
    return found


async def task_of(world: World, run: UUID, path: str) -> Any:
    rows = await world.rows(sa.select(t.task).where(t.task.c.run_id == run, t.task.c.path == path))
    return rows[0] if rows else None


async def send(world: World, run: UUID, name: str, payload: Payload) -> Answer:
    """Straight to the engine, past the doors."""
    submission = payload.model_dump()["submission"]
    return await world.platform.gateway.update(str(run), name, payload, submission, 20.0)


async def forged(world: World, run: UUID, **changed: Any) -> CompleteTask:
    """A completion whose every field is as the product would write it - but nobody has submitted it."""
    task = await task_of(world, run, FORGED)
    person = str(world.people["li"])
    values: dict[str, Any] = {"outcome": "ok", "data": {"count": 3}, "reason": None, **changed}
    content_hash = signed_content(
        task_content=task["content_sha256"], epoch=task["epoch"], lines_root=None,
        outcome=values["outcome"], data=values["data"], reason=values["reason"],
    )  # fmt: skip
    return CompleteTask(
        **{
            "submission": str(uuid4()),
            "path": FORGED,
            "epoch": task["epoch"],
            "actor": person,
            "performers": [person],
            "hash": content_hash,
            **values,
        }
    )


async def deviation(world: World, run: UUID, submission: str) -> Any:
    return await task_of(world, run, f"deviation/{submission}")


async def assert_nothing_was_settled(world: World, run: UUID, submission: str, answer: Answer) -> None:
    """The step is as open as before; a deviation waits for the owner; the audit log knows of the attempt."""
    assert isinstance(answer, Rejected), answer
    assert (await task_of(world, run, FORGED))["state"] in {"open", "claimed"}
    assert await task_of(world, run, "two#1") is None
    settled = sa.select(sa.func.count()).where(t.effect.c.kind.in_(("settle", "command")))
    assert await world.scalar(settled) == 0
    opened = await deviation(world, run, submission)
    assert (opened["kind"], opened["state"]) == ("deviation", "open")
    owner = await world.scalar(sa.select(t.post.c.code).where(t.post.c.id == opened["post_id"]))
    assert owner == "qa_manager"
    audited = await world.rows(
        sa.select(t.audit_event).where(
            t.audit_event.c.action == "open.deviation", t.audit_event.c.object_id == str(opened["id"])
        )
    )
    assert [(event["refused"], event["run_id"]) for event in audited] == [(True, run)]


async def complete_properly(world: World, run: UUID) -> None:
    """A person does the task, and the run goes on to the next step."""
    task, actor = await task_of(world, run, FORGED), await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=actor)
    done = await tasks.complete(
        world.platform, task["id"], outcome="ok", data={"count": 3}, epoch=task["epoch"], actor=actor
    )
    assert isinstance(done, CommandAnswer) and done.state == "done"
    assert (await task_of(world, run, "two#1"))["state"] == "open"


async def test_an_update_without_a_submission_settles_nothing_and_opens_a_deviation(
    world: World, run: UUID
) -> None:
    command = await forged(world, run)
    answer = await send(world, run, names.COMPLETE_TASK, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)


async def test_the_run_goes_on_after_a_forged_update(world: World, run: UUID) -> None:
    await send(world, run, names.COMPLETE_TASK, await forged(world, run))
    await complete_properly(world, run)


async def test_the_same_forged_update_twice_opens_one_deviation(world: World, run: UUID) -> None:
    command = await forged(world, run)
    answers = [await send(world, run, names.COMPLETE_TASK, command) for _ in range(2)]
    assert all(isinstance(answer, Rejected) for answer in answers)
    found = sa.select(sa.func.count()).where(t.task.c.run_id == run, t.task.c.kind == "deviation")
    assert await world.scalar(found) == 1


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("an outcome", {"outcome": "bad", "reason": "so"}),
        ("an answer", {"data": {"count": 4}}),
        ("a hash", {"hash": "0" * 64}),
        ("a reason", {"reason": "so"}),
    ],
)
async def test_an_update_that_says_other_than_its_submission_settles_nothing(
    world: World, run: UUID, what: str, changed: dict[str, Any]
) -> None:
    command = await forged(world, run, **changed)
    await submitted(world, run, command.submission)
    answer = await send(world, run, names.COMPLETE_TASK, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)


async def test_the_submission_of_another_run_settles_nothing(world: World, run: UUID, client: Client) -> None:
    """True in every field, of the same step by the same person - but for other goods."""
    found = await runs.start(world.platform, "two_steps", {}, actor=await world.actor("li"), site="SH1")
    other = found.row.id
    await until(lambda: task_of(world, other, FORGED))
    command = await forged(world, run)
    await submitted(world, other, command.submission)
    answer = await send(world, run, names.COMPLETE_TASK, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)
    assert (await task_of(world, other, FORGED))["state"] == "open"
    await client.get_workflow_handle(names.workflow_id(str(other))).terminate()


async def test_the_content_of_an_earlier_step_settles_nothing_in_the_next(world: World, run: UUID) -> None:
    """What was once true is not true of another task."""
    await complete_properly(world, run)
    [done] = await world.rows(sa.select(t.submission))
    person, second = str(world.people["wang"]), await task_of(world, run, "two#1")
    command = CompleteTask(
        submission=str(uuid4()), path="two#1", epoch=second["epoch"], actor=person, performers=[person],
        hash=done["content_hash"], outcome="done", data={}, reason=None,
    )  # fmt: skip
    answer = await send(world, run, names.COMPLETE_TASK, command)
    assert isinstance(answer, Rejected) and answer.code == "not_confirmed"
    assert (await task_of(world, run, "two#1"))["state"] == "open"
    assert (await deviation(world, run, command.submission))["state"] == "open"


async def test_an_honest_answer_beside_a_forged_one_is_settled(world: World, run: UUID) -> None:
    """Both reach the run at once; what is unfounded takes nothing else with it."""
    task, actor = await task_of(world, run, FORGED), await world.actor("li")
    await tasks.claim(world.platform, task["id"], actor=actor)
    command = await forged(world, run)
    honest = tasks.complete(
        world.platform, task["id"], outcome="ok", data={"count": 3}, epoch=task["epoch"], actor=actor
    )
    answer, done = await asyncio.gather(send(world, run, names.COMPLETE_TASK, command), honest)
    assert isinstance(answer, Rejected), answer
    assert isinstance(done, CommandAnswer) and done.state == "done"
    verdicts = await world.rows(sa.select(t.submission_verdict.c.accepted))
    assert [verdict["accepted"] for verdict in verdicts] == [True]


async def test_an_update_that_hides_a_performer_settles_nothing(world: World, run: UUID) -> None:
    """Who saved a draft has performed; leaving that person out would defeat segregation."""
    task = await task_of(world, run, FORGED)
    for who in ("qian", "li"):
        actor = await world.actor(who)
        await tasks.claim(world.platform, task["id"], actor=actor)
        if who == "qian":
            await tasks.save_draft(
                world.platform, task["id"], epoch=task["epoch"], data={"count": 3}, actor=actor
            )
            await tasks.release(world.platform, task["id"], actor=actor)
    command = await forged(world, run)
    await submitted(world, run, command.submission, ["li", "qian"])
    answer = await send(world, run, names.COMPLETE_TASK, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)


async def test_an_update_that_invents_a_performer_settles_nothing(world: World, run: UUID) -> None:
    command = await forged(world, run)
    command = command.model_copy(update={"performers": sorted([command.actor, str(world.people["qian"])])})
    await submitted(world, run, command.submission)
    answer = await send(world, run, names.COMPLETE_TASK, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)


async def test_another_person_in_the_update_than_in_the_submission_settles_nothing(
    world: World, run: UUID
) -> None:
    command = await forged(world, run)
    other = str(world.people["qian"])
    command = command.model_copy(update={"actor": other, "performers": [other]})
    await submitted(world, run, command.submission)
    answer = await send(world, run, names.COMPLETE_TASK, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)


async def test_a_forged_cancellation_changes_nothing(world: World, run: UUID) -> None:
    person = str(world.people["zhou"])
    content_hash = command_content(
        kind="cancel", run=str(run), actor=person, reason="so", to=None, task_path=None
    )
    command = CommandRun(submission=str(uuid4()), kind="cancel", actor=person, hash=content_hash, reason="so")
    answer = await send(world, run, names.COMMAND_RUN, command)
    await assert_nothing_was_settled(world, run, command.submission, answer)
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "running"


async def test_a_signature_that_nobody_gave_is_refused(world: World, run: UUID) -> None:
    task, person = await task_of(world, run, FORGED), str(world.people["li"])
    command = SignTask(
        submission=str(uuid4()), path=FORGED, epoch=task["epoch"], actor=person, performers=[person],
        hash="0" * 64, content_hash="0" * 64, rule=0,
    )  # fmt: skip
    assert isinstance(await send(world, run, names.SIGN_TASK, command), Rejected)
    assert (await task_of(world, run, FORGED))["state"] == "open"


async def submitted(world: World, run: UUID, submission: str, performers: list[str] | None = None) -> None:
    """A submission row as the service writes it: `ok`, a count of 3, by li."""
    honest = await forged(world, run)
    task = await task_of(world, run, FORGED)
    async with world.write() as tx:
        await tx.execute(
            sa.insert(t.submission).values(
                id=UUID(submission),
                kind="complete",
                run_id=run,
                task_id=task["id"],
                epoch=task["epoch"],
                actor_id=world.people["li"],
                outcome="ok",
                data={"count": 3},
                performers=[world.people[name] for name in performers or ["li"]],
                content_hash=honest.hash,
            )
        )

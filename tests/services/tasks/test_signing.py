"""Electronic signatures: the password again, two people, bound to the content; never kept."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.signatures import MeaningMismatch, WrongPassword
from domain.sop_definition import Text
from domain.sop_progress.refusals import AlreadySigned, NothingToSign, SignatureRequired
from services import signatures, tasks
from services.lock_out import LockedOut
from services.signatures import PasswordProof, SignatureGiven
from services.submissions import CommandAnswer
from tests.procedures import PROCEDURES, definition, human, text
from tests.services.tasks.steps import do, open_task, refused_events, started
from tests.world import PASSWORD, World

SIGNED = {**PROCEDURES["signatures"], "sop": "signed"}
GIVEN = SignatureGiven(PASSWORD)
OF_TASKS = t.signature.c.task_id.is_not(None)
"""Not the signatures by which the procedure came into force."""
SIGNED_MEANING = Text(zh="验收", en="accepted")


async def signing_run(world: World, who: str = "wang") -> tuple[UUID, UUID]:
    run = await started(world, SIGNED)
    answer = await do(world, who, run, "accept#1", signature=GIVEN)
    assert isinstance(answer, CommandAnswer)
    assert answer.state == "awaiting_signature"
    assert [m["post"] for m in answer.missing_signatures] == ["second_acceptor"]
    return run, (await open_task(world, run, "accept#1"))["id"]


async def test_two_people_sign_and_the_task_is_done(world: World) -> None:
    run, task = await signing_run(world)
    zhao = await world.actor("zhao")
    assert [row.id for row in (await tasks.list_tasks(world.platform, actor=zhao, assignee="me")).items] == [
        task
    ]
    answer = await tasks.sign(world.platform, task, epoch=1, signature=GIVEN, actor=zhao)
    assert isinstance(answer, CommandAnswer)
    assert (answer.state, answer.missing_signatures) == ("done", [])
    rows = await world.rows(sa.select(t.signature).where(OF_TASKS).order_by(t.signature.c.recorded_at))
    assert [(r["printed_name"], r["post_name_zh"], r["meaning_zh"]) for r in rows] == [
        ("WANG", "acceptor", "accepted"),
        ("ZHAO", "second_acceptor", "seconded"),
    ]
    assert rows[0]["content_sha256"] == rows[1]["content_sha256"]
    view = await tasks.get(world.platform, task, actor=zhao)
    assert [s.signed_by for s in view.signatures] == ["WANG", "ZHAO"]
    assert await world.scalar(sa.select(t.run.c.state).where(t.run.c.id == run)) == "completed"


async def test_the_same_person_never_signs_twice(world: World) -> None:
    _, task = await signing_run(world, "both")
    with pytest.raises(AlreadySigned):
        await tasks.sign(world.platform, task, epoch=1, signature=GIVEN, actor=await world.actor("both"))


async def test_the_second_signature_needs_its_post(world: World) -> None:
    _, task = await signing_run(world)
    qian = await world.actor("qian")
    listed = await tasks.list_tasks(world.platform, actor=qian, assignee="me")
    assert listed.items == [], "an acceptor has nothing to do where only the second acceptor is waited for"
    with pytest.raises(NothingToSign):
        await tasks.sign(world.platform, task, epoch=1, signature=GIVEN, actor=qian)


async def test_without_a_signature_nothing_is_submitted(world: World) -> None:
    run = await started(world, SIGNED)
    with pytest.raises(SignatureRequired):
        await do(world, "wang", run, "accept#1")
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.submission)) == 0


async def test_another_meaning_is_refused(world: World) -> None:
    run = await started(world, SIGNED)
    with pytest.raises(MeaningMismatch):
        await do(world, "wang", run, "accept#1", signature=SignatureGiven(PASSWORD, "rejected"))


async def test_completing_again_voids_the_earlier_signature(world: World) -> None:
    raw = {
        **definition(
            human(
                "accept",
                "acceptor",
                form={"note": {"type": "text", "label": text("note")}},
                signatures=[{"meaning": text("one")}, {"meaning": text("two"), "post": "second_acceptor"}],
            ),
            {"end": "completed"},
        ),
        "sop": "voiding",
    }
    run = await started(world, raw)
    await do(world, "wang", run, "accept#1", data={"note": "first"}, signature=GIVEN)
    await do(world, "wang", run, "accept#1", data={"note": "second"}, signature=GIVEN, claim=False)
    task = await open_task(world, run, "accept#1")
    assert task["result"]["data"] == {"note": "second"}
    await tasks.sign(world.platform, task["id"], epoch=1, signature=GIVEN, actor=await world.actor("zhao"))
    rows = await world.rows(sa.select(t.signature).where(OF_TASKS).order_by(t.signature.c.recorded_at))
    assert rows[0]["content_sha256"] != rows[1]["content_sha256"] == rows[2]["content_sha256"]


async def test_a_wrong_password_signs_nothing_counts_and_locks(world: World) -> None:
    run = await started(world, SIGNED)
    task = await open_task(world, run, "accept#1")
    wang = await world.actor("wang")
    await tasks.claim(world.platform, task["id"], actor=wang)
    given: dict[str, Any] = {"outcome": "done", "data": {}, "epoch": 1, "actor": wang}
    for _ in range(5):
        with pytest.raises(WrongPassword):
            await tasks.complete(
                world.platform, task["id"], signature=SignatureGiven("wrong password"), **given
            )
    with pytest.raises(LockedOut):
        await tasks.complete(world.platform, task["id"], signature=GIVEN, **given)
    assert await world.scalar(sa.select(sa.func.count()).where(OF_TASKS)) == 0
    codes = [event["after"]["code"] for event in await refused_events(world)]
    assert codes.count("wrong_password") >= 5 and "locked_out" in codes


async def test_the_right_password_sets_the_count_back(world: World) -> None:
    run = await started(world, SIGNED)
    with pytest.raises(WrongPassword):
        await do(world, "wang", run, "accept#1", signature=SignatureGiven("wrong password"))
    await do(world, "wang", run, "accept#1", signature=GIVEN, claim=False)
    failures = sa.select(t.credential.c.failures).where(t.credential.c.person_id == world.people["wang"])
    assert await world.scalar(failures) == 0


async def test_a_proof_of_one_person_signs_for_nobody_else(world: World) -> None:
    wang = await world.actor("wang")
    with pytest.raises(WrongPassword):
        async with world.write() as tx:
            await signatures.sign(
                tx,
                PasswordProof(world.people["zhao"]),
                actor=wang,
                meaning=SIGNED_MEANING,
                content_sha256="0" * 64,
                purpose="test",
            )


async def test_no_row_anywhere_holds_a_password(world: World) -> None:
    _, task = await signing_run(world)
    await tasks.sign(world.platform, task, epoch=1, signature=GIVEN, actor=await world.actor("zhao"))
    wrong, zhao = SignatureGiven("secret guess 99"), await world.actor("zhao")
    with pytest.raises(WrongPassword):
        await signatures.check_password_again(world.platform, zhao, wrong)
    for table in t.metadata.sorted_tables:
        for row in await world.rows(
            sa.select(sa.literal_column(f'"{table.name}"::text').label("it")).select_from(table)
        ):
            assert PASSWORD not in row["it"] and "secret guess" not in row["it"], table.name
    assert PASSWORD not in repr(GIVEN)

"""Runs under way go over to a newer version: asked, proposed, signed by a second person, done run by run."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.errors import Invalid, NotFound, Refusal
from domain.evidence import ApprovedBySecondPerson, ChangeoverFixed, RunKeepsItsVersion
from domain.signatures import WrongPassword
from domain.sop_progress.refusals import ReasonRequired
from services import changeover_orders, changeover_proposals, changeovers, runs, timeline
from services.changeover_orders import AlreadyDecided, NoLongerInForce, ProposerMayNotApprove
from services.changeover_proposals import RunsDoNotFit
from services.changeovers import Order
from services.permissions import NotPermitted
from services.signatures import SignatureGiven
from services.sweeps import Sweeper
from tests.procedures import definition, human
from tests.services.tasks.steps import SIGNED, do, open_task, started
from tests.stand_in_engine import StandInEngine
from tests.world import World

A, B, C, D = (human(name) for name in "abcd")
END = {"end": "completed"}
OLD, NEW = definition(A, B, C, END), definition(A, B, D, END)
OTHER = definition(A, human("b", "acceptor"), C, END)


async def publish(world: World, raw: dict[str, Any]) -> None:
    """The next version, in force instead of the last one."""
    await world.retire_all()
    await world.publish(raw)


async def at_b(world: World, new: dict[str, Any] = NEW) -> UUID:
    """A run by version 1 that waits at `b`, while version 2 is in force."""
    run = await started(world, OLD)
    await do(world, "li", run, "a#1")
    await publish(world, new)
    return run


async def proposed(world: World, *chosen: UUID, version: int = 2, **more: Any) -> Order:
    given = {"reason": "新版起不再需要c", "actor": await world.actor("author"), **more}
    return await changeover_proposals.propose(world.platform, "probe", version, list(chosen), **given)


async def approved(world: World, order: Order, who: str = "admin", **more: Any) -> Order:
    given = {"signature": SIGNED, "actor": await world.actor(who), **more}
    return await changeover_orders.approve(world.platform, order.row.id, **given)


async def row_of(world: World, run: UUID) -> Mapping[str, Any]:
    c, v = t.run.c, t.sop_version.c
    [row] = await world.rows(
        sa.select(v.version, c.sha256, v.sha256.label("of_version"), c.changeovers)
        .join(t.sop_version, v.id == c.sop_version_id)
        .where(c.id == run)
    )
    return row


async def test_what_speaks_against_each_run_is_told_by_the_run_itself(world: World) -> None:
    async with world.write() as tx:
        await tx.execute(sa.update(t.post).where(t.post.c.code == "acceptor").values(name_zh="验收员"))
    run = await at_b(world, OTHER)
    admin = await world.actor("admin")
    found = await changeovers.running(world.platform, "probe", 2, actor=admin)
    [one] = found.candidates
    assert (found.total, one.run.id, one.run.version, one.fits) == (1, run, 1, False)
    [said] = one.obstacles
    assert (said["code"], said["step"]) == ("differs", "b")
    assert said["zh"] == "b：岗位由receiver改为验收员", "by the names that posts have"
    with pytest.raises(RunsDoNotFit) as refused:
        await proposed(world, run)
    assert "验收员" in refused.value.message("zh")
    await publish(world, NEW)
    [one] = (await changeovers.running(world.platform, "probe", 3, actor=admin)).candidates
    assert one.fits
    [one] = (await changeovers.running(world.platform, "probe", 2, actor=admin)).candidates
    assert [said["code"] for said in one.obstacles] == ["not_in_force", "differs"]
    far = await changeovers.running(world.platform, "probe", 3, actor=await world.actor("far"))
    assert (far.candidates, far.total) == ([], 0)
    with pytest.raises(NotPermitted):
        await changeovers.running(world.platform, "probe", 3, actor=await world.actor("postless"))


async def test_an_order_is_proposed_signed_by_another_and_carried_out(
    world: World, engine: StandInEngine
) -> None:
    run = await at_b(world)
    before = await open_task(world, run, "b#1")
    order = await proposed(world, run)
    assert (await row_of(world, run))["version"] == 1, "a proposal moves nothing"
    n = t.notification.c
    told = await world.rows(sa.select(n.person_id, n.link).where(n.template == "changeover.proposed"))
    assert {row["person_id"] for row in told} == {world.people["admin"], world.people["zhou"]}
    assert {row["link"] for row in told} == {f"/changeovers/{order.row.id}"}
    done = await approved(world, order, comment="同意")
    assert [(one.result, one.from_version, one.reason_zh) for one in done.runs] == [("moved", 1, "")]
    assert (done.row.state, done.row.proposer, done.row.decider) == ("approved", "AUTHOR", "ADMIN")
    row = await row_of(world, run)
    assert (row["version"], row["sha256"], row["changeovers"]) == (2, row["of_version"], 1)
    assert await open_task(world, run, "b#1") == before, (
        "the open task stays, with its instants and its content"
    )
    await do(world, "li", run, "b#1")
    await do(world, "li", run, "d#1")
    over = await runs.get(world.platform, run, actor=await world.actor("admin"))
    assert (over.row.state, over.row.version) == ("completed", 2)
    assert {given.changeovers for given in engine.given} == {0, 1}


async def test_the_time_line_tells_it_and_each_part_by_its_version(world: World) -> None:
    old = definition({**A, "title": {"zh": "旧甲", "en": "old a"}}, B, C, END)
    run = await started(world, old)
    await do(world, "li", run, "a#1")
    await publish(
        world,
        definition(
            {**A, "title": {"zh": "新甲", "en": "new a"}}, {**B, "title": {"zh": "乙", "en": "b"}}, END
        ),
    )
    await approved(world, await proposed(world, run))
    await do(world, "li", run, "b#1")
    lines = await timeline.run_timeline(world.platform, run, actor=await world.actor("admin"))
    told = [line.text.zh for line in lines]
    assert told[0] == "启动《probe》第1版"
    assert any("旧甲" in one for one in told) and not any("新甲" in one for one in told)
    [moved] = [line for line in lines if line.kind == "changeover"]
    assert moved.text.zh == "流程由第1版转到第2版，提出人：AUTHOR，原因：新版起不再需要c"
    assert moved.text.en == "Moved from version 1 to version 2, proposed by AUTHOR: 新版起不再需要c"
    assert moved.actor == "ADMIN" and moved.signature and moved.signature.printed_name == "ADMIN"


async def test_two_persons_a_reason_and_a_right_password(world: World) -> None:
    run = await at_b(world)
    for refusal, given in (
        (ReasonRequired, {"reason": " "}),
        (NotPermitted, {"actor": await world.actor("li")}),
        (NotFound, {"version": 7}),
    ):
        with pytest.raises(refusal):
            await proposed(world, run, **given)
    with pytest.raises(Invalid):
        await proposed(world)
    with pytest.raises(NotFound):
        await proposed(world, uuid4())
    order = await proposed(world, run)
    with pytest.raises(ProposerMayNotApprove):
        await approved(world, order, "author")
    with pytest.raises(WrongPassword):
        await approved(world, order, signature=SignatureGiven("wrong"))
    with pytest.raises(NotPermitted):
        await approved(world, order, "li")
    with pytest.raises(RunsDoNotFit):
        await proposed(world, run)  # it stands in an order already
    declined = await changeover_orders.decline(
        world.platform, order.row.id, reason="不急", actor=await world.actor("admin")
    )
    assert (declined.row.state, declined.row.comment) == ("declined", "不急")
    with pytest.raises(AlreadyDecided):
        await approved(world, order)
    late = await proposed(world, run)
    await world.retire_all()
    with pytest.raises(NoLongerInForce):
        await approved(world, late)
    await changeover_orders.decline(
        world.platform, late.row.id, reason="失效", actor=await world.actor("admin")
    )
    await world.publish({**NEW, "title": {"zh": "又一版", "en": "again"}})
    again = await proposed(world, run, version=3)
    back = await changeover_orders.decline(
        world.platform, again.row.id, reason="撤回", actor=await world.actor("author")
    )
    assert back.row.decider == "AUTHOR"
    assert (await row_of(world, run))["version"] == 1
    a = t.audit_event.c
    tried = await world.rows(sa.select(a.action).where(a.refused, a.object_type == "changeover"))
    assert len(tried) == 11


async def test_each_run_answers_for_itself_when_it_is_asked(world: World) -> None:
    first = await started(world, OLD)
    second, third = [
        await runs.start(world.platform, "probe", {}, actor=await world.actor("li"), site="SH1") for _ in "23"
    ]
    await do(world, "li", first, "a#1")
    await publish(world, NEW)
    order = await proposed(world, first, second.row.id, third.row.id)
    for path in ("a#1", "b#1", "c#1"):
        await do(world, "li", third.row.id, path)
    await do(world, "li", first, "b#1")  # meanwhile it has come to `c`, which the new version does not have
    done = await approved(world, order)
    results = {one.run_id: one for one in done.runs}
    assert results[second.row.id].result == "moved"
    assert results[third.row.id].result == "ended"
    assert results[first].result == "refused"
    assert "新版没有此步骤" in results[first].reason_zh and "c" in results[first].reason_en
    assert ((await row_of(world, first))["version"], (await row_of(world, second.row.id))["version"]) == (
        1,
        2,
    )
    await do(world, "li", first, "c#1")  # and it goes on as it was
    over = await runs.get(world.platform, first, actor=await world.actor("admin"))
    assert (over.row.state, over.row.version) == ("completed", 1)


async def test_what_the_engine_does_not_take_at_once_is_made_up_by_the_sweep(
    world: World, engine: StandInEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sweeps.OWED_AFTER_S", 0.0)
    run = await at_b(world)
    order = await proposed(world, run)
    engine.silent = True
    waiting = await approved(world, order)
    assert (waiting.open, (await row_of(world, run))["version"]) == (1, 1)
    engine.silent, engine.loses_answers = False, True
    await Sweeper(world.platform).round()
    done = await changeovers.order(world.platform, order.row.id, actor=await world.actor("admin"))
    assert [one.result for one in done.runs] == ["moved"], "the answer was lost, not the deed"
    engine.loses_answers = False
    await Sweeper(world.platform).round()
    assert (await row_of(world, run))["changeovers"] == 1


async def test_an_engine_that_has_lost_the_run_plays_it_again_from_its_first_version(
    world: World, engine: StandInEngine
) -> None:
    run = await at_b(world)
    await approved(world, await proposed(world, run))
    await do(world, "li", run, "b#1")
    effects = await world.scalar(sa.select(sa.func.count()).select_from(t.effect))
    engine.runs.clear()
    engine.processed.clear()
    engine.advances.clear()
    swept = await Sweeper(world.platform).round()
    assert swept.delivered == 3
    assert await world.scalar(sa.select(sa.func.count()).select_from(t.effect)) == effects
    await do(world, "li", run, "d#1")
    over = await runs.get(world.platform, run, actor=await world.actor("admin"))
    assert (over.row.state, over.row.version) == ("completed", 2)


async def refuse(world: World, refusal: type[Refusal], *statements: sa.Executable) -> None:
    """The application role may write these, and the database says no."""
    with pytest.raises(refusal):
        await _write(world, statements)


async def _write(world: World, statements: Sequence[sa.Executable]) -> None:
    async with world.write() as tx:
        for statement in statements:
            await tx.execute(statement)


async def test_sql_as_the_application_moves_no_run_and_changes_no_order(world: World) -> None:
    run = await at_b(world)
    order = await proposed(world, run)
    new = await world.rows(
        sa.select(t.sop_version.c.id, t.sop_version.c.sha256).where(t.sop_version.c.version == 2)
    )
    moves = sa.update(t.run).where(t.run.c.id == run)
    target = {"sop_version_id": new[0]["id"], "sha256": new[0]["sha256"], "changeovers": 1}
    await refuse(world, RunKeepsItsVersion, moves.values(**target))
    await refuse(world, RunKeepsItsVersion, moves.values(changeovers=1))
    o = t.changeover.c
    author, admin = world.people["author"], world.people["admin"]
    this, result = sa.update(t.changeover).where(o.id == order.row.id), sa.update(t.changeover_run)
    now = sa.func.clock_timestamp()
    signed = await world.scalar(sa.select(t.signature.c.id).limit(1))
    decided = {"state": "approved", "decided_at": now, "signature_id": signed}
    await refuse(world, ApprovedBySecondPerson, this.values(decided_by=author, **decided))
    await refuse(world, ChangeoverFixed, this.values(decided_by=admin, **decided))
    await refuse(world, ChangeoverFixed, this.values(reason="another"))
    await refuse(
        world, ChangeoverFixed, result.values(result="moved", settled_at=now), moves.values(**target)
    )
    done = await approved(world, order)
    assert done.runs[0].result == "moved"
    await refuse(world, ChangeoverFixed, result.values(result="refused"))
    await refuse(world, ChangeoverFixed, result.values(run_id=uuid4()))
    await refuse(world, RunKeepsItsVersion, moves.values(changeovers=2))
    await refuse(world, ChangeoverFixed, this.values(state="declined"))
    late = {"changeover_id": order.row.id, "run_id": run, "from_version_id": new[0]["id"]}
    await refuse(world, ChangeoverFixed, sa.insert(t.changeover_run).values(**late, from_sha256="0" * 64))

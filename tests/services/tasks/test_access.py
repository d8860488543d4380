"""Log-in, sessions, tokens, keys: what opens, what locks, what expires."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from db import tables as t
from domain.errors import NotFound, Refusal
from domain.sop_progress.refusals import ReasonRequired
from services import api_keys, auth, passwords
from services.auth import KeyInvalid, SessionExpired, WrongCredentials
from services.lock_out import LockedOut
from services.permissions import NotPermitted, Permission, require, visible_sites
from tests.services.tasks.steps import refused_events
from tests.world import PASSWORD, World, machine


async def test_logging_in_opens_a_session_with_the_posts_held_now(world: World) -> None:
    opened = await auth.log_in(world.platform, " LI ", PASSWORD)
    actor, csrf = await auth.actor_of_session(world.platform, opened.session_token)
    assert (actor.username, csrf) == ("li", opened.csrf_token)
    assert [(a.post, a.site) for a in actor.assignments] == [("receiver", "SH1")]
    assert actor.may(Permission.TASK_WORK, world.sites["SH1"])
    assert not actor.may(Permission.TASK_WORK, world.sites["UR1"])
    assert visible_sites(actor, Permission.RUN_READ) == frozenset({world.sites["SH1"]})
    [row] = await world.rows(sa.select(t.login_session))
    assert opened.session_token.encode() not in bytes(row["token_hash"])


async def test_a_session_that_was_closed_or_is_over_opens_nothing(world: World) -> None:
    opened = await auth.log_in(world.platform, "li", PASSWORD)
    actor, _ = await auth.actor_of_session(world.platform, opened.session_token)
    await auth.log_out(world.platform, actor=actor)
    with pytest.raises(SessionExpired):
        await auth.actor_of_session(world.platform, opened.session_token)
    for column, ago in (("expires_at", 13), ("last_seen_at", 3)):
        opened = await auth.log_in(world.platform, "li", PASSWORD)
        async with world.write() as tx:
            moved = t.login_session.c[column] - timedelta(hours=ago)
            await tx.execute(sa.update(t.login_session).values({column: moved}))
        with pytest.raises(SessionExpired):
            await auth.actor_of_session(world.platform, opened.session_token)


@pytest.mark.parametrize("who", ["li", "nobody", "", "li\x00", "\ud800", "'; DROP TABLE person; --"])
async def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(world: World, who: str) -> None:
    with pytest.raises(WrongCredentials):
        await auth.log_in(world.platform, who, "not the password")
    [event] = await refused_events(world)
    assert (event["action"], event["after"]["code"]) == ("open.session", "wrong_credentials")
    assert "not the password" not in str(event)


async def test_five_failures_lock_and_time_unlocks(world: World) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await auth.log_in(world.platform, "li", "not the password")
    with pytest.raises(LockedOut):
        await auth.log_in(world.platform, "li", PASSWORD)
    await auth.log_in(world.platform, "wang", PASSWORD)
    async with world.write() as tx:
        past = t.credential.c.locked_until - timedelta(minutes=16)
        await tx.execute(sa.update(t.credential).values(locked_until=past))
    await auth.log_in(world.platform, "li", PASSWORD)
    with pytest.raises(WrongCredentials):
        await auth.log_in(world.platform, "li", "not the password")


async def test_who_left_cannot_log_in_and_is_out_at_once(world: World) -> None:
    opened = await auth.log_in(world.platform, "li", PASSWORD)
    async with world.write() as tx:
        await tx.execute(sa.update(t.person).where(t.person.c.id == world.people["li"]).values(active=False))
    with pytest.raises(SessionExpired):
        await auth.actor_of_session(world.platform, opened.session_token)
    with pytest.raises(WrongCredentials):
        await auth.log_in(world.platform, "li", PASSWORD)


async def test_a_post_that_has_ended_gives_nothing(world: World) -> None:
    async with world.write() as tx:
        await tx.execute(
            sa.update(t.post_assignment)
            .where(t.post_assignment.c.person_id == world.people["li"])
            .values(valid_to=sa.func.clock_timestamp())
        )
    actor = await world.actor("li")
    assert (actor.assignments, actor.permissions) == ((), frozenset())
    with pytest.raises(NotPermitted):
        require(actor, Permission.RUN_READ)
    assert visible_sites(actor, Permission.RUN_READ) == frozenset()


async def test_tokens_are_bearers_and_sessions_are_not(world: World) -> None:
    token = await auth.issue_token(world.platform, "li", PASSWORD)
    assert (await auth.actor_of_bearer(world.platform, token.token)).username == "li"
    opened = await auth.log_in(world.platform, "li", PASSWORD)
    with pytest.raises(SessionExpired):
        await auth.actor_of_bearer(world.platform, opened.session_token)
    with pytest.raises(SessionExpired):
        await auth.actor_of_session(world.platform, token.token)


async def test_an_api_key_is_a_machine_with_its_scopes(world: World) -> None:
    key = await machine(world, ["run.read", "document.write", "no.such.scope"])
    erp = await auth.actor_of_bearer(world.platform, key)
    assert erp.kind == "machine"
    assert erp.permissions == frozenset({Permission.RUN_READ, Permission.DOCUMENT_WRITE})
    assert visible_sites(erp, Permission.RUN_READ) is None
    with pytest.raises(KeyInvalid):
        await auth.actor_of_bearer(world.platform, key + "x")


async def test_a_revoked_key_opens_nothing_and_is_never_in_force_again(world: World) -> None:
    key = await machine(world, ["run.read"])
    admin, prefix = await world.actor("admin"), key[: len(auth.KEY_PREFIX) + 6]
    with pytest.raises(NotPermitted):
        await api_keys.revoke(world.platform, prefix, reason="lost", actor=await world.actor("li"))
    with pytest.raises(ReasonRequired):
        await api_keys.revoke(world.platform, prefix, reason=" ", actor=admin)
    with pytest.raises(NotFound):
        await api_keys.revoke(world.platform, "xk_nobody", reason="lost", actor=admin)
    await api_keys.revoke(world.platform, prefix, reason="lost", actor=admin)
    with pytest.raises(KeyInvalid):
        await auth.actor_of_bearer(world.platform, key)
    with pytest.raises(api_keys.KeyRevoked):
        await api_keys.revoke(world.platform, prefix, reason="lost", actor=admin)
    [row] = [row for row in await api_keys.list_keys(world.platform, actor=admin) if row.prefix == prefix]
    assert (row.scopes, row.revoked_by) == (["run.read"], "ADMIN")
    with pytest.raises(IntegrityError):
        async with world.write() as tx:
            await tx.execute(sa.update(t.api_key).values(active=True, revoked_at=None))


async def test_the_language_is_remembered(world: World) -> None:
    opened = await auth.log_in(world.platform, "li", PASSWORD)
    await auth.change_language(world.platform, "en", actor=opened.actor)
    actor, _ = await auth.actor_of_session(world.platform, opened.session_token)
    assert actor.language == "en"


@pytest.mark.parametrize("password", ["short", "x" * 200, "my-li-password"])
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(Refusal):
        passwords.check_policy(password, "li")
    passwords.check_policy(PASSWORD, "li")

"""Log-in at the same moment: as a password changes, as somebody leaves, and many guesses at once."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from db import tables as t
from domain.errors import Refusal
from domain.master_data import PersonChanges
from services import auth, lock_out, passwords, persons
from services.auth import WrongCredentials
from tests.world import PASSWORD, World

GUESSES = 8


@pytest.mark.parametrize(
    "changes", [PersonChanges(password=SecretStr("another long one")), PersonChanges(active=False)]
)
async def test_what_shut_a_person_out_after_the_look_keeps_them_out(
    world: World, monkeypatch: pytest.MonkeyPatch, changes: PersonChanges
) -> None:
    check, admin = lock_out.check, await world.actor("admin")

    async def checked(*given: Any) -> None:
        await check(*given)
        await persons.change(world.platform, "li", changes, reason="密码泄露", actor=admin)

    monkeypatch.setattr(lock_out, "check", checked)
    with pytest.raises(WrongCredentials):
        await auth.log_in(world.platform, "li", PASSWORD)
    assert await world.rows(sa.select(t.login_session)) == []


async def test_of_many_guesses_at_once_five_are_answered_and_the_right_one_looks_like_the_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have looked before any is counted, and the right one is the last to be."""
    matches, looked, counted = passwords.matches, 0, asyncio.Event()

    async def matched(password: str, kept: str | None) -> bool:
        nonlocal looked
        looked += 1
        while looked < GUESSES:
            await asyncio.sleep(0)
        if password == PASSWORD:
            await counted.wait()
        return await matches(password, kept)

    async def guess(password: str) -> str:
        try:
            await auth.log_in(world.platform, "li", password)
        except Refusal as refusal:
            return refusal.code
        return "in"

    monkeypatch.setattr(passwords, "matches", matched)
    right = asyncio.create_task(guess(PASSWORD))
    wrong = await asyncio.gather(*(guess(f"not the password {n}") for n in range(GUESSES - 1)))
    counted.set()
    assert sorted(wrong) == 2 * ["locked_out"] + 5 * ["wrong_credentials"]
    assert await right == "locked_out"

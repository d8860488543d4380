"""What people do with the tasks of `tests.task_procedures`; played by the tests and recorded for the replay gate."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.engine.running import Playing
from tests.saying import completion, doing, signing

LENT_S = 2


async def _lend(playing: Playing) -> None:
    until = datetime.now(UTC) + timedelta(seconds=LENT_S)
    assert await playing.say(doing("delegate", "one#1", "p1", person="p3", until=until)) == "claimed"


async def _until_returned(playing: Playing) -> None:
    async with asyncio.timeout(30):
        while not playing.effects.kinds()["return_task"]:
            await asyncio.sleep(0.05)


TASK_SCRIPTS: dict[str, list[tuple[list[str], Any, str]]] = {
    "handed_over": [
        (["one#1"], doing("hand_over", "one#1", "p1", person="p3"), "claimed"),
        (["one#1"], completion("one#1", "p1"), "stale_epoch"),
        (["one#1"], completion("one#1", "p3", epoch=2), "done"),
        (["two#1"], doing("hand_over", "two#1", "p2", person="p3"), "not_segregated"),
        (["two#1"], doing("remind", "two#1", "p9"), "open"),
        (["two#1"], doing("remind", "two#1", "p9"), "reminded_already"),
        (["two#1"], completion("two#1", "p2"), "done"),
    ],
    "delegated": [
        (["one#1"], _lend, ""),
        (["one#1"], _until_returned, ""),
        (["one#1"], completion("one#1", "p3", epoch=2), "stale_epoch"),
        (["one#1"], completion("one#1", "p1", epoch=3), "done"),
        (["two#1"], completion("two#1", "p3"), "not_segregated"),
        (["two#1"], completion("two#1", "p2"), "done"),
    ],
    "signers_added": [
        (["accept#1"], doing("add_signer", "accept#1", "p1", person="p4", order="before"), "open"),
        (["accept#1"], completion("accept#1", "p1", rule=0, epoch=2), "awaiting_signature"),
        (["accept#1"], doing("add_signer", "accept#1", "p1", post="boss", epoch=2), "awaiting_signature"),
        (["accept#1"], signing("accept#1", "p2", 1, epoch=3), "not_your_turn"),
        (["accept#1"], signing("accept#1", "p4", 100, epoch=3), "awaiting_signature"),
        (["accept#1"], signing("accept#1", "p2", 1, epoch=3), "awaiting_signature"),
        (["accept#1"], signing("accept#1", "p1", 101, epoch=3), "already_signed"),
        (["accept#1"], signing("accept#1", "p5", 101, epoch=3), "done"),
    ],
    "voted_majority": [
        (["judge#1"], completion("judge#1", "p1", rule=0), "awaiting_signature"),
        (["judge#1"], doing("refuse", "judge#1", "p2", rule=1), "awaiting_signature"),
        (["judge#1"], signing("judge#1", "p3", 2), "awaiting_signature"),
        (["judge#1"], signing("judge#1", "p4", 3), "done"),
    ],
    "voted_all": [
        (["judge#1"], completion("judge#1", "p1", rule=0), "awaiting_signature"),
        (["judge#1"], signing("judge#1", "p2", 1), "awaiting_signature"),
        (["judge#1"], doing("refuse", "judge#1", "p3", rule=2), "claimed"),
        (["judge#1"], completion("judge#1", "p1", rule=0, epoch=2, hash="h2"), "awaiting_signature"),
        *(
            (
                ["judge#1"],
                signing("judge#1", f"p{n + 1}", n, epoch=2, content_hash="h2"),
                "done" if n == 3 else "awaiting_signature",
            )
            for n in (1, 2, 3)
        ),
    ],
    "withdrawn": [
        (["one#1"], completion("one#1", "p1"), "done"),
        (["two#1"], doing("withdraw", "one#1", "p2"), "not_the_completer"),
        (["two#1"], doing("withdraw", "one#1", "p1"), "withdrawn"),
        (["one#2"], completion("one#2", "p1", epoch=2), "done"),
        (["two#2"], completion("two#2", "p2", rule=0, epoch=2), "awaiting_signature"),
        (["two#2"], doing("withdraw", "two#2", "p2", epoch=2), "claimed"),
        (["two#2"], completion("two#2", "p2", rule=0, epoch=3, hash="h2"), "awaiting_signature"),
        (["two#2"], signing("two#2", "p3", 1, epoch=3, content_hash="h2"), "done"),
        (["three#1"], doing("withdraw", "two#2", "p2", epoch=3), "acted_since"),
        (["three#1"], completion("three#1", "p4"), "done"),
    ],
}

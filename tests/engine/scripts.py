"""What people do in each of the small procedures; played by the tests and recorded for the replay gate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from contracts.commands import ChangeOver, CommandRun, CommandTask, CompleteTask, SignTask, TakeSignal
from contracts.payload import LineSetRef
from contracts.signals import EventTaken
from tests.engine.running import Playing, Stage
from tests.engine.task_scripts import TASK_SCRIPTS
from tests.procedures import CHANGED, PROCEDURES, bundle_of
from tests.saying import COME_AT, completion, event, moving, ordering, signing


async def play(stage: Stage, procedure: str) -> Playing:
    """Plays a procedure to its end; the scripts below are also what the replay gate records."""
    playing = await stage.start(procedure)
    for opened, command, expected in SCRIPTS[procedure]:
        await playing.open(*opened)
        if isinstance(command, Said):
            assert await playing.say(command) == expected
        else:
            await command(playing)
    return playing


async def _relent(playing: Playing) -> None:
    playing.effects.refusing = False


async def _two_has_left(playing: Playing) -> None:
    playing.effects.irreversible.add("two#1")


async def _forge(playing: Playing) -> None:
    playing.effects.forged.add(FORGED.submission)


async def _until_escalated(playing: Playing) -> None:
    async with asyncio.timeout(30):
        while not playing.effects.kinds()["escalate"]:
            await asyncio.sleep(0.05)


async def _waits(playing: Playing) -> None:
    async with asyncio.timeout(30):
        while not playing.effects.waits:
            await asyncio.sleep(0.02)


async def _has_come(playing: Playing) -> None:
    playing.effects.come["erp_answer", "PO-1"] = EventTaken(signal="s", at=COME_AT, data={"count": 7})


def _calls(
    path: str, count: int, ends: str | None = "done", *people: str
) -> Callable[[Playing], Awaitable[None]]:
    """Waits until so many runs are called at a path, then ends them and tells the run."""

    async def act(playing: Playing) -> None:
        async with asyncio.timeout(30):
            while len(playing.effects.called.get(path, ())) < count:
                await asyncio.sleep(0.02)
        await playing.stage.gateway.tell(playing.run_id, path)  # too early, and changes nothing
        if ends:
            playing.effects.end_call(path, ends, *people)
            await playing.stage.gateway.tell(playing.run_id, path)

    return act


async def _forge_event(playing: Playing) -> None:
    await _waits(playing)
    playing.effects.forged.add(FORGED_EVENT.submission)


Said = CompleteTask | SignTask | CommandRun | CommandTask | TakeSignal | ChangeOver
CANCELLED = {"rework", "cancelled", "call_cancelled"}
FORGED = completion("one#1", outcome="ok", data={"count": 3})
FORGED_EVENT = event("reply#1")
GOES_OVER = moving(bundle_of(PROCEDURES["changed_over"]), bundle_of(CHANGED))
COUNTED = LineSetRef(id="00000000-0000-7000-8000-000000000002", count=5, root="1" * 64)
Turn = tuple[list[str], Said | Callable[[Playing], Awaitable[None]], str]


def _one_more(n: int) -> list[Turn]:
    """The event of round `n`, once the run waits for it."""
    return [([], _waits, ""), ([], event(f"again#1~{n}.reply#1", count=n), "taken")]


def _step_and_errand(n: int) -> list[Turn]:
    """The step of round `n` and the end of what it calls."""
    step = f"again#1~{n}.step#1"
    return [
        ([step], completion(step, data={"n": n}), "done"),
        ([], _calls(f"again#1~{n}.errand#1", 1), ""),
    ]


SCRIPTS: dict[str, list[Turn]] = {
    "changed_over": [
        (["first#1"], completion("first#1"), "done"),
        (["slow#1"], GOES_OVER, "changed_over"),
        (["slow#1"], GOES_OVER, "changed_over"),
        (["slow#1"], completion("slow#1"), "done"),
        (["new#1"], completion("new#1"), "done"),
    ],
    "human": [
        (["one#1"], completion("one#1", outcome="ok", data={"count": 0}), "form_invalid"),
        (["one#1"], completion("one#1", outcome="ok", data={"count": 3}), "done"),
        (["two#1"], completion("two#1", "p1"), "not_segregated"),
        (["two#1"], completion("two#1", "p2"), "done"),
    ],
    "signatures": [
        (["accept#1"], completion("accept#1", "p1", rule=0), "awaiting_signature"),
        (["accept#1"], signing("accept#1", "p1", 1), "already_signed"),
        (["accept#1"], signing("accept#1", "p2", 1), "done"),
    ],
    "action": [(["look#1"], completion("look#1", data={"x": "seen"}), "done")],
    "refusal_routed": [],
    "incident": [
        (["first#1"], completion("first#1"), "done"),
        (["ask#1!1"], _relent, ""),
        (["ask#1!1"], completion("ask#1!1", outcome="retry"), "done"),
    ],
    "decide": [(["measure#1"], completion("measure#1", data={"count": 3}), "done")],
    "parallel_all": [
        (["both#1.left.a#1", "both#1.right.b#1"], completion("both#1.left.a#1"), "done"),
        (["both#1.right.b#1"], completion("both#1.right.b#1"), "done"),
        (["both#1.right.c#1"], completion("both#1.right.c#1"), "done"),
    ],
    "parallel_any": [(["race#1.left.a#1", "race#1.right.b#1"], completion("race#1.left.a#1"), "done")],
    "for_each_serial": [
        ([f"each#1[{n}].check#1"], completion(f"each#1[{n}].check#1"), "done") for n in range(1, 6)
    ],
    "for_each_concurrent": [
        (
            [f"each#1[{m}].check#1" for m in range(n, min(n + 2, 5) + 1)]
            if step == "check"
            else [
                f"each#1[{n}].verify#1",
                *(f"each#1[{m}].check#1" for m in range(n + 1, min(n + 2, 5) + 1)),
            ],
            completion(f"each#1[{n}].{step}#1", "p1" if step == "check" else "p2"),
            "done",
        )
        for n in range(1, 6)
        for step in ("check", "verify")
    ],
    "event": [
        ([], _forge_event, ""),
        ([], event("reply#1", key="PO-2"), "wait_over"),
        ([], event("reply#1", count="three"), "event_unfit"),
        ([], FORGED_EVENT, "not_confirmed"),
        ([], ordering("suspend"), "suspended"),
        ([], event("reply#1"), "run_suspended"),
        ([], ordering("resume"), "running"),
        ([], event("reply#1"), "taken"),
        (["after#1"], event("reply#1"), "wait_over"),
        (["after#1"], completion("after#1"), "done"),
    ],
    "event_found": [
        (["first#1"], _has_come, ""),
        (["first#1"], completion("first#1"), "done"),
        (["after#1"], completion("after#1"), "done"),
    ],
    "event_in_race": [
        (["race#1.left.a#1"], _waits, ""),
        (["race#1.left.a#1"], completion("race#1.left.a#1"), "done"),
    ],
    "event_silent": [],
    "events_long": [turn for n in range(1, 9) for turn in _one_more(n)],
    "call": [
        (["first#1"], completion("first#1", "p1"), "done"),
        ([], _calls("errand#1", 1, None), ""),
        ([], ordering("send_back", to="first"), "running"),
        ([], _calls("errand#1", 1, "cancelled"), ""),
        (["first#2"], completion("first#2", "p1", epoch=2), "done"),
        ([], ordering("suspend"), "suspended"),
        ([], ordering("resume"), "running"),
        ([], _calls("errand#2", 1, "done", "p2"), ""),
        (["last#1"], completion("last#1", "p2"), "not_segregated"),
        (["last#1"], completion("last#1", "p3"), "done"),
    ],
    "call_lines": [
        ([], _calls("errands#1", 5, "lost"), ""),
        (["last#1"], completion("last#1"), "done"),
    ],
    "call_detached": [(["last#1"], completion("last#1"), "done")],
    "call_cancelled": [
        ([], _calls("errand#1", 1, None), ""),
        ([], ordering("cancel"), "cancelling"),
        ([], _calls("errand#1", 1, "cancelled"), ""),
    ],
    "calls_long": [turn for n in range(1, 9) for turn in _step_and_errand(n)],
    "wait_until": [],
    "repeat": [
        (["again#1~1.try#1"], completion("again#1~1.try#1", outcome="no"), "done"),
        (["again#1~2.try#1"], completion("again#1~2.try#1", outcome="ok"), "done"),
    ],
    "deadlines": [(["slow#1"], completion("slow#1"), "done")],
    "rework": [
        (["first#1"], completion("first#1", "p1"), "done"),
        (["second#1"], ordering("send_back", to="first"), "running"),
        (["first#2"], completion("first#2", "p3", epoch=2), "done"),
        (["second#2"], completion("second#2", "p3", epoch=2), "not_segregated"),
        (["second#2"], ordering("suspend"), "suspended"),
        (["second#2"], completion("second#2", "p2", epoch=2), "run_suspended"),
        (["second#2"], ordering("resume"), "running"),
        (["second#2"], completion("second#2", "p2", epoch=2), "stale_epoch"),
        (["second#2"], ordering("cancel"), "cancelling"),
    ],
    "work_list": [
        (["count#1"], completion("count#1"), "lines_missing"),
        (["count#1"], completion("count#1", lines=COUNTED), "done"),
    ],
    "decide_table": [(["measure#1"], completion("measure#1", data={"count": 9}), "done")],
    "notify": [],
    "parallel_some": [
        (["race#1.last.c#1", "race#1.left.a#1", "race#1.right.b#1"], completion("race#1.last.c#1"), "done"),
        (["race#1.left.a#1", "race#1.right.b#1"], completion("race#1.right.b#1"), "done"),
    ],
    "wait_short": [(["after#1"], completion("after#1"), "done")],
    "reminded": [
        (["slow#1"], _until_escalated, ""),
        (["slow#1"], completion("slow#1"), "done"),
    ],
    "chunked": [],
    "cancelled": [
        (["look#1"], _two_has_left, ""),
        (["look#1"], ordering("cancel"), "cancelling"),
    ],
    "forged": [
        (["one#1"], _forge, ""),
        (["one#1"], FORGED, "not_confirmed"),
        (["one#1"], completion("one#1", outcome="ok", data={"count": 3}), "done"),
        (["two#1"], completion("two#1", "p2"), "done"),
    ],
    "long": [
        ([f"again#1~{n}.step#1"], completion(f"again#1~{n}.step#1", data={"n": n}), "done")
        for n in range(1, 9)
    ],
}
SCRIPTS |= TASK_SCRIPTS

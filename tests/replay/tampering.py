"""Histories changed on purpose, one way at a time: what a person with the database open could do to an archive."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.replay.recording import HISTORIES

Event = dict[str, Any]
History = dict[str, Any]
Run = list[History]
Change = Callable[[Run], None]


def recorded_run(folder: str, name: str, semantics: int) -> Run:
    """All executions of a recorded run, oldest first, each with its workflow id."""
    first = HISTORIES / folder / f"{name}.s{semantics}.json"
    more = (HISTORIES / folder / f"{name}.{number}.s{semantics}.json" for number in range(2, 20))
    return [json.loads(path.read_text()) for path in [first, *(one for one in more if one.exists())]]


def recorded_runs() -> list[tuple[str, str, int]]:
    """Folder, name and semantics of every recorded run."""

    def parts(path: Path) -> tuple[str, str, int]:
        name, *_, semantics = path.stem.split(".")
        return path.parent.name, name, int(semantics[1:])

    return sorted({parts(path) for path in HISTORIES.rglob("*.json")})


def events(run: Run, kind: str, execution: int = 0) -> list[Event]:
    return [e for e in run[execution]["events"] if e["eventType"] == f"EVENT_TYPE_{kind}"]


def held(event: Event) -> dict[str, Any]:
    """What an event holds."""
    return next(value for key, value in event.items() if key.endswith("EventAttributes"))


def opened(payload: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(payload["data"]))


def closed(payload: dict[str, Any], value: Any) -> None:
    payload["data"] = base64.b64encode(json.dumps(value).encode()).decode()


def within(*path: str | int, value: Any) -> Callable[[Any], None]:
    """Sets a value inside a decoded payload."""

    def change(said: Any) -> None:
        for step in path[:-1]:
            said = said[step]
        said[path[-1]] = value

    return change


def payload(
    kind: str, where: tuple[str, ...], change: Callable[[Any], None], n: int = 0, at: int = 0
) -> Change:
    """Changes what the n-th event of a kind brings, in one execution."""

    def tamper(run: Run) -> None:
        holder = held(events(run, kind, at)[n])
        for step in where:
            holder = holder[step]
        said = opened(holder["payloads"][0])
        change(said)
        closed(holder["payloads"][0], said)

    return tamper


def attribute(kind: str, *path: str | int, value: Any, n: int = 0, at: int = 0) -> Change:
    """Sets an attribute of the n-th event of a kind."""

    def tamper(run: Run) -> None:
        within(*path, value=value)(held(events(run, kind, at)[n]))

    return tamper


def outer(kind: str, key: str, value: Any, n: int = 0) -> Change:
    """Sets what stands beside the attributes of an event."""

    def tamper(run: Run) -> None:
        events(run, kind)[n][key] = value

    return tamper


def deleted(kind: str, n: int = 0, count: int = 1, *, renumbered: bool = False) -> Change:
    """Takes events out, and gives the rest their numbers anew, with what points to them."""

    def tamper(run: Run) -> None:
        listed = run[0]["events"]
        start = listed.index(events(run, kind)[n])
        del listed[start : start + count]
        if renumbered:
            renumber(run)

    return tamper


def inserted(kind: str, n: int = 0, *, renumbered: bool = False) -> Change:
    """Puts a copy of an event behind it."""

    def tamper(run: Run) -> None:
        listed = run[0]["events"]
        event = events(run, kind)[n]
        listed.insert(listed.index(event) + 1, copy.deepcopy(event))
        if renumbered:
            renumber(run)

    return tamper


def swapped(first: int, second: int, *, renumbered: bool = False) -> Change:
    """Two events change places; `renumbered` so that their numbers rise again."""

    def tamper(run: Run) -> None:
        listed = run[0]["events"]
        listed[first - 1], listed[second - 1] = listed[second - 1], listed[first - 1]
        if renumbered:
            renumber(run)

    return tamper


def numbered(first: int, by: int) -> Change:
    """Numbers of events from one on are raised, as if something had been taken out before."""

    def tamper(run: Run) -> None:
        for event in run[0]["events"][first - 1 :]:
            event["eventId"] = str(int(event["eventId"]) + by)

    return tamper


def renumber(run: Run) -> None:
    listed = run[0]["events"]
    numbers = {event["eventId"]: str(number) for number, event in enumerate(listed, 1)}
    for number, event in enumerate(listed, 1):
        event["eventId"] = str(number)
        holds = held(event)
        for key, value in holds.items():
            if key.endswith("EventId"):
                holds[key] = numbers.get(value, value)


def cut(count: int) -> Change:
    """The last events are missing."""

    def tamper(run: Run) -> None:
        del run[-1]["events"][-count:]

    return tamper


def without(execution: int) -> Change:
    def tamper(run: Run) -> None:
        del run[execution]

    return tamper


def turned(run: Run) -> None:
    """The executions stand in another order."""
    run[0], run[1] = run[1], run[0]


def doubled(run: Run) -> None:
    run.insert(1, copy.deepcopy(run[0]))


def respelled(run: Run) -> None:
    """The same value with its keys turned round and spaces between."""
    for event in events(run, "ACTIVITY_TASK_SCHEDULED"):
        one = held(event)["input"]["payloads"][0]
        turned_round = dict(reversed(list(opened(one).items())))
        one["data"] = base64.b64encode(json.dumps(turned_round, indent=1).encode()).decode()


def added_update(run: Run) -> None:
    """A whole hop that never was: the first accepted update once more, with what belongs to it."""
    listed = run[0]["events"]
    accepted = events(run, "WORKFLOW_EXECUTION_UPDATE_ACCEPTED")[0]
    start = listed.index(accepted) - 3
    hop = copy.deepcopy(listed[start : start + 4])
    held(hop[-1])["protocolInstanceId"] = "0" * 32
    listed[start + 4 : start + 4] = hop
    renumber(run)


def another_path(run: Run) -> None:
    """A signal tells of another call."""
    closed(held(events(run, "WORKFLOW_EXECUTION_SIGNALED")[0])["input"]["payloads"][0], "elsewhere#1")


def later(run: Run) -> None:
    """The run was recorded after the register of known changes was closed; its days stay as they are."""
    start = run[0]["events"][0]
    start["eventTime"] = "2027-01-01T00:00:00Z"


def operations_turned(run: Run) -> None:
    """Of a later run, operations of an advance in another order."""
    later(run)
    payload("ACTIVITY_TASK_SCHEDULED", ("input",), lambda said: said["operations"].reverse(), 1)(run)

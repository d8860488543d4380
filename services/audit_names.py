"""Services: the audit log with names - persons, tasks, runs and documents as people call them. No HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import audit_names as queries
from services.permissions import Permission, require

if TYPE_CHECKING:
    from services.audit import AuditRow
    from services.platform import Actor, Platform

PATH = "path"
PROCEDURE = "sop"


@dataclass(frozen=True)
class AuditNames:
    """Names by id, titles of steps by run and path, of procedures by key; each in Chinese and in English.

    `zones` are the time zones of the sites at which runs are, by run.
    """

    by_id: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    steps: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    procedures: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    zones: Mapping[UUID, str] = field(default_factory=dict)

    def of(self, value: Any, language: str) -> str | None:
        """What people call the thing with that id; None for what is no id or has no name."""
        return _in(self.by_id.get(value), language) if isinstance(value, str) else None

    def step(self, run_id: UUID | None, path: Any, language: str) -> str | None:
        """What the step at a path of a run is called."""
        return _in(self.steps.get((str(run_id), str(path))), language)

    def procedure(self, key: str, language: str) -> str | None:
        """What the procedure with that key is called."""
        return _in(self.procedures.get(key), language)


def _in(found: tuple[str, str] | None, language: str) -> str | None:
    return found[language == "en"] if found else None


async def of_events(platform: Platform, events: Sequence[AuditRow], *, actor: Actor) -> AuditNames:
    """The names of everything of which these events tell by id."""
    require(actor, Permission.AUDIT_READ)
    ids = {one for event in events for one in _ids(event)}
    steps = {
        (event.run_id, side[PATH])
        for event in events
        for side in (event.before, event.after)
        if event.run_id and side and isinstance(side.get(PATH), str)
    }
    keys = {side[PROCEDURE] for side in _sides(events) if isinstance(side.get(PROCEDURE), str)}
    async with platform.database.read() as tx:
        return AuditNames(
            await queries.names(tx, ids),
            await queries.step_titles(tx, steps),
            await queries.procedures(tx, keys),
            await queries.zones(tx, {event.run_id for event in events if event.run_id}),
        )


def _sides(events: Sequence[AuditRow]) -> Iterator[Mapping[str, Any]]:
    for event in events:
        yield from (side for side in (event.before, event.after) if side)


def _ids(event: AuditRow) -> Iterator[UUID]:
    if event.run_id:
        yield event.run_id
    yield from _found(event.object_id)
    yield from _found(event.before)
    yield from _found(event.after)


def _found(value: Any) -> Iterator[UUID]:
    """The ids inside a value, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _found(one)
    elif isinstance(value, str) and len(value) == len("00000000-0000-0000-0000-000000000000"):
        try:
            yield UUID(value)
        except ValueError:
            return

"""Services: reading archived runs - their contents checked against the header, with or without an engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import archives as queries
from db.queries import retention
from domain.errors import Refusal
from domain.run_archive import RECORD, histories, inflated, is_written

if TYPE_CHECKING:
    from db.session import Reader


class ArchiveDamaged(Refusal):
    """A content of an archive is gone or not what its header says: verification tells more."""

    code = "archive_damaged"
    kind = "conflict"
    zh = "归档内容缺失或被改动：{name}。请运行证据校验。"
    en = "A content of the archive is gone or was changed: {name}. Run a verification of the evidence."


class ContentsDeleted(Refusal):
    """The contents were deleted under retention: the header and the tombstone are what there is."""

    code = "contents_deleted"
    kind = "gone"
    zh = "内容已于 {at} 按保存期限删除：{asked} 申请，{approved} 批准，{witnessed} 见证"
    en = "Deleted under retention on {at}: asked for {asked}, approved {approved}, witnessed {witnessed}"


async def header(tx: Reader, run_id: UUID) -> Mapping[str, Any] | None:
    """The header of a run's archive; None while it has none."""
    return await queries.of_run(tx, run_id)


async def contents(tx: Reader, header: Mapping[str, Any], names: Sequence[str]) -> dict[str, bytes]:
    """The parts of those names as they were written.

    ContentsDeleted; ArchiveDamaged when one is not what it was.
    """
    bodies = await queries.bodies(tx, header["id"], names)
    if not bodies and (stone := await retention.tombstone_of(tx, header["run_id"])) is not None:
        raise _deleted(stone)
    return _checked(header["parts"], bodies, names)


def _checked(
    parts: Sequence[Mapping[str, Any]], bodies: Mapping[str, bytes], names: Sequence[str]
) -> dict[str, bytes]:
    """The contents as they were written; ArchiveDamaged."""
    told = {part["name"]: part for part in parts}
    found: dict[str, bytes] = {}
    for name in names:
        content = inflated(bodies[name]) if name in bodies else None
        if content is None or not is_written(content, told[name]):
            raise ArchiveDamaged(name=name)
        found[name] = content
    return found


def _deleted(stone: Mapping[str, Any]) -> ContentsDeleted:
    return ContentsDeleted(
        at=f"{stone['recorded_at']:%Y-%m-%d}",
        **{name: stone[f"{name}_name"] for name in ("asked", "approved", "witnessed")},
    )


async def executions(tx: Reader, header: Mapping[str, Any]) -> list[str]:
    """The histories of all executions, oldest first, as JSON that replays."""
    names = histories(header["parts"])
    found = await contents(tx, header, names)
    return [found[name].decode() for name in names]


async def record(tx: Reader, header: Mapping[str, Any]) -> dict[str, Any]:
    """All rows that the database had of the run: `{rows: {table: [row]}, people: {id: name}}`."""
    found: dict[str, Any] = json.loads((await contents(tx, header, [RECORD]))[RECORD])
    return found


async def events(tx: Reader, run_id: UUID) -> list[dict[str, Any]] | None:
    """All events of an archived run, oldest first; None when it has no archive, or one without a history.

    None of them are left when they were deleted; the engine is not asked for what must not be there.
    """
    kept = await queries.histories(tx, run_id)
    if kept is None or not (names := histories(kept[0]["parts"])):
        return None
    told, bodies = kept
    if told["deleted"] and not bodies:
        return []
    return await asyncio.to_thread(_events, told["parts"], bodies, names)  # 5,000 take a tenth of a second


def _events(
    parts: Sequence[Mapping[str, Any]], bodies: Mapping[str, bytes], names: Sequence[str]
) -> list[dict[str, Any]]:
    found = _checked(parts, bodies, names)
    return [event for name in names for event in json.loads(found[name])["events"]]

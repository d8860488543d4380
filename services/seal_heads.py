"""Services: the heads of the chain, written outside the database, so that a tail cut off is noticed.

Whoever can change the database but not the places outside cannot bring back an old state. There is a file
(`head_file`), and as the house wants a bucket (`head_store`) and an inbox (`head_mail`), each served by
itself: one that does not answer is told, tried again, and keeps nothing waiting (decision 0046).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from db.queries import head_mails
from db.queries import seals as queries
from services import head_file, head_mail, head_places, head_store
from services.head_file import HeadsUnreadable, exported_heads
from services.head_places import PlaceReading, PlaceStanding, PlaceUnreadable

if TYPE_CHECKING:
    from db.session import Reader
    from domain.seal_check import ExportedHead
    from services.platform import Platform

__all__ = ["HeadsUnreadable", "export_forever", "export_head", "exported_heads", "readings", "standings"]

EVERY_S = 60.0
STORE_EVERY_S = 300.0
MAIL_EVERY_S = 600.0
AGAIN_S = 60.0
"""After a fault, and where there was nothing to export: nothing sealed yet, another worker, not due."""

log = structlog.get_logger(__name__)


async def export_head(platform: Platform) -> int | None:
    """Append the latest block's head unless the file has it; its number, None: nothing to do."""
    path = platform.settings.heads_file
    if path is None:
        return None
    async with platform.database.read() as tx:
        head = await head_places.latest_line(tx)
    return await asyncio.to_thread(head_file.append, path, head.number, head.line) if head else None


async def export_to_store(platform: Platform) -> int | None:
    """The same for the bucket. PlaceUnreadable."""
    store = platform.settings.heads_store
    if store is None:
        return None
    async with platform.database.read() as tx:
        head = await head_places.latest_line(tx)
    return await head_store.export(store, head) if head else None


async def export_forever(platform: Platform) -> None:
    """Export to every place again and again; a fault is logged and the next round tries again."""
    await asyncio.gather(
        _forever(platform, "file", export_head, EVERY_S),
        _forever(platform, "store", export_to_store, STORE_EVERY_S),
        _forever(platform, "mail", head_mail.send_if_due, MAIL_EVERY_S),
    )


async def _forever(
    platform: Platform, place: str, export: Callable[[Platform], Awaitable[int | None]], every_s: float
) -> None:
    while True:
        pause = min(every_s, AGAIN_S)
        try:
            if await export(platform) is not None:
                pause = every_s
        except asyncio.CancelledError:
            raise
        except PlaceUnreadable as error:
            log.warning("the head of the seals could not be exported", place=place, error=str(error))
        except Exception:
            log.exception("the head of the seals could not be exported", place=place)
        await asyncio.sleep(pause)


async def readings(
    platform: Platform, *, whole: bool = True, patience_s: float = 600.0
) -> list[PlaceReading]:
    """What is found at the places that can be read back. `whole`: all heads, else those near the end."""
    settings, found = platform.settings, []
    if settings.heads_file is not None:
        name = settings.heads_file.name
        try:
            heads = await asyncio.to_thread(exported_heads, settings.heads_file, name)
            found.append(PlaceReading("file", name, heads))
        except HeadsUnreadable as error:
            found.append(PlaceReading("file", name, trouble=str(error.line), damaged_line=error.line))
        except OSError as error:
            found.append(PlaceReading("file", name, trouble=str(error.strerror)))
    if settings.heads_store is not None:
        async with platform.database.read() as tx:
            last = await queries.last_block(tx)
        after = 0 if whole or last is None else last["number"] - head_store.NEAR
        name = settings.heads_store.name
        try:
            heads = await asyncio.wait_for(head_store.heads(settings.heads_store, after), patience_s)
            found.append(PlaceReading("store", name, heads))
        except (PlaceUnreadable, TimeoutError) as error:
            found.append(PlaceReading("store", name, trouble=str(error) or f"> {patience_s:.0f} s"))
    return found


async def standings(tx: Reader, platform: Platform, found: Sequence[PlaceReading]) -> list[PlaceStanding]:
    """How far each place reaches along the chain, and what is not there yet."""
    last = await queries.last_block(tx)
    end = last["number"] if last else 0
    told = [(one.kind, one.name, await _reach(tx, one.heads), one.trouble) for one in found]
    mail = platform.settings.heads_mail
    if mail is not None:
        sent = await head_mails.last(tx)
        told.append(("mail", mail.name, sent.number if sent else 0, ""))
    since = await queries.sealed_at(tx, [until + 1 for _, _, until, _ in told])
    return [
        PlaceStanding(kind, name, until, max(end - until, 0), since.get(until + 1), trouble)
        for kind, name, until, trouble in told
    ]


async def _reach(tx: Reader, heads: Sequence[ExportedHead]) -> int:
    """The latest block that a place has as the chain has it."""
    kept = await queries.hashes(tx, [head.number for head in heads])
    return max((one.number for one in heads if kept.get(one.number, b"").hex() == one.hash), default=0)

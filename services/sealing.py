"""Services: the sealer - evidence rows go into signed blocks, some two seconds after they are committed.

No business transaction waits for it or touches the chain. A block ends before the oldest transaction that is
still open, so that a late commit is never skipped: it goes into a later block. Two sealers cannot fork the
chain: one has the lock, and the database takes one next block only (decision 0039).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from db.queries import seals as queries
from domain.evidence import SealNotNext
from domain.seal_blocks import GENESIS, BlockHead, entries_root, key_content, pack
from domain.seal_keys import SealKey, fingerprint

if TYPE_CHECKING:
    from db.session import Transaction
    from services.platform import Platform

EVERY_S = 2.0

log = structlog.get_logger(__name__)


class SealKeyUnknown(Exception):
    """The installation's key is not the one that sealed last, and no key vouches for it."""

    code = "seal_key_unknown"


async def seal(platform: Platform) -> int:
    """Seal what can be sealed now, block by block; the number of rows. Nothing without a key (a test)."""
    if not platform.settings.seal_key:
        return 0
    total = 0
    while sealed := await _next_block(platform):
        total += sealed
    return total


async def seal_forever(platform: Platform) -> None:
    """Seal again and again; a fault is logged and the next round tries again."""
    while True:
        try:
            await seal(platform)
        except asyncio.CancelledError:
            raise
        except SealNotNext:
            log.info("another sealer was quicker")
        except Exception:
            log.exception("evidence could not be sealed")
        await asyncio.sleep(EVERY_S)


async def _next_block(platform: Platform) -> int:
    """One block in one transaction; 0 when there is nothing to seal or somebody else seals."""
    key = SealKey(platform.settings.seal_key)
    async with platform.database.write() as tx:
        tx.audited_elsewhere("blocks are the record of the record")
        now = await queries.standing(tx)
        if now is None:
            return 0
        number = await _key_number(tx, key, platform.settings.seal_key_before, now.keys)
        last = now.last
        begin = int(last["until_tx"]) if last else 0
        if now.horizon <= begin:
            if now.horizon < begin:
                log.error("this server counts transactions anew: was it restored from a logical dump?")
            return 0
        entries, end = await queries.unsealed(tx, begin, now.horizon)
        if not entries:
            return 0
        head = BlockHead(
            number=(last["number"] if last else 0) + 1,
            from_tx=begin,
            until_tx=end,
            previous=bytes(last["hash"]) if last else GENESIS,
            root=entries_root(entries),
            count=len(entries),
            sealed_at=now.at,
            key_number=number,
        )
        await queries.add_block(tx, head, key.sign(head.content), pack(entries))
    return len(entries)


async def _key_number(tx: Transaction, key: SealKey, before: str, known: Sequence[Mapping[str, Any]]) -> int:
    """The number of the key; a new one is taken in when it is the first or the key before vouches for it."""
    if known and bytes(known[-1]["public_key"]) == key.public:
        return int(known[-1]["number"])
    number, certificate = len(known) + 1, None
    if known:
        previous = SealKey(before) if before else None
        if previous is None or previous.public != bytes(known[-1]["public_key"]):
            raise SealKeyUnknown(
                f"this installation's seal key ({fingerprint(key.public)[:19]}…) is not the one that sealed"
                f" last ({fingerprint(bytes(known[-1]['public_key']))[:19]}…): give that one as"
                " XUNJI_SEAL_KEY_BEFORE, so that it vouches for the new one"
            )
        certificate = previous.sign(key_content(number, key.public))
    await queries.add_key(tx, number, key.public, certificate)
    log.info("seal key taken in", number=number, fingerprint=fingerprint(key.public))
    return number

"""Services: the heads of the chain, written outside the database, so that a tail cut off is noticed.

A file of JSON lines, only ever appended to: each line is a block's head with its signature and the public
key, which is enough to check it without the product. Whoever can change the database but not this file
cannot bring back an old state. Copies elsewhere are the operator's (docs/deployment.md).
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from db.queries import seals as queries
from domain.canonical import canonical
from domain.seal_check import ExportedHead
from domain.seal_keys import fingerprint

if TYPE_CHECKING:
    from services.platform import Platform

EVERY_S = 60.0

log = structlog.get_logger(__name__)


class HeadsUnreadable(Exception):
    """The file of exported heads has a line that is none; `line` counts from 1."""

    code = "heads_unreadable"

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path}, line {line}: no exported head")
        self.line = line


def exported_heads(path: Path | None) -> list[ExportedHead]:
    """What was exported, in its order; empty when nothing was. HeadsUnreadable: the file was changed."""
    if path is None or not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            head = json.loads(line)
            found.append(ExportedHead(int(head["number"]), str(head["hash"])))
        except (ValueError, KeyError, TypeError) as error:
            raise HeadsUnreadable(path, number) from error
    return found


async def export_head(platform: Platform) -> int | None:
    """Append the latest block's head unless the file has it; its number, None: nothing to do."""
    path = platform.settings.heads_file
    if path is None:
        return None
    async with platform.database.read() as tx:
        last = await queries.last_block(tx)
        keys = {row["number"]: bytes(row["public_key"]) for row in await queries.keys(tx)}
    if last is None:
        return None
    return await asyncio.to_thread(_append, path, last, keys[last["key_number"]])


async def export_forever(platform: Platform) -> None:
    """Export again and again; a fault is logged and the next round tries again."""
    while True:
        try:
            await export_head(platform)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the head of the seals could not be exported")
        await asyncio.sleep(EVERY_S)


def _append(path: Path, last: Any, public: bytes) -> int | None:
    known = exported_heads(path)
    if known and known[-1].number >= last["number"]:
        return None
    head = queries.head_of(last)
    line = {
        **json.loads(head.content),
        "hash": bytes(last["hash"]).hex(),
        "signature": bytes(last["signature"]).hex(),
        "public_key": public.hex(),
        "fingerprint": fingerprint(public),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(canonical(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return int(last["number"])

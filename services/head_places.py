"""Services: places outside the database for the heads of the chain - their settings, what was read there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from db.queries import seals as queries
from domain.canonical import canonical
from domain.seal_keys import fingerprint

if TYPE_CHECKING:
    from db.session import Reader
    from domain.seal_check import ExportedHead

PlaceKind = Literal["file", "store", "mail"]


class PlaceUnreadable(Exception):
    """A place does not answer, or not as it should; the text says why."""


@dataclass(frozen=True)
class StoreSettings:
    """A bucket of an S3-compatible store."""

    bucket: str
    endpoint: str | None = None
    """None: Amazon's own for the region."""
    region: str = "us-east-1"
    prefix: str = "xunji-heads/"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    addressing: Literal["path", "virtual"] = "path"

    @property
    def name(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True)
class MailSettings:
    """Where heads are mailed to, through which server, and how often."""

    host: str
    sender: str
    receivers: tuple[str, ...]
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    every_hours: float = 24.0

    @property
    def name(self) -> str:
        return ", ".join(self.receivers)


@dataclass(frozen=True)
class PlaceStanding:
    """How far the heads at a place reach, and what is not there yet.

    `until` is the latest block there (0: none). `missing` blocks are sealed and not there, the first of them
    since `behind_since`. `trouble` says why the place could not be read. What was mailed is not read back.
    """

    kind: PlaceKind
    name: str
    until: int = 0
    missing: int = 0
    behind_since: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True)
class PlaceReading:
    """What was found at a place."""

    kind: PlaceKind
    name: str
    heads: Sequence[ExportedHead] = ()
    trouble: str = ""
    damaged_line: int = 0
    """The line of the file that is no head."""


@dataclass(frozen=True)
class HeadLine:
    """The head of a block as it is written outside, in one line."""

    number: int
    hash: str
    line: bytes


async def latest_line(tx: Reader) -> HeadLine | None:
    """The latest block's head; None: nothing is sealed."""
    last = await queries.last_block(tx)
    if last is None:
        return None
    keys = {row["number"]: bytes(row["public_key"]) for row in await queries.keys(tx)}
    line = _line(last, keys[last["key_number"]])
    return HeadLine(int(last["number"]), bytes(last["hash"]).hex(), line)


def _line(block: Mapping[str, Any], public: bytes) -> bytes:
    """With its signature and the public key: enough to check it without the product."""
    return canonical(
        {
            **json.loads(queries.head_of(block).content),
            "hash": bytes(block["hash"]).hex(),
            "signature": bytes(block["signature"]).hex(),
            "public_key": public.hex(),
            "fingerprint": fingerprint(public),
        }
    )

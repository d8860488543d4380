"""Services: heads of the chain in a bucket of an S3-compatible store, an object a head.

The key has number and hash: two heads of one number stand side by side, the same one is written twice to no
effect, and a listing tells all heads without reading one. Each object is the line that the file has.
Whether objects may be deleted is the bucket's to say: object lock (docs/deployment.md).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from domain.seal_check import ExportedHead
from services.head_places import HeadLine, PlaceUnreadable, StoreSettings

CONNECT_S, READ_S, ATTEMPTS = 3, 8, 2
NOT_SOONER = timedelta(minutes=4)
"""Another worker may have written a head just now."""
NEAR = 1_000
"""So many blocks before the last one are looked at, where not all are."""
Told = TypeVar("Told")
_KEY = re.compile(r"(\d{12})-([0-9a-f]{64})\.json")


async def heads(store: StoreSettings, after: int = 0) -> list[ExportedHead]:
    """The heads of blocks behind that number, oldest first. PlaceUnreadable."""
    return await asyncio.to_thread(_told, store, lambda: [head for head, _ in _listed(store, after)])


async def export(store: StoreSettings, head: HeadLine) -> int | None:
    """Write a head unless the store has it, a later one or one of just now; its number. PlaceUnreadable."""
    return await asyncio.to_thread(_told, store, lambda: _exported(store, head))


def _exported(store: StoreSettings, head: HeadLine) -> int | None:
    known = list(_listed(store, head.number - NEAR))
    if known:
        latest, written_at = known[-1]
        if latest.number >= head.number or datetime.now(UTC) - written_at < NOT_SOONER:
            return None
    _client(store).put_object(
        Bucket=store.bucket,
        Key=f"{store.prefix}{head.number:012d}-{head.hash}.json",
        Body=head.line + b"\n",
        ContentType="application/json",
        ChecksumAlgorithm="SHA256",  # a locked bucket takes nothing without one
    )
    return head.number


def _listed(store: StoreSettings, after: int) -> Iterator[tuple[ExportedHead, datetime]]:
    pages = _client(store).get_paginator("list_objects_v2")
    begin = f"{store.prefix}{max(after, 0) + 1:012d}"
    for page in pages.paginate(Bucket=store.bucket, Prefix=store.prefix, StartAfter=begin):
        for one in page.get("Contents", ()):
            found = _KEY.fullmatch(one["Key"].removeprefix(store.prefix))
            if found:  # other things in the bucket are none of ours
                yield ExportedHead(int(found[1]), found[2], store.name), one["LastModified"]


def _told(store: StoreSettings, ask: Callable[[], Told]) -> Told:
    """What the store answers; whatever keeps it from answering is said in one sentence."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask()
    except (BotoCoreError, ClientError, ValueError) as error:
        raise PlaceUnreadable(f"{store.name}: {error}"[:300]) from error


@lru_cache(maxsize=4)
def _client(store: StoreSettings) -> Any:
    """A client is safe to use from several threads."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        region_name=store.region,
        aws_access_key_id=store.access_key or None,
        aws_secret_access_key=store.secret_key or None,
        config=Config(
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            s3={"addressing_style": store.addressing},
        ),
    )

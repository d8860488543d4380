"""Engine: the connection to a Temporal server."""

from __future__ import annotations

import asyncio

from temporalio.client import Client

from .plugin import DATA_CONVERTER


async def connect(
    address: str,
    namespace: str,
    *,
    attempts: int = 1,
    identity: str | None = None,
    lazy: bool = False,
) -> Client:
    """A client with the product's converter; waits between attempts while the server starts.

    A lazy one connects at its first call: the web serves its pages while the engine is away.
    """
    for attempt in range(attempts):
        try:
            return await Client.connect(
                address,
                namespace=namespace,
                data_converter=DATA_CONVERTER,
                identity=identity,
                lazy=lazy,
            )
        except RuntimeError:  # the SDK's answer to a refused connection
            if attempt + 1 == attempts:
                raise
            await asyncio.sleep(0.25)
    raise AssertionError

"""Engine: the connection to a Temporal server."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from .plugin import DATA_CONVERTER

RETENTION = timedelta(days=90)
"""Closed histories stay this long in the engine, so that an outage of the archiver loses nothing."""


async def connect(address: str, namespace: str, *, attempts: int = 1, lazy: bool = False) -> Client:
    """A client with the product's converter; waits between attempts while the server starts."""
    for attempt in range(attempts):
        try:
            return await Client.connect(
                address, namespace=namespace, data_converter=DATA_CONVERTER, lazy=lazy
            )
        except RuntimeError:  # the SDK's answer to a refused connection
            if attempt + 1 == attempts:
                raise
            await asyncio.sleep(0.25)
    raise AssertionError


async def ensure_namespace(client: Client, namespace: str) -> None:
    """Registers the namespace with our retention; an existing one is left as it is."""
    request = RegisterNamespaceRequest(
        namespace=namespace,
        workflow_execution_retention_period=Duration(seconds=int(RETENTION.total_seconds())),
    )
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise

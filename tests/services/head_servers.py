"""Servers for tests of exported heads: a store and an inbox, in this process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from aiosmtpd.controller import Controller
from moto.server import ThreadedMotoServer

from services.head_places import MailSettings, StoreSettings

BUCKET = "heads"


@contextmanager
def store_server() -> Iterator[StoreSettings]:
    """A bucket that locks its objects."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    store = StoreSettings(BUCKET, f"http://{host}:{port}", access_key="us", secret_key="secret")
    client = other_client(store)
    client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    locked = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 10}}
    client.put_object_lock_configuration(
        Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": locked}
    )
    try:
        yield store
    finally:
        server.stop()


def other_client(store: StoreSettings) -> Any:
    """Somebody else's access to the bucket."""
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": store.region}
    return boto3.client("s3", endpoint_url=store.endpoint, **keys)


class Inbox:
    """What an SMTP server took in; `refuses` receivers it does not know."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.refuses: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - the library's name
        if address in self.refuses:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.messages.append(envelope.content)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Inbox, MailSettings]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        receivers = ("zheng@example.com", "qa@example.com")
        yield (
            inbox,
            MailSettings(
                "127.0.0.1", "xunji@example.com", receivers, port=int(controller.port), security="none"
            ),
        )
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

"""Door: one worker process. It wires settings to the engine and holds no rule."""

import asyncio
import signal

import uvloop

from activities.serving import run_worker
from ops import addresses, head_places
from ops.database_role import refuse_powerful_role
from ops.log_output import configure
from ops.settings import Settings
from services.platform import PlatformSettings


async def work(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what is in hand."""
    database_url = addresses.database_url(settings)
    refuse_powerful_role(database_url)
    seal_key, before = addresses.seal_keys(settings)
    working = asyncio.create_task(
        run_worker(
            temporal_address=addresses.temporal_address(settings),
            namespace=settings.temporal_namespace,
            database_url=database_url,
            settings=PlatformSettings(
                secret_key=addresses.secret_key(settings),
                mode=settings.mode,
                seal_key=seal_key,
                seal_key_before=before,
                heads_file=settings.heads,
                heads_store=head_places.store(settings),
                heads_mail=head_places.mail(settings),
            ),
        )
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    try:
        await working
    except asyncio.CancelledError:
        return


def main() -> None:
    """Run one worker in this process."""
    configure("worker")
    uvloop.run(work(Settings()))

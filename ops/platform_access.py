"""Room `ops`: a platform for commands that act through services without a web process. It knows no rule."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from ops import addresses, head_places
from ops.settings import Settings
from services.platform import Platform, PlatformSettings

NOWHERE = "127.0.0.1:7233"


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator[Platform]:
    """The installation's platform. The engine is only called if the command needs it."""
    try:
        address = addresses.temporal_address(settings)
    except addresses.NothingToConnectTo:
        address = NOWHERE
    database = Database(addresses.database_url(settings))
    try:
        client = await connect(address, settings.temporal_namespace, lazy=True)
        seal_key, before = addresses.seal_keys(settings)
        chosen = PlatformSettings(
            secret_key=addresses.secret_key(settings),
            mode=settings.mode,
            demo=settings.demo,
            seal_key=seal_key,
            seal_key_before=before,
            heads_file=settings.heads,
            heads_store=head_places.store(settings),
            heads_mail=head_places.mail(settings),
        )
        yield Platform(database, Gateway(client), chosen)
    finally:
        await database.close()

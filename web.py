"""Door: one web process, the JSON API and the pages. It wires settings to the rooms and holds no rule."""

import asyncio
from collections.abc import Sequence
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from api.app import create_app
from db.session import Database
from engine.client import connect
from engine.gateway import Gateway
from ops import addresses, head_places
from ops.database_role import refuse_powerful_role
from ops.log_output import configure
from ops.secrets_file import read_json
from ops.settings import Settings
from services.hearing import Hearing
from services.platform import Platform, PlatformSettings
from ui.contexts.records import DemoPerson
from ui.pages import install


def build(platform: Platform, demo_people: Sequence[DemoPerson] = ()) -> FastAPI:
    """The API with the pages beside it, over one platform; tests build the same."""
    app = create_app(platform)
    install(app, platform, demo_people=demo_people)
    return app


def demo_people(settings: Settings) -> list[DemoPerson]:
    """The log-ins that the log-in page offers: those of demo.json, in demo mode only."""

    def posts(user: dict[str, Any], language: str) -> str:
        held = [(p.get("name", {}).get(language) or p["post"], p["site"] or "") for p in user["posts"]]
        return ", ".join(" ".join(filter(None, one)) for one in held)

    users = read_json(settings.demo_file).get("users", []) if settings.demo else []
    return [
        DemoPerson(u["username"], u["password"], u["name"], {lang: posts(u, lang) for lang in ("zh", "en")})
        for u in users
    ]


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Temporal may come later than the web: /readyz says when it is there."""
    database_url = addresses.database_url(settings)
    refuse_powerful_role(database_url)
    database = Database(database_url)
    client = await connect(addresses.temporal_address(settings), settings.temporal_namespace, lazy=True)
    chosen = PlatformSettings(
        secret_key=addresses.secret_key(settings),
        mode=settings.mode,
        demo=settings.demo,
        heads_file=settings.heads,
        heads_store=head_places.store(settings),
        heads_mail=head_places.mail(settings),
    )
    hearing = Hearing(database)
    listening = asyncio.create_task(hearing.listen_forever())
    config = uvicorn.Config(
        build(Platform(database, Gateway(client), chosen, hearing), demo_people(settings)),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,  # live counts are requests that never end by themselves
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        listening.cancel()
        await database.close()


def main() -> None:
    """Run one web process."""
    configure("web")
    uvloop.run(serve(Settings()))

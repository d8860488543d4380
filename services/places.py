"""Services: a place - what its zone is for. What stands there is in `stock`, narrowed to the place."""

from db.queries import labels as queries
from db.queries.labels import PlaceRow
from db.session import Reader
from domain.errors import NotFound
from services.permissions import Permission, require
from services.platform import Actor, Platform

__all__ = ["PlaceRow", "get", "visible"]


async def get(platform: Platform, site: str, code: str, *, actor: Actor) -> PlaceRow:
    """A location of a site; NotFound for one that the actor may not see the stock of."""
    require(actor, Permission.STOCK_READ)
    async with platform.database.read() as tx:
        return await visible(tx, site, code, actor)


async def visible(tx: Reader, site: str, code: str, actor: Actor) -> PlaceRow:
    """The same inside a transaction."""
    found = await queries.place(tx, site, code)
    if found is None or not actor.may(Permission.STOCK_READ, found.site_id):
        raise NotFound(what=f"货位 / location {site} {code}"[:120])
    return found

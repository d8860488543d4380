"""Services: licences - what is about to expire, and whether a partner may be traded with. Knows no HTTP."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from db.queries import master as queries
from db.queries import references
from db.queries.master import LicenceRow
from domain.errors import NotFound
from domain.licences import Gap, gaps
from services.permissions import Permission, require
from services.platform import Actor, Platform


@dataclass(frozen=True)
class ExpiringLicence:
    """A licence that ends within the horizon, or has ended; `remaining_days` is negative then."""

    party: str
    party_name: str
    licence: LicenceRow
    remaining_days: int


async def expiring(platform: Platform, *, actor: Actor, within_days: int = 60) -> list[ExpiringLicence]:
    """Licences of active partners that end within so many days, soonest first."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        today = (await references.clock_now(tx)).date()
        found = await queries.expiring_licences(tx, today + timedelta(days=within_days))
    return [
        ExpiringLicence(party.code, party.name, licence, (licence.valid_until - today).days)
        for party, licence in found
    ]


async def gaps_of(
    platform: Platform, party: str | UUID, site: str | UUID, categories: set[str], *, actor: Actor
) -> list[Gap]:
    """What the partner may not trade today with the site's legal entity, of the categories asked for."""
    require(actor, Permission.MASTER_READ)
    async with platform.database.read() as tx:
        found, at = await references.party(tx, party), await references.site(tx, site)
        if found is None or at is None:
            raise NotFound(what="往来单位或仓库 / party or site")
        day: date = at.day_of(await references.clock_now(tx))
        return gaps(await references.licences(tx, found.id, at.legal_entity_id), categories, day)

"""Room `ops`, trial `outbound`: the invented batches as the site's opening stock, counted in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ops.demo_seed.places import MAIN
from ops.platform_access import open_platform
from ops.settings import Settings
from ops.trials.retail_mapping import Plan, batches
from services import auth, opening_stock
from services.opening_stock import OpeningLine

PLACES = [f"A-{aisle:02}-{place:02}" for aisle in (1, 2) for place in range(1, 13)]
"""The ambient places of the main site."""
REASON = "期初库存 / opening stock"


async def count_in(settings: Settings, company: Mapping[str, Any], planned: Plan) -> int:
    """Count in two batches of every code that the orders ask for, place after place; how many lines."""
    today = datetime.now(UTC).date()
    rows = [row for code, needed in planned.needed.items() for row in batches(code, needed, today)]
    lines = [OpeningLine(**row, location=PLACES[at % len(PLACES)]) for at, row in enumerate(rows)]
    keeper = next(
        user
        for user in company["users"]
        if any(p["post"] == "warehouse_manager" and p["site"] in {None, MAIN} for p in user["posts"])
    )
    async with open_platform(settings) as platform:
        token = await auth.issue_token(platform, keeper["username"], keeper["password"])
        actor = await auth.actor_of_bearer(platform, token.token)
        return await opening_stock.count_in(platform, MAIN, lines, reason=REASON, actor=actor)


def storage_place(site: Mapping[str, Any]) -> str:
    """A place of the site for ambient goods that passed."""
    zones = (z for z in site["zones"] if z["kind"] == "storage" and not z["special_control"])
    return str(next(z["locations"][0]["code"] for z in zones if z["storage_class"] == "ambient"))

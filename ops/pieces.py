"""Room `ops`: goods with serials, for scripts that scan piece by piece - which pieces stand where.

Somebody who may see the stock looks; a line that names its serials itself is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.company_client import Caller

GS = "\x1d"
Position = tuple[str, str, str, str]
"""Location, material, batch number, status."""


@dataclass
class Pieces:
    """Serials by position, as they stood when somebody looked; nobody looks unless `asked`."""

    asked: bool = False
    there: dict[Position, list[str]] = field(default_factory=dict)

    async def look(self, caller: Caller, site: str) -> None:
        """All pieces with serials that stand at a site."""
        if not self.asked:
            return
        self.there.clear()
        for row in await caller.pages("/stock/serials", site=site, limit=200):
            at = (row["location_code"], row["material_code"], row["batch_number"], row["status"])
            self.there.setdefault(at, []).append(row["serial"])

    def of(self, data: Mapping[str, Any]) -> Sequence[str]:
        """The serials of a line's goods: its own, or those that stand at its place; empty without any."""
        if data.get("serials"):
            return [str(serial) for serial in data["serials"]]
        at = (
            str(data.get("location") or ""),
            str(data.get("material") or ""),
            str(data.get("batch_number") or ""),
            str(data.get("status") or "qualified"),
        )
        return self.there.get(at, [])


def piece(gtin: str | None, batch: str, serial: str) -> str:
    """What stands on a piece: GTIN, batch and serial as GS1 DataMatrix; the bare serial without a GTIN."""
    return f"]d201{gtin}10{batch}{GS}21{serial}" if gtin else serial

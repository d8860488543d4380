"""Room `ops`: goods with serials, for scripts that scan piece by piece - which pieces stand where.

Somebody who may see the stock looks; a line that names its serials itself is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ops.company_client import Caller

GS = "\x1d"
Position = tuple[str, str, str, str]
"""Location, material, batch number, status."""


@dataclass
class Pieces:
    """Serials by position, as they stood when somebody looked; nobody looks unless `asked`.

    Of the people that a program plays at the same time no two take the same piece in hand.
    """

    in_hand: ClassVar[set[str]] = set()
    asked: bool = False
    there: dict[Position, list[str]] = field(default_factory=dict)
    own: dict[tuple[str, int], list[str]] = field(default_factory=dict)

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
        return self.there.get(_position(data), [])

    def take(self, task: str, line: Mapping[str, Any], quantity: int) -> Sequence[str]:
        """So many of a line's pieces to take away, the same ones when the line is done again."""
        data = line["data"]
        if data.get("serials"):
            return self.of(data)[:quantity]
        own = self.own.setdefault((task, line["line"]), [])
        others = [serial for serial in self.of(data) if serial not in own]
        others.sort(key=self.in_hand.__contains__)  # what somebody once had in hand may have come back
        own += others[: max(0, quantity - len(own))]
        self.in_hand.update(own)
        return own[:quantity]


def _position(data: Mapping[str, Any]) -> Position:
    return (
        str(data.get("location") or ""),
        str(data.get("material") or ""),
        str(data.get("batch_number") or ""),
        str(data.get("status") or "qualified"),
    )


def piece(gtin: str | None, batch: str, serial: str) -> str:
    """What stands on a piece: GTIN, batch and serial as GS1 DataMatrix; the bare serial without a GTIN."""
    return f"]d201{gtin}10{batch}{GS}21{serial}" if gtin else serial

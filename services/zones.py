"""Services: the zones and locations of a site: added and taken out of use, never turned into others."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from db import tables as t
from db.ids import new_id
from db.session import Transaction
from domain.errors import FieldProblem, Invalid
from domain.master_data import ZoneIn


async def put_zone(tx: Transaction, site_id: UUID, zone: ZoneIn) -> None:
    """Add a zone, or to a known one of the same kind its further locations."""
    c = t.zone.c
    row = await tx.one_or_none(
        sa.select(c.id, c.kind, c.storage_class, c.special_control).where(
            c.site_id == site_id, c.code == zone.code
        )
    )
    if row is None:
        zone_id = new_id()
        fields = {"code": zone.code, **_purpose(zone)}
        names = {"name_zh": zone.name.zh, "name_en": zone.name.en}
        await tx.execute(sa.insert(t.zone).values(id=zone_id, site_id=site_id, **fields, **names))
    elif any(row[name] != value for name, value in _purpose(zone).items()):
        words_zh, words_en = "库区用途与储存条件不可更改", "a zone keeps its kind and storage class"
        raise Invalid(
            [FieldProblem("zones", "zone_fixed", f"{words_zh}：{zone.code}", f"{words_en}: {zone.code}")]
        )
    else:
        zone_id = row["id"]
    rows = [{"site_id": site_id, "zone_id": zone_id, "code": code} for code in dict.fromkeys(zone.locations)]
    for start in range(0, len(rows), 1_000):
        part = rows[start : start + 1_000]
        await tx.execute(insert(t.location).values(part).on_conflict_do_nothing())


def _purpose(zone: ZoneIn) -> dict[str, Any]:
    """What a zone stays for ever."""
    return {
        "kind": zone.kind,
        "storage_class": zone.storage_class,
        "special_control": zone.special_control,
    }

"""Db queries: the books as a whole - balances, serials and reservations against the moves they come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

import sqlalchemy as sa

from db.session import Reader

CHECKS: Mapping[str, LiteralString] = {
    "balances that are not the sum of their moves": """
        WITH moved AS (
          SELECT site_id, location_id, batch_id, status, owner_id, sum(quantity) AS quantity FROM (
            SELECT to_site_id AS site_id, to_location_id AS location_id, batch_id, to_status AS status,
                   to_owner_id AS owner_id, quantity FROM move WHERE to_kind = 'internal'
            UNION ALL
            SELECT from_site_id, from_location_id, batch_id, from_status, from_owner_id, -quantity
            FROM move WHERE from_kind = 'internal') AS side
          GROUP BY site_id, location_id, batch_id, status, owner_id)
        SELECT count(*) FROM moved
        FULL JOIN balance b USING (site_id, location_id, batch_id, status, owner_id)
        WHERE coalesce(moved.quantity, 0) <> coalesce(b.quantity, 0)""",
    "positions below zero, or that promise more than they hold": """
        SELECT count(*) FROM balance WHERE quantity < 0 OR reserved > quantity OR reserved < 0""",
    "serials that are not where their last move took them": """
        SELECT count(*) FROM (
          SELECT DISTINCT ON (s.serial_id) s.serial_id, m.id
          FROM move_serial s JOIN move m ON m.id = s.move_id
          ORDER BY s.serial_id, m.recorded_at DESC, m.id DESC) AS last
        FULL JOIN serial_place p ON p.serial_id = last.serial_id
        WHERE p.move_id IS DISTINCT FROM last.id""",
    "postings without moves": """
        SELECT count(*) FROM posting p WHERE NOT EXISTS (SELECT FROM move m WHERE m.posting_id = p.id)""",
}
"""Each is how many rows contradict; 0 in a house in order."""


async def contradictions(tx: Reader) -> list[tuple[str, int]]:
    """What does not reconcile, with how many rows."""
    found = []
    for what, sql in CHECKS.items():
        differing = int(await tx.scalar(sa.text(sql)))
        if differing:
            found.append((what, differing))
    return found

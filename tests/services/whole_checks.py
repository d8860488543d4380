"""What must be true of the whole company after every step, by SQL of its own and a model of what may leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from ops.trials import evidence, evidence_goods
from tests.services.whole_company import WholeCompany

ALWAYS = (
    "ledger and balances differ",
    "balances below zero",
    "tasks of a path twice",
    "effects twice",
    "tasks done without exactly one accepted completion",
    "submissions without a verdict",
)
TORN_PIECES: LiteralString = """
WITH ends AS (
    SELECT s.serial_id, m.to_kind AS kind, m.to_location_id AS location, m.to_status AS status, 1 AS n
    FROM move_serial AS s JOIN move AS m ON m.id = s.move_id
    UNION ALL
    SELECT s.serial_id, m.from_kind, m.from_location_id, m.from_status, -1
    FROM move_serial AS s JOIN move AS m ON m.id = s.move_id
), stands AS (
    SELECT serial_id, kind, location, status FROM ends WHERE kind <> 'supplier'
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
)
SELECT count(*) AS n FROM (
    SELECT serial_id FROM stands GROUP BY 1 HAVING count(*) > 1
    UNION ALL
    SELECT p.serial_id FROM serial_place AS p LEFT JOIN stands AS w ON w.serial_id = p.serial_id
    WHERE p.kind <> 'supplier' AND (p.kind, p.location_id, p.status) IS DISTINCT FROM
        (w.kind, w.location, w.status)) AS torn
"""
HELD: LiteralString = """
SELECT h.batch_id, s.id AS site_id FROM hold AS h
JOIN site AS s ON h.scope_site_id IS NULL OR h.scope_site_id = s.id WHERE h.closed_at IS NULL
"""
DATED: LiteralString = """
SELECT b.id AS batch_id, b.expires_on, s.id AS site_id, s.time_zone FROM batch AS b CROSS JOIN site AS s
WHERE b.expires_on IS NOT NULL
"""
GONE: LiteralString = """
SELECT m.id, m.batch_id, m.from_site_id AS site_id, m.from_status AS status, p.code AS party
FROM move AS m JOIN party AS p ON p.id = m.party_id WHERE m.to_kind = 'customer' ORDER BY m.id
"""
STANDS: LiteralString = """
SELECT md5(concat(
    (SELECT string_agg(m::text, '' ORDER BY m.id) FROM move AS m),
    (SELECT string_agg(r::text, '' ORDER BY r.id) FROM reservation AS r),
    (SELECT string_agg(h::text, '' ORDER BY h.id) FROM hold AS h),
    (SELECT string_agg(b::text, '' ORDER BY b::text) FROM balance AS b WHERE b.quantity > 0),
    (SELECT string_agg(concat(d.id, d.state), '' ORDER BY d.id) FROM document AS d))) AS digest
"""

Place = tuple[UUID, UUID]
"""Batch and site."""


@dataclass
class Watch:
    """Knows what may not leave, and looks after every step whether any of it has."""

    company: WholeCompany
    gone: set[UUID] = field(default_factory=set)
    stopped: set[Place] = field(default_factory=set)
    left: int = 0

    def unissuable(self) -> set[Place]:
        """Batches on hold or expired, by site, as rows and calendar say: no function of the product is asked."""
        held = {(row["batch_id"], row["site_id"]) for row in self.company.rows(HELD)}
        now = datetime.now(UTC) + self.company.later
        return held | {
            (row["batch_id"], row["site_id"])
            for row in self.company.rows(DATED)
            if row["expires_on"] < now.astimezone(ZoneInfo(row["time_zone"])).date()
        }

    def before(self) -> None:
        """Remembers what may not leave in the next step."""
        self.stopped = self.unissuable()

    def after(self, step: Any) -> None:
        """Everything that must be true now."""
        wrong = {what: self.company.number(evidence.FINDINGS[what]) for what in ALWAYS}
        wrong |= {what: self.company.number(query) for what, query in evidence_goods.FINDINGS.items()}
        wrong["pieces in two places, or not where they are said to be"] = self.company.number(TORN_PIECES)
        assert not {what: number for what, number in wrong.items() if number}, step
        for move in self.company.rows(GONE):
            if move["id"] not in self.gone:
                self.gone.add(move["id"])
                self._left(move, step)

    def _left(self, move: Mapping[str, Any], step: Any) -> None:
        """One move to a customer: qualified, to one with a licence, and not stopped when the step began."""
        self.left += 1
        assert move["status"] == "qualified", (step, move)
        assert move["party"] == "C2", (step, move)
        assert (move["batch_id"], move["site_id"]) not in self.stopped, (step, move)

    def stands(self) -> str:
        """A digest of goods, promises, holds and documents."""
        return str(self.company.rows(STANDS)[0]["digest"])

"""Room `ops`, trial `recall`: a batch with very many serials at very many consignees, written in SQL.

The ledger's own guards look at every row. A batch has `serials` units with serials on the shelf; each
consignee got one unit of it.
"""

from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

CUSTOMERS: LiteralString = """
WITH made AS (
  INSERT INTO party (code, name) SELECT 'RC' || n, '医院 ' || n FROM generate_series(1, %(count)s) n
  RETURNING id, code),
roles AS (INSERT INTO party_role (party_id, role) SELECT id, 'customer' FROM made)
INSERT INTO licence (party_id, kind, number, scope, valid_until)
SELECT id, 'gsp', code, ARRAY['drug', 'device', 'cold_chain', 'special_control'], date '2099-12-31'
FROM made"""
GROUND: LiteralString = """
SELECT s.id AS site, s.code, s.legal_entity_id AS owner, m.id AS material, m.code AS material_code,
  m.manufacturer_id AS maker,
  (SELECT l.id FROM location l JOIN zone z ON z.id = l.zone_id
   WHERE z.site_id = s.id AND z.kind = 'waiting' AND z.storage_class = 'ambient' LIMIT 1) AS waiting,
  (SELECT l.id FROM location l JOIN zone z ON z.id = l.zone_id WHERE z.site_id = s.id
   AND z.kind = 'storage' AND z.storage_class = 'ambient' AND NOT z.special_control LIMIT 1) AS shelf,
  (SELECT party_id FROM party_role WHERE role = 'supplier' LIMIT 1) AS supplier,
  (SELECT id FROM person WHERE kind = 'person' LIMIT 1) AS actor
FROM site s, material m
WHERE s.code = %(site)s AND m.storage_class = 'ambient' AND NOT m.special_control ORDER BY m.code LIMIT 1"""
BATCH: LiteralString = """
INSERT INTO batch (material_id, manufacturer_id, number, expires_on)
VALUES (%(material)s, %(maker)s, %(number)s, date '2099-12-31') RETURNING id"""
POSTING: LiteralString = "INSERT INTO posting (kind, actor_id) VALUES (%(kind)s, %(actor)s) RETURNING id"
RECEIVE: LiteralString = """
INSERT INTO move (posting_id, line_no, batch_id, quantity, from_kind, party_id,
  to_kind, to_site_id, to_location_id, to_status, to_owner_id)
VALUES (%(posting)s, %(line)s, %(batch)s, %(quantity)s, 'supplier', %(supplier)s,
  'internal', %(site)s, %(waiting)s, 'quarantine', %(owner)s) RETURNING id"""
SHELVE: LiteralString = """
INSERT INTO move (posting_id, line_no, batch_id, quantity,
  from_kind, from_site_id, from_location_id, from_status, from_owner_id,
  to_kind, to_site_id, to_location_id, to_status, to_owner_id)
VALUES (%(posting)s, %(line)s, %(batch)s, %(quantity)s,
  'internal', %(site)s, %(waiting)s, 'quarantine', %(owner)s,
  'internal', %(site)s, %(shelf)s, 'qualified', %(owner)s) RETURNING id"""
SOLD: LiteralString = """
INSERT INTO move (posting_id, line_no, batch_id, quantity,
  from_kind, from_site_id, from_location_id, from_status, from_owner_id, to_kind, party_id)
SELECT %(posting)s, row_number() OVER (ORDER BY p.code), %(batch)s, 1,
  'internal', %(site)s, %(shelf)s, 'qualified', %(owner)s, 'customer', p.id
FROM party p WHERE p.code LIKE 'RC%%'"""
SERIALS: LiteralString = """
INSERT INTO serial (batch_id, material_id, number)
SELECT %(batch)s, %(material)s, %(number)s || '-' || n FROM generate_series(1, %(serials)s) n"""
NAMED: LiteralString = """
INSERT INTO move_serial (move_id, serial_id) SELECT %(move)s, id FROM serial WHERE batch_id = %(batch)s"""


class Goods:
    """The ground on which batches are put, in one session of the application's role."""

    def __init__(self, url: str, site: str, consignees: int) -> None:
        self.session: psycopg.Connection[dict[str, Any]] = psycopg.connect(
            url.replace("+psycopg", ""), row_factory=dict_row, autocommit=True
        )
        with self.session.transaction():
            self.session.execute(CUSTOMERS, {"count": consignees})
        found = self.session.execute(GROUND, {"site": site}).fetchone()
        assert found is not None
        self.ground = found
        self.consignees = consignees

    def batch(self, number: str, serials: int) -> UUID:
        """A batch with so many units with serials on the shelf, one unit sold to each consignee."""
        given = {**self.ground, "number": number, "serials": serials}
        with self.session.transaction():
            batch: UUID = self._one(BATCH, given)["id"]
            given["batch"] = batch
            self.session.execute(SERIALS, given)
            for kind, move in (("receipt", RECEIVE), ("put_away", SHELVE)):
                posting = self._one(POSTING, {**given, "kind": kind})["id"]
                of = {**given, "posting": posting}
                self._one(move, {**of, "line": 1, "quantity": self.consignees})
                # all moves of a posting come in one statement: the serials have a posting of their own
                other = {**given, "posting": self._one(POSTING, {**given, "kind": kind})["id"]}
                named = self._one(move, {**other, "line": 1, "quantity": serials})["id"]
                self.session.execute(NAMED, {**given, "move": named})
            posting = self._one(POSTING, {**given, "kind": "issue"})["id"]
            self.session.execute(SOLD, {**given, "posting": posting})
        return batch

    def count(self, query: LiteralString, **given: Any) -> int:
        """One number."""
        found = self.session.execute(query, given).fetchone()
        assert found is not None
        return int(found["n"])

    def close(self) -> None:
        self.session.close()

    def _one(self, query: LiteralString, given: dict[str, Any]) -> dict[str, Any]:
        found = self.session.execute(query, given).fetchone()
        assert found is not None
        return found

"""Room `ops`, trial `recall`: a batch with very many serials at very many consignees, written in SQL.

The ledger's own guards look at every row. A batch has `serials` units with serials on the shelf; each
consignee got one unit of it.
"""

from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

Session = psycopg.Connection[dict[str, Any]]
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
INSERT INTO move_serial (move_id, serial_id)
SELECT %(move)s, id FROM serial WHERE batch_id = %(batch)s ORDER BY id LIMIT %(some)s OFFSET %(after)s"""
SOME = 2_000
"""Serials of one delivery."""


class Goods:
    """The ground on which batches are put, through the application's role."""

    def __init__(self, url: str, site: str, consignees: int) -> None:
        self.url = url.replace("+psycopg", "")
        self.consignees = consignees
        with self._session() as session:
            session.execute(CUSTOMERS, {"count": consignees})
            self.ground = _one(session, GROUND, {"site": site})

    def batch(self, number: str, serials: int) -> UUID:
        """A batch with so many units with serials on the shelf, one unit sold to each consignee."""
        given = {**self.ground, "number": number, "serials": serials}
        with self._session() as session, session.transaction():
            batch: UUID = _one(session, BATCH, given)["id"]
            given["batch"] = batch
            session.execute(SERIALS, given)
            self._receive(session, {**given, "quantity": self.consignees})
            posting = _one(session, POSTING, {**given, "kind": "issue"})["id"]
            session.execute(SOLD, {**given, "posting": posting})
        for after in range(0, serials, SOME):
            # A session each: a plan that was made for an empty table is not kept for a full one.
            with self._session() as session, session.transaction():
                some = min(SOME, serials - after)
                self._receive(session, {**given, "quantity": some, "some": some, "after": after})
        return batch

    def _receive(self, session: Session, given: dict[str, Any]) -> None:
        """Into the waiting zone and onto the shelf, with serials where `some` says how many."""
        for kind, move in (("receipt", RECEIVE), ("put_away", SHELVE)):
            posting = _one(session, POSTING, {**given, "kind": kind})["id"]
            moved = _one(session, move, {**given, "posting": posting, "line": 1})["id"]
            if "some" in given:
                session.execute(NAMED, {**given, "move": moved})

    def count(self, query: LiteralString, **given: Any) -> int:
        """One number."""
        with self._session() as session:
            return int(_one(session, query, given)["n"])

    def _session(self) -> Session:
        return psycopg.connect(self.url, row_factory=dict_row, autocommit=True)


def _one(session: Session, query: LiteralString, given: dict[str, Any]) -> dict[str, Any]:
    found = session.execute(query, given).fetchone()
    assert found is not None
    return found

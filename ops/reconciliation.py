"""Room `ops`: whether the numbers of an installation reconcile, in SQL of its own that only reads.

Not the product's queries on purpose: a proof that asks the accused proves little.
"""

from __future__ import annotations

from typing import LiteralString

from ops.trials.evidence import BALANCE_DIFFERENCES, look

STATEMENTS: dict[str, LiteralString] = {
    "ledger and balances differ": BALANCE_DIFFERENCES,
    "balances below zero": "SELECT count(*) AS n FROM balance WHERE quantity < 0",
    "positions that promise more than they hold, or not what is reserved": """
        SELECT count(*) AS n FROM balance AS b WHERE b.reserved > b.quantity OR b.reserved <> (
            SELECT coalesce(sum(r.quantity), 0) FROM reservation AS r WHERE r.state = 'open'
            AND (r.site_id, r.location_id, r.batch_id, r.status, r.owner_id)
              = (b.site_id, b.location_id, b.batch_id, b.status, b.owner_id))""",
    "serials that are not where their last move took them": """
        SELECT count(*) AS n FROM (
            SELECT DISTINCT ON (s.serial_id) s.serial_id, m.id, m.to_kind, m.to_site_id, m.to_location_id,
                   m.to_status
            FROM move_serial AS s JOIN move AS m ON m.id = s.move_id
            ORDER BY s.serial_id, m.recorded_at DESC, m.id DESC) AS last
        FULL JOIN serial_place AS p ON p.serial_id = last.serial_id
        WHERE (p.move_id, p.kind, p.site_id, p.location_id, p.status)
           IS DISTINCT FROM (last.id, last.to_kind, last.to_site_id, last.to_location_id, last.to_status)""",
    "positions with more serials than units": """
        SELECT count(*) AS n FROM (
            SELECT site_id, location_id, batch_id, status, owner_id, count(*) AS n FROM serial_place
            WHERE kind = 'internal' GROUP BY 1, 2, 3, 4, 5) AS s
        LEFT JOIN balance AS b USING (site_id, location_id, batch_id, status, owner_id)
        WHERE s.n > coalesce(b.quantity, 0)""",
    "purchase order lines whose received quantity is not what was put away": """
        SELECT count(*) AS n FROM document AS d JOIN document_line AS l ON l.document_id = d.id
        WHERE d.kind = 'purchase_order' AND coalesce((l.data ->> 'received')::bigint, 0) <> (
            SELECT coalesce(sum(m.quantity), 0)
            FROM document AS pa
            JOIN document_line AS w ON w.document_id = pa.id AND w.order_line_no = l.line_no
            JOIN move AS m ON m.document_line_id = w.id AND m.to_status = 'qualified'
            JOIN posting AS p ON p.id = m.posting_id AND p.kind = 'put_away'
            WHERE pa.kind = 'put_away' AND pa.state = 'closed'
            AND pa.header ->> 'purchase_order_id' = d.id::text)""",
    "sales order lines whose shipped quantity is not what left": """
        SELECT count(*) AS n FROM document AS d JOIN document_line AS l ON l.document_id = d.id
        WHERE d.kind = 'sales_order' AND coalesce((l.data ->> 'shipped')::bigint, 0) <> (
            SELECT coalesce(sum(CASE WHEN m.to_kind = 'customer' THEN m.quantity ELSE -m.quantity END), 0)
            FROM document AS s
            JOIN document_line AS w ON w.document_id = s.id AND w.order_line_no = l.line_no
            JOIN move AS m ON m.document_line_id = w.id AND 'customer' IN (m.to_kind, m.from_kind)
            JOIN posting AS p ON p.id = m.posting_id AND p.kind IN ('issue', 'reversal')
            WHERE s.kind = 'shipment' AND s.source_document_id = d.id)""",
    "transfer lines whose sent quantity is not what left": """
        SELECT count(*) AS n FROM document AS d JOIN document_line AS l ON l.document_id = d.id
        WHERE d.kind = 'transfer' AND coalesce((l.data ->> 'shipped')::bigint, 0) <> (
            SELECT coalesce(sum(CASE WHEN p.kind = 'reversal' THEN -m.quantity ELSE m.quantity END), 0)
            FROM move AS m JOIN posting AS p ON p.id = m.posting_id
            WHERE m.document_line_id = l.id AND (m.to_kind = 'transit' AND p.kind = 'transfer_out'
            OR m.from_kind = 'transit' AND p.kind = 'reversal'))""",
    "shipment lines that are invoiced for more than they are": """
        SELECT count(*) AS n FROM document AS s JOIN document_line AS l ON l.document_id = s.id
        WHERE s.kind = 'shipment' AND l.quantity < (
            SELECT coalesce(sum(CASE WHEN i.kind = 'invoice' THEN w.quantity ELSE -w.quantity END), 0)
            FROM document AS i JOIN document_line AS w ON w.document_id = i.id
            WHERE i.kind IN ('invoice', 'credit_note') AND i.state <> 'cancelled'
            AND i.header ->> 'shipment_id' = s.id::text
            AND (w.data ->> 'shipment_line')::int = l.line_no)""",
    "returned lines that are credited for more than came back": """
        SELECT count(*) AS n FROM document AS r JOIN document_line AS l ON l.document_id = r.id
        WHERE r.kind = 'sales_return' AND l.quantity < (
            SELECT coalesce(sum(w.quantity), 0)
            FROM document AS i JOIN document_line AS w ON w.document_id = i.id
            WHERE i.kind = 'credit_note' AND i.state <> 'cancelled' AND i.source_document_id = r.id
            AND (w.data ->> 'return_line')::int = l.line_no)""",
    "lines of returns to suppliers whose quantity is not what left": """
        SELECT count(*) AS n FROM document AS d JOIN document_line AS l ON l.document_id = d.id
        WHERE d.kind = 'purchase_return' AND d.state = 'closed' AND l.quantity <> (
            SELECT coalesce(sum(CASE WHEN m.to_kind = 'supplier' THEN m.quantity ELSE -m.quantity END), 0)
            FROM move AS m WHERE m.document_line_id = l.id)""",
    "returned lines whose quantity is not what came back": """
        SELECT count(*) AS n FROM document AS d JOIN document_line AS l ON l.document_id = d.id
        WHERE d.kind = 'sales_return' AND d.loaded AND l.quantity <> (
            SELECT coalesce(sum(m.quantity), 0) FROM move AS m JOIN posting AS p ON p.id = m.posting_id
            WHERE m.document_line_id = l.id AND p.kind = 'customer_return')""",
    "loaded postings that were recorded before they happened": (
        "SELECT count(*) AS n FROM posting WHERE loaded AND occurred_at >= recorded_at"
    ),
    "postings of the past that do not say that they were loaded": (
        "SELECT count(*) AS n FROM posting"
        " WHERE NOT loaded AND occurred_at < recorded_at - interval '1 minute'"
    ),
}
"""What must be zero in every installation at rest, whatever was done in it."""


def contradictions(owner_url: str) -> dict[str, int]:
    """The number of rows that contradict each statement; all zero when the numbers reconcile."""
    found = {}
    with look(owner_url) as session:
        for what, statement in STATEMENTS.items():
            row = session.execute(statement).fetchone()
            assert row is not None
            found[what] = int(row["n"])
    return found


def loaded(owner_url: str) -> dict[str, int]:
    """How much loaded history there is, by sort, and over how many days it is spread."""
    statement: LiteralString = """
        SELECT (SELECT count(*) FROM posting WHERE loaded) AS postings,
               (SELECT count(*) FROM move AS m JOIN posting AS p ON p.id = m.posting_id
                WHERE p.loaded) AS moves,
               (SELECT count(*) FROM document WHERE loaded) AS documents,
               (SELECT count(*) FROM hold WHERE loaded) AS holds,
               (SELECT count(DISTINCT occurred_at::date) FROM posting WHERE loaded) AS days_with_postings,
               (SELECT count(DISTINCT recorded_at::date) FROM posting WHERE loaded) AS days_recorded_on"""
    with look(owner_url) as session:
        row = session.execute(statement).fetchone()
    assert row is not None
    return {name: int(value) for name, value in row.items()}

"""Room `ops`, trials: what the database must say of goods, whoever moved them, in SQL of its own.

Beside `evidence.py`, which knows receiving: reservations, shipments, returns, transfers, called runs.
"""

from typing import LiteralString

from ops.trials import evidence

FINDINGS: dict[str, LiteralString] = {
    "reservations above stock": "SELECT count(*) AS n FROM balance WHERE reserved > quantity OR reserved < 0",
    "reserved quantities and open reservations differ": """
        WITH promised AS (
            SELECT site_id, location_id, batch_id, owner_id, sum(quantity) AS quantity
            FROM reservation WHERE state = 'open' GROUP BY 1, 2, 3, 4
        )
        SELECT count(*) AS n FROM promised AS p
        FULL JOIN (SELECT * FROM balance WHERE status = 'qualified') AS b
          ON (b.site_id, b.location_id, b.batch_id, b.owner_id)
           = (p.site_id, p.location_id, p.batch_id, p.owner_id)
        WHERE coalesce(p.quantity, 0) <> coalesce(b.reserved, 0)""",
    "goods promised though no run is under way": """
        SELECT count(*) AS n FROM reservation WHERE state = 'open' AND NOT EXISTS (
            SELECT 1 FROM run WHERE ended_at IS NULL)""",
    "lines of shipments that have left whose issued quantity differs": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'shipment' AND d.state = 'closed' AND l.quantity <> (
            SELECT coalesce(sum(m.quantity), 0) FROM move AS m
            WHERE m.document_line_id = l.id AND m.to_kind = 'customer')""",
    "shipments that have not left and whose goods were issued": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'shipment' AND d.state <> 'closed' AND EXISTS (
            SELECT 1 FROM move AS m WHERE m.document_line_id = l.id AND m.to_kind = 'customer')""",
    "customers who gave back more of a batch than they got": """
        SELECT count(*) AS n FROM (
            SELECT batch_id, party_id FROM move WHERE 'customer' IN (from_kind, to_kind) GROUP BY 1, 2
            HAVING sum(CASE WHEN to_kind = 'customer' THEN quantity ELSE -quantity END) < 0) AS more""",
    "transfers that have ended with goods on the way": """
        SELECT count(*) AS n FROM (
            SELECT p.run_id FROM move AS m JOIN posting AS p ON p.id = m.posting_id
            JOIN run AS r ON r.id = p.run_id
            WHERE 'transit' IN (m.from_kind, m.to_kind) AND r.ended_at IS NOT NULL GROUP BY 1
            HAVING sum(CASE WHEN m.to_kind = 'transit' THEN m.quantity ELSE -m.quantity END) <> 0) AS lost""",
    "runs called twice": """
        SELECT count(*) AS n FROM (
            SELECT 1 FROM run WHERE called_by IS NOT NULL GROUP BY called_by, call_path, called_line
            HAVING count(*) > 1) AS twice""",
    "postings of a run without an effect that made them": """
        SELECT count(*) AS n FROM posting AS p JOIN run AS r ON r.id = p.run_id
        WHERE r.id <> ALL(%(known)s) AND NOT EXISTS (
            SELECT 1 FROM effect AS e WHERE e.workflow_id = r.workflow_id
            AND (e.path = p.path OR p.path LIKE e.path || '/%%'))""",
    "postings of a run made twice": """
        SELECT count(*) AS n FROM (
            SELECT 1 FROM posting WHERE run_id IS NOT NULL AND path IS NOT NULL GROUP BY run_id, path, kind
            HAVING count(*) > 1) AS twice""",
    "pieces with more or less than one place": """
        SELECT count(*) AS n FROM (
            SELECT s.id FROM serial AS s LEFT JOIN serial_place AS p ON p.serial_id = s.id
            GROUP BY s.id HAVING count(p.serial_id) > 1) AS torn""",
}
"""What must be zero after a trial of several procedures; `known` are the runs of before."""


def contradictions(session: evidence.Session, books: evidence.Books) -> dict[str, int]:
    """The number of rows that contradict each statement."""
    return {what: evidence.number(session, query, known=books.runs) for what, query in FINDINGS.items()}


def called(session: evidence.Session, books: evidence.Books) -> list[str]:
    """The runs that the new runs have called."""
    query = "SELECT id FROM run WHERE called_by IS NOT NULL AND id <> ALL(%(known)s) ORDER BY id"
    return [str(row["id"]) for row in session.execute(query, {"known": books.runs}).fetchall()]

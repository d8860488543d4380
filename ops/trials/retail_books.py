"""Room `ops`, trial `outbound`: what the database must hold after orders, invoices and returns. Read only."""

from collections.abc import Mapping
from typing import Any, LiteralString

from ops.trials.evidence import BALANCE_DIFFERENCES, FINDINGS, Session

SHARED_FINDINGS = (
    *("balances below zero", "runs not ended", "tasks still open", "tasks of a path twice"),
    *("submissions without a verdict", "tasks done without exactly one accepted completion", "effects twice"),
    "lines of a work list without exactly one standing result",
)
"""Statements about all runs that hold for these procedures too."""

OUTBOUND_FINDINGS: dict[str, LiteralString] = {
    "ledger and balances differ": BALANCE_DIFFERENCES,
    "goods of the trial still reserved": """
        SELECT count(*) AS n FROM reservation AS r JOIN document_line AS l ON l.id = r.document_line_id
        JOIN document AS d ON d.id = l.document_id WHERE r.state = 'open' AND d.number LIKE 'SO-R%%'""",
    "orders picked and reviewed by one person": """
        SELECT count(DISTINCT p.run_id) AS n FROM task AS p JOIN task AS r ON r.run_id = p.run_id
        JOIN submission AS a ON a.task_id = p.id JOIN submission AS b ON b.task_id = r.id
        WHERE p.step_id = 'pick' AND r.step_id = 'review' AND a.actor_id = b.actor_id""",
    "shipment lines whose issue in the ledger differs": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'shipment' AND d.state = 'closed' AND l.quantity <> (
            SELECT coalesce(sum(m.quantity), 0) FROM move AS m
            WHERE m.document_line_id = l.id AND m.to_kind = 'customer')""",
    "return lines whose receipt in the ledger differs": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'sales_return' AND d.state = 'closed' AND l.quantity <> (
            SELECT coalesce(sum(m.quantity), 0) FROM move AS m
            WHERE m.document_line_id = l.id AND m.from_kind = 'customer')""",
    "order lines whose count of what left differs from the shipments": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'sales_order' AND coalesce((l.data ->> 'shipped')::bigint, 0) <> (
            SELECT coalesce(sum(s.quantity), 0) FROM document_line AS s
            JOIN document AS c ON c.id = s.document_id
            WHERE c.kind = 'shipment' AND c.state = 'closed' AND c.source_document_id = d.id
            AND s.order_line_no = l.line_no)""",
    "order lines of which more left than was ordered": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'sales_order' AND coalesce((l.data ->> 'shipped')::bigint, 0) > l.quantity""",
    "shipment lines of which more came back than left": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'shipment' AND l.quantity < (
            SELECT coalesce(sum(b.quantity), 0) FROM document_line AS b
            JOIN document AS r ON r.id = b.document_id
            WHERE r.kind = 'sales_return' AND r.state <> 'cancelled' AND r.source_document_id = d.id
            AND b.order_line_no = l.line_no)""",
    "shipment lines whose invoices less credit notes differ from what stayed with the customer": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'shipment' AND d.state = 'closed' AND d.number LIKE 'CK-SO-R%%' AND l.quantity - (
            SELECT coalesce(sum(b.quantity), 0) FROM document_line AS b
            JOIN document AS r ON r.id = b.document_id
            WHERE r.kind = 'sales_return' AND r.state <> 'cancelled' AND r.source_document_id = d.id
            AND b.order_line_no = l.line_no) <> (
            SELECT coalesce(sum(CASE i.kind WHEN 'invoice' THEN b.quantity ELSE -b.quantity END), 0)
            FROM document_line AS b JOIN document AS i ON i.id = b.document_id
            WHERE i.kind IN ('invoice', 'credit_note') AND i.state <> 'cancelled'
            AND i.header ->> 'shipment_id' = d.id::text
            AND (b.data ->> 'shipment_line')::bigint = l.line_no)""",
}
"""What must be zero after the trial, in SQL of its own; `R` marks the numbers of the trial."""

BY_ORDER_LINE: LiteralString = """
SELECT d.number, m.code, l.quantity AS ordered, coalesce((l.data ->> 'shipped')::bigint, 0) AS shipped, (
    SELECT coalesce(sum(b.quantity), 0)::bigint FROM document AS s
    JOIN document AS r ON r.source_document_id = s.id
    JOIN document_line AS b ON b.document_id = r.id
    JOIN document_line AS c ON c.document_id = s.id AND c.line_no = b.order_line_no
    WHERE s.kind = 'shipment' AND s.source_document_id = d.id AND r.kind = 'sales_return'
    AND r.state = 'closed' AND c.order_line_no = l.line_no) AS returned
FROM document_line AS l JOIN document AS d ON d.id = l.document_id JOIN material AS m ON m.id = l.material_id
WHERE d.kind = 'sales_order' AND d.number LIKE 'SO-R%'"""
STOCK: LiteralString = """
SELECT b.status, sum(b.quantity)::bigint AS quantity FROM balance AS b JOIN batch AS c ON c.id = b.batch_id
JOIN material AS m ON m.id = c.material_id JOIN party AS p ON p.id = m.manufacturer_id
WHERE p.code = %(maker)s AND b.quantity > 0 GROUP BY b.status"""
DOCUMENTS: LiteralString = """
SELECT d.kind, count(DISTINCT d.id) AS documents, count(l.id) AS lines FROM document AS d
JOIN document_line AS l ON l.document_id = d.id
WHERE d.kind IN ('shipment', 'invoice', 'sales_return', 'credit_note') AND d.state = 'closed'
GROUP BY d.kind ORDER BY d.kind"""


def contradictions(session: Session, known: list[Any]) -> dict[str, int]:
    """The number of rows that contradict each statement; `known` are the runs of before."""
    queries = {**{name: FINDINGS[name] for name in SHARED_FINDINGS}, **OUTBOUND_FINDINGS}
    found = {}
    for what, query in queries.items():
        row = session.execute(query, {"known": known}).fetchone()
        assert row is not None
        found[what] = int(row["n"])
    return found


def by_order_line(session: Session) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(order, material) -> ordered, shipped, returned, in base units."""
    rows = session.execute(BY_ORDER_LINE).fetchall()
    return {(row["number"], row["code"]): (row["ordered"], row["shipped"], row["returned"]) for row in rows}


def stock(session: Session, maker: str) -> dict[str, int]:
    """What stands in our sites of a maker's goods, by status."""
    return {row["status"]: row["quantity"] for row in session.execute(STOCK, {"maker": maker}).fetchall()}


def documents(session: Session) -> Mapping[str, dict[str, int]]:
    """How many shipments, invoices, returns and credit notes there are, and their lines."""
    rows = session.execute(DOCUMENTS).fetchall()
    return {row["kind"]: {"documents": row["documents"], "lines": row["lines"]} for row in rows}
